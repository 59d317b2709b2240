"""A server that holds requests back until it is told to answer them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from queue import Queue


class Held:
    """`arrived` gets one entry per request; `hung_up` one per connection that the client closed
    before its answer; `release` sends an answer to all that wait, and to all that come later.
    """

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.arrived: Queue[bytes] = Queue()
        self.hung_up: Queue[bool] = Queue()
        self.lock = threading.Lock()
        self.waiting: list[socket.socket] = []
        self.open: set[socket.socket] = set()
        self.released = False
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def release(self) -> None:
        with self.lock:
            self.released = True
            waiting, self.waiting = self.waiting, []
        for connection in waiting:
            with suppress(OSError):
                connection.sendall(self.answer)

    def hold(self) -> None:
        with self.lock:
            self.released = False

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        data = b""
        with connection, suppress(OSError):
            while more := connection.recv(65536):
                data += more
                while b"\r\n\r\n" in data:
                    request, _, data = data.partition(b"\r\n\r\n")
                    with self.lock:
                        if not self.released:
                            self.waiting.append(connection)
                        else:
                            connection.sendall(self.answer)
                    self.arrived.put(request)
        with self.lock:
            if connection in self.waiting:
                self.waiting.remove(connection)
                self.hung_up.put(True)
        self.open.discard(connection)
