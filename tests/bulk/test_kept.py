"""A kept connection that breaks under a request: where nothing may be sent twice, nothing is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scripted import Say, Scripted

from clerk_c import Clerk, RetryPolicy, bulk
from clerk_c.exceptions import RemoteProtocolError


def break_second(world: Scripted) -> None:
    """The second request has its effect, and the server hangs up."""
    say = Say(hang_up=True, done=True)
    world.script = lambda number, method, body: say if number == 2 else None


def call(clerk: Clerk, is_async: bool, **arguments: Any) -> None:
    """Two users, the second one over the connection of the first."""

    async def both() -> None:
        await clerk.users.create_async(external_id="e1", **arguments)
        await clerk.users.create_async(external_id="e2", **arguments)

    if is_async:
        asyncio.run(both())
    else:
        clerk.users.create(external_id="e1", **arguments)
        clerk.users.create(external_id="e2", **arguments)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("policy", [None, RetryPolicy()])
def test_a_post_is_not_sent_again(
    world: Scripted, clerk: Clerk, is_async: bool, policy: RetryPolicy | None
) -> None:
    break_second(world)
    with pytest.raises(RemoteProtocolError, match="closed a kept connection without an answer"):
        call(clerk, is_async, retries=policy)
    assert world.ids() == ["e1", "e2"]
    call(clerk, is_async, retries=policy)  # a new connection
    assert len(world.users) == 4


@pytest.mark.parametrize("is_async", [False, True])
def test_without_such_a_wish_it_is(world: Scripted, clerk: Clerk, is_async: bool) -> None:
    """As it has always been: what the reference's retries would do is done at once."""
    break_second(world)
    call(clerk, is_async)
    assert world.ids() == ["e1", "e2", "e2"]


def test_a_get_is_sent_again(world: Scripted, clerk: Clerk) -> None:
    break_second(world)
    clerk.users.list(request={}, retries=None)
    assert clerk.users.list(request={}, retries=None) == []
    assert len(world.requests) == 3


class Hook:
    def before_request(self, context: Any, request: Any) -> Any:
        return request


@pytest.mark.parametrize("settings", [{}, {"hooks": [Hook()]}])
def test_bulk_jobs(world: Scripted, settings: dict[str, Any]) -> None:
    break_second(world)
    rows = [{"external_id": f"e{i}"} for i in range(5)]
    with Clerk("sk_test_x", server_url=world.url, **settings) as clerk:
        report = bulk.run(clerk.users.create, rows, limit=False, concurrency=1, settle_ms=0)
        clerk.close()
    assert (report.done, report.found) == (5, 1)
    assert world.ids() == [row["external_id"] for row in rows]
