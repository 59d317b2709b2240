"""Claims, options and malformed tokens that test_differential.py gives to both packages."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

from issuing import Signer

NOW = int(time.time())

ORGANIZATION = {"id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "3,1"}
CLAIMS: dict[str, dict[str, Any]] = {
    "plain": {},
    "v1 with an organization": {
        "org_id": "org_1", "org_role": "org:admin", "org_slug": "acme",
        "org_permissions": ["org:a:read"], "fva": [1, -1],
    },
    "v2": {"v": 2, "fva": [0, 3], "sts": "active", "email": "a@example.com", "role": "x",
           "jti": "j", "azp": "https://a.example", "nbf": NOW - 5},
    "v2 org": {"v": 2, "o": ORGANIZATION, "fea": "o:one,uo:two,u:three"},
    "v2 org without permissions": {"v": 2, "o": {"id": "org_1"}, "fea": "o:one"},
    "v2 org without features": {"v": 2, "o": ORGANIZATION},
    "v2 without org": {"v": 2, "fea": "u:one", "o": {}},
    "v2 org null": {"v": 2, "o": None},
    "v2.0": {"v": 2.0, "o": ORGANIZATION, "fea": "o:one"},
    "v3": {"v": 3, "o": ORGANIZATION, "fea": "o:one"},
    "v text": {"v": "2", "o": ORGANIZATION, "fea": "o:one"},
    "custom": {"a": {"b": [1, 2.5, None, True, "ü", {"c": []}]}, "long": "x" * 5000},
    "numbers": {"big": 2**70, "small": -(2**63), "float": 1.0, "exp10": 1e300},
    "own org claims win not": {"v": 2, "o": ORGANIZATION, "fea": "o:x", "org_id": "other"},
    "issuer": {"iss": "https://clerk.example.com", "act": {"sub": "user_2"}},
    "no iat": {"iat": None},
    "no sub": {"sub": None},
    "iat within much skew": {"iat": NOW + 800},
    "iat ahead": {"iat": NOW + 5000},
    "iat text": {"iat": "soon"},
    "iat float": {"iat": NOW - 0.5},
    "nbf ahead": {"nbf": NOW + 900},
    "nbf text": {"nbf": "x"},
    "exp past": {"exp": NOW - 600},
    "exp within much skew": {"exp": NOW - 100},
    "exp text": {"exp": "never"},
    "exp float": {"exp": NOW + 3600.5},
    "exp past, nbf ahead": {"exp": NOW - 600, "nbf": NOW + 900},
    "aud": {"aud": "one"},
    "aud list": {"aud": ["one", "two"]},
    "aud empty": {"aud": ""},
    "aud empty list": {"aud": []},
    "aud odd": {"aud": 5},
    "aud odd list": {"aud": ["one", 5]},
    "azp": {"azp": "https://a.example"},
    "azp other": {"azp": "https://b.example"},
    "azp empty": {"azp": ""},
    "sub number": {"sub": 5},
    "jti number": {"jti": 5},
    "pending": {"sts": "pending", "v": 2},
}  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "audience": {"audience": "one"},
    "audiences": {"audience": ["two", "three"]},
    "parties": {"authorized_parties": ["https://a.example", "https://c.example"]},
    "no parties": {"authorized_parties": []},
    "no skew": {"clock_skew_in_ms": 0},
    "much skew": {"clock_skew_in_ms": 1_000_000},
    "sessions": {"accepts_token": ["session_token"]},
    "machines": {"accepts_token": ["machine_token", "m2m_token"]},
    "nothing": {"accepts_token": []},
    "everything": {"accepts_token": ["api_key", "any"]},
}


PERMISSIONS = [
    ("o:a", "p,q", "1"), ("o:a", "p,q", "2"), ("o:a", "p,q", "3"), ("o:a", "p,q", "0"),
    ("o:a", "p,q", "7"), ("o:a,o:b", "p,q,r", "5,2"), ("u:a,o:b", "p", "1,1"),
    ("uo:a,ou:b,foo:c,xyz:d", "p", "1,1,1,1"), ("o:a", "", "1"), ("", "p", "1"),
    ("o:a:b", "p", "1"), ("a", "p", "1"), ("o:", "p", "1"), (":", "p", "1"),
    ("o:a", "p", ""), ("o:a", "p", "x"), ("o:a", "p,q", " 3 "), ("o:a", "p,q", "-3"),
    ("o:a", "p,q", "+1"), ("o:a", "p,q", "1_1"), ("o:a", "p,q", "0x1"), ("o:a", "p,q", "٣"),
    ("o:a", "p,q", "1.0"), ("o:a", "p,q", "9" * 5000), ("o:a", "p,q", str(2**300 - 1)),
    ("o:a,o:b,o:c", "p", "1"), ("o:a", "p", "1,1,1"), ("o:a", "p, q", "3"), (" o:a", "p", "1"),
    ("o:a", 5, "1"), ("o:a", "p", 1), ("o:a", ["p"], "1"), ("o:a", None, None), (None, "p", "1"),
]  # fmt: skip


def parts(token: str) -> list[str]:
    return token.split(".")


def encoded(what: Any) -> str:
    data = what if isinstance(what, bytes) else json.dumps(what).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def malformed(signer: Signer) -> Iterator[str]:
    header, payload, signature = parts(signer.token())
    yield from ("x", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "null", "ümlaut.b.c", "a b")
    yield from (f"{header}.{payload}", f"{header}.{payload}.", f"{header}..{signature}")
    yield from (f".{payload}.{signature}", f"{header}.{payload}.{signature}.x")
    yield from (f"{header}.{payload}.{signature}=", f"{header}=.{payload}.{signature}")
    yield from (f"{header}.{payload}.{signature}!", f"{header}.{payload}!.{signature}")
    yield from (f"{header}.{payload}.{encoded(b'x' * 256)}", f"{header}.{payload}.{'A' * 10}")
    for head in (
        *({}, [], "x", None, 5, {"alg": "RS256"}, {"alg": None}, {"alg": 5}, {"alg": []}),
        *({"alg": name, "kid": "ins_one"} for name in ("none", "None", "NONE", "HS256", "HS512")),
        *({"alg": name, "kid": "ins_one"} for name in ("RS384", "RS512", "PS256", "ES256")),
        *({"alg": name, "kid": "ins_one"} for name in ("rs256", "", "EdDSA", "RS256 ")),
        *({"alg": "RS256", "kid": kid} for kid in (5, None, [], {}, "", "other", "ins_one ")),
        {"alg": "RS256", "kid": "ins_one", "typ": "x"},
        {"alg": "RS256", "kid": "ins_one", "typ": 5},
    ):
        yield f"{encoded(head)}.{payload}.{signature}"
    for body in (b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff", b"{}", b'{"a":1}x'):
        yield f"{header}.{encoded(body)}.{signature}"
    unsigned = signer.token()
    yield f"{encoded({'alg': 'none'})}.{parts(unsigned)[1]}."
