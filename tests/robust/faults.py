"""A server whose every fault has a name: users/NAME gets it, users/user_* a good answer."""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from wire_answers import HEAD, TYPE, answer, reset

from clerk_c import exceptions, models

SECRET = "sk_test_never_shown_anywhere"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
USER = b'{"id": "user_1", "object": "user"}'
EMPTY = b"Content-Length: 0\r\n\r\n"
FINE = answer(USER)

Tail = Callable[[socket.socket], None]


def end(connection: socket.socket) -> None:
    """The orderly end that leaving the script brings anyway."""


def stall(connection: socket.socket) -> None:
    connection.recv(1)  # until the other side has had enough


def again(data: bytes) -> Tail:
    """For ever, or until the other side has had enough."""

    def tail(connection: socket.socket) -> None:
        while True:
            connection.sendall(data)

    return tail


def slowly(data: bytes) -> Tail:
    """One byte after another, for longer than the time limit in all but with shorter breaks."""

    def tail(connection: socket.socket) -> None:
        connection.settimeout(0.02)
        for i in range(len(data)):
            connection.sendall(data[i : i + 1])
            with suppress(TimeoutError):
                connection.recv(1)

    return tail


class Fault(NamedTuple):
    data: bytes
    tail: Tail = end
    error: type[Exception] | None = None  # None: the user comes all the same
    status: int | None = None  # of the error


Closed = exceptions.RemoteProtocolError
Broken = exceptions.TransportError
Unfit = models.ResponseValidationError


def headers(*lines: bytes) -> bytes:
    return HEAD + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def sized(size: bytes | int, body: bytes = USER) -> bytes:
    return headers(b"Content-Length: " + (b"%d" % size if isinstance(size, int) else size)) + body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def coded(name: bytes, body: bytes) -> bytes:
    return headers(b"Content-Encoding: " + name, b"Content-Length: %d" % len(body)) + body


PACKED = gzip.compress(USER)
MORE = b"X-More: " + b"y" * 4000 + b"\r\n"

FAULTS: dict[str, Fault] = {
    # the end, too early
    "nothing": Fault(b"", end, Closed),
    "nothing-reset": Fault(b"", reset, Broken),
    "half-head": Fault(HEAD, end, Broken),
    "half-status-line": Fault(b"HTTP/1.1 2", end, Broken),
    "half-body": Fault(sized(100, b"{"), end, Closed),
    "half-body-reset": Fault(sized(100, b"{"), reset, Broken),
    # silence
    "silence": Fault(b"", stall, exceptions.ReadTimeout),
    "silence-in-head": Fault(HEAD, stall, exceptions.ReadTimeout),
    "silence-in-body": Fault(sized(100, b"{"), stall, exceptions.ReadTimeout),
    "silence-in-chunks": Fault(CHUNKED + chunk(b"{"), stall, exceptions.ReadTimeout),
    "silence-after-1xx": Fault(b"HTTP/1.1 100 Continue\r\n\r\n", stall, exceptions.ReadTimeout),
    "slow-head": Fault(b"", slowly(FINE)),
    "slow-body": Fault(sized(len(USER), b""), slowly(USER)),
    # lengths
    "length-short": Fault(sized(5), end, Unfit, 200),
    "length-long": Fault(sized(len(USER) + 1), end, Closed),
    "length-zero": Fault(sized(0, b""), end, Unfit, 200),
    "length-more-after": Fault(FINE + b"HTTP/1.1 200 OK\r\n\r\nof another answer"),
    "length-negative": Fault(sized(-5), end, Broken),
    "length-no-number": Fault(sized(b"many"), end, Broken),
    "length-past-64-bits": Fault(sized(b"9" * 30)),
    "length-too-large": Fault(sized(2**40), stall, exceptions.ResponseTooLarge),
    "length-none": Fault(headers() + USER),
    "http-1.0": Fault(b"HTTP/1.0 200 OK\r\n" + TYPE + b"\r\n" + USER),
    # chunks
    "chunks": Fault(CHUNKED + chunk(USER[:5]) + chunk(USER[5:]) + b"0\r\n\r\n"),
    "chunks-trailer": Fault(CHUNKED + chunk(USER) + b"0\r\nX-Sum: 1\r\n\r\n"),
    "chunk-no-number": Fault(CHUNKED + b"zz\r\n{}\r\n", end, Broken),
    "chunk-negative": Fault(CHUNKED + b"-1\r\n{}\r\n", end, Broken),
    "chunk-huge": Fault(CHUNKED + b"f" * 40 + b"\r\n{}\r\n", end, Broken),
    "chunk-no-end": Fault(CHUNKED + b"2\r\n{}and more\r\n", end, Broken),
    "chunks-no-last": Fault(CHUNKED + chunk(USER), end, Broken),
    "chunks-reset": Fault(CHUNKED + chunk(USER), reset, Broken),
    # not HTTP, or not as it should be
    "garbage": Fault(b"\x16\x03\x01\x02 what is this?\r\n\r\n", end, Closed),
    "zeros": Fault(b"\0" * 300, end, Closed),
    "no-status-line": Fault(USER, end, Closed),
    "http-0.9": Fault(b"<html>hello</html>\r\n", end, Closed),
    "version-unknown": Fault(b"HTTP/9.9 200 OK\r\n\r\n", end, Closed),
    "status-two-digits": Fault(b"HTTP/1.1 20 OK\r\n\r\n", end, Closed),
    "status-no-number": Fault(b"HTTP/1.1 abc OK\r\n\r\n", end, Closed),
    "status-odd": Fault(b"HTTP/1.1 999 Odd\r\n" + EMPTY, end, models.SDKError, 999),
    "header-no-colon": Fault(headers(b"nonsense") + USER, end, Closed),
    "header-zero-byte": Fault(headers(b"X-A: a\0b") + USER, end, Closed),
    "header-no-name": Fault(headers(b": value") + USER, end, Closed),
    # status codes with rules of their own
    "continue": Fault(b"HTTP/1.1 100 Continue\r\n\r\n" + FINE),
    "early-hints": Fault(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + FINE),
    "continue-only": Fault(b"HTTP/1.1 100 Continue\r\n\r\n", end, Broken),
    "continue-for-ever": Fault(b"", again(b"HTTP/1.1 100 Continue\r\n\r\n" * 200), Broken),
    "no-content-with-body": Fault(
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", end, models.SDKError, 204
    ),
    "not-modified-with-body": Fault(
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", end, models.SDKError, 304
    ),
    "redirect-nowhere": Fault(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", end, models.SDKError, 302
    ),
    "redirect-for-ever": Fault(
        b"HTTP/1.1 302 Found\r\nLocation: redirect-for-ever\r\nContent-Length: 0\r\n\r\n",
        end,
        exceptions.TooManyRedirects,
    ),
    "redirect-to-file": Fault(
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
        end,
        exceptions.UnsupportedProtocol,
    ),
    "redirect-to-nonsense": Fault(
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n", end, Closed
    ),
    # too much
    "endless-body": Fault(headers(), again(b" " * 65536), exceptions.ResponseTooLarge),
    "endless-chunks": Fault(CHUNKED, again(chunk(b" " * 65536)), exceptions.ResponseTooLarge),
    "endless-headers": Fault(HEAD, again(MORE), exceptions.ResponseTooLarge),
    "endless-header": Fault(HEAD + b"X: ", again(b"y" * 65536), exceptions.ResponseTooLarge),
    "endless-status-line": Fault(b"HTTP/1.1 200 ", again(b"y" * 65536), Broken),
    "endless-trailers": Fault(CHUNKED + b"0\r\n", again(MORE), Broken),
    "many-headers": Fault(headers(*[b"X-%d: y" % i for i in range(2000)]) + USER),
    # encodings
    "gzip": Fault(coded(b"gzip", PACKED)),
    "deflate": Fault(coded(b"deflate", zlib.compress(USER))),
    "gzip-garbage": Fault(coded(b"gzip", b"abc"), end, exceptions.DecodingError),
    "gzip-twice-said": Fault(coded(b"gzip, gzip", PACKED), end, exceptions.DecodingError),
    "encoding-unknown": Fault(coded(b"rot13", USER), end, exceptions.RequestError),
}


def perhaps(name: str) -> Fault | None:
    """Of the names with a number in them: the good answer, cut after so many bytes."""
    kind, _, number = name.rpartition("-")
    if kind not in ("cut", "reset") or not number.isdigit():
        return FAULTS.get(name)
    return Fault(FINE[: int(number)], reset if kind == "reset" else end)


def serve(loopback: Any) -> None:
    """Makes a `Loopback` misbehave as the path asks."""

    def script(connection: socket.socket) -> None:
        while (request := loopback.request(connection)) is not None:
            name = request.split(b" ", 2)[1].decode().rpartition("/")[2]
            fault = perhaps(name)
            if fault is None:
                connection.sendall(loopback.user(name))
                continue
            connection.sendall(fault.data)
            fault.tail(connection)
            return

    loopback.script = script


def shown(error: BaseException) -> str:
    """Every face of an error that may end in a log."""
    request = getattr(error, "request", None)
    faces = [str(error), repr(error), vars(error), getattr(error, "headers", None)]
    faces += [request, getattr(request, "headers", None), error.__cause__, error.__context__]
    return json.dumps([repr(face) for face in faces])
