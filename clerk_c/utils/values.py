"""Questions about answers, and settings from the environment."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, cast

T = TypeVar("T")


def match_content_type(content_type: str, pattern: str) -> bool:
    """Whether a content type fits a pattern: "*/*", "text/*", "*/json", or a media type."""
    if pattern in ("*", "*/*", content_type):
        return True
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.count("/") != 1:
        media_type = "text/plain"  # what RFC 2045 says to assume
    main, _, sub = media_type.partition("/")
    return pattern in (media_type, f"{main}/*", f"*/{sub}")


def match_status_codes(status_codes: "Sequence[str]", status_code: int) -> bool:
    """Whether a status is among codes such as "404", "4XX" or "default"."""
    status = str(status_code)
    return any(
        code in ("default", status) or (code.endswith("XX") and code.startswith(status[:1]))
        for code in status_codes
    )


def match_response(response: Any, code: "str | list[str]", content_type: str) -> bool:
    """Whether an answer has one of the codes and a content type that fits the pattern."""
    codes = code if isinstance(code, list) else [code]
    given = response.headers.get("content-type", "application/octet-stream")
    return match_status_codes(codes, response.status_code) and match_content_type(
        given, content_type
    )


def get_global_from_env(
    value: "T | None", env_key: str, type_cast: "Callable[[str], T]"
) -> "T | None":
    """The value, or else what the environment has by that name, or else None.

    What `type_cast` refuses with ValueError counts as absent.
    """
    if value is not None or env_key not in os.environ:
        return value
    try:
        return type_cast(os.environ[env_key])
    except ValueError:
        return None


def cast_partial(typ: Any) -> "partial[Any]":
    """A function that returns its argument and lets a type checker take it for `typ`."""
    return partial(cast, typ)
