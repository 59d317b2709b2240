"""What a single value has to look like: addresses, numbers, names, moments, metadata."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from clerk_c.testing import errors

# The limit Clerk documents for each of the metadata fields.
METADATA_LIMIT = 8 * 1024

_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_WALLET = re.compile(r"0x[0-9A-Fa-f]{40}")
_USERNAME = re.compile(r"[A-Za-z0-9_-]+")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))"
)
_UNIX = datetime(1970, 1, 1, tzinfo=timezone.utc)


def email_address(name: str, value: str) -> str:
    local = value.partition("@")[0]
    if len(value) > 254 or len(local) > 64 or not _EMAIL.fullmatch(value):
        raise errors.wrong_format(name, "a valid email address")
    return value


def phone_number(name: str, value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise errors.wrong_format(name, "a valid phone number in E.164 form")
    return value


def web3_wallet(name: str, value: str) -> str:
    if not _WALLET.fullmatch(value):
        raise errors.wrong_format(name, "a wallet address: 0x and 40 hexadecimal digits")
    return value


def username(name: str, value: str) -> str:
    if not value:
        return value
    if not 4 <= len(value) <= 64:
        raise errors.username_invalid("invalid_length", "A username has 4 to 64 characters.")
    if not _USERNAME.fullmatch(value):
        reason = "A username consists of letters, digits, underscores and hyphens."
        raise errors.username_invalid("invalid_character", reason)
    if value.isdigit():
        reason = "A username needs a character that is no digit."
        raise errors.username_invalid("needs_non_number_char", reason)
    return value


def locale(name: str, value: str) -> str:
    if not _LOCALE.fullmatch(value):
        raise errors.wrong_format(name, "a language tag such as en-US")
    return value


def totp_secret(name: str, value: str) -> str:
    try:
        secret = base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except (binascii.Error, ValueError):
        secret = b""
    if not secret:
        raise errors.totp_secret_invalid()
    return value.upper()


def url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid or any(c.isspace() or ord(c) < 32 for c in value):
        raise errors.wrong_format(name, "a valid URL")
    return value


def uri(name: str, value: str) -> str:
    """Where a client may be sent back to: any scheme, also an app's own."""
    try:
        parts = urlsplit(value)
        valid = bool(parts.scheme and (parts.netloc or parts.path))
    except ValueError:
        valid = False
    if not valid or any(c.isspace() or ord(c) < 32 for c in value):
        raise errors.wrong_format(name, "a valid URI")
    return value


def domain(name: str, value: str) -> str:
    """A host name of two labels or more, in lower case."""
    if len(value) > 253 or not _DOMAIN.fullmatch(value):
        raise errors.wrong_format(name, "a domain name such as example.com")
    return value.lower()


def origin(name: str, value: str) -> str:
    """An origin of an application that is no ordinary web site (or a local one)."""
    try:
        parts = urlsplit(value)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        valid = bool(parts.scheme and parts.netloc) and not (
            parts.path or parts.query or parts.fragment
        )
    except ValueError:
        valid = local = False
    if not valid or (parts.scheme in ("http", "https") and not local):
        error = errors.wrong_format(name, "an origin such as my-app://localhost")
        error.code = error.problems[0]["code"] = "form_invalid_origin"
        raise error
    return value


def moment(name: str, value: str) -> int:
    """RFC 3339 text to milliseconds."""
    match = _MOMENT.fullmatch(value)
    if match is None:
        raise errors.bad_time(name)
    *fields, fraction, sign, hours, minutes = match.groups()
    try:
        day = datetime(*map(int, fields), tzinfo=timezone.utc)  # type: ignore[misc, arg-type]
        shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        seconds = (day - _UNIX + (shift if sign == "-" else -shift)) // timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise errors.bad_time(name) from None
    return seconds * 1000 + int((fraction or "0")[:3].ljust(3, "0"))


def metadata(name: str, value: dict[str, Any]) -> dict[str, Any]:
    check_metadata_size(name, value)
    return value


def check_metadata_size(name: str, value: dict[str, Any]) -> None:
    if len(json.dumps(value, ensure_ascii=False).encode()) > METADATA_LIMIT:
        raise errors.too_large(name, METADATA_LIMIT)


def merge_metadata(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Deep merge; a null removes its key, at any level."""
    merged = dict(old)
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            inner = merged.get(key)
            merged[key] = merge_metadata(inner if isinstance(inner, dict) else {}, value)
        else:
            merged[key] = value
    return merged
