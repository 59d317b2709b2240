"""How many connections there are: at once, and kept."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest
from faces import GRACE, descriptors, settles
from faults import FINE, SECRET

from clerk_c import Clerk


class Counting:
    """A script that notes how many requests wait for their answers at most; they come late."""

    def __init__(self, loopback: Any, parties: int) -> None:
        self.loopback = loopback
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.all_here = threading.Barrier(parties)
        loopback.script = self.script

    def script(self, connection: socket.socket) -> None:
        while self.loopback.request(connection) is not None:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            self.all_here.wait(GRACE)  # as many as may be here: so they do come at once
            with self.lock:
                self.now -= 1
            connection.sendall(FINE)


@pytest.mark.parametrize("most", [1, 3])
def test_asynchronous_calls_at_once(loopback: Any, most: int) -> None:
    counting = Counting(loopback, most)

    async def main() -> list[str | None]:
        async with Clerk(
            SECRET, server_url=loopback.url, max_connections=most, retry_config=None
        ) as clerk:
            calls: Any = (clerk.users.get_async(user_id=f"user_{i}") for i in range(most * 5))
            return [user.id for user in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == ["user_1"] * most * 5
    assert counting.most == most


def test_kept_connections(loopback: Any) -> None:
    """Four threads have four connections; what is more than two is closed when it is given back."""
    counting = Counting(loopback, 4)
    with Clerk(
        SECRET, server_url=loopback.url, max_idle_connections=2, retry_config=None
    ) as clerk:
        for _ in range(2):
            threads = [
                threading.Thread(target=lambda: clerk.users.get(user_id="user_1"))
                for _ in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert counting.most == 4
    assert loopback.connections == 6


def test_everything_is_closed_in_the_end(loopback: Any) -> None:
    before = descriptors()
    test_kept_connections(loopback)
    assert settles(before)
