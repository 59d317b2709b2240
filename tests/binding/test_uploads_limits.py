"""How much a source may give: `max_bytes`, and a bound for what has no end."""

from __future__ import annotations

import asyncio
import gc
import io
import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, Upload, _upload

SIZE = 2 << 20  # goes through a temporary file
CONTENT = bytes(SIZE)


class Endless:
    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int) -> bytes:
        self.given += size
        return bytes(size)


class EndlessAsync(Endless):
    async def read(self, size: int) -> bytes:  # type: ignore[override]
        return super().read(size)


async def parts() -> Any:
    for _ in range(SIZE >> 16):
        yield bytes(1 << 16)


def path_of(folder: Path) -> Path:
    (folder / "file").write_bytes(CONTENT)
    return folder / "file"


SOURCES: dict[str, Callable[[Path], Any]] = {
    "bytes": lambda folder: CONTENT,
    "buffer": lambda folder: memoryview(CONTENT).cast("I"),
    "str": lambda folder: CONTENT.decode(),
    "path": path_of,
    "file": lambda folder: path_of(folder).open("rb"),
    "object": lambda folder: io.BytesIO(CONTENT),
    "text": lambda folder: io.StringIO(CONTENT.decode()),
    "parts": lambda folder: (bytes(1 << 16) for _ in range(SIZE >> 16)),
    "asynchronous parts": lambda folder: parts(),
}


@pytest.fixture
def clerk(recorder: Recorder) -> Iterator[Clerk]:
    recorder.answer = reply(200, {"object": "user", "id": "user_1"})
    with Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=None) as client:
        yield client
    client.close()


def send(clerk: Clerk, content: Any, is_async: bool) -> None:
    file: Any = {"file_name": "a.png", "content": content}
    if is_async:
        asyncio.run(clerk.users.set_profile_image_async(user_id="user_1", file=file))
    else:
        clerk.users.set_profile_image(user_id="user_1", file=file)


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
@pytest.mark.parametrize("name", SOURCES)
def test_max_bytes(
    clerk: Clerk, recorder: Recorder, tmp_path: Path, name: str, is_async: bool
) -> None:
    if name == "asynchronous parts" and not is_async:
        pytest.skip("cannot be read there")
    source = SOURCES[name](tmp_path)
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(ValueError, match=rf"more than {SIZE - 1:,} bytes"):
        send(clerk, Upload(source, max_bytes=SIZE - 1), is_async)
    gc.collect()  # that of an event loop stays as long as the loop
    assert len(os.listdir("/dev/fd")) <= before
    assert not recorder.requests
    another = SOURCES[name](tmp_path)
    send(clerk, Upload(another, max_bytes=SIZE), is_async)
    assert len(recorder.requests[0].body) > SIZE
    for one in (source, another):
        if hasattr(one, "close"):
            one.close()


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
def test_no_end(
    clerk: Clerk, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, is_async: bool
) -> None:
    monkeypatch.setattr(_upload, "LARGEST", SIZE)
    sources = [Endless(), itertools.repeat(bytes(1000)), Upload(Endless())]
    if is_async:
        sources += [EndlessAsync(), Upload(EndlessAsync())]
    for source in sources:
        with pytest.raises(ValueError, match=rf"more than {SIZE:,} bytes.*max_bytes"):
            send(clerk, source, is_async)
        if isinstance(source, Endless):
            assert source.given <= SIZE + _upload.CHUNK
    assert not recorder.requests
    send(clerk, CONTENT * 2, is_async)  # whose size is known


def test_wrong_limits() -> None:
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="max_bytes"):
            Upload(b"", max_bytes=wrong)
    for other in ("1", 1.0, True):
        with pytest.raises(TypeError, match="max_bytes"):
            Upload(b"", max_bytes=other)  # type: ignore[arg-type]
