"""The limit holds as the server sees it, whatever requests do on their way."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from scripted import Say, Scripted

from clerk_c import Clerk, bulk
from clerk_c.bulk._limit import Limiter
from clerk_c.bulk._rate import rate_limit


def test_the_limit_goes_by_the_key() -> None:
    assert rate_limit(None, "sk_live_x") == bulk.PRODUCTION == (1000, 10)
    assert rate_limit(None, "sk_test_x") == bulk.DEVELOPMENT == (100, 10)
    assert rate_limit(None, None) == rate_limit(None, "ak_x") == bulk.DEVELOPMENT
    assert rate_limit((5, 2), "sk_live_x") == bulk.RateLimit(5, 2)
    assert rate_limit(False, "sk_live_x") is None
    assert str(bulk.PRODUCTION) == "1000 requests in 10 s"


def test_the_server_never_sees_more(world: Scripted, clerk: Clerk) -> None:
    """Answers that take their time, so that requests bunch."""
    chance = random.Random(7)

    def script(number: int, method: str, body: object) -> Say | None:
        time.sleep(chance.choice((0, 0, 0.02)))
        return None

    world.script = script
    rows = [{"external_id": f"e{i}"} for i in range(90)]
    report = bulk.run(clerk.users.create, rows, limit=bulk.RateLimit(30, 0.6))
    assert report.done == 90
    assert world.most_in(0.6) <= 30


def test_permits_count_until_the_answer_and_the_window_are_over() -> None:
    async def main() -> None:
        limiter = Limiter(bulk.RateLimit(3, 0.3))
        begin = time.monotonic()
        await limiter.enter(3)
        waiting = asyncio.ensure_future(limiter.enter())
        for _ in range(5):
            await asyncio.sleep(0.08)
            assert not waiting.done()  # the answers have not come
        limiter.leave(2)
        limiter.give_back(1)
        back = time.monotonic()
        await waiting  # the one that was given back counts no more
        await limiter.enter()
        assert time.monotonic() - back >= 0.29
        assert time.monotonic() - begin >= 0.69

    asyncio.run(main())


def test_a_tenth_may_come_at_once_and_then_evenly() -> None:
    async def main() -> None:
        limiter = Limiter(bulk.RateLimit(100, 1))
        begin = time.monotonic()
        for _ in range(30):
            await limiter.enter()
            limiter.leave()
        assert time.monotonic() - begin >= 0.18  # 20 of them at 10 ms each

    asyncio.run(main())


def test_a_pause_holds_for_all() -> None:
    async def main() -> None:
        limiter = Limiter(None)
        await limiter.enter()
        begin = time.monotonic()
        limiter.pause(0.2)
        await asyncio.gather(limiter.quiet(), limiter.enter(), limiter.enter())
        assert time.monotonic() - begin >= 0.19

    asyncio.run(main())


def test_a_waiting_one_can_be_cancelled() -> None:
    async def main() -> None:
        limiter = Limiter(bulk.RateLimit(1, 0.1))
        await limiter.enter()
        waiting = asyncio.ensure_future(limiter.enter())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        limiter.leave()
        await asyncio.wait_for(limiter.enter(), 30)

    asyncio.run(main())


def test_an_earlier_run_counts(world: Scripted, clerk: Clerk, tmp_path: object) -> None:
    limit = bulk.RateLimit(10, 0.5)
    rows = [{"external_id": f"e{i}"} for i in range(16)]
    path = f"{tmp_path}/job.db"
    bulk.run(clerk.users.create, rows[:8], limit=limit, checkpoint=path)
    bulk.run(clerk.users.create, rows, limit=limit, checkpoint=path)
    assert len(world.users) == 16
    assert world.most_in(0.5) <= 10
