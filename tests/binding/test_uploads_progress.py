"""Upload: its arguments, progress of blocking and asynchronous calls, asynchronous sources."""

from __future__ import annotations

import asyncio
import contextlib
import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from recorder import KEY, Recorder, reply
from upload_ways import ASYNC_WAYS, LARGE, USER, WAYS, Way, blocking, check_reports, content_of

from clerk_c import Clerk, Upload, ValidationError, models


@pytest.fixture
def clerk(recorder: Recorder) -> Iterator[Clerk]:
    recorder.answer = USER
    with Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=None) as client:
        yield client


class SlowReader:
    """A server that takes a body in pieces, as it is told: `more` lets it read some bytes."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        self.more = threading.Semaphore(0)
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        self.connection = connection
        with connection:
            stream = connection.makefile("rb")
            size = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            while size > 0:
                self.more.acquire()
                try:
                    data = stream.read(min(size, 500_000))
                except ConnectionResetError:
                    break
                if not data:
                    break
                size -= len(data)
            if size == 0:
                connection.sendall(USER)
                stream.read(1)
        self.closed.set()

    def __enter__(self) -> SlowReader:
        return self

    def __exit__(self, *ignored: object) -> None:
        for _ in range(1000):
            self.more.release()
        self.listener.close()
        with contextlib.suppress(OSError):  # the other side may have closed already
            self.connection.shutdown(socket.SHUT_RDWR)
        self.thread.join(30)


# --- Upload ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_names_and_types(clerk: Clerk, recorder: Recorder, tmp_path: Path, way: Way) -> None:
    path = tmp_path / "face é.png"
    path.write_bytes(b"x")
    with path.open("rb") as stream:
        for file, name, kind in (
            (Upload(path), "face é.png", "image/png"),
            (Upload(stream), "face é.png", "image/png"),
            (Upload(path, file_name="b.gif"), "b.gif", "image/gif"),
            (Upload(b"x", file_name="b.gif", content_type="text/x"), "b.gif", "text/x"),
            ({"file_name": "c.gif", "content": Upload(path)}, "c.gif", "image/gif"),
            (models.File(file_name="d.gif", content=Upload(path)), "d.gif", "image/gif"),
        ):
            way(clerk, file)
            body = recorder.take().body
            assert f'filename="{name}"\r\nContent-Type: {kind}\r\n\r\nx\r\n'.encode() in body


def test_without_a_name(clerk: Clerk, recorder: Recorder) -> None:
    for source in (b"x", io.BytesIO(b"x"), iter([b"x"])):
        with pytest.raises(ValidationError, match="Field required"):
            blocking(clerk, Upload(source))
    assert recorder.requests == []


def test_arguments_that_are_refused() -> None:
    for arguments, kind, words in (
        ({"source": 7}, TypeError, "source must be a path, a file, bytes or"),
        ({"source": None}, TypeError, "not 'NoneType'"),
        ({"source": {}}, TypeError, "not 'dict'"),
        ({"source": b"", "file_name": b"a"}, TypeError, "file_name must be str or None"),
        ({"source": b"", "file_name": ""}, ValueError, "file_name must not be empty"),
        ({"source": b"", "content_type": 1}, TypeError, "content_type must be str or None"),
        ({"source": b"", "progress": 1}, TypeError, "progress must be a function or None"),
    ):
        with pytest.raises(kind, match=words):
            Upload(**arguments)  # type: ignore[arg-type]


def test_repr_shows_no_content() -> None:
    assert repr(Upload(b"secret", file_name="a")) == "Upload(bytes, file_name='a')"


# --- progress -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 5, 1 << 20, len(LARGE)])
@pytest.mark.parametrize("way", WAYS)
def test_the_end_is_told(clerk: Clerk, recorder: Recorder, way: Way, size: int) -> None:
    reports: list[tuple[int, int]] = []
    upload = Upload(LARGE[:size], file_name="a", progress=lambda *told: reports.append(told))
    assert way(clerk, upload).id == "user_1"
    assert content_of(recorder) == LARGE[:size]
    check_reports(reports, size)


@pytest.mark.parametrize("size", [900_000, 30_000_000])
@pytest.mark.parametrize("way", WAYS)
def test_what_lies_between_is_told(way: Way, size: int) -> None:
    """Each report lets the server go on a little: without them the call would never end."""
    reports: list[tuple[int, int]] = []
    threads = set()
    with SlowReader() as server:

        def progress(sent: int, total: int) -> None:
            reports.append((sent, total))
            threads.add(threading.get_ident())
            for _ in range(20):
                server.more.release()

        upload = Upload(bytes(size), file_name="a", progress=progress)
        with Clerk(bearer_auth=KEY, server_url=server.url, timeout_ms=60_000) as clerk:
            start = time.monotonic()
            assert way(clerk, upload).id == "user_1"
            seconds = time.monotonic() - start
    assert len(reports) <= 10 * seconds + 2  # not more often than that
    check_reports(reports, size)
    assert len(reports) > (size > 1_000_000)  # the rest fits into the buffers of sockets
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize("way", WAYS)
def test_what_progress_raises_ends_the_call(way: Way) -> None:
    with SlowReader() as server:

        def progress(sent: int, total: int) -> None:
            raise KeyError("enough")

        upload = Upload(bytes(30_000_000), file_name="a", progress=progress)
        with Clerk(bearer_auth=KEY, server_url=server.url, timeout_ms=60_000) as clerk:
            with pytest.raises(KeyError, match="enough"):
                way(clerk, upload)
            for _ in range(100):
                server.more.release()
            assert server.closed.wait(30)  # the transfer is given up


@pytest.mark.parametrize("way", WAYS)
def test_what_progress_raises_at_the_end(clerk: Clerk, recorder: Recorder, way: Way) -> None:
    def progress(sent: int, total: int) -> None:
        raise KeyError("late")

    with pytest.raises(KeyError, match="late"):
        way(clerk, Upload(b"x", file_name="a", progress=progress))
    assert way(clerk, Upload(b"x", file_name="a")).id == "user_1"


@pytest.mark.parametrize("way", WAYS)
def test_error_answers(clerk: Clerk, recorder: Recorder, way: Way) -> None:
    recorder.answer = reply(500, b"no", "text/plain")
    reports: list[tuple[int, int]] = []
    upload = Upload(LARGE, file_name="a", progress=lambda *told: reports.append(told))
    with pytest.raises(models.SDKError):
        way(clerk, upload)
    recorder.close()


@pytest.mark.parametrize("way", ASYNC_WAYS)
def test_refused_connections(way: Way) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
    clerk = Clerk(bearer_auth=KEY, server_url=url, retry_config=None)
    with clerk, pytest.raises(models.NoResponseError):
        way(clerk, Upload(LARGE, file_name="a", progress=lambda *told: None))


def test_cancelling_an_upload_that_is_followed() -> None:
    async def main(url: str) -> None:
        began = asyncio.Event()
        upload = Upload(
            bytes(30_000_000), file_name="a", progress=lambda sent, total: began.set()
        )
        clerk = Clerk(bearer_auth=KEY, server_url=url, timeout_ms=60_000)
        async with clerk:
            call = clerk.users.set_profile_image_async(user_id="a", file=upload)
            task = asyncio.ensure_future(call)
            await began.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with SlowReader() as server:
        asyncio.run(main(server.url))
