"""What tests/robust/test_life.py runs in a process of its own: one kind of thing made, used and
dropped in rounds, until memory, descriptors, threads and, in a debug build of Python, references
have levelled.

    python lifecycles.py KIND URL CYCLES ROUNDS

prints, as JSON, how many cycles it took, whether it levelled, and what each round left behind. A
round is CYCLES long. It has levelled when the middle one of the last five rounds has left next to
nothing: a leak is in every round, what the allocator keeps or the interpreter caches is not. It
gives up after ROUNDS rounds.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from clerk_c import Clerk

KEY = "sk_test_life"
LAST = 5  # rounds
QUIET = {"threads": 0, "descriptors": 0, "pages": 4, "references": 3}
PATIENCE = 30  # seconds for threads that were told to end

url = ""
shared: Clerk

ALONE = "import asyncio, socket"
INSIDE = f"""
{ALONE}
from clerk_c import Clerk

with Clerk("{KEY}", server_url=url) as clerk:
    user = clerk.users.get(user_id="user_1")
    assert user.id == "user_1"
    user.email_addresses, user.model_dump(), repr(user)
    assert asyncio.run(clerk.users.get_async(user_id="user_1")) == user
"""


def ask(clerk: Clerk) -> None:
    assert clerk.users.get(user_id="user_1").id == "user_1"


async def ask_async(clerk: Clerk) -> None:
    users = await asyncio.gather(*(clerk.users.get_async(user_id="user_1") for _ in range(2)))
    assert [user.id for user in users] == ["user_1"] * 2


def client() -> None:
    with Clerk(KEY, server_url=url) as clerk:
        ask(clerk)


def client_dropped() -> None:
    """Nobody closes it."""
    ask(Clerk(KEY, server_url=url))


def client_in_a_cycle() -> None:
    """Left to the garbage collector."""
    clerk = Clerk(KEY, server_url=url)
    ask(clerk)
    clerk.itself = clerk  # type: ignore[attr-defined]


def client_unused() -> None:
    Clerk(KEY, server_url=url).users  # noqa: B018 - the group is made


def client_async() -> None:
    async def live() -> None:
        async with Clerk(KEY, server_url=url) as clerk:
            await ask_async(clerk)

    asyncio.run(live())


def client_async_dropped() -> None:
    asyncio.run(ask_async(Clerk(KEY, server_url=url)))


def client_given_up() -> None:
    """Its calls are cancelled, and it is dropped while they end."""

    async def live() -> None:
        clerk = Clerk(KEY, server_url=url)
        tasks = [asyncio.ensure_future(ask_async(clerk)) for _ in range(2)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    asyncio.run(live())


def loop() -> None:
    asyncio.run(ask_async(shared))


def loop_uvloop() -> None:
    import uvloop

    uvloop.run(ask_async(shared))


def loop_trio() -> None:
    import trio

    async def live() -> None:
        assert (await shared.users.get_async(user_id="user_1")).id == "user_1"

    trio.run(live)


def in_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def thread() -> None:
    in_thread(lambda: ask(shared))


def thread_with_client() -> None:
    in_thread(client)


def thread_with_loop() -> None:
    in_thread(loop)


def module() -> None:
    """The package once more, with a state of its own."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "clerk_c"]:
        del sys.modules[name]
    from clerk_c import Clerk as Again

    with Again(KEY, server_url=url) as clerk:
        ask(clerk)


def run_inside(code: str, **options: Any) -> None:
    """Makes an interpreter that shares the lock with this one, runs the code and destroys it."""
    if sys.version_info >= (3, 13):
        import _interpreters

        inner = _interpreters.create("legacy")
        problem = _interpreters.run_string(inner, code, shared=options)
        _interpreters.destroy(inner)
        assert problem is None, problem
    else:
        import _xxsubinterpreters

        inner = _xxsubinterpreters.create(isolated=False)
        _xxsubinterpreters.run_string(inner, code, options)
        _xxsubinterpreters.destroy(inner)


def interpreter() -> None:
    run_inside(INSIDE, url=url)


def interpreter_alone() -> None:
    """Without clerk_c, for comparison: Python itself leaves something behind."""
    run_inside(ALONE)


def process() -> None:
    """A fork's child takes over nothing, and leaves nothing."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            ask(shared)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


KINDS: dict[str, Callable[[], object]] = {
    work.__name__.replace("_", " "): work
    for work in (
        client,
        client_dropped,
        client_in_a_cycle,
        client_unused,
        client_async,
        client_async_dropped,
        client_given_up,
        loop,
        loop_uvloop,
        loop_trio,
        thread,
        thread_with_client,
        thread_with_loop,
        module,
        interpreter,
        interpreter_alone,
        process,
    )
}


def threads_end(count: int) -> int:
    """How many threads there are: as many as `count`, unless more stay for too long."""
    deadline = time.monotonic() + PATIENCE
    while (now := len(os.listdir("/proc/self/task"))) > count and time.monotonic() < deadline:
        time.sleep(0.001)
    return now


def measure(threads: int) -> dict[str, int]:
    for _ in range(2):  # finalizers leave things behind that are found the second time
        gc.collect()
    found = {"threads": threads_end(threads), "descriptors": len(os.listdir("/proc/self/fd"))}
    with open("/proc/self/statm") as file:
        found["pages"] = int(file.read().split()[1])
    if hasattr(sys, "gettotalrefcount"):
        found["references"] = sys.gettotalrefcount()
    return found


def levels(changes: list[dict[str, int]]) -> bool:
    last = changes[-LAST:]
    return len(last) == LAST and all(
        statistics.median(change[name] for change in last) <= QUIET[name]
        for name in last[0].keys() & QUIET
    )


def main() -> None:
    global url, shared
    kind, url, cycles, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    shared = Clerk(KEY, server_url=url)
    work = KINDS[kind]
    if kind.startswith("interpreter") and sys.version_info >= (3, 12):
        del QUIET["pages"]  # from then on Python itself keeps 20 to 200 pages of each
    for _ in range(3):
        work()
    threads = len(os.listdir("/proc/self/task"))
    before, changes = measure(threads), []
    while not levels(changes) and len(changes) < rounds:
        for _ in range(cycles):
            work()
        now = measure(threads)
        changes.append({name: now[name] - before[name] for name in now})
        before = now
    found = {"cycles": cycles * len(changes), "levels": levels(changes), "rounds": changes}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
