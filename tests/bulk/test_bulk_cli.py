"""`clerk-c bulk`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from scripted import KEY, Say, Scripted

from clerk_c.cli import main


@pytest.fixture
def cli(
    world: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
    monkeypatch.setenv("CLERK_API_URL", world.url)

    def call(*words: object) -> tuple[int, str, str]:
        status = main(["bulk", *map(str, words)])
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("external_id,mail,x\n" + "".join(f"e{i},e{i}@example.com,\n" for i in range(9)))
    return path


def test_a_job(cli: Any, world: Scripted, people: Path, tmp_path: Path) -> None:
    words = (
        *("users", "create", people, "--column", "mail=email_address", "--column", "x="),
        *("--set", 'public_metadata={"a": 1}', "--limit", "none"),
        *("--checkpoint", tmp_path / "job.db", "--results", tmp_path / "results.jsonl"),
    )
    status, out, err = cli(*words)
    assert (status, err) == (0, "")
    assert out.startswith("users.create: 9 done; ")
    assert world.users[0]["public_metadata"] == {"a": 1}
    assert sorted(user["email_address"][0] for user in world.users)[8] == "e8@example.com"
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 9
    assert cli(*words)[1].startswith("users.create: 0 done, 9 skipped; ")
    assert world.posts() == 9


def test_rows_from_standard_input(
    cli: Any, world: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = io.TextIOWrapper(io.BytesIO(b'{"external_id": "a"}\n{"external_id": 5}\n'))
    monkeypatch.setattr(sys, "stdin", text)
    status, out, err = cli("user", "create", "-", "--format", "jsonl")
    assert (status, world.ids()) == (5, ["a"])
    assert err == "line 2: external_id: Input should be a valid string\n"
    assert "1 done, 1 failed" in out


def test_dry_run(cli: Any, world: Scripted, people: Path) -> None:
    status, out, err = cli("users", "create", people, "--dry-run")
    assert status == 2 and "'mail' is no parameter" in err and out == ""
    columns = ("--column", "mail=email_address", "--column", "x=")
    status, out, err = cli("users", "create", people, "--dry-run", *columns)
    assert (status, err) == (0, "") and "9 would be sent" in out
    assert world.requests == []


def test_what_cannot_be_taken_back_is_confirmed(
    cli: Any, world: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    rows = tmp_path / "gone.jsonl"
    rows.write_text('{"user_id": "user_0"}\n')
    world.users.append({"id": "user_0"})
    status, _, err = cli("users", "delete", rows)
    assert status == 10 and "--yes" in err and world.requests == []
    assert cli("users", "delete", rows, "--yes")[0] == 0
    assert world.users == []


@pytest.mark.parametrize(
    ("say", "status"), [(Say(401), 3), (Say(429, headers={"Retry-After": "9999"}), 6)]
)
def test_a_job_that_stops(
    cli: Any, world: Scripted, tmp_path: Path, say: Say, status: int
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"external_id": "a"}))
    world.script = lambda number, method, body: say
    found, out, err = cli("users", "create", rows, "--checkpoint", tmp_path / "job.db")
    assert (found, out) == (status, "")
    assert "To go on, run the same job" in err and KEY not in err


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("users", "create", "no.csv"), 9),
        (("users", "crate", "no.csv"), 2),
        (("usrs", "create", "no.csv"), 2),
        (("users", "create", "no.csv", "--limit", "5"), 2),
        (("users", "create", "no.csv", "--set", "x"), 2),
        (("users", "create", "no.csv", "--already", "x"), 2),
        (("users", "create", "no"), 2),
    ],
)
def test_wrong_words(cli: Any, world: Scripted, words: tuple[str, ...], status: int) -> None:
    found, out, err = cli(*words)
    assert (found, out) == (status, "")
    assert err.startswith("clerk-c: ") and world.requests == []


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bulk", "--help"])
    assert ended.value.code == 0
    assert "--checkpoint FILE" in capsys.readouterr().out
