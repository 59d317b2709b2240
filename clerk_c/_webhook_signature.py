"""Signatures of webhooks as Svix makes them: finding them in headers, and checking."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from . import _core

Reason = Literal[
    "headers-missing",
    "headers-invalid",
    "timestamp-invalid",
    "timestamp-too-old",
    "timestamp-too-new",
    "signature-invalid",
    "body-invalid",
]
Found = tuple[str, str, str]

_PREFIXES = ("svix-", "webhook-")
_PARTS = ("id", "timestamp", "signature")
_NAMES = frozenset(prefix + part for prefix in _PREFIXES for part in _PARTS)
# Far beyond what Svix sends: what is longer is not worth the reading.
_LONGEST = 16 * 1024
_LARGEST = 512  # bytes of a key; Svix makes 24 to 64


def secrets(secret: object) -> list[str]:
    """One secret or several, each of which has a key."""
    single = isinstance(secret, (str, bytes)) or not isinstance(secret, Iterable)
    found = []
    for one in [secret] if single else secret:  # type: ignore[attr-defined]
        if not isinstance(one, str):
            raise TypeError(f"secret must be str, not {type(one).__name__!r}")
        key(one.strip())
        found.append(one.strip())
    if not found:
        raise ValueError("secret: none is given")
    return found


def key(secret: str) -> bytes:
    """What a secret stands for."""
    encoded = secret.removeprefix("whsec_").rstrip("=")
    try:
        found = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("secret: what follows whsec_ is not base64") from None
    if not 0 < len(found) <= _LARGEST:
        raise ValueError("secret: it is too long" if found else "secret: it is empty")
    return found


def find(headers: object) -> Found | Reason:
    """Id, timestamp and signatures."""
    values: dict[str, str] = {}
    for name, value in _pairs(headers):
        if name in _NAMES:
            before = values.get(name)
            if before is None:
                values[name] = value
            elif name.endswith("-signature"):
                values[name] = f"{before} {value}"
            elif before != value:
                return "headers-invalid"
    for prefix in _PREFIXES:
        id, moment, signatures = (values.get(prefix + part, "").strip() for part in _PARTS)
        if id and moment and signatures:
            return id, moment, signatures
    return "headers-missing"


def _pairs(headers: Any) -> Iterator[tuple[str, str]]:
    """Names, in small letters, and values of headers in any shape."""
    if isinstance(headers, Mapping):
        if isinstance(headers.get("headers"), (list, tuple)) and "type" in headers:
            yield from _pairs(headers["headers"])  # an ASGI scope
            return
        get_all = getattr(headers, "multi_items", headers.items)
        pairs: Iterable[Any] = get_all()
    elif isinstance(headers, (str, bytes)) or headers is None:
        raise TypeError(f"headers must be the request's headers, not {type(headers).__name__!r}")
    elif hasattr(headers, "headers"):
        yield from _pairs(headers.headers)
        return
    elif hasattr(headers, "items"):
        pairs = headers.items()  # werkzeug's and email's are no mappings
    elif isinstance(headers, Iterable):
        pairs = headers
    else:
        raise TypeError(f"headers must be the request's headers, not {type(headers).__name__!r}")
    for pair in pairs:
        yield from _texts(pair)


def _texts(pair: Any) -> Iterator[tuple[str, str]]:
    try:
        name, values = pair
    except (TypeError, ValueError):
        raise TypeError("headers: their elements must be pairs of a name and a value") from None
    name = _text(name)
    if name is None:
        return
    name = name.lower().replace("_", "-").removeprefix("http-")
    for value in values if isinstance(values, (list, tuple)) else (values,):
        text = _text(value)
        if text is not None and len(text) <= _LONGEST:
            yield name, text


def _text(value: object) -> str | None:
    if isinstance(value, (bytes, bytearray)):
        return value.decode("latin-1")
    return value if isinstance(value, str) else None


def check(
    secrets: list[str], found: Found, body: bytes, now: int, tolerance: int
) -> Reason | None:
    """Why a webhook is refused; None if a signature fits and is fresh. Times in milliseconds."""
    id, moment, signatures = (text.encode("utf-8", "surrogatepass") for text in found)
    reason: Any = _core.verify_svix(secrets, id, moment, body, signatures, now, tolerance)
    return reason  # type: ignore[no-any-return]


def sign(secret: str, id: str, timestamp: str, body: bytes) -> str:
    """A signature such as the header holds."""
    signed = f"{id}.{timestamp}.".encode() + body
    digest = hmac.new(key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
