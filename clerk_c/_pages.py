"""The logic of pages, without any input or output: which to ask for next, what of an answer is new.

Clerk numbers what it lists from the start (`offset`), so whatever comes or goes before that place
between two requests shifts the rest. Each page therefore begins one element early: where that
element is one that was already given, nothing can have been missed, and elements that were given
are dropped. Where it is not, something before it has gone, and the walk steps back.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

_TAIL = 20  # elements that a token remembers
_SPARE = 50  # pages read again, beyond which the order is taken to be no order at all


class Item(NamedTuple):
    """An element of a list, its key, and the place behind it."""

    value: Any
    key: str | None
    end: int


def key_of(value: Any) -> str | None:
    """What tells an element from the others."""
    found = value.get("id") if isinstance(value, Mapping) else getattr(value, "id", None)
    return found if isinstance(found, str) and found else None


class Walk:
    """Where a listing is. `ask` says the next offset, `take` is told what came."""

    def __init__(self, limit: int, start: int = 0, tail: list[str] | None = None) -> None:
        self.limit = limit
        self.total: int | None = None
        self.done = False
        self._seen: set[str] = set()
        self._asked = self._start = start  # nothing before it is read
        self._resuming = tail or []
        if self._resuming:
            self._asked = self._start = max(0, start - min(len(self._resuming), limit - 1))
        self._skip = start - self._asked
        self._back = limit
        self._overlap = 0
        self._spare = _SPARE
        self._last: tuple[int, list[str | None]] = (-1, [])
        self._repeated = 0

    def ask(self) -> int:
        """The offset of the next page."""
        return self._asked

    def take(self, values: list[Any], total: int | None) -> list[Item]:
        """The elements of a page that are new. Perhaps none though more pages follow."""
        start = self._asked
        keys = [key_of(value) for value in values]
        self.total = self.total if total is None else total
        items = [Item(v, k, start + n + 1) for n, (v, k) in enumerate(zip(values, keys))]
        if self._resuming:
            items = self._resumed(items)
        elif self._has_shifted(start, keys):
            self._spare -= 1
            self._asked = max(self._start, start - self._back)
            self._back *= 2
            return []
        fresh = [item for item in items if item.key is None or item.key not in self._seen]
        self._seen.update(item.key for item in items if item.key is not None)
        self._spare += 1 if fresh else -1
        self._back = self.limit
        self._go_on(start, keys, total)
        return fresh

    def _resumed(self, items: list[Item]) -> list[Item]:
        """What follows the last element known, or else the same place."""
        known = [n for n, item in enumerate(items) if item.key in self._resuming]
        self._seen.update(self._resuming)
        self._resuming = []
        cut = known[-1] + 1 if known else self._skip
        self._seen.update(item.key for item in items[:cut] if item.key is not None)
        return items[cut:]

    def _has_shifted(self, start: int, keys: list[str | None]) -> bool:
        if not self._overlap or start <= self._start or self._spare < 0:
            return False
        return not keys or (keys[0] is not None and keys[0] not in self._seen)

    def _go_on(self, start: int, keys: list[str | None], total: int | None) -> None:
        end = start + len(keys)
        short = len(keys) != self.limit  # more than asked for: the server gave all it has
        self.done = not keys or (short if total is None else end >= total)
        if keys == self._last[1] and start > self._last[0]:
            self._repeated += 1
            self.done = self.done or self._repeated > 3  # offsets mean nothing there
        else:
            self._repeated = 0
        self._last = (start, keys)
        self._overlap = 1 if len(keys) > 1 and keys[-1] is not None else 0
        self._asked = end - self._overlap


class Place:
    """What a program was given last, to go on from there another time."""

    def __init__(self, name: str, digest: str, end: int, tail: list[str]) -> None:
        self._name = name
        self._digest = digest
        self.end = end
        self.tail = tail

    def pass_by(self, item: Item) -> None:
        self.end = item.end
        if item.key is not None:
            self.tail = [*self.tail[1 - _TAIL :], item.key]

    @property
    def token(self) -> str:
        text = json.dumps([1, self._name, self._digest, self.end, self.tail])
        return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def place(token: str | None, name: str, arguments: Mapping[str, Any], start: int) -> Place:
    """Where to begin: at a token's place, or at an offset."""
    text = repr(sorted((key, repr(value)) for key, value in arguments.items()))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    if token is None:
        return Place(name, digest, start, [])
    if not isinstance(token, str):
        raise TypeError(f"resume must be str or None, not {type(token).__name__!r}")
    try:
        padded = token.encode() + b"=" * (-len(token) % 4)
        version, of, its, end, tail = json.loads(base64.urlsafe_b64decode(padded))
        whole = version == 1 and type(end) is int and end >= 0 and isinstance(tail, list)
        if not whole or not all(isinstance(key, str) for key in tail):
            raise ValueError
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise ValueError("resume is not a token of paginate") from None
    if of != name:
        raise ValueError(f"resume is a token of {of}, not of {name}")
    if its != digest:
        raise ValueError("resume is a token of a listing with other arguments")
    return Place(name, digest, end, tail[-_TAIL:])
