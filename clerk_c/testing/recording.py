"""Requests as they arrived, kept for assertions within bounds of number and size."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, overload
from urllib.parse import parse_qsl, unquote

from starlette.types import Scope

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
        self.header_list: list[tuple[str, str]] = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        self.body = body
        #: Set when the answer is known.
        self.status: int | None = None

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    @property
    def headers(self) -> dict[str, str]:
        """By name in lower case; values of a repeated header are joined by a comma."""
        result: dict[str, str] = {}
        for name, value in self.header_list:
            result[name] = f"{result[name]}, {value}" if name in result else value
        return result

    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<RecordedRequest {self.method} {self.raw_path}>"


class RequestLog(Sequence[RecordedRequest]):
    """The latest requests, oldest first; reading it while requests arrive is safe."""

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
