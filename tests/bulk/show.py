"""Two long shows, run by hand: python tests/bulk/show.py killed|cluster [ROWS]

killed: a job that makes users is killed three times and resumed; each user is there exactly once.
cluster: the same on three Dask workers, one of which is killed, under one limit.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clerk_c import Clerk, bulk, paginate

LIMIT = bulk.RateLimit(2000, 10)

# The stand-in in a process of its own, which writes down when each request came.
SERVER = """
import sys, threading, time
from clerk_c.testing import Server

server = Server(environment="production", keep_requests=1)
log = open(sys.argv[1], "w", buffering=1)
append = server.requests.append

def noted(request):
    log.write(f"{time.monotonic()} {request.method}\\n")
    append(request)

server.requests.append = noted
print(server.url, server.secret_key, flush=True)
sys.stdin.read()
server.close()
"""
JOB = """
import sys
sys.path.insert(0, sys.argv[1])
import show
show.job(*sys.argv[2:])
"""


def rows(number: int) -> Iterator[dict[str, Any]]:
    for i in range(number):
        yield {"external_id": f"e{i}", "email_address": [f"u{i}@example.com"], "first_name": "Ada"}


def job(url: str, key: str, checkpoint: str, number: str) -> None:
    with Clerk(key, server_url=url) as clerk:
        print(bulk.run(clerk.users.create, rows(int(number)), checkpoint=checkpoint, limit=False))


def requests(log: Path) -> list[tuple[float, str]]:
    lines = [line.split() for line in log.read_text().splitlines()]
    return [(float(when), method) for when, method in lines]


def until(log: Path, posts: int) -> None:
    while sum(method == "POST" for _, method in requests(log)) < posts:
        time.sleep(1)


def most_in(log: Path, seconds: float) -> int:
    times = sorted(when for when, _ in requests(log))
    most = first = 0
    for last, when in enumerate(times):
        while times[first] <= when - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def check(clerk: Clerk, log: Path, number: int) -> None:
    posts = sum(method == "POST" for _, method in requests(log))
    found = Counter(
        user.external_id for user in paginate(clerk.users.list, limit=500, order_by="created_at")
    )
    assert found == Counter(f"e{i}" for i in range(number)), "not exactly once"
    print(f"{number:,} users, each exactly once; {posts:,} POSTs reached the server")


def show_killed(url: str, key: str, log: Path, number: int) -> None:
    checkpoint = str(log.parent / "job.db")
    here = str(Path(__file__).parent)
    for part in (0.2, 0.5, 0.8, None):
        command = [sys.executable, "-c", JOB, here, url, key, checkpoint, str(number)]
        process = subprocess.Popen(command)
        if part is not None:
            until(log, int(number * part))
            process.kill()
            print(f"killed at {part:.0%}")
        process.wait()
    with Clerk(key, server_url=url) as clerk:
        check(clerk, log, number)


def show_cluster(url: str, key: str, log: Path, number: int) -> None:
    from distributed import Client, LocalCluster

    with (
        Clerk(key, server_url=url) as clerk,
        LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as local,
        Client(local) as client,
    ):

        def kill() -> None:
            until(log, number // 2)
            os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
            print("one worker killed")

        threading.Thread(target=kill, daemon=True).start()
        report = bulk.run(
            clerk.users.create, rows(number), cluster=client, limit=LIMIT,
            checkpoint=log.parent / "job.db",
        )  # fmt: skip
        print(report, f"requests: {report.requests:,}")
        most = most_in(log, LIMIT.seconds)
        print(f"at most {most:,} requests in any {LIMIT.seconds} s; limit {LIMIT.requests:,}")
        assert most <= LIMIT.requests * 1.01
        check(clerk, log, number)


def main() -> None:
    which, number = sys.argv[1], int((sys.argv[2:] or ["50000"])[0])
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "requests.log")
        log.touch()
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert server.stdout is not None
            url, key = server.stdout.readline().split()
            start = time.monotonic()
            {"killed": show_killed, "cluster": show_cluster}[which](url, key, log, number)
            print(f"{which}: {time.monotonic() - start:.0f} s")
        finally:
            server.communicate("")


if __name__ == "__main__":
    main()
