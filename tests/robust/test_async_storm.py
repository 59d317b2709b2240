"""Many asynchronous calls, random faults, random ends: each ends once, with its own answer.

ASYNC_STORM=200000 makes a long one of each.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections import Counter
from typing import Any

from wire_answers import reset

from clerk_c import Clerk, exceptions, models

CALLS = int(os.environ.get("ASYNC_STORM", "2000"))
AT_ONCE = 150  # more than there are connections
FAULTS = ("reset", "cut", "garbage", "busy", "drop")


def faulty(loopback: Any, seed: int, over: threading.Event) -> Any:
    """A server that, until it is over, answers some requests in every bad way."""

    def script(connection: Any) -> None:
        dice = random.Random(f"{seed} {loopback.connections}")
        while (request := loopback.request(connection)) is not None:
            loopback.requests.clear()
            name = request.split(b" ", 2)[1].decode().rpartition("/")[2]
            good = loopback.user(name)
            is_faulty = dice.random() < 0.05 and not over.is_set()
            fault = dice.choice(FAULTS) if is_faulty else ""
            if fault == "reset":
                reset(connection)
                return
            if fault == "cut":
                connection.sendall(good[: dice.randrange(len(good))])
                return
            if fault == "garbage":
                connection.sendall(bytes(dice.randrange(256) for _ in range(100)))
                return
            if fault == "drop":
                return
            connection.sendall(
                loopback.answer(b"busy", "503 Busy", "text/plain") if fault else good
            )

    return script


async def storm(clerk: Clerk, calls: int, seed: int) -> Counter[str]:
    """Ends counted by kind."""
    dice = random.Random(seed)
    ends: Counter[str] = Counter()
    left = iter(range(calls))

    async def one(name: str) -> None:
        task = asyncio.ensure_future(clerk.users.get_async(user_id=name))
        if dice.random() < 0.1:
            await asyncio.sleep(dice.choice((0, 0, 0.0001, 0.001)))
            task.cancel()
        try:
            user = await task
        except asyncio.CancelledError:
            ends["cancelled"] += 1
        except (exceptions.TransportError, exceptions.ClientClosed) as error:
            ends[type(error).__name__] += 1
        except models.SDKError as error:
            ends["busy" if error.status_code == 503 else repr(error)] += 1
        else:
            assert user.id == name
            ends["answered"] += 1

    async def worker() -> None:
        for number in left:
            await one(f"user_{seed}_{number}")

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return ends


def test_storm(loopback: Any) -> None:
    over = threading.Event()
    loopback.script = faulty(loopback, 1, over)
    with Clerk("sk", server_url=loopback.url, retry_config=None) as clerk:
        ends = asyncio.run(storm(clerk, CALLS, 1))
        assert sum(ends.values()) == CALLS, ends
        assert ends["answered"] > CALLS * 0.7, ends
        assert ends["cancelled"] > 0, ends
        over.set()

        async def after() -> None:
            assert (await clerk.users.get_async(user_id="user_after")).id == "user_after"

        asyncio.run(after())
    clerk.close()


def storm_blocking(clerk: Clerk, calls: int, seed: int) -> Counter[str]:
    ends: Counter[str] = Counter()
    for number in range(calls):
        name = f"user_{seed}_{number}"
        try:
            user = clerk.users.get(user_id=name)
        except (exceptions.TransportError, exceptions.ClientClosed) as error:
            ends[type(error).__name__] += 1
        except models.SDKError as error:
            ends["busy" if error.status_code == 503 else repr(error)] += 1
        else:
            assert user.id == name
            ends["answered"] += 1
    return ends


ROUNDS = 10  # clients, each closed when half of its calls have ended
LOOPS, THREADS = 2, 2  # of each client


class Round:
    """One client, used by event loops and threads at once."""

    def __init__(self, url: str, calls: int, number: int) -> None:
        self.clerk = Clerk("sk", server_url=url, retry_config=None, timeout_ms=60_000)
        self.share = calls // (LOOPS + THREADS)
        self.ends: Counter[str] = Counter()
        self.wrong: list[BaseException] = []
        self.lock = threading.Lock()
        seeds = range(10 * number, 10 * number + LOOPS + THREADS)
        self.threads = [threading.Thread(target=self.work, args=(seed,)) for seed in seeds]

    def work(self, seed: int) -> None:
        try:
            for part in range(4):
                share, known = self.share // 4, seed * 10 + part
                if seed % 10 < LOOPS:
                    ends = asyncio.run(storm(self.clerk, share, known))
                else:
                    ends = storm_blocking(self.clerk, share, known)
                with self.lock:
                    self.ends += ends
                if seed % 10 == part == 1:
                    self.clerk.close()
        except BaseException as error:
            self.wrong.append(error)


def test_storm_of_threads_and_closed_clients(loopback: Any) -> None:
    """Loops and threads share clients that are closed under their hands."""
    loopback.script = faulty(loopback, 2, threading.Event())
    ends: Counter[str] = Counter()
    for number in range(ROUNDS):
        shared = Round(loopback.url, CALLS // ROUNDS, number)
        for thread in shared.threads:
            thread.start()
        for thread in shared.threads:
            thread.join()
        assert not shared.wrong
        assert sum(shared.ends.values()) == shared.share // 4 * 4 * (LOOPS + THREADS), shared.ends
        ends += shared.ends
    assert ends["ClientClosed"] > 0, ends
    assert ends["answered"] > 0, ends
    assert set(ends) <= {
        *("answered", "busy", "cancelled", "ClientClosed"),
        *("ReadError", "WriteError", "RemoteProtocolError", "ConnectError"),
    }, ends
