"""Memory levels under faults, too, with and without TLS: what a failed call took, it gives back."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from faults import FAULTS, serve
from tls import context

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")

# Broken in all ways that take no time.
QUICK = [
    name
    for name in FAULTS
    if not name.startswith(("slow", "silence", "endless", "length-too-large", "continue-for"))
]

PROGRAM = """
import asyncio, gc, os, sys
from clerk_c import Clerk, exceptions, models

url, ca_file, kind, names = *sys.argv[1:4], sys.argv[4].split(",")
clerk = Clerk("sk_test_memory", server_url=url, ca_file=ca_file or None, retry_config=None,
              timeout_ms=20_000)
ROUND, QUIET_PAGES, ROUNDS = 300, 4, 40

def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

async def one(name):
    try:
        if kind == "async":
            await clerk.users.get_async(user_id=name)
        else:
            clerk.users.get(user_id=name)
    except (exceptions.RequestError, models.ClerkBaseError):
        pass

async def main():
    measured, calm = [resident()], 0
    open_files = 0
    while calm < 3:
        if len(measured) > ROUNDS:
            raise SystemExit(f"grows without end; resident pages: {measured}")
        for i in range(ROUND):
            await one(names[i % len(names)])
        measured.append(resident())
        calm = calm + 1 if measured[-1] - measured[-2] <= QUIET_PAGES else 0
        if len(measured) == 2:
            open_files = len(os.listdir("/proc/self/fd"))
    # A connection more or less may be kept.
    assert len(os.listdir("/proc/self/fd")) <= open_files + 2, os.listdir("/proc/self/fd")
    print("level")

asyncio.run(main())
"""


@pytest.fixture(params=["blocking", "async"])
def kind(request: Any) -> str:
    name: str = request.param
    return name


def test_faults(kind: str, loopback: Any, child: Callable[..., Any]) -> None:
    serve(loopback)
    names = ",".join(["user_2", *QUICK, *(f"reset-{n}" for n in range(0, 60, 7))])
    assert child(PROGRAM, loopback.url, "", kind, names).finish() == "level"


def test_faults_of_tls(
    kind: str, loopback: Any, authority: Any, child: Callable[..., Any]
) -> None:
    """In turn: a handshake cut short, a connection of a stranger's, a good one that is then cut."""
    good = context(*authority.issue("good"))
    strange = context(*authority.issue("strange", "elsewhere.example"))
    serve(loopback)
    script, numbers = loopback.script, count()

    def secured(connection: socket.socket) -> None:
        number = next(numbers) % 4
        if number == 0:
            connection.sendall(connection.recv(100))
            return
        tls = strange if number == 1 else good
        with tls.wrap_socket(connection, server_side=True) as secure:
            script(secure)

    loopback.script = secured
    url = loopback.url.replace("http:", "https:")
    names = "user_2,cut-20,reset-20,cut-120,garbage,half-body"
    assert child(PROGRAM, url, str(authority.file), kind, names).finish() == "level"
