"""`bearer_auth` as an asynchronous callable: awaited by `*_async` calls, refused by the others."""

from __future__ import annotations

import asyncio
import gc
import pickle
from collections.abc import Callable, Generator
from typing import Any

import httpx
import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, models

COUNT = {"object": "total_count", "total_count": 7}


async def key() -> str:
    return KEY


class Later:
    """An awaitable that is no coroutine."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        return (yield from asyncio.sleep(0).__await__()) or self.value


class Asked:
    """An object with an asynchronous __call__, as programs use for keys that expire."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> str:
        self.times += 1
        return f"sk_test_{self.times}"


def client(recorder: Recorder, bearer_auth: Any, **given: Any) -> Clerk:
    recorder.answer = reply(200, COUNT)
    return Clerk(bearer_auth, server_url=recorder.url, retry_config=None, **given)


def sent(recorder: Recorder) -> list[str | None]:
    return [request.one("authorization") for request in recorder.requests]


def test_awaited_for_each_call(run: Callable[..., Any], recorder: Recorder) -> None:
    asked = Asked()

    async def main() -> None:
        async with client(recorder, asked) as clerk:
            for _ in range(3):
                assert (await clerk.users.count_async()).total_count == 7

    run(main)
    assert sent(recorder) == [f"Bearer sk_test_{number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("value", "header"),
    [("sk_a", "Bearer sk_a"), ("Bearer sk_b", "Bearer sk_b"), (None, None)],
)
def test_what_it_may_give(recorder: Recorder, value: Any, header: str | None) -> None:
    clerk = client(recorder, lambda: Later(value))
    asyncio.run(clerk.users.count_async())
    clerk.close()
    assert sent(recorder) == [header]


@pytest.mark.parametrize("value", [b"sk", 7, Later("sk")])
def test_what_it_may_not_give(recorder: Recorder, value: Any) -> None:
    clerk = client(recorder, lambda: Later(value))
    with pytest.raises(TypeError, match="bearer_auth: the callable must return str or None"):
        asyncio.run(clerk.users.count_async())
    with pytest.raises(ValueError, match="Authorization"):
        asyncio.run(client(recorder, lambda: Later("a\nb")).users.count_async())
    clerk.close()
    assert not recorder.requests


def test_not_in_a_blocking_call(recorder: Recorder) -> None:
    """Nor does the coroutine that nobody awaits warn."""
    with client(recorder, key) as clerk:
        with pytest.raises(TypeError, match=r"bearer_auth.*only the \*_async methods"):
            clerk.users.count()
        gc.collect()
        assert asyncio.run(clerk.users.count_async()).total_count == 7
    clerk.close()
    assert sent(recorder) == [f"Bearer {KEY}"]


def test_a_call_that_cannot_be_sent(recorder: Recorder) -> None:
    """The key was asked for, and nobody will await it."""
    clerk = client(recorder, key)

    async def main() -> None:
        with pytest.raises(ValueError, match="header name"):
            await clerk.users.count_async(http_headers={"x y": "1"})

    asyncio.run(main())
    clerk.close()
    gc.collect()
    assert not recorder.requests


def test_the_calls_own_header_goes_first(recorder: Recorder) -> None:
    clerk = client(recorder, key)
    asyncio.run(clerk.users.count_async(http_headers={"authorization": "Bearer mine"}))
    clerk.close()
    assert sent(recorder) == ["Bearer mine"]


def test_what_it_raises(run: Callable[..., Any], recorder: Recorder) -> None:
    async def broken() -> str:
        raise LookupError("no key today")

    async def main() -> None:
        async with client(recorder, broken) as clerk:
            with pytest.raises(LookupError, match="no key today"):
                await clerk.users.count_async()

    run(main)
    assert not recorder.requests


def test_given_up_while_it_waits(recorder: Recorder) -> None:
    begun = asyncio.Event()

    async def never() -> str:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def main() -> None:
        async with client(recorder, never) as clerk:
            task = asyncio.ensure_future(clerk.users.count_async())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert not recorder.requests


def test_uploads(recorder: Recorder) -> None:
    """Key and content are both awaited first."""
    clerk = client(recorder, key)
    recorder.answer = reply(200, {"id": "img_1", "object": "image"})

    async def content() -> Any:
        yield b"first "
        yield b"second"

    async def main() -> None:
        file = {"file_name": "a.png", "content": content()}
        await clerk.users.set_profile_image_async(user_id="user_1", file=file)

    asyncio.run(main())
    clerk.close()
    assert sent(recorder) == [f"Bearer {KEY}"]
    assert b"first second" in recorder.requests[0].body


def test_with_hooks_and_a_client_of_the_programs_own(recorder: Recorder) -> None:
    seen: list[Any] = []

    class Hook:
        def before_request(self, context: Any, request: Any) -> Any:
            seen.append(request.headers["authorization"])
            seen.append(context.security_source)
            return request

    async def main() -> None:
        async with httpx.AsyncClient() as own:
            for given in ({}, {"async_client": own}):
                async with client(recorder, key, hooks=[Hook()], **given) as clerk:
                    await clerk.users.count_async()
                security = await seen[-1]()
                assert isinstance(security, models.Security)
                assert security.bearer_auth == KEY

    asyncio.run(main())
    assert sent(recorder) == [f"Bearer {KEY}"] * 2
    assert seen[0] == f"Bearer {KEY}"


def test_set_later_and_copied(recorder: Recorder) -> None:
    clerk = client(recorder, "sk_before")
    config = clerk.sdk_configuration

    async def security() -> models.Security:
        return models.Security(bearer_auth="sk_after")

    config.security = security
    asyncio.run(clerk.users.count_async())
    copied = client(recorder, key).replace(timeout_ms=4000)
    asyncio.run(copied.users.count_async())
    carried = pickle.loads(pickle.dumps(client(recorder, key).portable()))
    asyncio.run(carried.users.count_async())
    clerk.close()
    assert sent(recorder) == ["Bearer sk_after", f"Bearer {KEY}", f"Bearer {KEY}"]
