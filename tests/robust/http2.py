"""A server that speaks HTTP/2 over TLS, well or badly, one thread to a connection: users/NAME and
users/NAME-at-N get the fault of that name, any other path the user whose id it ends with."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
from tls import context

HEAD = [(":status", "200"), ("content-type", "application/json")]
DATA, HEADERS, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION, UNKNOWN = (
    0, 1, 4, 5, 6, 7, 8, 9, 187,
)  # fmt: skip
Codes = h2.errors.ErrorCodes
Code = h2.settings.SettingCodes


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """The bytes of a frame, however little sense it makes."""
    size = struct.pack(">I", len(payload))[1:]
    return size + struct.pack(">BBI", kind, flags, stream) + payload


def user(identifier: str) -> bytes:
    return json.dumps({"id": identifier, "object": "user"}).encode()


class Connection:
    """One connection of a client's; a fault is called with it and the number of a stream."""

    def __init__(self, server: Server, plain: socket.socket) -> None:
        self.server = server
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = server.tls.wrap_socket(plain, server_side=True)
        config = h2.config.H2Configuration(client_side=False, validate_outbound_headers=False)
        self.h2 = h2.connection.H2Connection(config)
        self.names: dict[int, str] = {}
        self.number = server.count()
        self.is_over = False
        self.lost: set[int] = set()  # streams that the client has given up

    def say(self, raw: bytes = b"") -> None:
        """What h2 has to say, and then some bytes that it would not."""
        data = self.h2.data_to_send() + raw
        if data:
            self.socket.sendall(data)

    def head(self, stream: int, *more: tuple[str, str], end: bool = False) -> None:
        self.h2.send_headers(stream, [*HEAD, *more], end_stream=end)

    def answer(self, stream: int) -> None:
        """As it should be."""
        self.head(stream)
        self.h2.send_data(stream, user(self.names[stream]), end_stream=True)

    def leave(self, last: int, code: int = Codes.NO_ERROR) -> None:
        """GOAWAY: none of the streams after `last` was looked at. The connection stays open until
        the client ends it."""
        self.say(frame(GOAWAY, 0, 0, struct.pack(">II", last, code)))

    def end(self, abruptly: bool = False) -> None:
        """The connection ends, with a reset if abruptly."""
        self.say()
        if abruptly:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.is_over = True

    def run(self) -> None:
        if self.socket.selected_alpn_protocol() != "h2":
            self.server.loopback.serve_user(self.socket)
            return
        self.h2.local_settings = h2.settings.Settings(
            client=False, initial_values=self.server.settings
        )
        self.h2.initiate_connection()
        self.say()
        while not self.is_over and (data := self.socket.recv(65536)):
            for event in self.h2.receive_data(data):
                self.take(event)
            if not self.is_over:
                self.say()

    def take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            path = dict(event.headers)[b":path"].decode()
            self.names[event.stream_id] = path.partition("?")[0].rpartition("/")[2]
        elif isinstance(event, h2.events.DataReceived):
            if self.server.takes_bodies:
                size = event.flow_controlled_length
                self.h2.acknowledge_received_data(size, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.lost.add(event.stream_id)
            self.server.note(f"gave up {self.names.get(event.stream_id)}")
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in self.names:
            self.serve(event.stream_id)

    def serve(self, stream: int) -> None:
        name = self.names[stream]
        self.server.note(name)
        kind = name.partition("-at-")[0]
        self.server.faults.get(kind, Connection.answer)(self, stream)


Fault = Callable[[Connection, int], None]


class Server:
    """Runs on a `Loopback`, whose connections it takes over."""

    def __init__(self, loopback: Any, pair: tuple[Path, Path], faults: dict[str, Fault]) -> None:
        self.tls = context(*pair)
        self.tls.set_alpn_protocols(["h2", "http/1.1"])
        self.loopback = loopback
        self.faults = faults
        self.settings: dict[int, int] = {}
        self.takes_bodies = True
        self.connections = 0
        self.names: list[str] = []  # of what was asked for, in order
        self.lock = threading.Lock()
        self.url = loopback.url.replace("http:", "https:")
        loopback.script = self.run

    def count(self) -> int:
        with self.lock:
            self.connections += 1
            return self.connections

    def note(self, name: str) -> None:
        with self.lock:
            self.names.append(name)

    def run(self, plain: socket.socket) -> None:
        plain.settimeout(60)
        with suppress(h2.exceptions.ProtocolError, ssl.SSLError):
            connection = Connection(self, plain)
            with connection.socket:
                connection.run()


# --- faults -------------------------------------------------------------------------------------


def says(*frames: Callable[[int], bytes], head: bool = False) -> Fault:
    """These bytes, after a good head if asked for, and nothing else."""

    def fault(connection: Connection, stream: int) -> None:
        if head:
            connection.head(stream)
        connection.say(b"".join(make(stream) for make in frames))

    return fault


def begins(connection: Connection, stream: int, sent: int) -> None:
    """So much of an answer: 0 nothing, 1 the head, 2 the head and some of the body."""
    if sent > 0:
        connection.head(stream)
    if sent > 1:
        connection.h2.send_data(stream, user("half")[:9])


def resets(code: int, sent: int = 0) -> Fault:
    """RST_STREAM, which ends one exchange and leaves the connection."""

    def fault(connection: Connection, stream: int) -> None:
        begins(connection, stream, sent)
        connection.h2.reset_stream(stream, code)

    return fault


def ends(sent: int = 0, abruptly: bool = False) -> Fault:
    """The end of the connection."""

    def fault(connection: Connection, stream: int) -> None:
        begins(connection, stream, sent)
        connection.end(abruptly)

    return fault


def leaves(last: Callable[[int], int], then: Fault | None = None, code: int = 0) -> Fault:
    """GOAWAY, and something after it."""

    def fault(connection: Connection, stream: int) -> None:
        connection.leave(last(stream), code)
        if then is not None:
            then(connection, stream)

    return fault


def large_head(stream: int) -> bytes:
    """Too many headers, none of them large."""
    line = b"\0\3x-a\x7e" + b"y" * 126  # literal, not indexed, not packed
    block = b"\x88" + line * 1300
    parts = [block[at : at + 16_384] for at in range(0, len(block), 16_384)]
    frames = [frame(HEADERS if i == 0 else CONTINUATION, 0, stream, p) for i, p in enumerate(parts)]
    return b"".join(frames) + frame(CONTINUATION, 4, stream, b"")


def headed(headers: Iterable[tuple[str, str]], body: bytes | None = None) -> Fault:
    """An answer with these headers."""

    def fault(connection: Connection, stream: int) -> None:
        connection.h2.send_headers(stream, list(headers), end_stream=body is None)
        if body is not None:
            connection.h2.send_data(stream, body, end_stream=True)

    return fault


def first(fault: Fault, times: int = 1) -> Fault:
    """The fault for as many requests of one name as that; good answers to the later ones."""

    def perhaps(connection: Connection, stream: int) -> None:
        name = connection.names[stream]
        seen = connection.server.names.count(name)
        (fault if seen <= times else Connection.answer)(connection, stream)

    return perhaps


def then_answer(*frames: Callable[[int], bytes]) -> Fault:
    def fault(connection: Connection, stream: int) -> None:
        says(*frames)(connection, stream)
        connection.answer(stream)

    return fault


def informs(connection: Connection, stream: int) -> None:
    connection.h2.send_headers(stream, [(":status", "103"), ("link", "</a>")])


def informs_first(connection: Connection, stream: int) -> None:
    informs(connection, stream)
    connection.answer(stream)


def trailers(connection: Connection, stream: int) -> None:
    connection.head(stream)
    connection.h2.send_data(stream, user(connection.names[stream]))
    connection.h2.send_headers(stream, [("x-sum", "1")], end_stream=True)


def silence(connection: Connection, stream: int) -> None:
    """Nothing comes, ever."""


def only_head(connection: Connection, stream: int) -> None:
    connection.head(stream)


def cut_frame(connection: Connection, stream: int) -> None:
    connection.say(frame(DATA, 0, stream, b"x" * 10)[:12])
    connection.end()
