"""Answers that are no success: what is sent again, what is looked up, what stops the job."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from scripted import KEY, Say, Scripted

from clerk_c import Clerk, bulk, exceptions
from clerk_c.bulk._already import strategy
from clerk_c.bulk._checkpoint import DONE
from clerk_c.bulk._sending import Rules, Sender, _judged, retry_after

FAST: dict[str, Any] = {"limit": False, "settle_ms": 0}


def people(number: int) -> list[dict[str, Any]]:
    return [{"external_id": f"e{i}", "first_name": "Ada"} for i in range(number)]


def once(when: int, say: Say) -> Any:
    return lambda number, method, body: say if number == when else None


def for_post(which: str, say: Say, times: int = 1) -> Any:
    """Says it to the first POSTs with this external id."""
    left = [times]

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if method == "POST" and body.get("external_id") == which and left[0]:
            left[0] -= 1
            return say
        return None

    return script


def test_422_is_a_failed_row(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    world.script = for_post("e3", Say(422), times=99)
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", **FAST}
    report = bulk.run(clerk.users.create, people(6), **job)
    assert (report.done, report.failed, report.ok) == (5, 1, False)
    problem = report.problems[0]
    assert (problem.row, problem.state, problem.status) == (4, "failed", 422)
    assert problem.reason == "422: Said 422. (code_422)"
    # it stays failed unless told otherwise
    posts = world.posts()
    report = bulk.run(clerk.users.create, people(6), **job)
    assert (report.skipped, report.failed_in_all, report.ok) == (6, 1, False)
    assert world.posts() == posts
    world.script = lambda number, method, body: None
    report = bulk.run(clerk.users.create, people(6), retry_failed=True, **job)
    assert (report.done, report.skipped, report.ok) == (1, 5, True)
    assert sorted(world.ids()) == [f"e{i}" for i in range(6)]


def test_a_failed_row_can_be_mended_in_its_place(
    world: Scripted, clerk: Clerk, tmp_path: Path
) -> None:
    rows = people(3)
    rows[0]["external_id"] = 5
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", **FAST}
    bulk.run(clerk.users.create, rows, **job)
    rows[0]["external_id"] = "e0"
    with pytest.raises(bulk.CheckpointError, match="row 1 is not the one"):
        bulk.run(clerk.users.create, rows, **job)
    assert bulk.run(clerk.users.create, rows, retry_failed=True, **job).ok
    assert bulk.run(clerk.users.create, rows, **job).skipped == 3


@pytest.mark.parametrize("wait", [{"Retry-After": "1"}, {"retry-after-ms": "1000"}])
def test_429_is_waited_for(world: Scripted, clerk: Clerk, wait: dict[str, str]) -> None:
    when: list[float] = []

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if number != 20:
            return None
        when.append(time.monotonic())
        return Say(429, headers=wait)

    world.script = script
    report = bulk.run(clerk.users.create, people(60), concurrency=4, **FAST)
    assert report.ok and report.requests == 61
    assert sorted(world.ids()) == sorted(row["external_id"] for row in people(60))
    assert max(world.times) - when[0] >= 1


class Gate:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    async def enter(self, count: int = 1) -> None:
        self.asked.append("enter")

    def leave(self, count: int = 1) -> None:
        self.asked.append("leave")

    def pause(self, seconds: float) -> None:
        self.asked.append(seconds)

    async def quiet(self) -> None:
        self.asked.append("quiet")


def test_a_wait_that_the_server_asks_for_is_everybodys(world: Scripted, clerk: Clerk) -> None:
    """The gate that all rows share is closed before the row goes again."""
    world.script = once(1, Say(429, headers={"Retry-After": "7"}))
    gate = Gate()

    async def main() -> int:
        nothing = strategy(None, {"group": "users", "name": "create", "method": "POST"})
        sender = Sender(clerk, clerk.users.create_async, False, nothing, gate, Rules())

        async def begin() -> None:
            gate.asked.append("begin")

        return (await sender.carry_out({"external_id": "a"}, {}, begin)).state

    assert asyncio.run(main()) == DONE
    once_more = ["enter", "begin", "quiet", "leave"]
    assert gate.asked == [*once_more, 7, *once_more]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("unsent", ("ConnectError", "ConnectTimeout", "PoolTimeout")),
        ("unclear", ("ReadTimeout", "WriteTimeout", "ReadError", "WriteError", "ProxyError")),
        ("unclear", ("RemoteProtocolError", "ResponseTooLarge", "DecodingError")),
        ("closed", ("ClientClosed",)),
    ],
)
def test_what_failures_say_about_the_row(kind: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert _judged(getattr(exceptions, name)("text"), frozenset()).kind == kind, name


def test_a_wait_too_long_stops_the_job(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    world.script = once(3, Say(429, headers={"Retry-After": "86400"}))
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "concurrency": 1, **FAST}
    with pytest.raises(bulk.JobStopped, match="asks to wait for 86,400 s"):
        bulk.run(clerk.users.create, people(5), **job)
    report = bulk.run(clerk.users.create, people(5), **job)
    assert (report.done, report.skipped, report.found) == (3, 2, 0)


def test_retry_after_in_all_its_forms() -> None:
    assert retry_after({"retry-after": "3"}) == 3
    assert retry_after({"retry-after": "3", "retry-after-ms": "20"}) == 0.02
    date = formatdate(time.time() + 60, usegmt=True)
    assert 30 < (retry_after({"retry-after": date}) or 0) <= 60
    for text in ("", "soon", "-1", "nan", "99999999999999999999 Nov"):
        assert retry_after({"retry-after": text}) is None


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_key_that_is_refused_stops_the_job(
    world: Scripted, clerk: Clerk, tmp_path: Path, status: int
) -> None:
    """And the row is as if it had never been begun: another key goes on."""
    world.script = lambda number, method, body: Say(status) if number > 7 else None
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", **FAST}
    with pytest.raises(bulk.JobStopped) as caught:
        bulk.run(clerk.users.create, people(40), **job)
    assert f"users.create: {status}: Said {status}." in str(caught.value)
    assert "run the same job with the checkpoint" in str(caught.value)
    assert KEY not in str(caught.value)
    report = caught.value.report
    assert report is not None and report.done == 7 and not report.finished
    assert (report.failed, report.uncertain, report.uncertain_in_all) == (0, 0, 0)
    world.script = lambda number, method, body: None
    with clerk.replace(bearer_auth="sk_test_renewed") as renewed:
        again = bulk.run(renewed.users.create, people(40), **job)
    assert (again.done, again.skipped, again.found) == (33, 7, 0)
    assert sorted(world.ids()) == sorted(row["external_id"] for row in people(40))


def test_stop_on_is_the_programs(world: Scripted, clerk: Clerk) -> None:
    world.script = for_post("e1", Say(403))
    report = bulk.run(clerk.users.create, people(3), stop_on=[401], **FAST)
    assert (report.done, report.failed) == (2, 1)


# Uncertain rows

LOST = {
    "500 done": Say(500, done=True),
    "503 not done": Say(503),
    "hung up, done": Say(hang_up=True, done=True),
    "hung up, not done": Say(hang_up=True),
    "not as documented": Say(302),
}


@pytest.mark.parametrize("case", [*LOST][:4])
def test_what_may_have_been_done_is_looked_up(world: Scripted, clerk: Clerk, case: str) -> None:
    world.script = for_post("e4", LOST[case])
    report = bulk.run(clerk.users.create, people(10), **FAST)
    assert report.ok, report.problems
    assert report.found == ("not" not in case)
    assert sorted(world.ids()) == sorted(row["external_id"] for row in people(10))


@pytest.mark.parametrize("case", [*LOST][:4])
def test_without_a_look_up_it_is_reported(
    world: Scripted, clerk: Clerk, tmp_path: Path, case: str
) -> None:
    """Never sent again, in this run or a later one, until the program says that it may be."""
    world.script = for_post("e4", LOST[case])
    failures = tmp_path / "left.jsonl"
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "failures": failures, **FAST}
    for found in (9, 0):
        report = bulk.run(clerk.users.create, people(10), already=None, **job)
        assert (report.done, report.uncertain, report.ok) == (found, 1, False)
        assert report.problems[0].state == "uncertain"
        assert world.posts() == 10
    assert '"#state": "uncertain"' in failures.read_text()
    # what is left is no row to be sent either, under another checkpoint
    report = bulk.run(clerk.users.create, failures, already=None, **FAST)
    assert (report.uncertain, world.posts()) == (1, 10)
    report = bulk.run(clerk.users.create, failures, **FAST)
    assert report.done == 1 and report.found == ("not" not in case)
    assert sorted(world.ids()) == sorted(row["external_id"] for row in people(10))
    report = bulk.run(clerk.users.create, people(10), already="repeat", **job)
    assert (report.done, report.ok, failures.read_text()) == (1, True, "")


def test_one_that_is_there_but_differs_is_uncertain(world: Scripted, clerk: Clerk) -> None:
    world.users.append({"id": "user_x", "object": "user", "external_id": "e1", "first_name": "G"})
    world.script = for_post("e1", Say(500))
    report = bulk.run(clerk.users.create, people(3), **FAST)
    assert report.uncertain == 1
    text = "500: Said 500. (code_500); there is one with this external_id, but with another first_"
    assert report.problems[0].reason.startswith(text)


def test_a_refused_repetition_may_be_the_trace_of_a_success(world: Scripted, clerk: Clerk) -> None:
    """The look-up came too early, the second one finds it."""
    late: list[dict[str, Any]] = []

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if method == "POST" and not late:
            late.append({"id": "user_late", "object": "user", **body})
            return Say(hang_up=True)
        if method == "POST":
            world.users.extend(late)
            return Say(422)
        return None

    world.script = script
    report = bulk.run(clerk.users.create, people(1), **FAST)
    assert (report.done, report.found, len(world.users)) == (1, 1, 1)


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_look_up_of_the_program(world: Scripted, clerk: Clerk, kind: str) -> None:
    asked = []

    def plain(client: Clerk, row: Any) -> bool:
        asked.append((client is clerk, row["first_name"]))
        return any(user["first_name"] == row["first_name"] for user in world.users)

    async def coroutine(client: Clerk, row: Any) -> bool:
        return plain(client, row)

    world.script = once(1, Say(hang_up=True, done=True))
    rows = [{"first_name": "Ada"}]
    report = bulk.run(
        clerk.users.create, rows, already=plain if kind == "plain" else coroutine, **FAST
    )
    assert (report.found, len(world.users), asked) == (1, 1, [(True, "Ada")])


def test_a_look_up_that_fails_leaves_it_uncertain(world: Scripted, clerk: Clerk) -> None:
    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        return Say(404) if method == "GET" else Say(hang_up=True)

    world.script = script
    report = bulk.run(clerk.users.create, people(1), **FAST)
    assert report.uncertain == 1 and world.posts() == 1
    assert "the look-up failed: 404" in report.problems[0].reason


def test_nothing_to_look_up_by(world: Scripted, clerk: Clerk) -> None:
    world.script = once(1, Say(500, done=True))
    report = bulk.run(clerk.users.create, [{"first_name": "Ada"}], **FAST)
    assert (report.uncertain, world.posts()) == (1, 1)


def test_what_may_be_repeated_is(world: Scripted, clerk: Clerk) -> None:
    """A deletion: the second try finds nothing, and that is a success."""
    world.users.extend({"id": f"user_{i}", "object": "user"} for i in range(4))
    rows = [{"user_id": f"user_{i}"} for i in range(5)]
    world.script = once(2, Say(hang_up=True, done=True))
    report = bulk.run(clerk.users.delete, rows, concurrency=1, **FAST)
    assert (report.done, report.found, report.failed, world.users) == (4, 1, 1, [])
    assert report.problems[0].row == 5


def test_a_patch_is_not_repeated_by_itself(world: Scripted, clerk: Clerk) -> None:
    rows = [{"user_id": "user_0", "first_name": "Ada"}]
    world.script = once(1, Say(500))
    assert bulk.run(clerk.users.update, rows, **FAST).uncertain == 1
    world.script = once(2, Say(500))
    assert bulk.run(clerk.users.update, rows, already="repeat", **FAST).done == 1
    assert len(world.requests) == 3


def test_an_answer_not_as_documented_is_a_success(world: Scripted, clerk: Clerk) -> None:
    world.script = for_post("e1", Say(202, done=True))
    assert bulk.run(clerk.users.create, people(3), **FAST).done == 3
    assert len(world.users) == 3


def test_a_server_that_fails_for_all_stops_the_job(
    world: Scripted, clerk: Clerk, tmp_path: Path
) -> None:
    world.script = lambda number, method, body: Say(500) if method == "POST" else None
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "max_attempts": 1, **FAST}
    with pytest.raises(bulk.JobStopped, match="32 rows one after the other got no usable answer"):
        bulk.run(clerk.users.create, people(500), **job)
    assert world.posts() < 100
    world.script = lambda number, method, body: None
    assert bulk.run(clerk.users.create, people(500), **job).ok
    assert len(world.users) == 500


@pytest.mark.parametrize(("status", "state"), [(401, "Said 401"), (422, "failures: ")])
def test_rows_that_failed_and_cannot_be_written(
    world: Scripted, clerk: Clerk, tmp_path: Path, status: int, state: str
) -> None:
    """Neither the reason for the end is hidden nor how to go on."""
    place = tmp_path / "gone"
    place.mkdir()

    def answer(number: int, method: str, body: Any) -> Say:
        if place.exists():
            place.rmdir()
        return Say(status)

    world.script = answer
    files: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "failures": place / "bad.jsonl"}
    with pytest.raises(bulk.JobStopped) as caught:
        bulk.run(clerk.users.create, people(3), concurrency=1, **files, **FAST)
    text = str(caught.value)
    assert state in text and "bad.jsonl cannot be written: No such file" in text
    assert text.count("To go on, run the same job with the checkpoint") == 1
    assert caught.value.status == (401 if status == 401 else None)
    place.mkdir()
    world.script = lambda number, method, body: None
    report = bulk.run(clerk.users.create, people(3), **files, **FAST)
    assert report.done + report.skipped == 3 and (place / "bad.jsonl").exists()


def test_no_connection_stops_the_job(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "max_attempts": 2, **FAST}
    nowhere = {"server_url": "http://127.0.0.1:1"}
    with pytest.raises(bulk.JobStopped) as caught:
        bulk.run(clerk.users.create, people(40), arguments=nowhere, **job)
    assert caught.value.report is not None and caught.value.report.uncertain_in_all == 0
    with pytest.raises(bulk.CheckpointError, match="its server is"):
        bulk.run(clerk.users.create, people(40), **job)


def test_a_client_that_is_closed(clerk: Clerk, world: Scripted) -> None:
    def close(row: Any, user: Any) -> None:
        clerk.close()

    with pytest.raises(bulk.JobStopped, match="the client was closed"):
        bulk.run(clerk.users.create, people(300), results=close, **FAST)


def test_many_that_are_left_uncertain_stop_nothing(
    world: Scripted, clerk: Clerk, tmp_path: Path
) -> None:
    """Only what this run has sent says that the server is in trouble."""
    left = tmp_path / "left.jsonl"
    rows = '{"external_id": "x", "#state": "uncertain"}\n' * 100
    left.write_text(rows + '{"external_id": "y"}\n')
    report = bulk.run(clerk.users.create, left, already=None, **FAST)
    assert (report.done, report.uncertain) == (1, 100)
