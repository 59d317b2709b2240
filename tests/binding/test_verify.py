"""Keys, tokens, claims: what verify_jwt() and decode_token() say, and their arguments."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from minting import CLAIMS, HEADER, NOW, base64url, jwk, key, mint, pem, private_key, with_claims

from clerk_c._core import TokenCache, VerifyKey, decode_token, verify_jwt

MS = NOW * 1000


def verify(token: Any, verify_key: Any = None, **options: Any) -> Any:
    return verify_jwt(token, verify_key or key(), now_ms=MS, **options)


def test_a_good_token() -> None:
    assert verify(mint()) == CLAIMS
    assert verify(mint().encode()) == CLAIMS
    assert verify(mint()) is not verify(mint())


def test_by_kid() -> None:
    keys = {"ins_1": key(), "ins_2": key(1), "broken": None}
    assert verify(mint(), keys) == CLAIMS
    assert verify(mint(header=HEADER | {"kid": "ins_2"}, number=1), keys) == CLAIMS
    assert verify(mint(header=HEADER | {"kid": "ins_2"}), keys) == "token-invalid-signature"
    assert verify(mint(header=HEADER | {"kid": "ins_3"}), keys) == "jwk-kid-mismatch"
    assert verify(mint(header=HEADER | {"kid": "broken"}), keys) == "jwk-failed-to-resolve"
    assert verify(mint(header={"alg": "RS256"}), keys) == "jwk-kid-mismatch"
    assert verify(mint(header={"alg": "RS256"}), {None: key()}) == CLAIMS
    assert verify("a.b.c", keys) == "token-invalid"
    odd = "gr\u00fc\u00df\0e"
    assert verify(mint(header=HEADER | {"kid": odd}), {odd: key()}) == CLAIMS


def test_without_a_key() -> None:
    assert verify_jwt(mint(), None, MS) == "jwk-failed-to-resolve"
    assert verify_jwt(mint(header={"alg": "none"}), None, MS) == "token-invalid"


@pytest.mark.parametrize(
    ("claims", "options", "outcome"),
    [
        ({"exp": NOW - 6}, {}, "token-expired"),
        ({"exp": NOW - 5}, {}, "token-expired"),
        ({"exp": NOW - 4}, {}, None),
        ({"exp": NOW}, {"clock_skew_ms": 0}, "token-expired"),
        ({"exp": NOW + 1}, {"clock_skew_ms": 0}, None),
        ({"exp": NOW + 0.9}, {"clock_skew_ms": 0}, "token-expired"),
        ({"exp": 10**30}, {}, None),
        ({"exp": -(10**30)}, {}, "token-expired"),
        ({"exp": "soon"}, {}, "token-invalid"),
        ({"exp": None}, {}, "token-invalid"),
        ({"exp": True}, {}, "token-invalid"),
        ({"exp": str(NOW + 60)}, {}, "token-invalid"),
        ({"exp": float("nan")}, {}, "token-invalid"),
        ({"exp": float("inf")}, {}, "token-invalid"),
        ({"exp": ...}, {}, "token-invalid"),
        ({"exp": ...}, {"require_exp": False}, None),
        ({"nbf": NOW + 5}, {}, None),
        ({"nbf": NOW + 6}, {}, "token-not-active-yet"),
        ({"nbf": {}}, {}, "token-invalid"),
        ({"iat": NOW + 6}, {}, "token-not-active-yet"),
        ({"iat": "x"}, {}, "token-iat-in-the-future"),
        ({"iat": ..., "nbf": ..., "sub": ..., "jti": ...}, {}, None),
        ({"aud": "a"}, {}, "token-invalid-audience"),
        ({"aud": ""}, {}, None),
        ({"aud": ""}, {"audience": "a"}, "token-invalid"),
        ({"aud": "a"}, {"audience": "a"}, None),
        ({"aud": "ab"}, {"audience": "a"}, "token-invalid-audience"),
        ({"aud": ["b", "a"]}, {"audience": ["c", "a"]}, None),
        ({"aud": ["b", 1]}, {"audience": ["b"]}, "token-invalid-audience"),
        ({"aud": "a"}, {"audience": []}, "token-invalid-audience"),
        ({}, {"authorized_parties": ["https://app.example.com"]}, None),
        ({}, {"authorized_parties": "https://app.example.com"}, None),
        ({}, {"authorized_parties": "https://app.example.com.evil"}, None.__class__),
        ({}, {"authorized_parties": []}, None.__class__),
        ({"azp": ...}, {"authorized_parties": ["x"]}, None.__class__),
        ({"azp": ["x"]}, {"authorized_parties": ["x"]}, None.__class__),
        ({"sub": 1}, {}, "token-invalid"),
        ({"sub": None}, {}, "token-invalid"),
        ({"jti": []}, {}, "token-invalid"),
        ({"sub": "mch_1"}, {}, None),
        ({"sub": "mch_1"}, {"session_only": True}, "invalid-token-type"),
    ],
)
def test_claims(claims: dict[str, Any], options: dict[str, Any], outcome: Any) -> None:
    wanted = "token-invalid-authorized-parties" if isinstance(outcome, type) else outcome
    payload = with_claims(**claims)
    got = verify(mint(payload), **options)
    assert got == (payload if wanted is None else wanted)


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_access_tokens_are_no_session(typ: str) -> None:
    token = mint(header=HEADER | {"typ": typ})
    assert verify(token) == CLAIMS
    assert verify(token, session_only=True) == "invalid-token-type"
    assert verify(mint(header=HEADER | {"typ": 7}), session_only=True) == CLAIMS


def test_the_last_of_equal_names_counts() -> None:
    twice = f'{{"exp":1,"sub":"user_0","exp":{NOW + 60},"sub":"user_1"}}'
    assert verify(mint(twice)) == {"exp": NOW + 60, "sub": "user_1"}
    assert verify(mint(header='{"alg":"RS256","alg":"none"}')) == "token-invalid"
    assert verify(mint(header='{"alg":"none","alg":"RS256"}')) == CLAIMS


def test_values_survive() -> None:
    claims = {"exp": NOW + 1, "x": [1.0, 1, 2**70, "\0\U0001f600", {"": [[], {}]}, None, True]}
    got = verify(mint(claims), cache=(cache := TokenCache()))
    again = verify(mint(claims), cache=cache)
    assert got == again == claims
    assert [type(value) for value in again["x"]] == [type(value) for value in claims["x"]]  # type: ignore[attr-defined]


def test_decode() -> None:
    assert decode_token(mint()) == (HEADER, CLAIMS)
    assert decode_token(base64url(b"{}") + "." + base64url(b'{"a":1}') + ".") == ({}, {"a": 1})
    for bad in ("", "a", "a.b", "....", "\u00e4.b.c", mint({"a": 1})[:-1] + "!", mint([])):
        assert decode_token(bad) == "token-invalid", bad


def test_sizes_and_depths() -> None:
    deep = f'{{"exp":{NOW + 1},"a":{"[" * 150 + "]" * 150}}}'
    assert verify(mint(deep)) == json.loads(deep)
    assert verify(mint('{"a":' + "[" * 5000 + "]" * 5000 + "}")) == "token-invalid"
    assert verify(mint({"exp": NOW + 1, "a": "x" * 90_000}))["exp"] == NOW + 1
    assert verify(mint({"exp": NOW + 1, "a": "x" * 100_000})) == "token-invalid"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (((), {}), TypeError, "misses the argument 'token'"),
        ((("a",), {}), TypeError, "misses the argument 'key'"),
        ((("a", None), {"token": "b"}), TypeError, "multiple values for argument 'token'"),
        ((("a", None), {"leeway": 1}), TypeError, "unexpected keyword argument 'leeway'"),
        ((("a",) * 11, {}), TypeError, "at most 10 arguments"),
        (((1, None), {}), TypeError, "token must be str or bytes, not int"),
        ((("a", "pem"), {}), TypeError, "key must be a VerifyKey, a dict of them or None"),
        ((("a", None, "now"), {}), TypeError, "now_ms must be a number, not str"),
        ((("a", None, float("nan")), {}), ValueError, "now_ms must be finite"),
        ((("a", None, 10**400), {}), ValueError, "now_ms is too large"),
        ((("a", None), {"clock_skew_ms": float("inf")}), ValueError, "clock_skew_ms must be"),
        ((("a", None), {"audience": 5}), TypeError, "audience must be a str or an iterable of str"),
        ((("a", None), {"authorized_parties": 5}), TypeError, "authorized_parties must be"),
        ((("a", None), {"cache": {}}), TypeError, "cache must be a TokenCache or None, not dict"),
        (((mint(), {"ins_1": "pem"}), {}), TypeError, "key must hold VerifyKey objects, not str"),
    ],
)
def test_bad_arguments(arguments: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        verify_jwt(*arguments[0], **arguments[1])


def test_odd_choices_match_nothing() -> None:
    odd = [1, None, b"https://app.example.com", "\ud800"]
    for token in (mint(), mint(with_claims(azp=""))):
        assert verify(token, authorized_parties=odd) == "token-invalid-authorized-parties"
    many = [f"https://{n}" for n in range(100)] + ["https://app.example.com"]
    assert verify(mint(), authorized_parties=iter(many)) == CLAIMS


def test_equal_keys_are_equal() -> None:
    again = VerifyKey.from_jwk(jwk())
    assert again == key() and hash(again) == hash(key()) and again.fingerprint == key().fingerprint
    assert key(1) != key() and key() != pem()
    assert key().bits == private_key().key_size
    numbers = private_key().public_key().public_numbers()
    assert str(numbers.n)[:9] not in repr(key()) and key().fingerprint[:9] not in repr(key())


def test_importing_loads_no_libcrypto() -> None:
    code = (
        "import sys; from clerk_c._core import VerifyKey, verify_jwt, decode_token\n"
        "assert decode_token('x') == 'token-invalid' and 'clerk_c._crypto' not in sys.modules\n"
        "verify_jwt('x', None)\n"
        "assert 'clerk_c._crypto' in sys.modules\n"
        "import clerk_c._crypto; print(clerk_c._crypto.version())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(("OpenSSL", "LibreSSL"))
