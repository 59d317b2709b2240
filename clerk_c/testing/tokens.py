"""Tokens that the stand-in mints and checks itself: JSON Web Tokens signed with HMAC-SHA256."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

_HEADER = {"alg": "HS256", "typ": "JWT"}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _signature(key: bytes, signed: str) -> bytes:
    return hmac.new(key, signed.encode(), hashlib.sha256).digest()


def mint(key: bytes, claims: dict[str, Any]) -> str:
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (_HEADER, claims))
    signed = ".".join(map(_encode, parts))
    return f"{signed}.{_encode(_signature(key, signed))}"


def read(key: bytes, token: str, now: int) -> dict[str, Any] | None:
    """The claims of a token that this server minted and that still holds, else None."""
    signed, _, signature = token.rpartition(".")
    try:
        if not hmac.compare_digest(_decode(signature), _signature(key, signed)):
            return None
        claims: dict[str, Any] = json.loads(_decode(signed.partition(".")[2]))
    except (ValueError, binascii.Error):
        return None
    return claims if claims["exp"] * 1000 > now else None
