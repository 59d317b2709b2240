"""Children made by fork in the middle of traffic: no answer is mixed up, nobody hangs."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

CHILDREN = 50

# Each call asks for a user of its own and looks at whom it got. Threads call and await all the
# time; meanwhile the main thread makes child after child, and each uses the same client.
STORM = """
import asyncio, os, sys, threading, warnings
from clerk_c import Clerk

warnings.simplefilter("ignore", DeprecationWarning)  # of fork itself, when there are threads
url, children, *files = sys.argv[1:]
options = {"ca_file": files[0]} if files else {}
clerk = Clerk("sk_test_fork", server_url=url, retry_config=None, timeout_ms=60_000, **options)
stop = threading.Event()
failures = []
answered = [0, 0]


def call(who):
    assert clerk.users.get(user_id=who).id == who


async def ask(who):
    assert (await clerk.users.get_async(user_id=who)).id == who


def traffic(name):
    for n in range(10**9):
        if stop.is_set():
            return
        call(f"user_{name}_{n}")
        answered[0] += 1


async def several(name):
    for n in range(10**9):
        if stop.is_set():
            return
        await asyncio.gather(*[ask(f"user_{name}_{n}_{i}") for i in range(4)])
        answered[1] += 4


def guarded(work, *arguments):
    try:
        work(*arguments)
    except BaseException as error:
        failures.append(repr(error))


def child(number):
    for n in range(3):
        call(f"user_child_{number}_{n}")

    async def both():
        await asyncio.gather(*[ask(f"user_child_{number}_async_{n}") for n in range(5)])

    asyncio.run(both())


work = [threading.Thread(target=guarded, args=(traffic, f"sync{n}")) for n in range(2)]
work += [
    threading.Thread(target=guarded, args=(lambda n=n: asyncio.run(several(f"async{n}")),))
    for n in range(2)
]
for thread in work:
    thread.start()
while min(answered) < 4 and not failures:
    stop.wait(0.001)
pids = []
for number in range(int(children)):
    pid = os.fork()
    if pid == 0:
        try:
            child(number)
        except BaseException as error:
            print(number, repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    pids.append(pid)
    if len(pids) % 8 == 0:  # so many at once
        for pid in pids[-8:]:
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
for pid in pids[len(pids) // 8 * 8 :]:
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
before = list(answered)
while not failures and any(now <= then for now, then in zip(answered, before)):
    stop.wait(0.001)  # the parent's traffic goes on
stop.set()
for thread in work:
    thread.join()
assert not failures, failures
call("user_after")
clerk.close()
"""


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_storm_of_forks(
    loopback: Any, child: Any, good: Any, authority: Any, scheme: str
) -> None:
    def serve(connection: socket.socket) -> None:
        with good.wrap_socket(connection, server_side=True) as secure:
            loopback.serve_user(secure)

    url, files, children = loopback.url, [], CHILDREN
    if scheme == "https":
        url, files = url.replace("http:", "https:"), [str(authority.file)]
        children = CHILDREN // 5
        loopback.script = serve
    assert child(STORM, url, str(children), *files).finish() == ""


# Asyncio's loop is not to be used in a child; the client is, with a loop of the child's own.
WITHIN = """
import asyncio, os, sys, warnings
from clerk_c import Clerk

warnings.simplefilter("ignore", DeprecationWarning)
clerk = Clerk("sk_test_fork", server_url=sys.argv[1], retry_config=None, timeout_ms=60_000)


async def ask(who):
    assert (await clerk.users.get_async(user_id=who)).id == who


async def main():
    await ask("user_before")
    waiting = asyncio.create_task(ask("user_waiting"))
    await asyncio.sleep(0)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if use_in_child() else 1)
    await asyncio.to_thread(lambda: pids.append(os.waitpid(pid, 0)))
    await waiting


def use_in_child():
    asyncio._set_running_loop(None)
    asyncio.run(ask("user_child"))
    return clerk.users.get(user_id="user_child").id == "user_child"


pids = []
asyncio.run(main())
assert os.waitstatus_to_exitcode(pids[0][1]) == 0
"""


def test_fork_with_calls_in_flight(loopback: Any, child: Any) -> None:
    assert child(WITHIN, loopback.url).finish() == ""


# As gunicorn does with preload: one client, made and used before the workers are.
PRELOAD = """
import asyncio, multiprocessing, sys
from clerk_c import Clerk


def work(number):
    who = f"user_{number}"
    first = clerk.users.get(user_id=who).id
    second = asyncio.run(clerk.users.get_async(user_id=who)).id
    return first == second == who


clerk = Clerk("sk_test_fork", server_url=sys.argv[1], retry_config=None, timeout_ms=60_000)
assert work(0)
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
with multiprocessing.get_context("fork").Pool(3) as pool:
    assert all(pool.map(work, range(30)))
assert work(31)
"""


def test_workers_with_a_client_made_before(loopback: Any, child: Any) -> None:
    assert child(PRELOAD, loopback.url).finish() == ""
