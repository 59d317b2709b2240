"""Identifiers and secrets: sortable random ids as Clerk forms them, or the same ones each time."""

from __future__ import annotations

import base64
import random
from typing import Any

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LENGTH = 27
# Ids begin with the seconds since this moment, so that they sort by creation.
_EPOCH = 1_400_000_000


class Chance:
    """Where ids and secrets come from. With a seed they are the same in each run, as long as they
    are asked for in the same order; without one nobody can guess them.
    """

    def __init__(self, seed: int | str | None = None) -> None:
        if isinstance(seed, bool) or not isinstance(seed, (int, str, type(None))):
            raise TypeError(f"seed must be int, str or None, not {type(seed).__name__!r}")
        self._seed = seed
        self._source = random.SystemRandom() if seed is None else random.Random(seed)
        self._steps = 0

    def mark(self) -> Any:
        """What `back_to` takes."""
        return None if self._seed is None else (self._source.getstate(), self._steps)

    def back_to(self, mark: Any) -> None:
        """With a seed, what followed the mark will follow again."""
        if mark is not None:
            state, self._steps = mark
            self._source.setstate(state)

    def branch(self, name: str) -> Chance:
        """Another source, which does not depend on what this one was asked for."""
        return self if self._seed is None else Chance(f"{self._seed} {name}")

    def new_id(self, prefix: str, now: int) -> str:
        """`user` gives `user_` and 27 characters: 32 bits of time, 128 random bits. With a seed
        the ids count in the place of time, so that they sort by creation still.
        """
        self._steps += 1
        stamp = max(0, now // 1000 - _EPOCH) if self._seed is None else self._steps
        number = (stamp & 0xFFFFFFFF) << 128 | self.bits(128)
        return f"{prefix}_{_base62(number, _LENGTH)}"

    def secret_key(self, environment: str) -> str:
        kind = "live" if environment == "production" else "test"
        return f"sk_{kind}_{_base62(self.bits(238), 40)}"

    def bits(self, count: int) -> int:
        return self._source.getrandbits(count)

    def below(self, limit: int) -> int:
        return self._source.randrange(limit)

    def hex(self, size: int) -> str:
        """So many random bytes."""
        return self._source.randbytes(size).hex()

    def urlsafe(self, size: int) -> str:
        return base64.urlsafe_b64encode(self._source.randbytes(size)).rstrip(b"=").decode()


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))
