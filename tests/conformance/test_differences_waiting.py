"""Where waiting differs from the reference's on purpose: the rows of docs/differences.md on more
asynchronous calls at once than there are connections, and on keys that have to be awaited."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import clerk_backend_api
import httpx
import pytest
from compare import KEY
from recorder import Recorder, reply

import clerk_c

LIMIT_MS = 1500
CALLS = 101  # one more than may run at once, in both packages
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
COUNT = json.dumps({"object": "total_count", "total_count": 7}).encode()


async def call_slowly(package: Any, seconds: float, limit_ms: int) -> list[Any]:
    """What all calls come to when 100 of them get answers that take longer than the time limit,
    but come steadily, byte by byte: until one call ends, or for so long."""
    released = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        while not released.is_set():
            writer.write(b" ")
            await asyncio.sleep(0.05)
        writer.write(COUNT)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=2 * CALLS)
    port = server.sockets[0].getsockname()[1]
    options = {"server_url": f"http://127.0.0.1:{port}", "timeout_ms": limit_ms}
    async with package.Clerk(bearer_auth=KEY, **options) as clerk:
        calls = [asyncio.ensure_future(clerk.users.count_async(retries=None)) for _ in range(CALLS)]
        await asyncio.wait(calls, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        released.set()
        ended = await asyncio.gather(*calls, return_exceptions=True)
    server.close()
    await server.wait_closed()
    return ended


@pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")
def test_more_calls_than_connections() -> None:
    theirs = asyncio.run(call_slowly(clerk_backend_api, 60, LIMIT_MS))
    assert any(isinstance(outcome, httpx.PoolTimeout) for outcome in theirs)
    for limit in (LIMIT_MS, 4 * LIMIT_MS, 12 * LIMIT_MS):  # a machine that stalls needs the longer
        ours = asyncio.run(call_slowly(clerk_c, 1.5 * limit / 1000, limit))
        counts = [getattr(outcome, "total_count", outcome) for outcome in ours]
        if counts == [7] * CALLS:
            break
    assert counts == [7] * CALLS


@pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_a_key_to_be_awaited() -> None:
    async def key() -> str:
        return KEY

    async def ask(package: Any, url: str) -> Any:
        async with package.Clerk(bearer_auth=key, server_url=url) as clerk:
            return (await clerk.users.count_async()).total_count

    with Recorder() as recorder:
        recorder.answer = reply(200, {"object": "total_count", "total_count": 7})
        with pytest.raises(Exception, match="bearer"):
            asyncio.run(ask(clerk_backend_api, recorder.url))
        assert not recorder.requests
        assert asyncio.run(ask(clerk_c, recorder.url)) == 7
        assert recorder.requests[0].one("authorization") == f"Bearer {KEY}"
        with clerk_c.Clerk(key, server_url=recorder.url) as clerk, pytest.raises(TypeError):
            clerk.users.count()
    gc.collect()
