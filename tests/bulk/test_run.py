"""Jobs that go as they should, and rows that cannot be sent."""

from __future__ import annotations

import asyncio
import csv
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from scripted import Say, Scripted

from clerk_c import Clerk, bulk


def people(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"external_id": f"e{i}", "first_name": "Ada", **more} for i in range(number)]


def test_each_row_is_sent_once(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    rows = people(40)
    report = bulk.run(clerk.users.create, rows, limit=False, checkpoint=tmp_path / "job.db")
    assert sorted(world.ids()) == sorted(row["external_id"] for row in rows)
    assert (report.rows, report.done, report.requests) == (40, 40, 40)
    assert report.ok and report.finished
    assert repr(report).startswith("<Report of users.create: 40 done; ")


def test_a_job_that_is_done_sends_nothing(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    for _ in range(2):
        report = bulk.run(
            clerk.users.create, people(20), limit=False, checkpoint=tmp_path / "job.db"
        )
    assert world.posts() == 20
    assert (report.done, report.skipped) == (0, 20)
    assert report.ok


def test_csv(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_text(
        "\ufeffexternal_id,E-mail,public_metadata.plan,public_metadata.seats,banned,notes,backup_codes\n"
        'e1,ada@example.com,pro,"[1, 2]",true,x,"[""a"", ""b""]"\n'
        "\n"
        '"e\n2",,free,,,"several\nlines",\n'
        "e3,grace@example.com,,,no,,\n",
        encoding="utf-8",
    )
    report = bulk.run(
        clerk.users.create,
        source,
        columns={"E-mail": "email_address", "notes": None},
        arguments={"skip_password_requirement": True},
        limit=False,
        concurrency=1,
    )
    assert report.done == 3
    first, second, third = ({k: v for k, v in u.items() if k != "id"} for u in world.users)
    assert first == {
        "object": "user", "external_id": "e1", "email_address": ["ada@example.com"],
        "public_metadata": {"plan": "pro", "seats": [1, 2]}, "banned": True,
        "backup_codes": ["a", "b"], "skip_password_requirement": True,
    }  # fmt: skip
    assert second["external_id"] == "e\n2" and "email_address" not in second
    assert second["public_metadata"] == {"plan": "free"}
    assert third["banned"] is False and "public_metadata" not in third


def test_json_lines_with_bad_ones(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    source = tmp_path / "people.jsonl"
    lines = [
        b'{"external_id": "e1"}',
        b"{not json",
        b"",
        b'["e3"]',
        b'{"external_id": "e\xff"}',
        b'{"external_id": 5}',
        b'{"fist_name": "Ada", "external_id": "e7"}',
        b'{"create_organizations_limit": NaN}',
        b'{"external_id": "e9", "username": null}',
        b"{}",
        b"[" * 100_000,
    ]
    source.write_bytes(b"\n".join(lines))
    failures = tmp_path / "bad.jsonl"
    report = bulk.run(clerk.users.create, source, limit=False, failures=failures)
    assert world.ids() == ["e1", "e9"] or world.ids() == ["e9", "e1"]
    assert {user["external_id"]: user.get("username", "-") for user in world.users} == {
        "e1": "-",
        "e9": None,
    }
    assert [problem.line for problem in report.problems] == [2, 4, 5, 6, 7, 8, 10, 11]
    reasons = [problem.reason for problem in report.problems]
    assert reasons[0].startswith("not JSON: Expecting property name")
    assert reasons[1] == "a JSON array, not an object"
    assert reasons[2] == "not UTF-8"
    assert reasons[3] == "external_id: Input should be a valid string"
    assert "did you mean 'first_name'" in reasons[4]
    assert reasons[5] == "not JSON: NaN is no JSON value"
    assert reasons[6] == "has no values"
    kept = [json.loads(line) for line in failures.read_text(encoding="utf-8").splitlines()]
    assert kept[0] == {
        "#text": "{not json", "#row": 2, "#line": 2, "#state": "failed", "#reason": reasons[0]
    }  # fmt: skip
    assert kept[4]["fist_name"] == "Ada" and kept[4]["#line"] == 7


def test_failures_are_a_source_again(world: Scripted, clerk: Clerk, tmp_path: Path) -> None:
    for name in ("bad.jsonl", "bad.csv"):
        world.users.clear()
        failures = tmp_path / name
        rows = [*people(3), {"external_id": "x", "public_metadata": 7}]
        bulk.run(clerk.users.create, rows, limit=False, failures=failures)
        assert len(world.users) == 3
        text = failures.read_text(encoding="utf-8")
        failures.write_text(text.replace("7", '"""{""a"": 1}"""' if name.endswith("csv") else "{}"))
        if name.endswith("csv"):
            cells = list(csv.reader(text.splitlines()))
            assert cells[0][-5:] == ["#row", "#line", "#state", "#status", "#reason"]
            cells[1][cells[0].index("public_metadata")] = '{"a": 1}'
            with failures.open("w", newline="") as file:
                csv.writer(file).writerows(cells)
        report = bulk.run(clerk.users.create, failures, limit=False)
        assert report.ok, report.problems
        assert world.ids()[-1] == "x"


def test_data_frames(world: Scripted, clerk: Clerk) -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    columns = {
        "external_id": ["e1", "e2"],
        "create_organizations_limit": [3, None],
        "created_at": ["2024-05-06", None],
    }
    frame = pandas.DataFrame(columns)
    frame["created_at"] = pandas.to_datetime(frame["created_at"])
    bulk.run(clerk.users.create, frame, limit=False, concurrency=1)
    bulk.run(clerk.users.create, polars.DataFrame(columns), limit=False, concurrency=1)
    first, second, third, fourth = world.users
    assert first["create_organizations_limit"] == 3
    assert first["created_at"] == "2024-05-06T00:00:00"
    assert second == {"id": "user_1", "object": "user", "external_id": "e2"}
    assert third["created_at"] == "2024-05-06" and fourth["external_id"] == "e2"
    with pytest.raises(TypeError, match=r"pass rows\.collect\(\)"):
        bulk.run(clerk.users.create, polars.DataFrame(columns).lazy())


def test_wrong_columns_are_told_all_at_once(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    source = tmp_path / "people.csv"
    source.write_text("external_di,emial_address,first_name.x,zzz\n1,2,3,4\n")
    with pytest.raises(bulk.ColumnError) as caught:
        bulk.run(clerk.users.create, source)
    text = str(caught.value)
    assert "'external_di' is no parameter of users.create; did you mean 'external_id'?" in text
    assert "did you mean 'email_address'" in text
    assert "column 'first_name.x': 'first_name' has nothing inside" in text
    assert "column 'zzz' is no parameter of users.create" in text
    with pytest.raises(bulk.ColumnError, match="there is no column 'user_id', which is needed"):
        bulk.run(clerk.users.update, source, columns=dict.fromkeys(["external_di", "zzz"]))
    source.write_text("email\n1\n")
    with pytest.raises(bulk.ColumnError, match=r"'email' .* did you mean 'email_address'"):
        bulk.run(clerk.users.create, source)
    source.write_text("external_id\n1\n")
    with pytest.raises(bulk.ColumnError, match="key: there is no column 'id'"):
        bulk.run(clerk.users.create, source, key="id")
    assert world.requests == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"external_id,\n", "line 1: column 2 has no name"),
        (b"external_id,external_id\n", "'external_id' stands there twice"),
        (b'external_id\ne1\n"e2\n', "line 3: unexpected end of data"),
        (b"external_id\ne1\n\xff\n", "line 3: not UTF-8"),
    ],
)
def test_csv_that_cannot_be_read(
    clerk: Clerk, tmp_path: Path, world: Scripted, content: bytes, message: str
) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes(content)
    with pytest.raises(bulk.SourceError, match=message):
        bulk.run(clerk.users.create, source, limit=False)
    assert world.ids() == (["e1"] if b"e1" in content else [])


def test_cells_too_many(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    source = tmp_path / "people.csv"
    source.write_text("external_id,first_name\ne1,Ada\ne2,Grace,x\ne3\n")
    report = bulk.run(clerk.users.create, source, limit=False)
    assert [str(problem) for problem in report.problems] == [
        "line 3: 3 cells where the header has 2",
        "line 4: 1 cell where the header has 2",
    ]
    assert world.ids() == ["e1"]


def test_dry_run_sends_nothing_and_tells_all(
    clerk: Clerk, tmp_path: Path, world: Scripted
) -> None:
    rows = [*people(5), {"external_id": 5}, *people(1), {"external_id": "y", "lastname": "L"}]
    failures = tmp_path / "bad.jsonl"
    report = bulk.run(clerk.users.create, rows, dry_run=True, key="external_id", failures=failures)
    assert world.requests == []
    assert (report.rows, report.done, report.failed) == (8, 5, 3)
    assert [problem.row for problem in report.problems] == [6, 7, 8]
    assert report.problems[1].reason == "its key 'e0' is that of an earlier row"
    assert len(failures.read_text().splitlines()) == 3
    assert "5 would be sent, 3 failed" in str(report)


def test_a_key_makes_rows_independent_of_their_place(
    clerk: Clerk, tmp_path: Path, world: Scripted
) -> None:
    job: dict[str, Any] = {"key": "external_id", "checkpoint": tmp_path / "job.db", "limit": False}
    bulk.run(clerk.users.create, people(10), **job)
    rows = people(13)[::-1]
    report = bulk.run(clerk.users.create, [*rows, rows[4]], **job)
    assert (report.done, report.skipped, report.failed) == (3, 10, 1)
    assert sorted(world.ids()) == sorted(row["external_id"] for row in rows)


def test_a_key_that_is_no_parameter_is_not_sent(clerk: Clerk, world: Scripted) -> None:
    rows = [{"old": 1, "external_id": "a"}, {"external_id": "b"}, {"old": 2, "external_id": "c"}]
    report = bulk.run(clerk.users.create, rows, key="old", limit=False)
    assert sorted(world.ids()) == ["a", "c"]
    assert [problem.reason for problem in report.problems] == [
        "has nothing in its key column 'old'"
    ]
    assert "old" not in world.users[0]


def test_results(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    path = tmp_path / "results.jsonl"
    bulk.run(clerk.users.create, people(5), results=path, limit=False, key="external_id")
    found = {line["key"]: line for line in map(json.loads, path.read_text().splitlines())}
    assert sorted(found) == ["e0", "e1", "e2", "e3", "e4"]
    assert found["e3"]["row"] == 4 and found["e3"]["result"]["external_id"] == "e3"
    with pytest.raises(bulk.BulkError, match="exists and is not of this job"):
        bulk.run(clerk.users.create, people(1), results=path, limit=False)
    seen = []
    bulk.run(
        clerk.users.create,
        people(3),
        results=lambda row, user: seen.append((row["external_id"], user.external_id)),
        limit=False,
    )
    assert sorted(seen) == [(f"e{i}", f"e{i}") for i in range(3)]


def test_a_source_that_fails(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    """What it gave before is sent."""

    def rows() -> Any:
        yield from people(10)
        raise LookupError("mine")

    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "limit": False}
    with pytest.raises(LookupError, match="mine"):
        bulk.run(clerk.users.create, rows(), **job)
    assert len(world.users) == 10
    report = bulk.run(clerk.users.create, people(12), **job)
    assert (report.done, report.skipped) == (2, 10)


def test_many_bad_rows(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    """They are marked in groups, and not all kept in memory."""
    rows = ({"external_id": number} for number in range(3000))
    report = bulk.run(clerk.users.create, rows, checkpoint=tmp_path / "job.db", limit=False)
    assert (report.failed, len(report.problems), world.requests) == (3000, 1000, [])


def test_a_function_that_fails_ends_the_job(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    def fail(row: Any, user: Any) -> None:
        raise LookupError("mine")

    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "limit": False, "concurrency": 2}
    with pytest.raises(LookupError, match="mine"):
        bulk.run(clerk.users.create, people(50), results=fail, **job)
    assert len(world.users) < 50
    assert bulk.run(clerk.users.create, people(50), **job).ok
    assert sorted(world.ids()) == sorted(row["external_id"] for row in people(50))


def test_within_a_running_loop(clerk: Clerk, world: Scripted) -> None:
    async def main() -> tuple[bulk.Report, bulk.Report]:
        first = bulk.run(clerk.users.create, people(5), limit=False)  # as in a notebook
        return first, await bulk.arun(clerk.users.create, people(7), limit=False)

    first, second = asyncio.run(main())
    assert (first.done, second.done, len(world.users)) == (5, 7, 12)


def test_cancelled(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    """What is in flight then is looked up the next time."""
    held, came = threading.Event(), threading.Event()

    def script(number: int, method: str, body: dict[str, Any]) -> Say | None:
        if number != 6:
            return None
        came.set()
        return Say(done=True, wait=held)

    world.script = script
    job: dict[str, Any] = {"checkpoint": tmp_path / "job.db", "limit": False, "settle_ms": 0}

    async def main() -> None:
        task = asyncio.ensure_future(
            bulk.arun(clerk.users.create, people(20), concurrency=1, **job)
        )
        await asyncio.to_thread(came.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    held.set()
    report = bulk.run(clerk.users.create, people(20), **job)
    assert (report.skipped, report.done, report.found) == (5, 15, 1)
    assert sorted(world.ids()) == sorted(row["external_id"] for row in people(20))


def test_progress(clerk: Clerk) -> None:
    told: list[tuple[int, int | None]] = []
    bulk.run(clerk.users.create, people(9), limit=False, progress=lambda *how: told.append(how))
    assert told[-1] == (9, 9)
    bulk.run(clerk.users.create, iter(people(3)), limit=False, progress=lambda *h: told.append(h))
    assert told[-1] == (3, None)


def test_a_million_rows_are_not_read_at_once(clerk: Clerk) -> None:
    """The source is read only as far as rows can be sent."""
    given = []

    def rows() -> Any:
        for number in range(10**9):
            given.append(number)
            yield {"external_id": str(number)}

    seen = []

    def enough(row: Any, user: Any) -> None:
        seen.append(row)
        if len(seen) == 100:
            raise LookupError

    with pytest.raises(LookupError):
        bulk.run(clerk.users.create, rows(), limit=False, results=enough)
    assert len(given) < 1000


def test_nothing_secret_is_shown(clerk: Clerk, tmp_path: Path, world: Scripted) -> None:
    world.script = lambda number, method, body: Say(422)
    row = {"external_id": "e", "password": "hunter2hunter2"}
    checkpoint = tmp_path / "job.db"
    report = bulk.run(clerk.users.create, [row], limit=False, checkpoint=checkpoint)
    assert "hunter2" not in repr(report) + str(report.problems)
    assert checkpoint.stat().st_mode & 0o777 == 0o600
    report = bulk.run(clerk.users.create, [{**row, "password": ["hunter2"]}], dry_run=True)
    assert report.failed == 1 and "hunter2" not in str(report.problems)


def test_a_request_of_one_model(clerk: Clerk, world: Scripted) -> None:
    """Its fields are the columns."""
    rows = [{"email_address": "ada@example.com", "public_metadata.plan": "pro"}, {"notify": True}]
    report = bulk.run(clerk.invitations.create, rows, dry_run=True)
    assert report.done == 1
    assert [problem.reason for problem in report.problems] == ["email_address: Field required"]
