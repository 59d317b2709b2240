"""A server on loopback that keeps each request as it came and answers as told."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Recorded:
    """One request, byte for byte."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value that a header was sent with."""
        return [value for known, value in self.headers if known.lower() == name]

    def one(self, name: str) -> str | None:
        """The value of a header; a header must not be sent twice."""
        values = self.all(name)
        assert len(values) < 2, values
        return values[0] if values else None

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def json(self) -> Any:
        return json.loads(self.body)

    def plain_body(self) -> bytes:
        """The body, its boundary replaced by a fixed word."""
        found = re.search(r"boundary=(\S+)", self.one("content-type") or "")
        return self.body.replace(found[1].encode(), b"BOUNDARY") if found else self.body

    def plain_type(self) -> str | None:
        kind = self.one("content-type")
        return kind and re.sub(r"boundary=\S+", "boundary=BOUNDARY", kind)


def reply(
    status: int, body: bytes | str | Any = b"", kind: str | None = "application/json"
) -> bytes:
    """An answer with that body: bytes and str as they are, anything else as JSON."""
    if isinstance(body, str):
        body = body.encode()
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Status\r\n"
    if kind is not None:
        head += f"Content-Type: {kind}\r\n"
    if status not in (204, 304):
        head += f"Content-Length: {len(body)}\r\n"
    return head.encode("latin-1") + b"\r\n" + (b"" if status in (204, 304) else body)


KEY = "sk_test_must_not_be_seen"


class Recorder:
    """Start it, point a client at `url`, read `requests`.

    `answer` is what is sent back: bytes, or a function of the request.
    """

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self.answer: bytes | Callable[[Recorded], bytes] = reply(200, {})
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self) -> Recorded:
        """The only request since the last look."""
        (request,) = self.requests
        self.requests.clear()
        return request

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, suppress(OSError):
            while (request := _read(stream)) is not None:
                self.requests.append(request)
                answer = self.answer
                connection.sendall(answer(request) if callable(answer) else answer)
        self._open.discard(connection)


def _read(stream: Any) -> Recorded | None:
    """The next request; None when the other side has closed."""
    line = stream.readline().decode("latin-1")
    if not line:
        return None
    method, target, _ = line.split(" ", 2)
    headers = []
    while (line := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
    found = {name.lower(): value for name, value in headers}
    if found.get("transfer-encoding") == "chunked":
        body = b"".join(iter(lambda: _read_chunk(stream), b""))
    else:
        body = stream.read(int(found.get("content-length", 0)))
    return Recorded(method, target, tuple(headers), body)


def _read_chunk(stream: Any) -> bytes:
    chunk: bytes = stream.read(int(stream.readline(), 16))
    stream.readline()
    return chunk
