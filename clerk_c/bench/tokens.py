"""Session tokens as Clerk makes them, and the key that verifies them."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

KID = "ins_2xhFjEI5X2qWRvtV13BzSj8H6Dk"
PARTY = "https://app.example.com"
COUNT = 64


def minted(count: int = 1) -> tuple[list[str], str, dict[str, Any]]:
    """Tokens of one instance that differ in their `jti`, its public key as PEM and as JWKS."""
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    numbers = key.public_key().public_numbers()
    jwk = {
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KID, "n": _base64url(numbers.n),
        "e": _base64url(numbers.e),
    }  # fmt: skip
    now = int(time.time())
    claims = {
        "azp": PARTY, "exp": now + 86_400, "fva": [1, -1], "iat": now - 10,
        "iss": "https://clerk.example.com", "nbf": now - 10,
        "sid": "sess_2xhFjEI5X2qWRvtV13BzSj8H6Dk", "sts": "active",
        "sub": "user_2xhFjEI5X2qWRvtV13BzSj8H6Dk", "v": 2,
    }  # fmt: skip
    header = {"kid": KID, "cat": "cl_B7d4PD111AAA"}
    tokens = [
        jwt.api_jws.encode(
            json.dumps({**claims, "jti": f"3f2a9c{number:06}"}).encode(), key, "RS256", header
        )
        for number in range(count)
    ]
    return tokens, public.decode(), {"keys": [jwk]}


def _base64url(number: int) -> str:
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def write(folder: Path) -> None:
    """Leaves in the folder what the contenders (tokens.json), the server (jwks.json) and the C
    program (public.pem, tokens.txt) need. ImportError without PyJWT and cryptography."""
    tokens, pem, keys = minted(COUNT)
    given = {"tokens": tokens, "pem": pem}
    (folder / "tokens.json").write_text(json.dumps(given))
    (folder / "jwks.json").write_text(json.dumps(keys))
    (folder / "tokens.txt").write_text("\n".join(tokens) + "\n")
    (folder / "public.pem").write_text(pem)
