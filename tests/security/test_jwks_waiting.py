"""Who waits for a fetch of signing keys, and for how long: threads, tasks, child processes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
import trio
from issuing import HANG, SECRET, Clock, Endpoint, Signer, code, settle

from clerk_c.security import JwksKeeper


def test_threads_share_one_fetch(keeper: JwksKeeper, endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    endpoint.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        waiting = [pool.submit(keeper.key, "ins_one") for _ in range(32)]
        assert endpoint.arrived.acquire(timeout=HANG)
        endpoint.gate.set()
        keys = {id(future.result(HANG)) for future in waiting}
    assert (len(keys), endpoint.fetches()) == (1, 1)


def test_tasks_of_asyncio_share_one_fetch(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer
) -> None:
    endpoint.serve(signer)
    endpoint.gate.clear()

    async def main() -> None:
        tasks = [asyncio.ensure_future(keeper.key_async("ins_one")) for _ in range(100)]
        await asyncio.get_running_loop().run_in_executor(None, endpoint.arrived.acquire)
        for task in tasks[::2]:  # the first of them began the fetch
            task.cancel()
        endpoint.gate.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 50
        assert len({id(result) for result in results[1::2]}) == 1

    asyncio.run(main())
    assert endpoint.fetches() == 1


def test_tasks_of_trio_share_one_fetch(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer
) -> None:
    endpoint.serve(signer)
    endpoint.gate.clear()
    found = []

    async def ask() -> None:
        found.append(await keeper.key_async("ins_one"))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(ask)
            with trio.CancelScope() as scope:
                await trio.to_thread.run_sync(endpoint.arrived.acquire)
                scope.cancel()
                with contextlib.suppress(trio.Cancelled):
                    await ask()
            endpoint.gate.set()

    trio.run(main)
    assert (len(found), len(set(map(id, found))), endpoint.fetches()) == (100, 1, 1)


def test_threads_and_loops_together(keeper: JwksKeeper, endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    endpoint.gate.clear()

    async def several() -> list[Any]:
        return await asyncio.gather(*(keeper.key_async("ins_one") for _ in range(10)))

    async def several_in_trio() -> Any:
        return await keeper.key_async("ins_one")

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        waiting: list[Any] = [pool.submit(asyncio.run, several()) for _ in range(4)]
        waiting += [pool.submit(trio.run, several_in_trio) for _ in range(4)]
        waiting += [pool.submit(keeper.key, "ins_one") for _ in range(4)]
        assert endpoint.arrived.acquire(timeout=HANG)
        endpoint.gate.set()
        for future in waiting:
            assert future.result(HANG)
    assert endpoint.fetches() == 1


def test_waiting_has_an_end(endpoint: Endpoint, signer: Signer) -> None:
    keeper = JwksKeeper(SECRET, endpoint.url, wait_ms=50)
    endpoint.serve(signer)
    endpoint.gate.clear()
    assert code(keeper.key, "ins_one") == "jwk-failed-to-load"

    async def ask() -> Any:
        return await keeper.key_async("ins_one")

    assert code(asyncio.run, ask()) == "jwk-failed-to-load"
    assert code(trio.run, ask) == "jwk-failed-to-load"
    endpoint.gate.set()
    settle(keeper)
    assert keeper.key("ins_one")
    assert endpoint.fetches() == 1


def test_a_loop_that_is_closed_meanwhile(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer
) -> None:
    endpoint.serve(signer)
    endpoint.gate.clear()

    async def leave() -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(keeper.key_async("ins_one"), 0.01)

    asyncio.run(leave())
    endpoint.gate.set()
    settle(keeper)
    assert keeper.key("ins_one")


def test_prewarm(keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, clock: Clock) -> None:
    endpoint.answers["/jwks"] = (500, b"")
    assert keeper.prewarm() is False
    endpoint.serve(signer)
    clock.pass_ms(5000)
    assert keeper.prewarm() is True
    assert asyncio.run(keeper.prewarm_async()) is True
    assert keeper.peek() and endpoint.fetches() == 2
    clock.pass_ms(250_000)

    async def again() -> bool:
        return await keeper.prewarm_async()

    assert trio.run(again) is True
    assert endpoint.fetches() == 3
    clock.pass_ms(250_000)
    assert keeper.peek()  # begins a renewal, which nobody waits for
    settle(keeper)
    assert endpoint.fetches() == 4
    clock.pass_ms(3_700_000)
    assert keeper.peek() is None


def test_a_process_may_end_while_it_fetches(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    endpoint.gate.clear()
    program = (
        "import threading; from clerk_c.security import JwksKeeper, TokenVerificationError\n"
        f"keeper = JwksKeeper('sk', {endpoint.url!r}, wait_ms=50)\n"
        "try: keeper.key('ins_one')\n"
        "except TokenVerificationError: print('over')\n"
    )
    command = [sys.executable, "-W", "error", "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=HANG)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "over\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_fetches_for_itself(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, other: Signer
) -> None:
    """Forked while another thread fetches and a third holds the lock."""
    endpoint.serve(signer)
    endpoint.gate.clear()
    waiting = threading.Thread(target=keeper.key, args=("ins_one",))
    waiting.start()
    assert endpoint.arrived.acquire(timeout=HANG)
    with keeper._lock:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                keeper._next_fetch = float("-inf")
                status = 0 if keeper.prewarm() and keeper.counters.fetches == 2 else 2
            finally:
                os._exit(status)
    assert endpoint.arrived.acquire(timeout=HANG)  # the child's own request
    endpoint.gate.set()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    waiting.join(HANG)
    assert keeper.peek()
    assert endpoint.fetches() == 2
