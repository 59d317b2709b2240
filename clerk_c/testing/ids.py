"""Identifiers and the clock: sortable random ids as Clerk forms them, and time in milliseconds."""

from __future__ import annotations

import secrets
import time

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 27
# Ids begin with the seconds since this moment, so that they sort by creation.
_EPOCH = 1_400_000_000


class Clock:
    """The time of day, which a test may move forward instead of waiting."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> int:
        """Milliseconds since 1970, as the API gives moments."""
        return int((time.time() + self._offset) * 1000)

    def advance(self, seconds: float) -> None:
        self._offset += seconds


def base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))


def new_id(prefix: str, now: int) -> str:
    """`user` gives `user_` and 27 characters: 32 bits of time, 128 random bits."""
    stamp = max(0, now // 1000 - _EPOCH) & 0xFFFFFFFF
    return f"{prefix}_{base62(stamp << 128 | secrets.randbits(128), _LENGTH)}"


def new_secret_key(environment: str) -> str:
    kind = "live" if environment == "production" else "test"
    return f"sk_{kind}_{base62(secrets.randbits(238), 40)}"
