"""What content may be given as, and that large content goes through a file."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clerk_backend_api
import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, Upload, ValidationError, _upload, models

LARGE = bytes(range(256)) * 4096 * 2 + b"end"  # a little more than 2 MB
SMALL = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def clerk(recorder: Recorder) -> Iterator[Clerk]:
    recorder.answer = reply(200, {"object": "user", "id": "user_1"})
    with Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=None) as client:
        yield client


def content_of(clerk: Clerk, recorder: Recorder, content: Any) -> bytes:
    """What arrives as the file's content."""
    file = {"file_name": "a.png", "content": content}
    clerk.users.set_profile_image(user_id="user_1", file=file)  # type: ignore[arg-type]
    request = recorder.take()
    assert request.one("content-length") == str(len(request.body))
    assert request.one("expect") is None
    head, body = request.body.split(b"\r\n\r\n", 1)
    boundary = head.split(b"\r\n")[0]
    assert body.endswith(b"\r\n" + boundary + b"--\r\n")
    return body.removesuffix(b"\r\n" + boundary + b"--\r\n")


def open_files(path: Path) -> list[str]:
    """The process's descriptors of that file, and of unnamed ones."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # that of the listing itself
            found.append(os.readlink(f"/proc/self/fd/{name}"))
    return [name for name in found if name == str(path) or name.endswith("(deleted)")]


class Path2:
    """An os.PathLike that is no Path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


def chunks(content: bytes, size: int = 100_000) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


class Reads:
    """Has read(size) and nothing else of a file."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def read(self, size: int) -> Any:
        chunk, self.content = self.content[:size], self.content[size:]
        return chunk


class ReadsAll(Reads):
    def read(self) -> Any:  # type: ignore[override]
        return super().read(len(self.content))


def gzipped(path: Path, content: bytes) -> Any:
    with gzip.open(path, "wb") as stream:
        stream.write(content)
    return gzip.open(path)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def half_read(path: Path, content: bytes) -> Any:
    stream = written(path, content).open("rb")
    stream.read(100)
    return stream


def just_written(path: Path, content: bytes) -> Any:
    """A file with bytes that are still in its object's buffer."""
    stream = path.open("w+b")
    stream.write(content)
    return stream


def temporary(content: bytes) -> Any:
    stream = tempfile.NamedTemporaryFile()  # noqa: SIM115
    stream.write(content)
    return stream


def spooled(content: bytes) -> Any:
    stream = tempfile.SpooledTemporaryFile(max_size=1000)  # noqa: SIM115
    stream.write(content)
    return stream


SOURCES = {
    "bytes": lambda path, content: content,
    "bytearray": lambda path, content: bytearray(content),
    "memoryview": lambda path, content: memoryview(content),
    "BytesIO": lambda path, content: io.BytesIO(content),
    "path": written,
    "PathLike": lambda path, content: Path2(written(path, content)),
    "file": lambda path, content: written(path, content).open("rb"),
    "unbuffered file": lambda path, content: written(path, content).open("rb", buffering=0),
    "half-read file": half_read,
    "file just written": just_written,
    "temporary file": lambda path, content: temporary(content),
    "spooled temporary file": lambda path, content: spooled(content),
    "gzip file": gzipped,
    "reader": lambda path, content: Reads(content),
    "reader without size": lambda path, content: ReadsAll(content),
    "generator": lambda path, content: chunks(content),
    "list": lambda path, content: list(chunks(content)),
    "memoryviews": lambda path, content: map(memoryview, chunks(content)),
    "Upload of bytes": lambda path, content: Upload(content),
    "Upload of a path": lambda path, content: Upload(written(path, content)),
    "Upload of a generator": lambda path, content: Upload(chunks(content)),
}


@pytest.mark.parametrize("size", [0, len(SMALL), 1 << 20, (1 << 20) + 1, len(LARGE)])
@pytest.mark.parametrize("kind", SOURCES)
def test_sources(
    clerk: Clerk, recorder: Recorder, tmp_path: Path, kind: str, size: int
) -> None:
    content = LARGE[:size]
    source = SOURCES[kind](tmp_path / "a", content)
    try:
        assert content_of(clerk, recorder, source) == content
    finally:
        if hasattr(source, "close"):
            source.close()


def test_no_descriptor_is_left_open(clerk: Clerk, recorder: Recorder, tmp_path: Path) -> None:
    path = written(tmp_path / "a", LARGE)
    before = open_files(path)
    for source in (path, chunks(LARGE), LARGE):
        content_of(clerk, recorder, source)
    file: Any = {"file_name": "a", "content": path, "content_type": "x\ny"}
    with pytest.raises(ValueError, match="content type"):
        clerk.users.set_profile_image(user_id="user_1", file=file)
    # Others' unnamed files may have been closed meanwhile.
    assert set(open_files(path)) <= set(before)


def test_an_open_file_stays_as_it_is(clerk: Clerk, recorder: Recorder, tmp_path: Path) -> None:
    with written(tmp_path / "a", LARGE).open("rb") as stream:
        stream.seek(5)
        for _ in range(2):
            assert content_of(clerk, recorder, stream) == LARGE
        assert stream.tell() == 5
        assert not stream.closed


def test_files_that_claim_to_be_empty(clerk: Clerk, recorder: Recorder) -> None:
    """Those of /proc have a size of 0 and content all the same."""
    path = Path("/proc/self/cmdline")
    assert content_of(clerk, recorder, path) == path.read_bytes()


def test_a_named_pipe(clerk: Clerk, recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    keep = os.open(path, os.O_RDWR)
    os.write(keep, SMALL)
    with path.open("rb") as stream:
        os.close(keep)
        assert content_of(clerk, recorder, stream) == SMALL


@pytest.mark.parametrize("size", [10, 600_000])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_text_files_are_sent_in_their_encoding_from_where_they_are(
    clerk: Clerk, recorder: Recorder, tmp_path: Path, encoding: str, size: int
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("first line\n" + "é" * size, encoding=encoding)
    bodies = []
    recorder.answer = reply(500, b"no", "text/plain")
    for package, client in ((models, clerk), (clerk_backend_api.models, None)):
        with path.open(encoding=encoding) as stream:
            stream.readline()
            file = package.File(file_name="a.txt", content=stream)
            with (
                pytest.raises(package.SDKError),
                clerk_backend_api.Clerk(bearer_auth=KEY, server_url=recorder.url) as reference,
            ):
                (client or reference).users.set_profile_image(
                    user_id="a", file=file, retries=None
                )
        bodies.append(recorder.take().plain_body())
    assert bodies[0] == bodies[1]


def test_text(clerk: Clerk, recorder: Recorder) -> None:
    text = "é" * 700_000
    assert content_of(clerk, recorder, text) == text.encode()
    assert content_of(clerk, recorder, iter([text, b"x", bytearray(b"y")])) == text.encode() + b"xy"
    assert content_of(clerk, recorder, io.StringIO("é")) == "é".encode()


def test_large_content_goes_through_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a", LARGE)
    for source in (path, LARGE, chunks(LARGE), Reads(LARGE)):
        data, fd, size, progress, left = _upload.prepare(source)
        assert (data, size, progress, left) == (None, len(LARGE), None, None)
        assert not os.get_inheritable(fd)
        os.close(fd)
    for source in (SMALL, chunks(SMALL), Reads(SMALL), written(path, SMALL)):
        assert _upload.prepare(source) == (SMALL, -1, 0, None, None)


def test_nowhere_to_put_a_temporary_file(
    clerk: Clerk, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container without a writable folder: memory has to do."""
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")
    for source in (LARGE, chunks(LARGE), Reads(LARGE)):
        assert content_of(clerk, recorder, source) == LARGE


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_a_full_disk(
    clerk: Clerk, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full.open("w+b", buffering=0))
    assert content_of(clerk, recorder, LARGE) == LARGE  # it is in memory anyhow
    with pytest.raises(OSError, match="No space"):
        content_of(clerk, recorder, chunks(LARGE))
    assert recorder.requests == []


@pytest.mark.parametrize(
    "content", [7, None, object(), {"a": b"b"}, models.File(file_name="a", content=b""), 1.5]
)
def test_what_is_no_content(clerk: Clerk, recorder: Recorder, content: Any) -> None:
    with pytest.raises(ValidationError, match="valid bytes"):
        content_of(clerk, recorder, content)
    assert recorder.requests == []


def test_sources_that_fail(clerk: Clerk, recorder: Recorder, tmp_path: Path) -> None:
    class Fails:
        def read(self, size: int) -> bytes:
            raise ConnectionAbortedError("gone")

    async def later() -> Any:
        yield b"x"

    for content, kind, words in (
        (tmp_path / "missing", FileNotFoundError, "missing"),
        (tmp_path, IsADirectoryError, "directory"),
        ([1, 2], TypeError, "content: a source must give bytes or str, not 'int'"),
        (iter([b"x", None]), TypeError, "not 'NoneType'"),
        (Fails(), ConnectionAbortedError, "gone"),
        (later(), TypeError, r"async_generator is asynchronous: await .*_async\(\)"),
        ((1 / 0 for _ in "x"), ZeroDivisionError, "zero"),
    ):
        with pytest.raises(kind, match=words):
            content_of(clerk, recorder, content)
    assert recorder.requests == []


def test_a_file_that_becomes_shorter(
    clerk: Clerk, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a", LARGE)
    truth = _upload.prepare

    def shorter(content: Any) -> Any:
        found = truth(content)
        os.truncate(path, 1_500_000)
        return found

    monkeypatch.setattr(_upload, "prepare", shorter)
    with pytest.raises(OSError, match=f"shorter: 1500000 bytes are left of {len(LARGE)}"):
        content_of(clerk, recorder, path)
    monkeypatch.undo()
    file: Any = {"file_name": "a", "content": SMALL}
    clerk.users.set_profile_image(user_id="a", file=file)  # the client is as good as new
    assert any(SMALL in request.body for request in recorder.requests)


def test_repeated_requests_begin_anew(recorder: Recorder, tmp_path: Path) -> None:
    """Two refusals, then success: the same body each time, from files and from streams."""
    answers = []
    recorder.answer = lambda request: answers.pop(0)
    config = {"strategy": "backoff", "retry_connection_errors": True}
    from clerk_c.utils import BackoffStrategy, RetryConfig

    quick = RetryConfig(config["strategy"], BackoffStrategy(1, 2, 1.5, 60_000), True)
    with Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=quick) as clerk:
        for source in (written(tmp_path / "a", LARGE), chunks(LARGE), io.BytesIO(SMALL)):
            answers[:] = [reply(503), reply(500), reply(200, {"object": "user", "id": "user_1"})]
            file: Any = {"file_name": "a", "content": source}
            clerk.users.set_profile_image(user_id="user_1", file=file)
            bodies = {request.plain_body() for request in recorder.requests}
            assert len(recorder.requests) == 3
            assert len(bodies) == 1
            assert max(map(len, bodies)) > len(SMALL)
            recorder.requests.clear()


def test_redirects(clerk: Clerk, recorder: Recorder, tmp_path: Path) -> None:
    done = recorder.answer

    def answer(request: Any) -> bytes:
        assert isinstance(done, bytes)
        if request.path.endswith("there"):
            return done
        return b"HTTP/1.1 307 Go\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"

    recorder.answer = answer
    file: Any = {"file_name": "a", "content": written(tmp_path / "a", LARGE)}
    clerk.users.set_profile_image(user_id="user_1", file=file)
    first, second = recorder.requests
    assert first.body == second.body
    assert LARGE in second.body
