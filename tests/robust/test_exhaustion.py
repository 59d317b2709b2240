"""A process at its limits: no descriptors left; a SIGPIPE that kills."""

from __future__ import annotations

import socket
from typing import Any

import pytest

pytest.importorskip("resource")

# All descriptors are taken, at every stage of a client's life; then some are given back.
EXHAUSTED = """
import asyncio, os, resource, sys
from clerk_c import Clerk
from clerk_c.exceptions import TransportError

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def take_all():
    taken = []
    while True:
        try:
            taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return taken


def give_back(taken, count=None):
    for descriptor in taken[:count]:
        os.close(descriptor)
    del taken[:count]


def new():
    return Clerk("sk_test_limits", server_url=sys.argv[1], retry_config=None, timeout_ms=60_000)


async def get(clerk):
    return (await clerk.users.get_async(user_id="user_1")).id


async def main():
    warm = new()
    assert await get(warm) == warm.users.get(user_id="user_1").id == "user_1"
    before = len(os.listdir("/dev/fd"))
    seen = 0
    for spare in range(-1, 12):  # -1: connections are there already
        clerk = warm if spare < 0 else new()
        taken = take_all()
        give_back(taken, max(spare, 0))
        for kind in ("blocking", "async"):
            try:
                if kind == "blocking":
                    assert clerk.users.get(user_id="user_1").id == "user_1"
                else:
                    assert await get(clerk) == "user_1"
            except (TransportError, OSError) as error:
                assert str(error)
                seen += 1
        give_back(taken)
        assert clerk.users.get(user_id="user_1").id == "user_1"
        assert await get(clerk) == "user_1"
        clerk.close()
    assert seen > 2, seen
    del clerk, warm
    print(len(os.listdir("/dev/fd")) <= before)


asyncio.run(main())
"""


def test_no_descriptors_left(loopback: Any, child: Any) -> None:
    assert child(EXHAUSTED, loopback.url).finish() == "True"


# Python ignores SIGPIPE; a program may have decided otherwise, as many a command line tool does.
PIPE = """
import asyncio, signal, sys
from clerk_c import Clerk
from clerk_c.exceptions import TransportError

signal.signal(signal.SIGPIPE, signal.SIG_DFL)
url, face, *files = sys.argv[1:]
options = {"ca_file": files[0]} if files else {}
clerk = Clerk("sk_test_limits", server_url=url, retry_config=None, timeout_ms=60_000, **options)
given = {"user_id": "user_1", "public_metadata": {"large": "x" * 8_000_000}}
for _ in range(3):
    try:
        if face == "blocking":
            clerk.users.update_metadata(**given)
        else:
            asyncio.run(clerk.users.update_metadata_async(**given))
    except TransportError:
        print("failed", flush=True)
"""


@pytest.mark.parametrize("face", ["blocking", "async"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_sigpipe(
    loopback: Any, child: Any, good: Any, authority: Any, scheme: str, face: str
) -> None:
    def listen_a_little(connection: socket.socket) -> None:
        connection.recv(1000)

    def listen_a_little_in_private(connection: socket.socket) -> None:
        secure = good.wrap_socket(connection, server_side=True)
        secure.recv(1000)
        secure.close()

    url, files = loopback.url, []
    loopback.script = listen_a_little
    if scheme == "https":
        url, files = url.replace("http:", "https:"), [str(authority.file)]
        loopback.script = listen_a_little_in_private
    assert child(PIPE, url, face, *files).finish().split() == ["failed"] * 3
