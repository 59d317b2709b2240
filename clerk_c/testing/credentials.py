"""Passwords, one-time codes and backup codes: hashing and checking. Nothing is kept plain
but TOTP secrets, which cannot be checked otherwise.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import struct

from clerk_c.testing import errors
from clerk_c.testing.ids import Chance

MINIMUM = 8
# bcrypt, which Clerk uses, reads no further.
MAXIMUM_BYTES = 72
BACKUP_CODE_LIMIT = 20

_OWN = "scrypt"
# Work that a digest from elsewhere may ask for: 128 bytes of memory for each unit.
_SCRYPT_LIMIT = 2**21
_COST = {"n": 4096, "r": 8, "p": 1, "dklen": 32}

# The heads of any list of leaked passwords: enough to meet the error in a test.
_LEAKED = """
password password1 password123 passw0rd p@ssw0rd 12345678 123456789 1234567890 11111111 00000000
87654321 qwertyui qwerty123 qwertyuiop 1q2w3e4r 1qaz2wsx iloveyou sunshine princess football
baseball superman trustno1 letmein1 welcome1 abcd1234 admin123 asdfghjkl starwars whatever
computer michelle jennifer corvette
"""
_PWNED = frozenset(_LEAKED.split())

# Digests of these are accepted as they are documented but cannot be checked with Python alone.
_OPAQUE = {
    "bcrypt": re.compile(r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}"),
    "bcrypt_sha256_django": re.compile(r"bcrypt_sha256\$.+"),
    "argon2i": re.compile(r"\$argon2i\$.+"),
    "argon2id": re.compile(r"\$argon2id\$.+"),
    "phpass": re.compile(r"\$[PH]\$.{31}"),
    "md5_phpass": re.compile(r"\$[PH]\$.{31}"),
    "scrypt_firebase": re.compile(r".+"),
    "sha512_symfony": re.compile(r".+"),
}


def check_new_password(password: str, *, skip_checks: bool, pwned: bool) -> None:
    """The policy; `skip_checks` lifts all of it but the limits of storage."""
    if not password:
        raise errors.missing("password")
    if len(password.encode()) > MAXIMUM_BYTES:
        reason = f"A password has at most {MAXIMUM_BYTES} bytes."
        raise errors.password_invalid("length_too_long", reason)
    if skip_checks:
        return
    if len(password) < MINIMUM:
        reason = f"A password has at least {MINIMUM} characters."
        raise errors.password_invalid("length_too_short", reason)
    if pwned and password.lower() in _PWNED:
        reason = "This password is known from a data breach; please use another."
        raise errors.password_invalid("pwned", reason)


def hash_password(password: str) -> tuple[str, str]:
    """Digest and hasher."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, **_COST)
    return f"{salt.hex()}${digest.hex()}", _OWN


def check_digest(digest: str, hasher: str) -> None:
    """Whether a digest that a caller brings has the form its hasher gives."""
    if hasher in _OPAQUE:
        fits = _OPAQUE[hasher].fullmatch(digest) is not None
    elif hasher in ("md5", "sha256") or hasher in _STRUCTURED:
        try:
            fits = _expected(digest, hasher, "") is not None
        except (ValueError, binascii.Error, OverflowError, MemoryError):
            fits = False
    else:
        names = ["md5", "sha256", *_STRUCTURED, *_OPAQUE]
        raise errors.wrong_value("password_hasher", f"must be one of {', '.join(sorted(names))}")
    if not fits:
        raise errors.digest_invalid(hasher)


def verify_password(password: str, digest: str, hasher: str) -> bool:
    if hasher == _OWN:
        salt, _, expected = digest.partition("$")
        actual = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), **_COST)
        return hmac.compare_digest(actual.hex(), expected)
    if hasher in _OPAQUE:
        text = f"The embedded server cannot check passwords of the hasher {hasher}."
        raise errors.ApiError(422, "password_hasher_unavailable", "hasher unavailable", text)
    actual_text, expected_text = _expected(digest, hasher, password)
    return hmac.compare_digest(actual_text, expected_text)


def _expected(digest: str, hasher: str, password: str) -> tuple[bytes, bytes]:
    """What a digest ought to be for a password, and what it is."""
    secret = password.encode()
    if hasher in ("md5", "sha256"):
        expected = bytes.fromhex(digest)
        actual = hashlib.new(hasher, secret, usedforsecurity=False).digest()
    elif hasher == "ldap_ssha":
        raw = base64.b64decode(digest.removeprefix("{SSHA}"), validate=True)
        expected = raw[:20]
        actual = hashlib.sha1(secret + raw[20:], usedforsecurity=False).digest()
    elif hasher == "scrypt_werkzeug":
        method, salt, text = digest.split("$")
        n, r, p = (int(part) for part in method.removeprefix("scrypt:").split(":"))
        if n * r * p > _SCRYPT_LIMIT:
            raise ValueError(hasher)
        expected = bytes.fromhex(text)
        actual = hashlib.scrypt(
            secret, salt=salt.encode(), n=n, r=r, p=p, maxmem=132 * n * r * p, dklen=64
        )
    else:
        expected, actual = _pbkdf2(digest, hasher, secret)
    if len(expected) != len(actual):
        raise ValueError(hasher)
    return actual, expected


def _pbkdf2(digest: str, hasher: str, secret: bytes) -> tuple[bytes, bytes]:
    """`<name>$<rounds>$<salt>$<digest>`; Django's salt is text, the others' is base64."""
    name, rounds, salt, text = digest.split("$")
    if hasher == "pbkdf2_sha512_hex":
        salt_bytes, expected = bytes.fromhex(salt), bytes.fromhex(text)
    else:
        expected = base64.b64decode(text, validate=True)
        django = hasher.endswith("_django")
        salt_bytes = salt.encode() if django else base64.b64decode(salt, validate=True)
    algorithm = _STRUCTURED[hasher]
    if not 1 <= int(rounds) <= 1_000_000 or not name.startswith("pbkdf2_"):
        raise ValueError(hasher)
    actual = hashlib.pbkdf2_hmac(algorithm, secret, salt_bytes, int(rounds), len(expected))
    return expected, actual


_STRUCTURED = {
    "pbkdf2_sha1": "sha1",
    "pbkdf2_sha256": "sha256",
    "pbkdf2_sha256_django": "sha256",
    "pbkdf2_sha512": "sha512",
    "pbkdf2_sha512_hex": "sha512",
    "scrypt_werkzeug": "",
    "ldap_ssha": "",
}


def totp(secret: str, moment: int) -> str:
    """The code of RFC 6238 (SHA-1, 30 seconds, 6 digits) at a moment in milliseconds."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", moment // 30_000)
    digest = hmac.new(key, counter, "sha1").digest()
    offset = digest[-1] & 15
    number = struct.unpack_from(">I", digest, offset)[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def verify_totp(secret: str, code: str, now: int) -> bool:
    """One step early or late is accepted, for clocks that differ."""
    steps = (now - 30_000, now, now + 30_000)
    return any(hmac.compare_digest(totp(secret, step).encode(), code.encode()) for step in steps)


def hash_backup_code(user_id: str, code: str) -> str:
    """Codes are random, so a plain hash with the owner as salt hides them well enough."""
    return hashlib.sha256(f"{user_id}:{code.strip().lower()}".encode()).hexdigest()


def new_code(chance: Chance) -> str:
    return f"{chance.below(1_000_000):06}"
