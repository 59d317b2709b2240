"""A small server with users and organizations that fails as it is told to, and remembers when what
came. What it makes is unique by nothing: a row that is done twice is there twice."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "sk_test_bulk"


class Say:
    """What to do with a request: with or without its effect, and then answer or hang up."""

    def __init__(
        self, status: int = 0, *, done: bool = False, headers: dict[str, str] | None = None,
        hang_up: bool = False, wait: threading.Event | None = None,
    ) -> None:  # fmt: skip
        self.status = status
        self.done = done
        self.headers = headers or {}
        self.hang_up = hang_up
        self.wait = wait


Script = Callable[[int, str, dict[str, Any]], "Say | None"]


class Scripted:
    """`script(number, method, body)` says what is special about a request; None: nothing is."""

    def __init__(self) -> None:
        self.script: Script = lambda number, method, body: None
        self.answered: Callable[[int], object] = lambda number: None
        self.users: list[dict[str, Any]] = []
        self.times: list[float] = []  # of all requests
        self.requests: list[tuple[str, str]] = []  # (method, path with query)
        self.lock = threading.Lock()
        self.connections = threading.Condition()
        self.open: set[Any] = set()  # the addresses of those who are connected
        self.accepted: set[Any] = set()  # and of all who ever were
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.scripted = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def ids(self) -> list[str]:
        """The external ids of all users, in the order of their creation."""
        return [user["external_id"] for user in self.users]

    def posts(self) -> int:
        return sum(method == "POST" for method, _ in self.requests)

    def most_in(self, seconds: float) -> int:
        """The most requests in any such stretch of time."""
        times = sorted(self.times)
        most = first = 0
        for last, when in enumerate(times):
            while times[first] <= when - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    def settle(self, seconds: float) -> None:
        """Wait until all that a dead client sent has been dealt with."""
        with socket.create_connection(self._server.server_address) as probe:
            last = probe.getsockname()  # connections are accepted in the order in which they come
        with self.connections:
            assert self.connections.wait_for(
                lambda: last in self.accepted and not self.open, seconds
            ), self.open

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that are killed break connections."""

    def process_request(self, request: Any, client_address: Any) -> None:
        world: Scripted = self.scripted  # type: ignore[attr-defined]
        with world.connections:
            world.open.add(client_address)
            world.accepted.add(client_address)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            world: Scripted = self.scripted  # type: ignore[attr-defined]
            with world.connections:
                world.open.discard(client_address)
                world.connections.notify_all()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments: Any) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _serve(self) -> None:
        came = time.monotonic()
        world: Scripted = self.server.scripted  # type: ignore[attr-defined]
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        with world.lock:
            world.times.append(came)
            world.requests.append((self.command, self.path))
            number = len(world.requests)
            say = world.script(number, self.command, body) or Say()
            status, answer = 0, None
            if say.done or not (say.status or say.hang_up):
                status, answer = self._effect(world, body)
        if say.wait is not None:
            say.wait.wait(60)
        if say.hang_up:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if say.status:
            status, answer = say.status, _error(say.status)
        self._answer(status, answer, say.headers)
        world.answered(number)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def _answer(self, status: int, value: Any, headers: dict[str, str]) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def _effect(self, world: Scripted, body: dict[str, Any]) -> tuple[int, Any]:
        parts = urlsplit(self.path)
        if self.command == "POST" and parts.path == "/v1/users":
            user = {"id": f"user_{len(world.users)}", "object": "user", **body}
            world.users.append(user)
            return 200, user
        if self.command == "GET" and parts.path == "/v1/users":
            wanted = parse_qs(parts.query).get("external_id", [])
            return 200, [user for user in world.users if user.get("external_id") in wanted]
        if self.command == "DELETE":
            wanted_id = parts.path.rpartition("/")[2]
            for user in world.users:
                if user["id"] == wanted_id:
                    world.users.remove(user)
                    return 200, {"id": wanted_id, "object": "user", "deleted": True}
            return 404, _error(404)
        if self.command == "PATCH":
            return 200, {"id": "user_0", "object": "user"}
        return 404, _error(404)


def _error(status: int) -> dict[str, Any]:
    error = {"code": f"code_{status}", "message": "short", "long_message": f"Said {status}."}
    return {"errors": [error], "clerk_trace_id": "trace"}
