"""Arguments that make no sense are refused before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scripted import Scripted

from clerk_c import Clerk, bulk


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
