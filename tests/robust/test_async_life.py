"""Asynchronous calls and the life of loops, threads, clients and processes."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clerk_c import Clerk, _async

KEY = "sk_test_async"
SECONDS = 30  # bounds that only catch hangs


def open_client(loopback: Any) -> Clerk:
    return Clerk(KEY, server_url=loopback.url, retry_config=None)


async def ask(clerk: Clerk, count: int = 10, prefix: str = "user") -> None:
    names = [f"{prefix}_{number}" for number in range(count)]
    users = await asyncio.gather(*(clerk.users.get_async(user_id=name) for name in names))
    assert [one.id for one in users] == names


def test_one_client_and_many_loops_in_turn(loopback: Any) -> None:
    clerk = open_client(loopback)
    for _ in range(20):
        asyncio.run(ask(clerk))
    clerk.close()


def test_one_client_and_many_loops_at_once(loopback: Any) -> None:
    """And blocking calls in between."""
    clerk = open_client(loopback)

    def work(number: int) -> None:
        for turn in range(5):
            asyncio.run(ask(clerk, 20, f"user_{number}_{turn}"))
            name = f"blocking_{number}_{turn}"
            assert clerk.users.get(user_id=name).id == name

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, number) for number in range(8)]:
            done.result(timeout=SECONDS)
    clerk.close()


def test_a_loop_forgets_its_queue(loopback: Any) -> None:
    clerk = open_client(loopback)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(ask(clerk))
    queue = weakref.ref(_async._queues[loop])
    known = weakref.ref(loop)
    loop.close()
    del loop
    gc.collect()
    assert known() is None
    assert queue() is None
    clerk.close()


def test_a_loop_that_is_closed_with_calls_in_flight(loopback: Any) -> None:
    """Nothing warns but asyncio itself, about its task; the client goes on."""
    answered = threading.Event()
    healthy = loopback.script

    def slow(connection: Any) -> None:
        loopback.request(connection)
        answered.wait(SECONDS)
        healthy(connection)

    loopback.script = slow
    clerk = open_client(loopback)
    loop = asyncio.new_event_loop()
    calls = [clerk.users.get_async(user_id="user_1") for _ in range(5)]
    for call in calls:
        asyncio.events._set_running_loop(loop)
        try:
            call.send(None)
        finally:
            asyncio.events._set_running_loop(None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loop.close()
        answered.set()
        loopback.script = healthy
        asyncio.run(ask(clerk))
        del calls, call
        gc.collect()
        asyncio.run(ask(clerk))
    clerk.close()


class Proactor(asyncio.SelectorEventLoop):
    """A loop that cannot watch descriptors, as asyncio's own on Windows."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> Any:
        raise NotImplementedError


def test_a_loop_that_cannot_watch_descriptors(loopback: Any) -> None:
    clerk = open_client(loopback)
    loop = Proactor()
    watchers = {thread.ident for thread in threading.enumerate()}
    for _ in range(3):
        loop.run_until_complete(ask(clerk, 50))
    (watcher,) = [
        thread
        for thread in threading.enumerate()
        if thread.ident not in watchers and thread.name == "clerk_c"
    ]
    loop.close()
    del loop
    gc.collect()
    watcher.join(SECONDS)
    assert not watcher.is_alive()
    clerk.close()


def test_a_client_that_is_dropped_in_flight(loopback: Any) -> None:
    """A call keeps its client; when it ends, the client's end waits for nothing."""

    async def main() -> None:
        call = open_client(loopback).users.get_async(user_id="user_1")
        gc.collect()
        assert (await call).id == "user_1"

    asyncio.run(main())


FORKING = """
import asyncio, os, sys
from clerk_c import Clerk

clerk = Clerk("sk", server_url=sys.argv[1], retry_config=None)

async def ask(prefix):
    names = [f"{prefix}_{number}" for number in range(20)]
    users = await asyncio.gather(*(clerk.users.get_async(user_id=name) for name in names))
    assert [one.id for one in users] == names

async def parent():
    running = asyncio.ensure_future(ask("before"))
    await asyncio.sleep(0)
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            asyncio.events._set_running_loop(None)
            status = 1
            try:
                asyncio.run(ask(f"child_{number}"))
                clerk.users.get(user_id="blocking")
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    await running
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    await ask("after")

asyncio.run(ask("first"))
asyncio.run(parent())
print("well")
"""


def test_fork(child: Any, loopback: Any) -> None:
    """In the middle of traffic: each process has its own thread, connections and queues."""
    assert child(FORKING, loopback.url).finish() == "well"


EXITING = """
import asyncio, sys, threading
from clerk_c import Clerk

clerk = Clerk("sk", server_url=sys.argv[1], retry_config=None, timeout_ms=60000)
kept = []

async def main():
    for _ in range(20):
        kept.append(clerk.users.get_async(user_id="user_1"))
        kept[-1].send(None)
    %s

%s
"""

ENDS = {
    "the end of the program": ("pass", "asyncio.run(main())"),
    "sys.exit in a call": ("sys.exit(0)", "asyncio.run(main())"),
    "a loop in a daemon thread": (
        "started.set(); await asyncio.sleep(60)",
        "started = threading.Event()\n"
        "threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()\n"
        "started.wait()",
    ),
    "without a reference": ("kept.clear()", "asyncio.run(main()); del clerk"),
    "a closed client": ("clerk.close()", "asyncio.run(main())"),
}


@pytest.mark.parametrize("name", ENDS)
def test_exit_while_busy(child: Any, loopback: Any, name: str) -> None:
    """With answers that never come. It ends at once and says nothing."""
    over = threading.Event()

    def silent(connection: Any) -> None:
        loopback.request(connection)
        over.wait(SECONDS)

    loopback.script = silent
    process = child(EXITING % ENDS[name], loopback.url)
    out, err = process.process.communicate(timeout=SECONDS)
    over.set()
    assert (process.process.returncode, out, err) == (0, "", "")
