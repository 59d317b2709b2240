"""Asynchronous sources of uploads; uploads through clients of the program's own, and with hooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import trio
from recorder import KEY, Recorder
from upload_ways import (
    ASYNC_WAYS,
    LARGE,
    USER,
    WAYS,
    Way,
    blocking,
    check_reports,
    content_of,
    under_asyncio,
)

from clerk_c import Clerk, Upload
from clerk_c._hooks import BeforeRequestHook


@pytest.fixture
def clerk(recorder: Recorder) -> Iterator[Clerk]:
    recorder.answer = USER
    with Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=None) as client:
        yield client


# --- asynchronous sources -------------------------------------------------------------------


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100_000):
        await anyio.sleep(0)
        yield content[start : start + 100_000]


class ReadsLater:
    """What has an asynchronous read() and nothing else."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def read(self, size: int) -> bytes:
        await anyio.sleep(0)
        chunk, self.content = self.content[:size], self.content[size:]
        return chunk


@pytest.mark.parametrize("size", [0, 10, 1 << 20, (1 << 20) + 1, len(LARGE)])
@pytest.mark.parametrize("make", [chunks, ReadsLater, lambda content: Upload(chunks(content))])
@pytest.mark.parametrize("way", ASYNC_WAYS)
def test_asynchronous_sources(
    clerk: Clerk, recorder: Recorder, way: Way, make: Any, size: int
) -> None:
    file = {"file_name": "a", "content": make(LARGE[:size])}
    assert way(clerk, file).id == "user_1"
    assert content_of(recorder) == LARGE[:size]


@pytest.mark.parametrize("way", ASYNC_WAYS)
def test_files_of_anyio(clerk: Clerk, recorder: Recorder, tmp_path: Path, way: Way) -> None:
    path = tmp_path / "a"
    path.write_bytes(LARGE)

    class Opens:
        """Opens the file within the event loop, and reads on from the middle."""

        async def read(self, size: int) -> bytes:
            if not hasattr(self, "file"):
                self.file = await anyio.open_file(path, "rb")
            return await self.file.read(size)

    source = Opens()
    way(clerk, {"file_name": "a", "content": source})
    assert content_of(recorder) == LARGE
    source.file.wrapped.close()

    async def main() -> None:
        async with await anyio.open_file(path, "rb") as file:
            await file.seek(7)  # binary files are sent whole, like others
            await clerk.users.set_profile_image_async(
                user_id="a", file={"file_name": "a", "content": file}
            )

    asyncio.run(main()) if way is under_asyncio else trio.run(main)
    assert content_of(recorder) == LARGE


def test_what_an_asynchronous_source_raises(clerk: Clerk, recorder: Recorder) -> None:
    async def fails() -> AsyncIterator[bytes]:
        yield LARGE
        raise OSError("gone")

    for way in ASYNC_WAYS:
        with pytest.raises(OSError, match="gone"):
            way(clerk, {"file_name": "a", "content": fails()})
    assert recorder.requests == []


def test_a_coroutine_that_is_never_awaited(clerk: Clerk) -> None:
    call = clerk.users.set_profile_image_async(
        user_id="a", file={"file_name": "a", "content": chunks(LARGE)}
    )
    with pytest.warns(RuntimeWarning, match="never awaited"):
        del call


# --- clients of the program's own -----------------------------------------------------------


def check_observed(recorder: Recorder, reports: list[tuple[int, int]], size: int) -> None:
    assert recorder.requests[0].one("transfer-encoding") is None
    assert content_of(recorder) == LARGE[:size]
    check_reports(reports, size)


@pytest.mark.parametrize("size", [10, len(LARGE)])
def test_own_clients(recorder: Recorder, tmp_path: Path, size: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(LARGE[:size])
    recorder.answer = USER
    reports: list[tuple[int, int]] = []
    upload = Upload(path, progress=lambda *told: reports.append(told))
    with httpx.Client() as own:
        clerk = Clerk(bearer_auth=KEY, server_url=recorder.url, client=own)
        assert blocking(clerk, upload).id == "user_1"
    check_observed(recorder, reports, size)
    reports.clear()

    async def main() -> None:
        async with httpx.AsyncClient() as own:
            clerk = Clerk(bearer_auth=KEY, server_url=recorder.url, async_client=own)
            await clerk.users.set_profile_image_async(user_id="user_1", file=upload)

    asyncio.run(main())
    check_observed(recorder, reports, size)


class Watches(BeforeRequestHook):
    """A hook that looks at each request's body."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def before_request(self, hook_ctx: Any, request: Any) -> Any:
        self.bodies.append(request.read())
        return request


@pytest.mark.parametrize("size", [10, len(LARGE)])
@pytest.mark.parametrize("way", WAYS)
def test_with_hooks(recorder: Recorder, way: Way, size: int) -> None:
    recorder.answer = USER
    watches = Watches()
    clerk = Clerk(bearer_auth=KEY, server_url=recorder.url, hooks=[watches])
    upload = Upload(LARGE[:size], file_name="a")
    assert way(clerk, upload).id == "user_1"
    assert watches.bodies == [recorder.requests[0].body]
    assert content_of(recorder) == LARGE[:size]


@pytest.mark.parametrize("way", WAYS)
def test_progress_with_hooks(recorder: Recorder, way: Way) -> None:
    recorder.answer = USER
    reports: list[tuple[int, int]] = []
    clerk = Clerk(bearer_auth=KEY, server_url=recorder.url, hooks=[Watches()])
    upload = Upload(LARGE, file_name="a", progress=lambda *told: reports.append(told))
    assert way(clerk, upload).id == "user_1"
    check_reports(reports, len(LARGE))
