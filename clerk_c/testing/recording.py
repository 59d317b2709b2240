"""Requests as they arrived, kept for assertions within bounds of number and size."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, overload
from urllib.parse import parse_qsl, unquote

from starlette.types import Scope

from clerk_c._masking import mask_headers
from clerk_c.testing.matching import pattern

_BODIES_LIMIT = 64 * 1024 * 1024


class RecordedRequest:
    """A request as it arrived, for assertions. Its repr never shows headers or body."""

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.method: str = scope["method"]
        #: Percent-encoded, as it came over the wire.
        self.raw_path: str = scope["raw_path"].decode("latin-1")
        self.path: str = unquote(self.raw_path)
        self.query_string: str = scope["query_string"].decode("latin-1")
        #: Names in lower case, in the order of arrival, repeated ones included.
        self.header_list: list[tuple[str, str]] = _Pairs(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        )
        self.body = body
        #: Set when the answer is known; None also where a fault broke the connection.
        self.status: int | None = None
        #: The name of the fault that happened to it, if any.
        self.fault: str | None = None

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    @property
    def headers(self) -> dict[str, str]:
        """By name in lower case; values of a repeated header are joined by a comma."""
        result: dict[str, str] = _Headers()
        for name, value in self.header_list:
            result[name] = f"{result[name]}, {value}" if name in result else value
        return result

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<RecordedRequest {self.method} {self.raw_path}>"


class _Headers(dict[str, str]):
    """Their repr, which ends in logs of tests, has stars in the place of secrets."""

    def __repr__(self) -> str:
        return repr(mask_headers(self))


class _Pairs(list[tuple[str, str]]):
    """The same for pairs."""

    def __repr__(self) -> str:
        return repr([next(iter(mask_headers(dict([pair])).items())) for pair in self])


class RequestLog(Sequence[RecordedRequest]):
    """The latest requests, oldest first; reading it while requests arrive is safe. `method` and
    `path` are those of `Faults`: path="/users/{user_id}" means any user.
    """

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._items: deque[RecordedRequest] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def append(self, item: RecordedRequest) -> None:
        with self._lock:
            self._items.append(item)
            self._size += len(item.body)
            while len(self._items) > self._keep or self._size > _BODIES_LIMIT:
                self._size -= len(self._items.popleft().body)

    def clear(self) -> None:
        with self._lock:
            self._items.clear()
            self._size = 0

    def find(self, method: str | None = None, path: str | None = None) -> list[RecordedRequest]:
        """Those that fit."""
        fits = pattern(method, path).fits
        return [item for item in self._snapshot() if fits(item.method, item.raw_path)]

    def one(self, method: str | None = None, path: str | None = None) -> RecordedRequest:
        """The only one that fits.

        Raises:
            AssertionError: there is none, or there are several; the text lists what came.
        """
        found = self.find(method, path)
        if len(found) != 1:
            wanted = f"{method or 'any method'} {path or 'any path'}"
            lines = "".join(f"\n  {item.method} {item.raw_path}" for item in self._snapshot())
            came = lines or " nothing"
            raise AssertionError(f"{len(found)} requests, not one, for {wanted}. There came:{came}")
        return found[0]

    def _snapshot(self) -> list[RecordedRequest]:
        with self._lock:
            return list(self._items)

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return self._snapshot()[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[RecordedRequest]:
        return iter(self._snapshot())

    def __repr__(self) -> str:
        return f"<RequestLog of {len(self)}>"
