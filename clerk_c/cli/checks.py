"""The checks of `clerk-c doctor`, one function for each thing that can be wrong."""

from __future__ import annotations

import os
import platform
import time

from . import connection
from .doctor import Finding
from .failures import Failure, harmless

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .._origin import ResponseInfo
    from .parse import Line

_TOLERATED = 5  # seconds between the clocks; a header tells whole ones
_TOO_FAR = 30  # seconds; session tokens live for sixty
_SLOW = 2000  # milliseconds


def everything(line: Line) -> Iterator[Finding]:
    """All findings, each as soon as it is made."""
    yield from _versions()
    yield _certificates()
    try:
        url = connection.server_url(line)
    except Failure as failure:
        yield Finding("server", "fail", failure.message)
        return
    yield Finding("server", "ok", _masked(url))
    yield _proxy(url)
    key, finding = _key(line)
    yield finding
    yield from _online(line, key)


def _versions() -> Iterator[Finding]:
    from .._version import REFERENCE_VERSION, __version__

    implementation = platform.python_implementation()
    machine = f"{platform.system()} {platform.machine()}"
    yield Finding("python", "ok", f"{platform.python_version()} ({implementation}, {machine})")
    text = f"{__version__} (interface of clerk-backend-api {REFERENCE_VERSION})"
    yield Finding("clerk_c", "ok", text)
    try:
        from .._libraries import libraries

        found = libraries()
    except ImportError as error:
        advice = "a library that clerk_c was built with is missing, or too old: build it again"
        yield Finding("libraries", "fail", str(error), advice)
        return
    text = ", ".join(f"{name} {version}" for name, version in found.items())
    if "nghttp2" not in found:
        advice = "libcurl without nghttp2: works, but many calls at once are slower"
        yield Finding("libraries", "warn", text, advice)
        return
    yield Finding("libraries", "ok", text)


def _certificates() -> Finding:
    from .._transport_options import ca_source

    for name, exists in (("SSL_CERT_FILE", os.path.isfile), ("SSL_CERT_DIR", os.path.isdir)):
        path = os.environ.get(name)
        if path and not (exists(path) and os.access(path, os.R_OK)):
            text = f"{name}: {path} cannot be read"
            return Finding("certificates", "fail", text, f"unset {name}")
    try:
        source, file, folder = ca_source()
    except ImportError as error:
        return Finding("certificates", "fail", str(error))
    if source is None:
        advice = "install ca-certificates, or set SSL_CERT_FILE"
        return Finding("certificates", "fail", "there are none", advice)
    places = " and ".join(path for path in (file, folder) if path)
    return Finding("certificates", "ok", f"{places or 'built in'} (from: {source})")


def _proxy(url: str) -> Finding:
    """Which proxy libcurl is told of; its credentials are not shown."""
    scheme = "https" if url.lower().startswith("https:") else "http"
    names = [f"{scheme}_proxy", "all_proxy"]
    for name in names:
        for spelling in (name, name.upper()):
            value = os.environ.get(spelling)
            if value is None or (spelling == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ):
                continue
            if not value:  # which counts: it switches the others off
                return Finding("proxy", "ok", f"none ({spelling} is empty)")
            except_for = os.environ.get("no_proxy", os.environ.get("NO_PROXY"))
            more = f", but not for {except_for}" if except_for else ""
            return Finding("proxy", "ok", f"{_masked(value)} ({spelling}){more}")
    return Finding("proxy", "ok", "none")


def _masked(url: str) -> str:
    """A URL without user and password, also one without a scheme."""
    from .._masking import STARS, mask_url

    scheme, mark, rest = url.rpartition("://")
    _, at, host = rest.rpartition("@")
    return mask_url(f"{scheme}{mark}{STARS}@{host}" if at else url)


def _key(line: Line) -> tuple[str | None, Finding]:
    try:
        key = connection.secret_key(line)
    except Failure as failure:
        return None, Finding("key", "fail", failure.message, failure.hint or "")
    kind = connection.kind_of(key)
    source = line.last("key-file") or "CLERK_SECRET_KEY"
    if kind == "unknown":
        advice = "Clerk's secret keys begin with sk_test_ or sk_live_"
        return key, Finding("key", "warn", f"{source} is of no known kind", advice)
    return key, Finding("key", "ok", f"of a {kind} instance ({source})")


def _online(line: Line, key: str | None) -> Iterator[Finding]:
    """One request for the keys that sign sessions, and what its answer tells."""
    from .. import response_of
    from ..models import ClerkBaseError, ResponseValidationError

    begun = time.time()
    try:
        with connection.connect(line, key) as clerk:
            found = clerk.jwks.get_jwks()
            ended = time.time()
            count = len(found.keys or ())
            info = response_of(found)
            yield _connected(info)
    except ResponseValidationError:
        yield Finding("connection", "ok", "the server answers")
        advice = "is this Clerk's API? see --api-url and CLERK_API_URL"
        yield Finding("jwks", "fail", "the answer makes no sense", advice)
        return
    except ClerkBaseError as error:
        yield Finding("connection", "ok", f"the server answers, with {error.status_code}")
        yield _refused(error, key)
        yield _clock(error.headers, begun, time.time())
        return
    except Failure:  # an option that makes no sense
        raise
    except Exception as error:
        yield Finding("connection", "fail", harmless(str(error)), _advice(error))
        return
    text = f"keys that sign sessions: {count}"
    if count:
        yield Finding("jwks", "ok", text)
    else:
        yield Finding("jwks", "warn", text, "no session token can be verified")
    yield _clock(info.headers, begun, ended)


def _connected(info: ResponseInfo) -> Finding:
    timing = info.timing
    phases = (
        ("name", timing.name),
        ("connect", timing.connect),
        ("TLS", timing.tls),
        ("first byte", timing.first_byte),
        ("all", timing.total),
    )
    parts = [f"{name} {value:.0f} ms" for name, value in phases if value is not None]
    text = ", ".join([info.http_version or "HTTP", *parts])
    if info.attempts > 1:
        return Finding("connection", "warn", f"{text}; {info.attempts} tries were needed")
    if (timing.total or 0) > _SLOW:
        return Finding("connection", "warn", text, "slow: is there a nearer way out, or a proxy?")
    return Finding("connection", "ok", text)


def _refused(error: Any, key: str | None) -> Finding:
    code = error.status_code
    if key is None:
        return Finding("jwks", "fail", f"{code}: without a key there are none")
    if code in (401, 403):
        advice = "is the key the one of this instance, and still valid?"
        return Finding("jwks", "fail", f"{code}: the key is refused", advice)
    if code == 404:
        advice = "is this Clerk's API? see --api-url and CLERK_API_URL"
        return Finding("jwks", "fail", "404: there are no such keys here", advice)
    return Finding("jwks", "fail", f"{code}: the server does not give the keys", "try again later")


def _advice(error: Exception) -> str:
    """What to do about a connection that failed."""
    from .. import exceptions

    text = str(error).lower()
    if isinstance(error, exceptions.ProxyError):
        return "is the proxy right? see http_proxy, https_proxy, all_proxy, no_proxy"
    if "certificate" in text or "ssl" in text or "tls" in text:
        return "a proxy that looks inside TLS? its certificate belongs in SSL_CERT_FILE"
    if "resolve" in text:
        return "the name is not known: is there a connection, and is the URL right?"
    if isinstance(error, exceptions.TimeoutException):
        return "no answer in time: a firewall? --timeout allows more"
    return "nothing answers there: is the URL right, and is there a connection?"


def _clock(headers: Any, begun: float, ended: float) -> Finding:
    """This machine's clock beside that of the server."""
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(headers.get("date") or "").timestamp()
    except (TypeError, ValueError, OverflowError):
        return Finding("clock", "warn", "the server does not tell its time")
    # The header has whole seconds, and was written at some moment between the two.
    early, late = begun - theirs - 1, ended - theirs
    skew = max(early, 0) or min(late, 0)
    if abs(skew) <= _TOLERATED:
        return Finding("clock", "ok", f"within {_TOLERATED} seconds of the server's")
    direction = "ahead of" if skew > 0 else "behind"
    text = f"{abs(skew):.0f} seconds {direction} the server's"
    advice = "tokens will be refused: let the machine keep its time (NTP)"
    return Finding("clock", "fail" if abs(skew) > _TOO_FAR else "warn", text, advice)

