"""JSON Web Tokens that the stand-in mints and checks itself.

RS256 with the instance's key for what applications verify, HMAC with a secret for the rest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

from clerk_c.testing import rsa

HMACS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _join(header: dict[str, Any], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    signed = ".".join(map(_encode, parts))
    return f"{signed}.{_encode(sign(signed.encode()))}"


def mint(key: bytes, claims: dict[str, Any], algorithm: str = "HS256") -> str:
    def sign(signed: bytes) -> bytes:
        return hmac.new(key, signed, HMACS[algorithm]).digest()

    return _join({"alg": algorithm, "typ": "JWT"}, claims, sign)


def mint_public(key: tuple[str, list[str]], claims: dict[str, Any]) -> str:
    """A token that anybody can check by the instance's JWKS."""
    kid, primes = key
    header = {"alg": "RS256", "kid": kid, "typ": "JWT"}
    return _join(header, claims, lambda signed: rsa.sign(primes, signed))


def _claims(token: str, check: Callable[[bytes, bytes], bool]) -> dict[str, Any] | None:
    signed, _, signature = token.rpartition(".")
    try:
        if not check(signed.encode(), _decode(signature)):
            return None
        claims: dict[str, Any] = json.loads(_decode(signed.partition(".")[2]))
    except (ValueError, binascii.Error):
        return None
    return claims


def read(key: bytes, token: str, now: int) -> dict[str, Any] | None:
    """The claims of a token that `mint` made with this key and that still holds, else None."""

    def check(signed: bytes, signature: bytes) -> bool:
        return hmac.compare_digest(signature, hmac.new(key, signed, hashlib.sha256).digest())

    claims = _claims(token, check)
    return claims if claims is not None and claims["exp"] * 1000 > now else None


def read_public(key: tuple[str, list[str]], token: str) -> dict[str, Any] | None:
    """The claims of a token that `mint_public` made with this key, expired or not."""
    return _claims(token, lambda signed, signature: rsa.verify(key[1], signed, signature))
