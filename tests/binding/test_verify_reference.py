"""A few thousand tokens, good and bad: the reference and clerk_c say the same of each, or what
docs/core/jwt.md says about the difference."""

from __future__ import annotations

import itertools
import json
import random
from datetime import datetime
from typing import Any

import jwt.api_jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.warnings import InsecureKeyLengthWarning
from minting import (
    CLAIMS,
    HEADER,
    NOW,
    StoppedClock,
    base64url,
    key,
    mint,
    pem,
    private_key,
    reference,
    sign,
    with_claims,
)

from clerk_c._core import TokenCache, VerifyKey, decode_token, verify_jwt

MS = NOW * 1000
TINY = (  # of 512 bits
    "-----BEGIN PUBLIC KEY-----"
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBANQpyLno1EZVDrTOJpIwCG2FTv3epi3F"
    "XhEi2kvsdlqGes2xzUUiTH5/U1G3/wm1XDHwM9owrLnDiic/Xn/Ewa0CAwEAAQ=="
    "-----END PUBLIC KEY-----"
)

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TIMES = [0, -1, 1.5, NOW - 6, NOW - 5, NOW - 4, NOW, NOW + 4, NOW + 5, NOW + 6, NOW + 0.5, 2**53,
         2**63, -(2**63), 10**40, -(10**40), 1e300, -1e300, float("nan"), float("inf"), None, [],
         [1], {}, {"a": 1}, "", "soon", "1e9"]  # fmt: skip
TEXTS = [None, 0, 1, -0.0, 1.5, True, False, "", "x", "\0", "\u00e9", "x" * 5000, [], ["x"], [1],
         ["x", 1], ["x", "y"], [[]], [None], {}, {"x": "y"}, 10**40, float("nan")]  # fmt: skip


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwt.api_jwt, "datetime", StoppedClock)


def ours(token: Any, **options: Any) -> Any:
    skew = options.pop("clock_skew_in_ms", 5000)
    options |= {"clock_skew_ms": skew, "now_ms": MS, "require_exp": False}
    plain = verify_jwt(token, key(), **options)
    cache = TokenCache(4)
    for _ in range(3):  # unknown, then known, then known with a pattern
        remembered = verify_jwt(token, key(), cache=cache, **options)
        # As text, since NaN is not equal to itself.
        assert json.dumps(remembered) == json.dumps(plain)
    return plain


def same(token: Any, **options: Any) -> Any:
    wanted = reference(token, **options)
    got = ours(token, **options)
    assert json.dumps(got) == json.dumps(wanted), (token, options)
    return got


def outcomes(tokens: Any, **options: Any) -> set[str]:
    """What became of them, so that a test can say that its tokens were of many kinds."""
    found = (same(token, **options) for token in tokens)
    return {outcome if isinstance(outcome, str) else "fine" for outcome in found}


def test_each_byte_changed() -> None:
    token = mint(with_claims(o=..., fva=..., iss=...))
    others = random.Random(1).choices("Az-.=+ \n\0\u00e9", k=len(token))
    last = BASE64URL[BASE64URL.index(token[-1]) ^ 1]  # differs in a bit that stands for nothing
    changed = [token, token[:-1] + last]
    for at, was in enumerate(token):
        for instead in (others[at], "", chr(ord(was) ^ 1)):
            changed.append(token[:at] + instead + token[at + 1 :])
    assert len(changed) > 1500
    assert outcomes(changed) == {"token-invalid", "token-invalid-signature", "fine"}


def test_each_part_missing_doubled_or_foreign() -> None:
    parts, other = mint().split("."), mint({"exp": NOW + 9}, number=1).split(".")
    pieces = [*parts, *other, "", "e30", "bnVsbA", "!", "=", "\u00e9"]
    tokens = [".".join(some) for n in (1, 2, 3) for some in itertools.product(pieces, repeat=n)]
    good = mint()
    tokens += [f"{good}.", f".{good}", f"{good}.e30", good * 2, f" {good}", f"{good}\n", ""]
    assert len(tokens) > 1500
    assert outcomes(tokens) == {"token-invalid", "token-invalid-signature", "fine"}


@pytest.mark.parametrize("spare", ["=", "==", "===", "====", "A", "A=", "AA==", " ", "=A", "\n"])
def test_padding_of_each_part(spare: str) -> None:
    header, payload, _ = mint().split(".")
    for cut, part in itertools.product((0, 1, 2, 3), (header, payload)):
        padded = part[: len(part) - cut] + spare
        unsigned = f"{padded}.{payload}" if part is header else f"{header}.{padded}"
        same(f"{unsigned}.{base64url(sign(unsigned))}")
        same(f"{header}.{payload}.{mint().split('.')[2]}{spare}")


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
def test_times(name: str) -> None:
    tokens = [mint(with_claims(**{name: value})) for value in TIMES]
    for skew in (0, 1, 999, 5000, 5999, -1000, 86_400_000, 0.5):
        assert len(outcomes(tokens, clock_skew_in_ms=skew)) > 2
    outcomes(tokens, clock_skew_in_ms=-5000)


@pytest.mark.parametrize("name", ["sub", "jti", "aud", "azp", "iss", "sid", "v", "o", "kid", "alg"])
def test_claims_of_any_type(name: str) -> None:
    tokens = [mint(with_claims(**{name: value})) for value in TEXTS]
    outcomes(tokens)
    for audience, parties in itertools.product((None, "x", "", ["x"], ["y", "z"], []), repeat=2):
        options = {"audience": audience, "authorized_parties": parties}
        if not isinstance(parties, str):  # see test_where_we_are_stricter
            outcomes(tokens, **options)


@pytest.mark.parametrize("name", ["alg", "kid", "typ", "cty", "jku", "x5c", "jwk"])
def test_headers_of_any_type(name: str) -> None:
    values = [*TEXTS, "RS256", "rs256", "RS384", "none", "None", "HS256", "PS256", "ES256", "EdDSA"]
    tokens = [mint(header=HEADER | {name: value}) for value in values]
    tokens.append(mint(header={k: v for k, v in HEADER.items() if k != name}))
    assert "fine" in outcomes(tokens)


# fmt: off
JSON = ["", " ", "{", "}", "{}", " {} ", "[]", "null", "1", '"x"', "{'a':1}", '{"a":1,}',
        '{"a":01}', '{"a":1}x', '{"a":1}\n', '{"a":"\t"}', '{"a":"\\u00e9"}', '{"a":"\\x"}',
        '{a:1}', '{"a":NaN}', '{"a":-Infinity}', '{"a":1e400}', '{"a":"\u00e9\U0001f600"}',
        '{"a":"\\ud83d\\ude00"}', '{"a":1,"a":2}', '{"a":.5}', '{"a":1.}', '{"a":+1}', '{"a":tru}',
        "\0", '{"a":"\0"}', "\f{}", '{"sub":1,"sub":"x"}', '{"sub":"x","sub":1}',
        '{"exp":1,"exp":9e99}', '{"a":' + "9" * 4300 + "}", '{"a":' + "9" * 4301 + "}",
        "[" * 100_000, '{"a":' * 5000]
BYTES = [b'{"a":"\xe9"}', b'{"a":"\xff"}', b"\x80", b'{"a":"\xc0\x80"}', b'{"a":"\xf5"}']
# fmt: on


def test_parts_that_are_no_json() -> None:
    assert outcomes(mint(part) for part in (*JSON, *BYTES)) == {"token-invalid", "fine"}
    headers = [part.replace("{", '{"alg":"RS256",', 1) for part in JSON]
    assert outcomes(mint(header=part) for part in (*headers, *BYTES)) == {"token-invalid", "fine"}


def test_random_tokens() -> None:
    chosen = random.Random(2)
    tokens = []
    for _ in range(400):
        claims = dict(CLAIMS)
        for name in chosen.sample(["exp", "nbf", "iat"], chosen.randrange(3)):
            claims[name] = chosen.choice(TIMES)
        for name in chosen.sample(["aud", "azp", "sub", "jti", "o"], chosen.randrange(4)):
            claims[name] = chosen.choice(TEXTS)
        for name in chosen.sample(list(claims), chosen.randrange(3)):
            del claims[name]
        tokens.append(mint(claims, number=chosen.choice((0, 0, 0, 1))))
    found = outcomes(tokens, audience=["x"], authorized_parties=["https://app.example.com"])
    found |= outcomes(tokens, authorized_parties=["https://app.example.com"])
    found |= outcomes(tokens)
    assert found == {
        "fine",
        "token-expired",
        "token-iat-in-the-future",
        "token-invalid",
        "token-invalid-audience",
        "token-invalid-authorized-parties",
        "token-invalid-signature",
        "token-not-active-yet",
    }


def test_unverified_header_and_payload() -> None:
    for token in (mint(), mint(number=1), mint()[:-5] + "AAAAA", mint(header={"alg": "none"})):
        options = {"verify_signature": False}
        assert decode_token(token) == (
            jwt.get_unverified_header(token),
            jwt.decode(token, options=options),
        )


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_pem_as_people_write_it(form: PublicFormat) -> None:
    text = pem(0, form)
    bare = text.replace("\n", "")
    crlf, spaced = text.replace("\n", "\r\n"), text.replace("\n", " \n ")
    for written in (text, bare, crlf, spaced, text.strip(), f"\nkey:\n{text}\nmore"):
        assert reference(mint(), jwt_key=written) == CLAIMS
        assert VerifyKey.from_pem(written) == VerifyKey.from_pem(written.encode()) == key()
    broken = ["", "x", bare[:-1], bare[30:], text.replace("KEY", "key"), bare.replace("M", "N", 1)]
    broken += [bare.replace("A", "!", 1), bare.replace("BEGIN", "BEGUN")]
    for written in broken:
        assert reference(mint(), jwt_key=written) == "jwk-failed-to-resolve"
        with pytest.raises(ValueError, match=r"PEM|key"):
            VerifyKey.from_pem(written)


def test_keys_in_other_forms() -> None:
    public = private_key().public_key()
    ssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert reference(mint(), jwt_key=ssh) == CLAIMS
    with pytest.raises(ValueError, match="not a PEM text"):
        VerifyKey.from_pem(ssh)
    escaped = pem().replace("\n", "\\n")
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public)
    builder = builder.serial_number(1).not_valid_before(datetime(2001, 1, 1))
    made = builder.not_valid_after(datetime(2002, 1, 1)).sign(private_key(), hashes.SHA256())
    for written in (escaped, made.public_bytes(Encoding.PEM).decode()):
        assert reference(mint(), jwt_key=written) == "jwk-failed-to-resolve"
        assert VerifyKey.from_pem(written) == key()


def test_short_keys() -> None:
    """PyJWT warns, each time; below 1024 bits clerk_c has none of it."""
    short = rsa.generate_private_key(65537, 1024)
    written = short.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = mint().rpartition(".")[0]
    made = short.sign(unsigned.encode(), padding.PKCS1v15(), hashes.SHA256())
    token = f"{unsigned}.{base64url(made)}"
    with pytest.warns(InsecureKeyLengthWarning):
        assert reference(token, jwt_key=written.decode()) == CLAIMS
    assert VerifyKey.from_pem(written).bits == 1024
    assert verify_jwt(token, VerifyKey.from_pem(written), MS) == CLAIMS
    with pytest.warns(InsecureKeyLengthWarning):
        assert reference(mint(), jwt_key=TINY) == "token-invalid-signature"
    with pytest.raises(ValueError, match="512 bits"):
        VerifyKey.from_pem(TINY)


# Each is fine for the reference, or a TypeError gets out of it.
STRICTER: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "token-invalid": [
        (mint(with_claims(exp=str(NOW + 60))), {}),
        (mint(with_claims(nbf="1")), {}),
        (mint(with_claims(nbf=True)), {}),
        (mint(header=HEADER | {"crit": ["b64"], "b64": True}), {}),
        (mint(header=HEADER | {"b64": 0}), {}),
        (mint(b"\xef\xbb\xbf" + json.dumps(CLAIMS).encode()), {}),
        (mint(json.dumps(CLAIMS).encode("utf-16")), {}),
        (mint('{"a":"\\ud800"}'), {}),
        (mint('{"a":' + "[" * 300 + "]" * 300 + "}"), {}),
        (mint({"a": "x" * 200_000}), {}),
    ],
    "token-iat-in-the-future": [
        (mint(with_claims(iat="1")), {}),
        (mint(with_claims(iat=False)), {}),
    ],
    "token-invalid-authorized-parties": [
        (mint(with_claims(azp="https://a")), {"authorized_parties": "https://a.b"}),
        (mint(with_claims(azp=["x"])), {"authorized_parties": {"x"}}),
        (mint(with_claims(azp=1)), {"authorized_parties": [1]}),
    ],
}


@pytest.mark.parametrize("outcome", STRICTER)
def test_where_we_are_stricter(outcome: str) -> None:
    for token, options in STRICTER[outcome]:
        assert ours(token, **options) == outcome
        assert isinstance(reference(token, **options), (dict, TypeError))
