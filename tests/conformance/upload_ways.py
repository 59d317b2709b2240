"""Uploads by each way of calling, and what arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import trio
from recorder import Recorder, reply

from clerk_c import Clerk

LARGE = bytes(range(256)) * 4096 * 2 + b"end"  # a little more than 2 MB
USER = reply(200, {"object": "user", "id": "user_1"})


def blocking(clerk: Clerk, file: Any) -> Any:
    return clerk.users.set_profile_image(user_id="user_1", file=file)


def under_asyncio(clerk: Clerk, file: Any) -> Any:
    async def main() -> Any:
        return await clerk.users.set_profile_image_async(user_id="user_1", file=file)

    return asyncio.run(main())


def under_trio(clerk: Clerk, file: Any) -> Any:
    async def main() -> Any:
        return await clerk.users.set_profile_image_async(user_id="user_1", file=file)

    return trio.run(main)


Way = Callable[[Clerk, Any], Any]
ASYNC_WAYS = [under_asyncio, under_trio]
WAYS = [blocking, *ASYNC_WAYS]


def content_of(recorder: Recorder) -> bytes:
    request = recorder.take()
    head, body = request.body.split(b"\r\n\r\n", 1)
    boundary = head.split(b"\r\n")[0]
    return body.removesuffix(b"\r\n" + boundary + b"--\r\n")


def check_reports(reports: list[tuple[int, int]], size: int) -> None:
    assert reports[-1] == (size, size)
    assert reports == sorted(set(reports))
    assert all(total == size for _, total in reports)
