"""Tokens made by hand, byte by byte where need be, and what the reference makes of them."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from functools import cache
from typing import Any

from clerk_backend_api.security import verifytoken
from clerk_backend_api.security.types import TokenVerificationError, VerifyTokenOptions
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clerk_c._core import VerifyKey

NOW = 1_800_000_000  # seconds; what every clock in these tests says
HEADER = {"alg": "RS256", "kid": "ins_1", "typ": "JWT"}
CLAIMS = {
    "azp": "https://app.example.com",
    "exp": NOW + 60,
    "fva": [3, -1],
    "iat": NOW - 2,
    "iss": "https://clerk.example.com",
    "jti": "3ad5c5a3b5c5",
    "nbf": NOW - 12,
    "o": {"id": "org_1", "slg": "acme", "rol": "admin", "per": "read,manage", "fpm": "3,1"},
    "sid": "sess_1",
    "sub": "user_1",
    "v": 2,
}


class StoppedClock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return datetime.fromtimestamp(NOW, tz or timezone.utc)


@cache
def made_key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def private_key(number: int = 0) -> rsa.RSAPrivateKey:
    """One of the keys of this run: the same number, the same key."""
    return made_key(number)  # for which 0 and no number are not the same


@cache
def pem(number: int = 0, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return private_key(number).public_key().public_bytes(Encoding.PEM, form).decode()


@cache
def key(number: int = 0) -> VerifyKey:
    return VerifyKey.from_pem(pem(number))


def jwk(number: int = 0, **changes: Any) -> dict[str, Any]:
    numbers = private_key(number).public_key().public_numbers()
    made = {
        "kty": "RSA",
        "kid": f"ins_{number}",
        "use": "sig",
        "alg": "RS256",
        "n": number64(numbers.n),
        "e": number64(numbers.e),
    }
    made.update(changes)
    return {name: value for name, value in made.items() if value is not None}


def number64(number: int) -> str:
    return base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def text(value: Any) -> bytes:
    """The JSON of a value; bytes and str go through as they are."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value, separators=(",", ":")).encode()


def sign(data: str, number: int = 0) -> bytes:
    return private_key(number).sign(data.encode(), padding.PKCS1v15(), hashes.SHA256())


def mint(payload: Any = None, header: Any = None, number: int = 0) -> str:
    """A token with a good signature, whatever its parts are."""
    parts = (HEADER if header is None else header, CLAIMS if payload is None else payload)
    unsigned = ".".join(base64url(text(part)) for part in parts)
    return f"{unsigned}.{base64url(sign(unsigned, number))}"


def with_claims(**changes: Any) -> dict[str, Any]:
    """CLAIMS with changes; ... takes a claim out."""
    return {name: value for name, value in (CLAIMS | changes).items() if value is not ...}


def reference(token: Any, **options: Any) -> Any:
    """The claims, the code of the reason, or the exception that got out. Its clock must be
    stopped: see the fixture `stopped`."""
    options.setdefault("jwt_key", pem())
    try:
        return verifytoken.verify_token(token, VerifyTokenOptions(**options))
    except TokenVerificationError as error:
        return error.reason.value[0]
    except Exception as error:
        return error
