"""What a debug logger is told about requests and responses: everything but the secrets."""

import re
from typing import Any

from . import _core
from ._body import Body
from .utils.logger import NoOpLogger

STARS = "**********"
LONGEST = 10_000  # characters of a body that are shown

_URL_USER = re.compile(r"(?<=://)[^/?#\s]*@")
_AFTER_PATH = re.compile(r"[?#]")
_PARAMETER = re.compile(r"([\w.%-]+)=([^&\s\"'#]+)")
# Keys of Clerk's and tokens, wherever they stand.
_TOKEN = re.compile(
    r"\b(?:sk_(?:test|live)_|ak_|mt_|m2m_|oat_)[\w.-]{6,}"
    r"|\bwhsec_[\w+/=-]{6,}|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
)
# A member of JSON that cannot be read as a whole.
_MEMBER = re.compile(r'"([^"\\]+)"\s*:\s*"(?:[^"\\]|\\.)*')
_TICKETS = frozenset(("__clerk_ticket", "ticket", "code", "__clerk_db_jwt", "__clerk_handshake"))
_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-clerk-auth")
)


def show_request(logger: Any, request: Any) -> None:
    """One debug message about a request that is about to be sent."""
    if type(logger) is NoOpLogger:
        return
    body = getattr(request, "body", None)
    shown = (
        f"<{len(body)} bytes of a file and its frame>"
        if isinstance(body, Body)
        else mask_body(_body_of(request), request.headers)
    )
    logger.debug(
        "Request: %s %s\nHeaders: %s\nBody: %s",
        request.method,
        mask_url(str(request.url)),
        mask_headers(request.headers),
        shown,
    )


def show_response(logger: Any, response: Any) -> None:
    """One debug message about a response that has come."""
    if type(logger) is NoOpLogger:
        return
    logger.debug(
        "Response: %s from %s\nHeaders: %s\nBody: %s",
        response.status_code,
        mask_url(str(getattr(response, "url", ""))),
        mask_headers(response.headers),
        mask_body(bytes(response.content), response.headers),
    )


def _body_of(request: Any) -> "bytes | None":
    try:
        return bytes(request.content)
    except Exception:  # httpx has not read a stream
        return None


def is_secret(name: str) -> bool:
    """Is what goes by this name a secret, in a body or a query?"""
    return _core.is_secret(name.lower()) or name.lower() in _TICKETS


def mask_url(url: str) -> str:
    """Without user and password, and without secrets in the query and the fragment."""
    url = _URL_USER.sub(f"{STARS}@", url)
    mark = _AFTER_PATH.search(url)
    if mark is None:
        return mask_text(url)
    return mask_text(url[: mark.end()]) + _mask_parameters(url[mark.end() :])


def without_user(url: str) -> str:
    """Without user and password."""
    return _URL_USER.sub("", url)


def mask_headers(headers: Any) -> "dict[str, str]":
    """The headers as a dict whose secrets are stars."""
    return {
        str(name): STARS if str(name).lower() in _HEADERS else mask_url(str(value))
        for name, value in headers.items()
    }


def mask_text(text: str) -> str:
    """Without anything that looks like a key or a token."""
    return _TOKEN.sub(STARS, text)


def mask_body(body: "bytes | None", headers: Any) -> str:
    """The body as text: of JSON the secret fields are stars; files are not shown."""
    if body is None:
        return "<a stream>"
    if not body:
        return ""
    kind = str(headers.get("content-type") or "").lower()
    if kind.startswith("multipart/"):
        return f"<{len(body)} bytes of {kind.partition(';')[0]}>"
    if kind.startswith("application/x-www-form-urlencoded"):
        return _mask_parameters(body.decode("utf-8", "replace"))[:LONGEST]
    from json import dumps, loads

    try:
        shown = dumps(_mask_value(loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        if b"\0" in body or not (kind.startswith("text/") or "json" in kind or not kind):
            return f"<{len(body)} bytes>"
        text = _MEMBER.sub(_shown_member, body.decode("utf-8", "replace"))
        return mask_text(_mask_parameters(text))[:LONGEST]
    return shown[:LONGEST]


def _mask_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: STARS if is_secret(name) and inner is not None else _mask_value(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_mask_value(item) for item in value]
    if isinstance(value, str):
        return mask_url(value) if "://" in value else mask_text(value)
    return value


def _shown_member(match: "re.Match[str]") -> str:
    return f'"{match[1]}": "{STARS}' if is_secret(match[1]) else match[0]


def _mask_parameters(text: str) -> str:
    def shown(match: "re.Match[str]") -> str:
        name, value = match.groups()
        return f"{name}={STARS if is_secret(name) else mask_text(value)}"

    return _PARAMETER.sub(shown, text)
