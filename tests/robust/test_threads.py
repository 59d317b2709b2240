"""One client, many threads and processes: every answer reaches the call it belongs to."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clerk_c import Clerk

THREADS = 8
CALLS = 50


def test_threads_share_a_client(loopback: Any) -> None:
    with Clerk(bearer_auth="sk_test_threads", server_url=loopback.url, retry_config=None) as clerk:
        start = threading.Barrier(THREADS)

        def work(thread: int) -> list[str]:
            start.wait(30)
            return [clerk.users.get(user_id=f"user_{thread}_{n}").id for n in range(CALLS)]

        with ThreadPoolExecutor(THREADS) as pool:
            results = list(pool.map(work, range(THREADS)))
    for thread, result in enumerate(results):
        assert result == [f"user_{thread}_{n}" for n in range(CALLS)]
    assert loopback.connections <= THREADS  # kept and reused, not one for each call


def test_threads_share_a_model(loopback: Any) -> None:
    """Attributes become Python objects on first access: whichever thread comes first."""
    with Clerk(bearer_auth="sk_test_threads", server_url=loopback.url, retry_config=None) as clerk:
        for _ in range(20):
            user, start = clerk.users.get(user_id="user_1"), threading.Barrier(THREADS)

            def read(_: int, user: Any = user, start: Any = start) -> tuple[Any, Any]:
                start.wait(30)
                return user.public_metadata, user.model_dump()

            with ThreadPoolExecutor(THREADS) as pool:
                seen = list(pool.map(read, range(THREADS)))
            assert all(metadata is seen[0][0] for metadata, _ in seen)
            assert all(dump == seen[0][1] for _, dump in seen)


def test_close_while_a_call_runs(loopback: Any) -> None:
    waiting, done = threading.Event(), threading.Event()

    def silent(connection: Any) -> None:
        loopback.request(connection)
        waiting.set()
        done.wait(90)

    loopback.script = silent
    clerk = Clerk(bearer_auth="sk_test_threads", server_url=loopback.url, timeout_ms=100_000)
    with ThreadPoolExecutor(1) as pool:
        with clerk:
            call = pool.submit(clerk.users.get, user_id="user_1")
            assert waiting.wait(60)
        with pytest.raises(Exception, match="closed"):
            call.result(60)
    done.set()


FORKING = """
import os, sys, warnings
from clerk_c import Clerk

warnings.simplefilter("ignore", DeprecationWarning)  # of fork itself, when there are threads
clerk = Clerk(bearer_auth="sk_test_fork", server_url=sys.argv[1])
assert clerk.users.get(user_id="user_before").id == "user_before"
pid = os.fork()
who = "child" if pid == 0 else "parent"
try:
    for n in range(20):
        assert clerk.users.get(user_id=f"user_{who}_{n}").id == f"user_{who}_{n}"
except BaseException as error:
    print(repr(error), file=sys.stderr, flush=True)
    os._exit(1)
if pid == 0:
    del clerk
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert clerk.users.get(user_id="user_after").id == "user_after"
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_leaves_the_parents_connection_alone(loopback: Any, child: Any) -> None:
    lines: dict[int, list[str]] = {}

    def recording(connection: Any) -> None:
        number = loopback.connections
        while (request := loopback.request(connection)) is not None:
            path = request.split(b" ", 2)[1].decode()
            lines.setdefault(number, []).append(path)
            identifier = path.rpartition("/")[2]
            connection.sendall(loopback.user(identifier))

    loopback.script = recording
    assert child(FORKING, loopback.url).finish() == ""
    by_child = {n for n, paths in lines.items() if any("user_child" in p for p in paths)}
    by_parent = {n for n, paths in lines.items() if any("user_child" not in p for p in paths)}
    assert by_child
    assert by_parent == {1}  # the connection from before the fork, to the end
    assert not by_child & by_parent
