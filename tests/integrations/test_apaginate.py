"""paginate() with a progress bar, and apaginate()."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from clerk_c import Clerk, _listing, apaginate, paginate
from clerk_c.testing import Server

COUNT = 45
EXPECTED = [f"user{number:03}" for number in reversed(range(COUNT))]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="module")
def clerk(server: Server) -> Iterator[Clerk]:
    with Clerk(server.secret_key, server_url=server.url, retry_config=None) as client:
        for number in range(COUNT):
            client.users.create(username=f"user{number:03}", password="very-long-8472")
        owner = client.users.list(request={"limit": 1})[0].id
        for number in range(7):
            client.organizations.create(request={"name": f"Org {number}", "created_by": owner})
        yield client


def names(users: Any) -> list[str]:
    return [user.username for user in users]



def test_progress_for_a_function(clerk: Clerk) -> None:
    seen: list[Any] = []
    users = paginate(clerk.users.list, limit=20, progress=lambda *how_far: seen.append(how_far))
    assert names(users) == EXPECTED
    assert seen == [(number + 1, None) for number in range(COUNT)]
    seen.clear()
    organizations = paginate(clerk.organizations.list, progress=lambda *far: seen.append(far))
    count = len(list(organizations))
    assert seen == [(number + 1, count) for number in range(count)]


def test_a_bar_in_the_terminal(clerk: Clerk, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    list(paginate(clerk.organizations.list, progress=True))
    printed = capsys.readouterr()
    count = paginate(clerk.organizations.list)
    assert f"{len(list(count))}/{count.total}" in printed.err
    assert "organizations.list" in printed.err
    assert printed.out == ""


def test_the_bar_goes_with_a_loop_that_is_left(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = pytest.importorskip("rich.progress").Progress
    stopped: list[Any] = []
    monkeypatch.setattr(progress, "stop", lambda bar, stop=progress.stop: stopped.append(stop(bar)))
    for _ in paginate(clerk.users.list, progress=True):
        break
    assert stopped == [None]


def test_a_bar_in_a_notebook(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm")
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    list(paginate(clerk.organizations.list, progress=True))
    found = paginate(clerk.organizations.list)
    assert f"{len(list(found))}/{found.total}" in "".join(capsys.readouterr())


def test_no_bar(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="progress must be bool or a function"):
        paginate(clerk.users.list, progress=5)  # type: ignore[call-overload]
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(ModuleNotFoundError, match=r'pip install "clerk_c\[progress\]"'):
        paginate(clerk.users.list, progress=True)


# The end of a program

LEFT = """
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from clerk_c import Clerk, paginate

asked = threading.Event()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if "offset=0" not in self.path:
            asked.set()
            threading.Event().wait()
        body = b"[" + b",".join(b'{"id": "user_%d"}' % n for n in range(100)) + b"]"
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
clerk = Clerk("sk_test_x", server_url=f"http://127.0.0.1:{server.server_port}/v1")
for user in paginate(clerk.users.list):
    break
assert asked.wait(60)
print(user.id)
"""


def test_a_program_does_not_wait_for_a_page_that_nobody_wants() -> None:
    """The server answers the second request never; limits here only catch hangs."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LEFT],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "user_0\n", "")


# Asynchronous


def asynchronous(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, SimpleNamespace]:
    plain = clerk.users.list
    state = SimpleNamespace(calls=0, cancelled=0, wait=None)
    listing = _listing.listing_of(plain, False)
    monkeypatch.setattr(_listing, "listing_of", lambda *_: listing)

    async def call(**arguments: Any) -> Any:
        state.calls += 1
        if state.wait is not None and arguments["request"]["offset"] > 0:
            try:
                await state.wait.wait()
            except asyncio.CancelledError:
                state.cancelled += 1
                raise
        return plain(**arguments)

    return call, state


@pytest.mark.parametrize("prefetch", [True, False])
def test_async(clerk: Clerk, monkeypatch: pytest.MonkeyPatch, prefetch: bool) -> None:
    operation, _ = asynchronous(clerk, monkeypatch)

    async def main() -> None:
        pages = apaginate(operation, limit=20, prefetch=prefetch)
        assert [user.username async for user in pages] == EXPECTED
        lists = [page async for page in apaginate(operation, limit=20).pages()]
        assert [len(page) for page in lists] == [20, 19, 6]
        await pages.aclose()

    asyncio.run(main())


def test_async_beforehand(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    operation, state = asynchronous(clerk, monkeypatch)

    async def main() -> None:
        state.wait = asyncio.Event()
        pages = apaginate(operation, limit=20)
        await anext(pages)
        assert state.calls == 1
        await asyncio.sleep(0)
        assert state.calls == 2
        await pages.aclose()
        assert state.cancelled == 1
        # Cancelling the program's task cancels the request that it waits for.
        pages = apaginate(operation, limit=20)
        waiting = asyncio.ensure_future(anext(pages))
        await waiting
        for _ in range(19):
            await anext(pages)
        waiting = asyncio.ensure_future(anext(pages))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert state.cancelled == 2
        state.wait.set()
        assert [user.username async for user in pages] == EXPECTED[20:]

    asyncio.run(main())


async def everything(server: Server) -> None:
    async with Clerk(server.secret_key, server_url=server.url, retry_config=None) as client:
        pages = apaginate(client.users.list_async, limit=20)
        before = [user.username async for user in pages]
        assert before == EXPECTED
        token = apaginate(client.users.list_async, limit=20, resume=pages.token)
        assert [user async for user in token] == []
        organizations = apaginate(client.organizations.list_async)
        found = {organization.id async for organization in organizations}
        assert len(found) == organizations.total
        for wrong in (client.users.list, client.users.get_async):
            with pytest.raises((TypeError, ValueError), match=r"operation: users\."):
                apaginate(wrong)
        with pytest.raises(TypeError, match=r"users\.list_async is for apaginate\(\)"):
            paginate(client.users.list_async)


@pytest.mark.parametrize("library", ["asyncio", "trio"])
def test_async_twins(library: str, clerk: Clerk, server: Server) -> None:
    if library == "asyncio":
        asyncio.run(everything(server))
    else:
        pytest.importorskip("trio").run(everything, server)


def test_async_on_trio(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    trio = pytest.importorskip("trio")
    operation, _ = asynchronous(clerk, monkeypatch)

    async def main() -> None:
        assert [user.username async for user in apaginate(operation, limit=20)] == EXPECTED

    trio.run(main)
