"""Arguments that make no sense are refused before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripted import Say, Scripted

from clerk_c import Clerk, bulk
from clerk_c.bulk._checkpoint import Checkpoint
from clerk_c.exceptions import InvalidURL


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"concurrency": 0}, ValueError, "concurrency must be at least 1"),
        ({"concurrency": True}, TypeError, "concurrency must be int"),
        ({"max_attempts": "3"}, TypeError, "max_attempts must be int"),
        ({"limit": 5}, TypeError, "limit must be RateLimit"),
        ({"limit": True}, TypeError, "limit must be RateLimit"),
        ({"limit": (0, 1)}, ValueError, "limit: at least 1 request"),
        ({"limit": (1, float("nan"))}, ValueError, "limit: at least 1 request"),
        ({"already": 5}, TypeError, "already must be"),
        ({"already": "first_name"}, ValueError, "nothing finds 'first_name' for users.create"),
        ({"checkpoint": 5}, TypeError, "checkpoint must be a path"),
        ({"results": 5}, TypeError, "results must be a path"),
        ({"columns": ["a"]}, TypeError, "columns must be a dict"),
        ({"columns": {"a": "b.c"}}, bulk.ColumnError, "there is no parameter 'b'"),
        ({"arguments": {"emial_address": 1}}, bulk.ColumnError, "did you mean 'email_address'"),
        ({"arguments": {"timeout_ms": -1}}, ValueError, "timeout_ms must be at least 1"),
        ({"arguments": {"timeout_ms": "5"}}, TypeError, "timeout_ms must be int"),
        ({"arguments": {"http_headers": {"x": "a\nb"}}}, ValueError, "a control character"),
        ({"arguments": {"server_url": "ftp://x"}}, InvalidURL, "begin with http"),
        ({"format": "xml"}, ValueError, "format must be"),
        ({"stop_on": "401"}, TypeError, "stop_on must be statuses"),
        ({"key": 5}, TypeError, "key must be str"),
        ({"cluster": 5}, TypeError, "cluster must be a distributed.Client"),
        ({"progress": 5}, TypeError, "progress must be"),
        ({"failures": 5}, TypeError, "failures must be a path"),
        ({"checkpoint": "/nowhere/at/all.db"}, bulk.CheckpointError, "cannot be opened"),
    ],
)
def test_arguments_that_make_no_sense(
    clerk: Clerk, world: Scripted, wrong: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        bulk.run(clerk.users.create, [{"external_id": "e1"}], **wrong)
    assert world.requests == []


def test_operations_and_sources_that_make_no_sense(clerk: Clerk, tmp_path: Path) -> None:
    for operation in (5, len, Clerk, None):
        with pytest.raises(TypeError, match="operation must be a method of a client"):
            bulk.run(operation, [])  # type: ignore[arg-type]
    for rows in (5, {"a": 1}, None):
        with pytest.raises(TypeError, match="rows must be a path"):
            bulk.run(clerk.users.create, rows)
    with pytest.raises(bulk.SourceError, match="No such file"):
        bulk.run(clerk.users.create, tmp_path / "no.csv")
    for name in ("people.json", "people"):
        with pytest.raises(ValueError, match="does not tell csv, tsv or jsonl"):
            bulk.run(clerk.users.create, tmp_path / name)
    report = bulk.run(clerk.users.create, [5, {7: "x"}, []])
    assert [problem.reason for problem in report.problems] == [
        "'int' is no mapping", "a column's name is 'int', not str", "'list' is no mapping"
    ]  # fmt: skip
    assert bulk.run(clerk.users.create, []).ok


def odd_rows() -> list[dict[str, Any]]:
    """What no JSON can hold, and what UTF-8 cannot."""
    loop: dict[str, Any] = {}
    loop["loop"] = loop
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    return [
        {"external_id": "e1", "public_metadata": loop},
        {"external_id": "e2", "public_metadata": deep},
        {"external_id": "e3", "public_metadata": {1: "a", "b": 2}},
        {"external_id": "half \ud800"},
        {"half \udcff": "x"},
    ]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_rows_that_cannot_be_written_down(
    clerk: Clerk, world: Scripted, tmp_path: Path, form: str
) -> None:
    """They are failed rows like others, and the rest of the job is done."""
    world.script = lambda number, method, body: (
        Say(422) if str(body.get("external_id")).startswith("half") else None
    )
    rows = [*odd_rows(), *({"external_id": f"good{n}"} for n in range(30))]
    failures = tmp_path / f"bad.{form}"
    report = bulk.run(
        clerk.users.create, rows, limit=False, checkpoint=tmp_path / "job.db", failures=failures
    )
    assert sorted(world.ids()) == sorted(f"good{n}" for n in range(30))
    reasons = [problem.reason for problem in sorted(report.problems)]
    assert [problem.row for problem in sorted(report.problems)] == [1, 2, 3, 4, 5]
    assert all(reason.startswith("cannot be written as JSON: ") for reason in reasons[:3])
    assert "422" in reasons[3] and "is no parameter of users.create" in reasons[4]
    text = failures.read_text("utf-8")
    if form == "jsonl":
        found = [json.loads(line) for line in text.splitlines()]
        assert [row["#row"] for row in found] == [1, 2, 3, 4, 5]
        assert found[3]["external_id"] == "half \ud800" and found[4]["half \udcff"] == "x"
    else:
        assert r"half \ud800" in text and r"half \udcff" in text
    again = bulk.run(clerk.users.create, rows, limit=False, checkpoint=tmp_path / "job.db")
    assert (again.skipped, again.requests) == (35, 0)


def test_keys_that_cannot_be_written_down(clerk: Clerk, world: Scripted, tmp_path: Path) -> None:
    rows = [{"external_id": "half \ud800"}, {"external_id": "whole"}, {"external_id": 10**5000}]
    report = bulk.run(
        clerk.users.create, rows, key="external_id", limit=False, checkpoint=tmp_path / "job.db"
    )
    assert world.ids() == ["whole"]
    reasons = [problem.reason for problem in sorted(report.problems)]
    assert reasons[0] == "half a surrogate pair is in its key column 'external_id'"
    assert len(reasons) == 2


def test_a_mark_that_cannot_be_stored_ends_the_job(
    clerk: Clerk, world: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in the thread that writes: nobody waits for it for ever."""
    put = Checkpoint.put

    def failing(self: Checkpoint, mark: Any) -> None:
        if mark.number == 3:
            raise ArithmeticError("no such number")
        put(self, mark)

    monkeypatch.setattr(Checkpoint, "put", failing)
    rows = [{"external_id": f"e{n}"} for n in range(100)]
    with pytest.raises(bulk.JobStopped, match="cannot be written: no such number"):
        bulk.run(clerk.users.create, rows, limit=False, checkpoint=tmp_path / "job.db")
    assert len(world.users) < 100
