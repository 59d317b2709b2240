"""RSA keys and RS256 signatures with the standard library alone.

For tokens of a stand-in: nothing here takes care against being timed.
"""

from __future__ import annotations

import base64
import hashlib
import math
import secrets
from collections.abc import Callable, Iterable
from itertools import compress
from typing import Any

BITS = 2048
# Four primes (RFC 8017 allows more than two) are found and used ten times as fast as two.
_PRIMES = 4
_EXPONENT = 65537
# Enough for primes that nobody chose with bad intent.
_ROUNDS = 8
_SIEVE = 20_000
# DER of "SHA-256 follows", which precedes the digest in a signature (RFC 8017, 9.2).
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def _small_primes() -> list[int]:
    odd = bytearray([1]) * _SIEVE
    for number in range(3, math.isqrt(_SIEVE) + 1, 2):
        odd[number * number :: 2 * number] = bytes(len(range(number * number, _SIEVE, 2 * number)))
    return list(compress(range(3, _SIEVE, 2), odd[3::2]))


def _is_prime(number: int) -> bool:
    """Miller and Rabin's test."""
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for base in (2, *(secrets.randbelow(number - 3) + 2 for _ in range(_ROUNDS))):
        power = pow(base, odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def _prime(bits: int, small: list[int], random_bits: Callable[[int], int]) -> int:
    """A random prime whose four highest bits are set: four of them make a full modulus."""
    span = 8 * bits
    while True:
        start = random_bits(bits) | 15 << bits - 4 | 1
        free = bytearray([1]) * span  # start + 2 * index
        for prime in small:
            first = -start * pow(2, -1, prime) % prime
            free[first::prime] = bytes(len(range(first, span, prime)))
        for step in compress(range(0, 2 * span, 2), free):
            number = start + step
            if number.bit_length() == bits and number % _EXPONENT != 1 and _is_prime(number):
                return number


def new_key(random_bits: Callable[[int], int] = secrets.randbits) -> list[str]:
    """The primes of a key, as hexadecimal text."""
    small = _small_primes()
    primes: set[int] = set()
    while len(primes) < _PRIMES:
        primes.add(_prime(BITS // _PRIMES, small, random_bits))
    return [f"{prime:x}" for prime in sorted(primes)]


def _modulus(key: Iterable[str]) -> int:
    return math.prod(int(prime, 16) for prime in key)


def _padded(message: bytes) -> int:
    digest = _SHA256 + hashlib.sha256(message).digest()
    filler = b"\xff" * (BITS // 8 - len(digest) - 3)
    return int.from_bytes(b"\x00\x01" + filler + b"\x00" + digest, "big")


def sign(key: Iterable[str], message: bytes) -> bytes:
    padded, modulus = _padded(message), _modulus(key)
    number = 0
    for text in key:  # by the Chinese remainder theorem
        prime = int(text, 16)
        others = modulus // prime
        part = pow(padded, pow(_EXPONENT, -1, prime - 1), prime)
        number += part * others * pow(others, -1, prime)
    return (number % modulus).to_bytes(BITS // 8, "big")


def verify(key: Iterable[str], message: bytes, signature: bytes) -> bool:
    number = int.from_bytes(signature, "big")
    if len(signature) != BITS // 8:
        return False
    return pow(number, _EXPONENT, _modulus(key)) == _padded(message)


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 128 | len(length))) + length + content


def pem(key: Iterable[str]) -> str:
    """The public half as the text of a PEM file (SubjectPublicKeyInfo, RFC 5280)."""

    def integer(number: int) -> bytes:
        return _der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    public = _der(0x30, integer(_modulus(key)) + integer(_EXPONENT))
    algorithm = _der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    whole = base64.b64encode(_der(0x30, algorithm + _der(3, b"\x00" + public))).decode()
    lines = (whole[at : at + 64] for at in range(0, len(whole), 64))
    return "\n".join(("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""))


def jwk(key: Iterable[str], key_id: str) -> dict[str, Any]:
    """The public half as a JSON Web Key."""

    def encode(number: int) -> str:
        data = number.to_bytes((number.bit_length() + 7) // 8, "big")
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    public = {"n": encode(_modulus(key)), "e": encode(_EXPONENT)}
    return {"use": "sig", "kty": "RSA", "kid": key_id, "alg": "RS256", **public}
