"""Jobs that are killed, interrupted, out of disk, or run twice at once: each row exactly once."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from scripted import Say, Scripted

from clerk_c import Clerk, bulk
from clerk_c.bulk._engine import Engine

# url, checkpoint, number of rows, results: a job as a program of its own
PROGRAM = """
import sys
from clerk_c import Clerk, bulk

url, checkpoint, number, results = sys.argv[1:5]
rows = ({"external_id": f"e{i}"} for i in range(int(number)))
with Clerk("sk_test_bulk", server_url=url, timeout_ms=60_000) as clerk:
    report = bulk.run(
        clerk.users.create, rows, checkpoint=checkpoint, results=results, limit=False, settle_ms=0
    )
print(report.ok, report.found)
"""
# in front of it: says when Ctrl-C has arrived
TOLD = """
from clerk_c.bulk._engine import Engine

stop_soon = Engine.stop_soon

def told(engine):
    stop_soon(engine)
    print("pressed", flush=True)

Engine.stop_soon = told
"""
WAIT = 60  # seconds, to tell that something hangs


def ids(number: int) -> list[str]:
    return sorted(f"e{i}" for i in range(number))


def resumed(clerk: Clerk, checkpoint: Path, number: int, **settings: Any) -> bulk.Report:
    rows = ({"external_id": f"e{i}"} for i in range(number))
    return bulk.run(
        clerk.users.create, rows, checkpoint=checkpoint, limit=False, settle_ms=0, **settings
    )


def when_answered(world: Scripted, number: int) -> threading.Event:
    """Set when the server has answered so many more requests."""
    end = len(world.requests) + number
    event = threading.Event()
    world.answered = lambda count: event.set() if count >= end else None
    return event


def test_killed_while_answers_come(
    world: Scripted, clerk: Clerk, tmp_path: Path, start: Any
) -> None:
    """Three times, then resumed to the end."""
    results = tmp_path / "results.jsonl"
    checkpoint = tmp_path / "job.db"
    for number in (1, 40, 150):
        answered = when_answered(world, number)
        process = start(PROGRAM, world.url, checkpoint, 400, results)
        assert answered.wait(WAIT)
        process.kill()
        process.communicate()
        world.settle(WAIT)
    report = resumed(clerk, checkpoint, 400, results=results)
    assert report.ok
    assert sorted(world.ids()) == ids(400)
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert sorted(line["row"] for line in lines) == [*range(1, 401)]
    assert sorted(line["result"]["external_id"] for line in lines) == ids(400)


@pytest.mark.parametrize("done", [True, False])
def test_killed_between_the_deed_and_the_mark(
    world: Scripted, clerk: Clerk, tmp_path: Path, start: Any, done: bool
) -> None:
    """The hard case: the server has done it (or not), and nobody was told."""
    held, came = threading.Event(), threading.Event()

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if body.get("external_id") == "e17":
            came.set()
            return Say(503 if not done else 0, done=done, hang_up=done, wait=held)
        return None

    world.script = script
    process = start(PROGRAM, world.url, tmp_path / "job.db", 30, tmp_path / "results.jsonl")
    assert came.wait(WAIT)
    process.kill()
    process.communicate()
    held.set()
    world.settle(WAIT)
    world.script = lambda number, method, body: None
    posts = world.posts()
    # nobody may repeat it: it is told of
    report = resumed(clerk, tmp_path / "job.db", 30, already=None)
    rows = {problem.row for problem in report.problems}
    assert 18 in rows and report.uncertain == len(rows)
    assert report.problems[0].reason == "it was being sent when an earlier run ended"
    assert world.posts() == posts + report.done
    # it may be looked up
    report = resumed(clerk, tmp_path / "job.db", 30)
    assert report.ok and sorted(world.ids()) == ids(30)
    assert report.found >= done


def test_ctrl_c_lets_what_is_in_flight_end(
    world: Scripted, clerk: Clerk, tmp_path: Path, start: Any
) -> None:
    held, came = threading.Event(), threading.Event()

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if number < 50:
            return None
        came.set()
        return Say(done=True, wait=held)

    world.script = script
    process = start(PROGRAM, world.url, tmp_path / "job.db", 100_000, tmp_path / "results.jsonl")
    assert came.wait(WAIT)
    process.send_signal(signal.SIGINT)
    # the signal has arrived when the process waits for nothing but what is in flight
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    held.set()
    _, text = process.communicate(timeout=WAIT)
    assert process.returncode
    assert "Interrupted: interrupted: users.create: " in text
    assert "To go on, run the same job with the checkpoint" in text
    number = len(world.users)
    assert number < 100_000
    with sqlite3.connect(tmp_path / "job.db") as db:
        counts = dict(db.execute("select state, count(*) from rows group by state"))
    db.close()
    assert counts == {2: number}  # all are done, none is in doubt


def test_the_second_ctrl_c_ends_it_at_once(
    world: Scripted, clerk: Clerk, tmp_path: Path, start: Any
) -> None:
    held, came = threading.Event(), threading.Event()

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if number < 20:
            return None
        came.set()
        return Say(done=True, wait=held)

    world.script = script
    process = start(TOLD + PROGRAM, world.url, tmp_path / "job.db", 60, tmp_path / "results.jsonl")
    assert came.wait(WAIT)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "pressed\n"  # two at once could be taken for one
    process.send_signal(signal.SIGINT)
    _, text = process.communicate(timeout=WAIT)
    assert "To go on, run the same job" in text
    held.set()
    world.script = lambda number, method, body: None
    assert resumed(clerk, tmp_path / "job.db", 60).ok
    assert sorted(world.ids()) == ids(60)


def test_ctrl_c_while_the_first_one_is_dealt_with(
    world: Scripted, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It also says how to go on."""
    held, stop_soon = threading.Event(), Engine.stop_soon
    world.script = lambda number, method, body: Say(done=True, wait=held)

    def awkward(engine: Engine) -> None:
        stop_soon(engine)
        monkeypatch.undo()
        raise KeyboardInterrupt

    def pressed(done: int, total: int | None) -> None:
        if world.requests and not presses:
            presses.append(True)
            raise KeyboardInterrupt

    presses: list[bool] = []
    monkeypatch.setattr(Engine, "stop_soon", awkward)
    rows = [{"external_id": f"e{i}"} for i in range(9)]
    try:
        with pytest.raises(bulk.Interrupted, match=r"interrupted: users\.create: "):
            bulk.run(clerk.users.create, rows, limit=False, progress=pressed)
    finally:
        held.set()


def test_a_full_disk(world: Scripted, clerk: Clerk, tmp_path: Path, start: Any) -> None:
    """Nothing is sent whose mark is not on the disk."""
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))\n" + PROGRAM
    )
    process = start(program, world.url, tmp_path / "job.db", 5_000, tmp_path / "results.jsonl")
    _, text = process.communicate(timeout=WAIT)
    assert process.returncode == 1
    assert "JobStopped: users.create: " in text and "cannot be written" in text
    assert "To go on, run the same job" in text
    assert 0 < len(world.users) < 5_000
    number = len(world.users) + 50
    report = resumed(clerk, tmp_path / "job.db", number, results=tmp_path / "results.jsonl")
    assert report.ok
    assert sorted(world.ids()) == ids(number)
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["row"] for line in lines) == [*range(1, number + 1)]


def test_two_at_once(world: Scripted, clerk: Clerk, tmp_path: Path, start: Any) -> None:
    held, came = threading.Event(), threading.Event()

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        came.set()
        return Say(done=True, wait=held)

    world.script = script
    process = start(PROGRAM, world.url, tmp_path / "job.db", 20, tmp_path / "results.jsonl")
    assert came.wait(WAIT)
    with pytest.raises(bulk.CheckpointError, match="in use by another process"):
        resumed(clerk, tmp_path / "job.db", 20)
    held.set()
    world.script = lambda number, method, body: None
    out, _ = process.communicate(timeout=WAIT)
    assert process.returncode == 0 and out.startswith("True")
    assert sorted(world.ids()) == ids(20)


def test_the_checkpoint_of_another_job(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    path = tmp_path / "job.db"
    resumed(clerk, path, 3)
    rows = [{"external_id": f"e{i}"} for i in range(3)]
    create = clerk.users.create

    def refused(message: str, operation: Any = create, rows: Any = rows, **settings: Any) -> None:
        with pytest.raises(bulk.CheckpointError, match=message):
            bulk.run(operation, rows, checkpoint=path, **settings)

    refused(
        "its operation is users.create, here it is users.delete",
        clerk.users.delete, [{"user_id": "user_1"}],
    )  # fmt: skip
    refused("its arguments and columns is", arguments={"first_name": "Ada"})
    refused("its key column is None, here it is external_id", key="external_id")
    refused("row 1 is not the one that", rows=[{"external_id": "x"}])
    with clerk.replace(bearer_auth="sk_live_x") as live:
        refused("its kind of key is sk_test_, here it is sk_live_", live.users.create)
    with clerk.replace(server_url="http://127.0.0.1:1") as elsewhere:
        refused("its server is http", elsewhere.users.create)
    path.write_text("no database, but text, and enough of it to look at" * 100)
    refused("is no checkpoint of a bulk job")
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("create table mine (x)")
    db.close()
    refused("is no checkpoint of a bulk job")
    assert world.posts() == 3


def test_files_that_would_be_overwritten(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    source = tmp_path / "people.csv"
    source.write_text("external_id\ne1\n")
    other = tmp_path / "other.csv"
    other.write_text("precious\n")
    for failures, message in ((source, "is the source of the rows"), (other, "rows that failed")):
        with pytest.raises(bulk.BulkError, match=message):
            bulk.run(clerk.users.create, source, failures=failures, limit=False)
    assert other.read_text() == "precious\n" and world.requests == []
