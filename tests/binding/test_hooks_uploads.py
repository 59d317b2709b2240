"""Uploads through clients with hooks, a logger or an HTTP client of the program's own: a file stays
a file, is sent again by retries, and its progress is told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, Request, RetryPolicy, Upload
from clerk_c._body import Body

DATA = bytes(range(256)) * 8192  # 2 MB: more than is kept in memory
USER = reply(200, {"id": "user_1", "object": "user"})
WAYS = ("hooks", "logger", "client", "wrapped")


class Hook:
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def before_request(self, context: Any, request: Any) -> Any:
        self.seen.append(request)
        return request


class Logger:
    text = ""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        self.text += msg % args


class Wrap:
    """An sdk_init hook that puts something in front of our own client."""

    def sdk_init(self, base_url: str, client: Any) -> tuple[str, Any]:
        outer = type("Outer", (), {})()
        outer.build_request = client.build_request
        outer.send = client.send
        outer.close = client.close
        return base_url, outer


@pytest.fixture(params=[False, True], ids=["blocking", "asynchronous"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def upload(recorder: Recorder, way: str, is_async: bool, file: Any, **settings: Any) -> Any:
    """The result, in a client made for one way."""
    made = {
        "hooks": lambda: {"hooks": [Hook()]},
        "logger": lambda: {"debug_logger": Logger()},
        "wrapped": lambda: {"hooks": [Wrap()]},
        "client": dict,
    }[way]()
    given = {"server_url": recorder.url, "retry_config": None, **made, **settings}

    async def awaited() -> Any:
        async with httpx.AsyncClient() as own:
            more = {"async_client": own} if way == "client" else {}
            async with Clerk(KEY, **given, **more) as clerk:
                return await clerk.users.set_profile_image_async(user_id="user_1", file=file)

    if is_async:
        return asyncio.run(awaited())
    with httpx.Client() as own:
        more = {"client": own} if way == "client" else {}
        with Clerk(KEY, **given, **more) as clerk:
            return clerk.users.set_profile_image(user_id="user_1", file=file)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [0, 5, len(DATA)])
def test_a_file_with_progress(
    recorder: Recorder, tmp_path: Path, way: str, size: int, is_async: bool
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(DATA[:size])
    recorder.answer = USER
    told: list[tuple[int, int]] = []
    file = Upload(path, progress=lambda *now: told.append(now))
    assert upload(recorder, way, is_async, file).id == "user_1"
    request = recorder.take()
    assert request.one("content-length") == str(len(request.body))
    assert request.one("transfer-encoding") is None
    assert request.body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0] == DATA[:size]
    if size:
        assert told[-1] == (size, size)
    assert told == sorted(told)


@pytest.mark.parametrize("way", ["hooks", "client"])
def test_it_is_sent_again(recorder: Recorder, tmp_path: Path, way: str, is_async: bool) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(DATA)
    answers = [reply(503), reply(429), USER]
    recorder.answer = lambda request: answers.pop(0)
    policy = RetryPolicy(initial_ms=1, jitter_ms=0, repeat_unsafe=True)
    assert upload(recorder, way, is_async, Upload(path), retry_config=policy).id == "user_1"
    first, *more = [request.body for request in recorder.requests]
    assert len(more) == 2 and all(body == first for body in more)
    assert DATA in first


def test_what_hooks_and_loggers_see(recorder: Recorder, tmp_path: Path, is_async: bool) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(DATA)
    recorder.answer = USER
    hook, logger = Hook(), Logger()
    upload(recorder, "client", is_async, Upload(path), hooks=[hook], debug_logger=logger)
    assert isinstance(hook.seen[0], httpx.Request)
    upload(recorder, "hooks", is_async, Upload(path), hooks=[hook], debug_logger=logger)
    request = hook.seen[1]
    assert isinstance(request, Request) and isinstance(request.body, Body)
    assert DATA in request.content and len(request.content) == len(request.body)
    assert len(logger.text) < 5_000


def test_progress_that_fails_ends_the_call(
    recorder: Recorder, tmp_path: Path, is_async: bool
) -> None:
    def fail(sent: int, total: int) -> None:
        raise LookupError("enough")

    path = tmp_path / "a.png"
    path.write_bytes(DATA)
    recorder.answer = USER
    for way in ("hooks", "client"):
        with pytest.raises(LookupError, match="enough"):
            upload(recorder, way, is_async, Upload(path, progress=fail))


def test_parts_that_make_no_sense(recorder: Recorder) -> None:
    clerk = Clerk(KEY, server_url=recorder.url)
    for body in ((), (b"",), (b"", 5), (b"", "x", 1, b"", None), "text", 5):
        with pytest.raises((TypeError, ValueError)):
            clerk._exchange("POST", recorder.url, [], body, None)  # type: ignore[arg-type]
    for fd in (-1, 10**9, 2**40):
        with pytest.raises(OSError, match="descriptor"):
            clerk._exchange("POST", recorder.url, [], (b"", fd, 1, b"", None), None)
    assert recorder.requests == []
