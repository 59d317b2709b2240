"""Many calls at once over TLS wait for the first connection: what becomes of them if it fails."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest
from faults import FINE
from tls import client

from clerk_c import exceptions

CALLS = 5


class Server:
    """The first connection comes to nothing; each later one is served."""

    def __init__(self, loopback: Any, tls: Any) -> None:
        self.loopback, self.tls = loopback, tls
        self.lock = threading.Lock()
        self.is_first = True
        self.reached = threading.Event()
        self.released = threading.Event()
        loopback.script = self.serve
        self.url = loopback.url.replace("http:", "https:")

    def serve(self, connection: socket.socket) -> None:
        connection.settimeout(60)
        with self.lock:
            is_first, self.is_first = self.is_first, False
        if is_first:
            self.reached.set()
            self.released.wait(60)
            return
        with self.tls.wrap_socket(connection, server_side=True) as secure:
            while self.loopback.request(secure) is not None:
                secure.sendall(FINE)


async def start(clerk: Any, server: Server) -> list[asyncio.Task[Any]]:
    tasks = [
        asyncio.ensure_future(clerk.users.get_async(user_id=f"user_{n}")) for n in range(CALLS)
    ]
    await asyncio.to_thread(server.reached.wait, 60)
    assert server.loopback.connections == 1
    return tasks


@pytest.mark.timeout(60)
def test_first_connection_given_up(loopback: Any, good: Any, authority: Any) -> None:
    server = Server(loopback, good)

    async def main() -> list[Any]:
        async with client(server.url, ca_file=authority.file) as clerk:
            tasks = await start(clerk, server)
            tasks[0].cancel()
            return await asyncio.gather(*tasks, return_exceptions=True)

    first, *others = asyncio.run(main())
    server.released.set()
    assert isinstance(first, asyncio.CancelledError)
    assert len({user.id for user in others}) == 1
    assert loopback.connections > 1


@pytest.mark.timeout(60)
def test_first_connection_broken(loopback: Any, good: Any, authority: Any) -> None:
    server = Server(loopback, good)

    async def main() -> list[Any]:
        async with client(server.url, ca_file=authority.file) as clerk:
            tasks = await start(clerk, server)
            server.released.set()
            return await asyncio.gather(*tasks, return_exceptions=True)

    first, *others = asyncio.run(main())
    assert isinstance(first, exceptions.ConnectError)
    assert len({user.id for user in others}) == 1
