"""The same job on the workers of a Dask cluster, one of which is killed."""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scripted import Say, Scripted

from clerk_c import Clerk, bulk

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    distributed = pytest.importorskip("distributed")

WAIT = 60  # seconds, to tell that something hangs
# What the cluster does while it starts and stops is its own affair.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Three worker processes. Of this machine only: no dashboard."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        local = distributed.LocalCluster(
            n_workers=3, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        )
        client = distributed.Client(local)
        yield client
        client.close()
        local.close()
        gc.collect()  # what it has left behind must not show in other tests


def rows(number: int) -> Iterator[dict[str, Any]]:
    return ({"external_id": f"e{i}", "password": f"secret-{i}"} for i in range(number))


def ids(number: int) -> list[str]:
    return sorted(f"e{i}" for i in range(number))


def quick(cluster: Any) -> bulk.Cluster:
    return bulk.Cluster(cluster, lease_ms=2000)


def test_one_worker_is_killed(
    world: Scripted, clerk: Clerk, tmp_path: Path, cluster: Any
) -> None:
    """While it waits for an answer; exactly once, and never more than the limit."""
    limit = bulk.RateLimit(60, 0.6)
    held = threading.Event()
    came = threading.Event()

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if method == "POST" and number == 100:
            came.set()
            return Say(done=True, wait=held)  # done, and the worker never hears of it
        return None

    world.script = script
    waiting: list[int] = []

    def kill() -> None:
        if came.wait(WAIT):
            waiting.append(next(iter(cluster.run(os.getpid).values())))
            os.kill(waiting[0], signal.SIGKILL)
        held.set()

    killer = threading.Thread(target=kill)
    killer.start()
    results = tmp_path / "results.jsonl"
    report = bulk.run(
        clerk.users.create, rows(400), cluster=quick(cluster), limit=limit, settle_ms=0,
        checkpoint=tmp_path / "job.db", results=results, concurrency=4,
    )  # fmt: skip
    killer.join()
    assert report.ok, report.problems[:3]
    assert waiting and sorted(world.ids()) == ids(400)
    assert world.most_in(limit.seconds) <= limit.requests * 1.01
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert sorted(line["result"]["external_id"] for line in lines) == ids(400)


def test_rows_of_a_lost_worker_are_reported_where_nothing_can_be_looked_up(
    world: Scripted, clerk: Clerk, tmp_path: Path, cluster: Any
) -> None:
    held, came = threading.Event(), threading.Event()

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if number > 20:
            if number == 32:  # 4 of each worker: whichever is killed has some
                came.set()
            return Say(done=True, wait=held)
        return None

    world.script = script
    cluster.wait_for_workers(3)  # one was killed before

    def kill() -> None:
        if came.wait(WAIT):
            os.kill(next(iter(cluster.run(os.getpid).values())), signal.SIGKILL)
        held.set()

    killer = threading.Thread(target=kill)
    killer.start()
    report = bulk.run(
        clerk.users.create, rows(400), cluster=quick(cluster), limit=bulk.RateLimit(1000, 1),
        settle_ms=0, checkpoint=tmp_path / "job.db", already=None, concurrency=4,
    )  # fmt: skip
    killer.join()
    assert came.is_set()
    assert report.uncertain == len(report.problems) > 0
    assert report.done + report.uncertain == 400
    assert len({*world.ids()}) == len(world.ids())  # nothing twice
    world.script = lambda number, method, body: None
    report = bulk.run(
        clerk.users.create, rows(400), limit=False, settle_ms=0, checkpoint=tmp_path / "job.db"
    )
    assert report.ok and sorted(world.ids()) == ids(400)


def test_faults_on_the_workers(
    world: Scripted, clerk: Clerk, tmp_path: Path, cluster: Any
) -> None:
    """Refused, throttled, broken off; a function of the program; results as models."""
    told = []

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if method == "POST" and body["external_id"] == "e7":
            return Say(422)
        if number == 30:
            return Say(429, headers={"Retry-After": "1"})
        if number in (40, 41):
            return Say(hang_up=True, done=number == 40)
        return None

    world.script = script
    report = bulk.run(
        clerk.users.create, [*rows(100), {"external_id": 5}], cluster=quick(cluster), limit=False,
        settle_ms=0, checkpoint=tmp_path / "job.db", concurrency=4,
        results=lambda row, user: told.append((row["external_id"], user.external_id)),
    )  # fmt: skip
    assert (report.done, report.failed, report.uncertain) == (99, 2, 0), report.problems
    assert sorted(world.ids()) == sorted({*ids(100)} - {"e7"})
    assert sorted(first for first, second in told if first == second) == sorted(world.ids())


def test_a_key_that_is_refused_stops_all(
    world: Scripted, clerk: Clerk, tmp_path: Path, cluster: Any
) -> None:
    world.script = lambda number, method, body: Say(401) if number > 30 else None
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "settle_ms": 0, "limit": False}
    with pytest.raises(bulk.JobStopped, match="401"):
        bulk.run(clerk.users.create, rows(300), cluster=quick(cluster), **job)
    assert len(world.users) == 30
    world.script = lambda number, method, body: None
    report = bulk.run(clerk.users.create, rows(300), **job)
    assert report.ok and report.skipped == 30
    assert sorted(world.ids()) == ids(300)


def test_nothing_secret_travels_in_the_open(clerk: Clerk, cluster: Any) -> None:
    """Workers log the arguments of what fails, and dashboards show them."""
    from clerk_c.bulk._job import Job, Row, Settings
    from clerk_c.bulk._remote import Chunk, Recipe

    given = {
        **dict.fromkeys(Settings._fields), "concurrency": 1, "max_attempts": 1, "settle_ms": 0,
        "already": "auto", "stop_on": (401,),
    }  # fmt: skip
    recipe = Recipe(Job(clerk.users.create, [], Settings(**given)), "1")
    row = Row(1, None, 1, b"", {"password": "hunter2"}, {"password": "hunter2"}, "", "")
    chunk = Chunk("1", [row], 1, 0.0)
    for thing in (recipe, chunk):
        text = f"{thing!r} {thing} {thing.__reduce_ex__(4)[0]!r}"
        assert "sk_test" not in text and "hunter2" not in text


def test_small_limits_and_wrong_clusters(clerk: Clerk, cluster: Any) -> None:
    with pytest.raises(ValueError, match="on a cluster at least 9 requests"):
        bulk.run(clerk.users.create, [], cluster=cluster, limit=bulk.RateLimit(5, 1))
    with pytest.raises(ValueError, match="lease_ms must be"):
        bulk.Cluster(cluster, lease_ms=0)

    class Asynchronous:
        asynchronous = True
        run = nthreads = print

    with pytest.raises(TypeError, match="must not be an asynchronous Client"):
        bulk.Cluster(Asynchronous())
