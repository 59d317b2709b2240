"""Calls that are given up at each stage end at once, and so does their transfer."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest
from held import Held
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, exceptions
from clerk_c.utils import BackoffStrategy, RetryConfig

Run = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]
USER = reply(200, {"id": "user_1", "object": "user"})
SECONDS = 20  # bounds that only catch hangs


async def until_arrived(held: Held) -> None:
    """A request is there. No thread of the loop's is needed for that."""
    while held.arrived.empty():
        await anyio.sleep(0.001)
    held.arrived.get()


def client(url: str, **options: Any) -> Clerk:
    return Clerk(KEY, server_url=url, retry_config=None, timeout_ms=SECONDS * 1000, **options)


async def works(clerk: Clerk, held: Held) -> None:
    held.release()
    assert (await clerk.users.get_async(user_id="user_1")).id == "user_1"


def test_before_it_began(run: Run, held: Held) -> None:
    async def main() -> None:
        async with client(held.url) as clerk:
            with anyio.CancelScope() as scope:
                scope.cancel()
                await clerk.users.get_async(user_id="user_1")
            assert scope.cancelled_caught
            await works(clerk, held)

    run(main)


def test_while_the_server_thinks(run: Run, held: Held) -> None:
    async def main() -> None:
        async with client(held.url) as clerk:
            async with anyio.create_task_group() as group:

                async def ask() -> None:
                    await clerk.users.get_async(user_id="user_1")

                group.start_soon(ask)
                await until_arrived(held)
                group.cancel_scope.cancel()
            # the transfer itself is over, not only the wait for it
            assert held.hung_up.get(timeout=SECONDS)
            await works(clerk, held)

    run(main)


def test_while_it_waits_in_line(run: Run, held: Held) -> None:
    """More calls than connections: those in line never reach the server."""

    async def main() -> None:
        async with client(held.url) as clerk:

            async def ask() -> None:
                await clerk.users.get_async(user_id="user_1")

            async with anyio.create_task_group() as first:
                for _ in range(100):
                    first.start_soon(ask)
                for _ in range(100):
                    await until_arrived(held)
                async with anyio.create_task_group() as second:
                    for _ in range(50):
                        second.start_soon(ask)
                    await anyio.sleep(0.05)
                    second.cancel_scope.cancel()
                first.cancel_scope.cancel()
            for _ in range(100):
                assert held.hung_up.get(timeout=SECONDS)
            assert held.arrived.empty()
            await works(clerk, held)

    run(main)


def test_while_it_waits_for_another_try(run: Run, recorder: Recorder) -> None:
    recorder.answer = reply(503, "busy")
    hour = 3_600_000
    retries = RetryConfig("backoff", BackoffStrategy(hour, hour, 1.5, 2 * hour), True)

    async def main() -> None:
        async with client(recorder.url) as clerk:
            async with anyio.create_task_group() as group:

                async def ask() -> None:
                    await clerk.users.get_async(user_id="user_1", retries=retries)

                group.start_soon(ask)
                while not recorder.requests:
                    await anyio.sleep(0.001)
                await anyio.sleep(0.02)
                group.cancel_scope.cancel()
            recorder.answer = USER
            assert (await clerk.users.get_async(user_id="user_1")).id == "user_1"

    run(main)


def test_when_the_answer_is_there_already(held: Held) -> None:
    """The result waits for the loop, which is busy cancelling."""

    async def main() -> None:
        async with client(held.url) as clerk:
            task = asyncio.ensure_future(clerk.users.get_async(user_id="user_1"))
            await until_arrived(held)
            held.release()
            threading.Event().wait(0.05)  # the loop sees nothing of the answer
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await works(clerk, held)

    asyncio.run(main())


def test_a_deadline(run: Run, held: Held) -> None:
    async def main() -> None:
        async with client(held.url) as clerk:
            with pytest.raises(TimeoutError):
                with anyio.fail_after(0.05):
                    await clerk.users.get_async(user_id="user_1")
            assert held.hung_up.get(timeout=SECONDS)
            with anyio.move_on_after(0.05) as scope:
                await clerk.users.get_async(user_id="user_1")
            assert scope.cancelled_caught
            await works(clerk, held)

    run(main)


def test_one_of_many(held: Held) -> None:
    """The others do not notice."""

    async def main() -> None:
        async with client(held.url) as clerk:
            tasks = [
                asyncio.ensure_future(clerk.users.get_async(user_id="user_1")) for _ in range(20)
            ]
            for _ in tasks:
                await until_arrived(held)
            for task in tasks[::2]:
                task.cancel()
            await asyncio.wait(tasks[::2])
            for _ in tasks[::2]:
                assert held.hung_up.get(timeout=SECONDS)
            held.release()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError) for one in ended[::2])
            assert {one.id for one in ended[1::2]} == {"user_1"}  # type: ignore[union-attr]

    asyncio.run(main())


def test_a_closed_coroutine(held: Held) -> None:
    """Closed by hand, or dropped by the loop: the same."""

    async def main() -> None:
        clerk = client(held.url)
        call = clerk.users.get_async(user_id="user_1")
        call.send(None)
        await until_arrived(held)
        call.close()
        assert held.hung_up.get(timeout=SECONDS)
        call = clerk.users.get_async(user_id="user_1")
        call.send(None)
        await until_arrived(held)
        del call
        gc.collect()
        assert held.hung_up.get(timeout=SECONDS)
        await clerk.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("close", [Clerk.close, Clerk._close_async])
def test_a_client_that_is_closed_meanwhile(
    run: Run, held: Held, close: Callable[[Clerk], None]
) -> None:
    async def main() -> None:
        clerk = client(held.url)
        outcomes: list[str] = []
        async with anyio.create_task_group() as group:

            async def ask() -> None:
                try:
                    await clerk.users.get_async(user_id="user_1")
                except exceptions.ClientClosed:
                    outcomes.append("closed")

            for _ in range(120):  # some of them in line
                group.start_soon(ask)
            for _ in range(100):
                await until_arrived(held)
            close(clerk)
        assert outcomes == ["closed"] * 120

    run(main)


def test_each_side_by_its_own_statement(held: Held) -> None:
    held.release()

    async def main() -> None:
        clerk = client(held.url)
        async with clerk as entered:
            assert entered is clerk
            assert not clerk.closed
        assert clerk.closed
        assert clerk.users.get(user_id="user_1").id == "user_1"
        with pytest.raises(exceptions.ClientClosed, match="before aclose"):
            await clerk.users.get_async(user_id="user_1")
        clerk = client(held.url)
        with clerk:
            pass
        assert (await clerk.users.get_async(user_id="user_1")).id == "user_1"
        with pytest.raises(exceptions.ClientClosed, match="before close"):
            clerk.users.get(user_id="user_1")
        clerk = client(held.url)
        await clerk.aclose()
        await clerk.aclose()
        with pytest.raises(exceptions.ClientClosed):
            clerk.users.get(user_id="user_1")
        with pytest.raises(exceptions.ClientClosed):
            await clerk.users.get_async(user_id="user_1")

    asyncio.run(main())
