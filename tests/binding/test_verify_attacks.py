"""Attacks on tokens and signatures that were published, and keys with which one could forge."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwt.utils import base64url_decode as jwt_bytes
from minting import (
    CLAIMS,
    HEADER,
    NOW,
    base64url,
    jwk,
    key,
    mint,
    number64,
    pem,
    private_key,
    text,
)

from clerk_c._core import TokenCache, VerifyKey, verify_jwt

SPKI = PublicFormat.SubjectPublicKeyInfo
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
SIZE = 256  # bytes of a signature by a key of 2048 bits


def verify(token: str, verify_key: Any = None) -> Any:
    return verify_jwt(token, verify_key or key(), now_ms=NOW * 1000)


def unsigned(header: Any) -> str:
    return f"{base64url(text(header))}.{base64url(text(CLAIMS))}"


ALGORITHMS = ["none", "None", "NONE", "nOnE", "none\0", " none", "", "HS256", "HS384", "HS512",
              "RS384", "RS512", "PS256", "ES256", "ES256K", "EdDSA", "rs256", "RS256 ", "RS256\0",
              "RSA-OAEP", "dir"]  # fmt: skip


@pytest.mark.parametrize("alg", [*ALGORITHMS, None, 0, True, [], ["RS256"], {"alg": "RS256"}])
def test_only_rs256(alg: Any) -> None:
    head = unsigned({"alg": alg, "kid": "ins_1"})
    good = mint(header={"alg": alg, "kid": "ins_1"})  # a valid RS256 signature does not help
    for token in (good, f"{head}.", f"{head}.{base64url(b'x' * SIZE)}"):
        assert verify(token) == "token-invalid"
    assert verify(f"{head}") == "token-invalid"


@pytest.mark.parametrize("alg", ["HS256", "RS256"])
def test_the_public_key_is_no_secret(alg: str) -> None:
    head = unsigned({"alg": alg})
    public = private_key().public_key()
    der = [public.public_bytes(Encoding.DER, form) for form in (SPKI, PublicFormat.PKCS1)]
    for secret in (
        pem().encode(),
        pem().strip().encode(),
        pem().replace("\n", "").encode(),
        *der,
        b"",
    ):
        mac = base64url(hmac.digest(secret, head.encode(), "sha256"))
        assert verify(f"{head}.{mac}") in ("token-invalid", "token-invalid-signature")


def test_keys_that_the_token_brings() -> None:
    mine = jwk(1, kid="ins_1")
    for extra in (
        {"jwk": mine},
        {"jku": "https://evil.example.com/jwks.json"},
        {"x5u": "https://evil.example.com/cert.pem"},
        {"x5c": ["MIIB"]},
        {"jwk": mine, "kid": "ins_0"},
    ):
        assert verify(mint(header=HEADER | extra, number=1)) == "token-invalid-signature"
    assert verify(mint(header=HEADER | {"jwk": mine})) == CLAIMS  # ignored, not refused


@pytest.mark.parametrize(
    "kid",
    [
        "../../dev/null",
        "/etc/passwd",
        "ins_1' OR '1'='1",
        "ins_1\0",
        "INS_1",
        " ins_1",
        "ins_1;id",
        "",
    ],
)
def test_kids_are_compared_and_nothing_else(kid: str) -> None:
    keys = {"ins_1": key(), None: key(1)}
    assert verify(mint(header=HEADER | {"kid": kid}), keys) == "jwk-kid-mismatch"


def test_signatures_that_are_missing_or_another() -> None:
    header, payload, signature = mint().split(".")
    made = jwt_bytes(signature)
    others = [
        b"",
        b"\0",
        made[:-1],
        made[1:],
        made + b"\0",
        b"\0" + made,
        bytes(SIZE),
        b"\xff" * SIZE,
    ]
    others += [
        jwt_bytes(mint({"exp": NOW + 9}).split(".")[2]),
        jwt_bytes(mint(number=1).split(".")[2]),
    ]
    for other in map(base64url, others):
        assert verify(f"{header}.{payload}.{other}") == "token-invalid-signature"
    other = base64url(text(CLAIMS | {"sub": "user_2"}))
    assert verify(f"{header}.{other}.{signature}") == "token-invalid-signature"


def test_other_algorithms_by_the_same_key() -> None:
    head = unsigned(HEADER)
    schemes: list[tuple[Any, Any]] = [
        (padding.PKCS1v15(), hashes.SHA384()),
        (padding.PKCS1v15(), hashes.SHA512()),
        (padding.PKCS1v15(), hashes.SHA1()),
        (padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
    ]
    for scheme, algorithm in schemes:
        made = private_key().sign(head.encode(), scheme, algorithm)
        assert verify(f"{head}.{base64url(made)}") == "token-invalid-signature"


def with_block(head: str, block: bytes) -> str:
    """A token whose signature opens to that block, made with the private key."""
    numbers = private_key().private_numbers()
    made = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
    return f"{head}.{base64url(made.to_bytes(SIZE, 'big'))}"


def blocks(digest: bytes) -> dict[str, bytes]:
    """Blocks that are almost what PKCS#1 v1.5 wants (cases after those of project Wycheproof)."""
    info, size = SHA256_INFO + digest, SIZE - 3

    def block(tail: bytes, fill: bytes = b"\xff", start: bytes = b"\x00\x01") -> bytes:
        return (start + fill * (size - len(tail)) + b"\x00" + tail)[:SIZE]

    garbage = b"\x17" * 40
    no_null = bytes.fromhex("302f300b06096086480165030402010420") + digest
    long_form = bytes.fromhex("308131300d060960864801650304020105000420") + digest
    inner_long = bytes.fromhex("303230810d060960864801650304020105000420") + digest
    indefinite = bytes.fromhex("3080300d060960864801650304020105000420") + digest + b"\0\0"
    parameters = bytes.fromhex("3033300f0609608648016503040201050201000420") + digest
    sha1 = bytes.fromhex("3021300906052b0e03021a05000414") + digest[:20]
    return {
        "missing NULL": block(no_null),
        "length in long form": block(long_form),
        "inner length in long form": block(inner_long),
        "indefinite length": block(indefinite),
        "other parameters": block(parameters),
        "another hash": block(sha1),
        "digest alone": block(digest),
        "digest cut": block(info[:-1]),
        "digest flipped": block(info[:-1] + bytes([info[-1] ^ 1])),
        "byte after the digest": block(info + b"\x00"),
        "short padding, garbage after": block(info + garbage),
        "8 bytes of padding, garbage after": (
            b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + garbage * 6
        )[:SIZE],
        "no padding, garbage after": (b"\x00\x01\x00" + info + garbage * 6)[:SIZE],
        "garbage in the padding": block(info)[:50] + b"\x17" + block(info)[51:],
        "zeros in the padding": block(info, fill=b"\x00"),
        "block type 0": block(info, start=b"\x00\x00"),
        "block type 2": block(info, start=b"\x00\x02"),
        "first byte not 0": b"\x01" + block(info)[1:],
        "no 0 before the hash": block(info).replace(b"\xff\x00\x30", b"\xff\xff\x30"),
        "zeros": bytes(SIZE),
        "one": bytes(SIZE - 1) + b"\x01",
    }


NAMES = list(blocks(bytes(32)))


@pytest.mark.parametrize("name", NAMES)
def test_blocks_that_are_almost_right(name: str) -> None:
    head = unsigned(HEADER)
    digest = hashlib.sha256(head.encode()).digest()
    right = b"\x00\x01" + b"\xff" * (SIZE - 54) + b"\x00" + SHA256_INFO + digest
    assert verify(with_block(head, right)) == CLAIMS  # so the cases differ by one thing each
    wrong = blocks(digest)[name]
    assert len(wrong) == SIZE and wrong != right
    assert verify(with_block(head, wrong)) == "token-invalid-signature"


def test_a_signature_is_below_the_modulus() -> None:
    modulus = private_key().public_key().public_numbers().n
    for attempt in range(40):  # one whose sum with the modulus still has 2048 bits
        token = mint(CLAIMS | {"attempt": attempt})
        head, signature = token.rsplit(".", 1)
        number = int.from_bytes(jwt_bytes(signature), "big")
        assert isinstance(verify(token), dict)
        if (number + modulus).bit_length() <= 8 * SIZE:
            again = base64url((number + modulus).to_bytes(SIZE, "big"))
            assert verify(f"{head}.{again}") == "token-invalid-signature"
            return
    pytest.skip("this modulus leaves no room above itself")


@pytest.mark.parametrize("exponent", [0, 1, 2, 4, 65536, 2**64 + 1, 2**2048 + 1])
def test_exponents_with_which_one_could_forge(exponent: int) -> None:
    with pytest.raises(ValueError, match=r"JWK|exponent"):
        VerifyKey.from_jwk(jwk(e=number64(exponent)))


def cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


def test_cube_roots_are_no_signatures() -> None:
    """With e = 3 a block with garbage at its end has a root that anybody can compute."""
    small = rsa.generate_private_key(3, 2048).public_key().public_numbers()
    cubes = VerifyKey.from_jwk(jwk(n=number64(small.n), e="Aw"))
    head = unsigned(HEADER)
    digest = hashlib.sha256(head.encode()).digest()
    start = b"\x00\x01" + b"\xff" * 8 + b"\x00" + SHA256_INFO + digest
    root = cube_root(int.from_bytes(start + bytes(SIZE - len(start)), "big"))
    opened = (root**3).to_bytes(SIZE, "big")
    assert opened.startswith(start)
    forged = f"{head}.{base64url(root.to_bytes(SIZE, 'big'))}"
    assert verify(forged, cubes) == "token-invalid-signature"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kty": "EC"}, "kty"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "kty"),
        ({"kty": None}, "kty"),
        ({"kty": "rsa"}, "kty"),
        ({"use": "enc"}, "use"),
        ({"alg": "RS512"}, "alg"),
        ({"alg": "HS256"}, "alg"),
        ({"n": None}, "without n or e"),
        ({"e": None}, "without n or e"),
        ({"n": ""}, "no number"),
        ({"n": "AAAA"}, "no number"),
        ({"n": "!!!!"}, "no number"),
        ({"n": "A" * 40_000}, "too long"),
        ({"e": "AQ AB"}, "no number"),
        ({"n": 5}, "member n is no text"),
        ({"kty": ["RSA"]}, "member kty is no text"),
        ({"d": "AQAB"}, "private"),
        ({"n": "AQAB"}, "24 bits|17 bits|bits"),
        ({"n": number64((1 << 1022) + 1)}, "1023 bits"),
        ({"n": number64((1 << 16384) + 1)}, "16385 bits"),
        ({"n": number64(1 << 2047)}, "even"),
    ],
)
def test_jwks_that_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        VerifyKey.from_jwk(jwk(**changes))


def test_jwks_of_other_shapes() -> None:
    assert VerifyKey.from_jwk(jwk(use=None, alg=None, kid=None)) == key()
    assert VerifyKey.from_jwk(jwk(e="AAEAAQ", n="AAAA" + jwk()["n"])) == key()  # zeros in front
    assert VerifyKey.from_jwk(jwk(x=5) | {5: 6, "\ud800": 1}) == key()  # type: ignore[dict-item]
    for wrong in (None, "{}", [], json.dumps(jwk())):
        with pytest.raises(TypeError, match="jwk must be a dict"):
            VerifyKey.from_jwk(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a JWK whose member n is no text"):
        VerifyKey.from_jwk(jwk(n="\ud800"))


def other_pems() -> list[tuple[bytes, str]]:
    public: list[Any] = [
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        ed25519.Ed25519PrivateKey.generate().public_key(),
        x25519.X25519PrivateKey.generate().public_key(),
    ]
    pems = [(one.public_bytes(Encoding.PEM, SPKI), "not an RSA key") for one in public]
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL, PrivateFormat.OpenSSH):
        pems.append(
            (private_key().private_bytes(Encoding.PEM, form, NoEncryption()), "private key")
        )
    ssh = private_key().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return [*pems, (ssh, "not a PEM text"), (b"-" * 70_000, "not a PEM text")]


def test_pems_of_other_things() -> None:
    for written, words in other_pems():
        with pytest.raises(ValueError, match=words):
            VerifyKey.from_pem(written)
    with pytest.raises(TypeError, match="pem must be str or bytes, not NoneType"):
        VerifyKey.from_pem(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        VerifyKey()


def test_no_message_shows_what_was_given() -> None:
    secret = "c2VjcmV0" * 40
    body = f"-----BEGIN PUBLIC KEY-----{secret}-----END PUBLIC KEY-----"
    for make in (lambda: VerifyKey.from_pem(body), lambda: VerifyKey.from_jwk(jwk(n=secret))):
        with pytest.raises(ValueError, match=r"key|bits|number") as raised:
            make()
        assert secret[:8] not in str(raised.value)


def test_a_known_token_lends_nothing_to_others() -> None:
    cache = TokenCache()
    token = mint()
    assert verify_jwt(token, key(), NOW * 1000, cache=cache) == CLAIMS
    header, payload, signature = token.split(".")
    for changed in (
        token + "A",
        token[:-1],
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{header}.{payload}.",
    ):
        assert isinstance(verify_jwt(changed, key(), NOW * 1000, cache=cache), str)
    assert verify_jwt(token, key(1), NOW * 1000, cache=cache) == "token-invalid-signature"
    assert (
        verify_jwt(token, {"ins_1": key(1)}, NOW * 1000, cache=cache) == "token-invalid-signature"
    )
    assert verify_jwt(token, {"ins_0": key()}, NOW * 1000, cache=cache) == "jwk-kid-mismatch"
    assert verify_jwt(token, None, NOW * 1000, cache=cache) == "jwk-failed-to-resolve"
    assert verify_jwt(token, key(), (NOW + 100) * 1000, cache=cache) == "token-expired"
    assert verify_jwt(token, key(), (NOW - 100) * 1000, cache=cache) == "token-not-active-yet"
    assert verify_jwt(token, key(), NOW * 1000, cache=cache) == CLAIMS


def test_random_bytes() -> None:
    for size in (0, 1, 2, 3, 50, 1000, 131_072, 131_073, 1_000_000):
        data = secrets.token_bytes(size)
        assert verify_jwt(data, key()) == "token-invalid"
        with pytest.raises(ValueError, match="PEM"):
            VerifyKey.from_pem(data)
