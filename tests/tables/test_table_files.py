"""CSV and JSON lines: what other readers make of them, and files that are whole or not there."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from table_rows import CREATED, HOSTILE, mixtures, user

from clerk_c import table
from clerk_c.tables import _files


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_csv() -> None:
    rows = [user(public_metadata={"a": [1, "x"]}), user(first_name=None, last_name="")]
    columns = ["id", "first_name", "last_name", "banned", "created_at", "public_metadata.a"]
    assert table(rows, columns).to_csv() == (
        "id,first_name,last_name,banned,created_at,public_metadata.a\n"
        f'user_1,Ada,Lovelace,false,{CREATED},"[1,""x""]"\n'
        f'user_1,,"",false,{CREATED},\n'
    )
    made = table(rows, ["created_at"], timestamps="datetime").to_csv()
    assert made.splitlines()[1] == "2023-11-14T22:13:20.123Z"


@pytest.mark.parametrize("seed", range(3))
def test_csv_is_read_as_it_was(seed: int) -> None:
    texts = [text.replace("\ud800", "?") for text in [*HOSTILE, *mixtures(200, seed)]]
    rows = [{"id": str(index), "text": text} for index, text in enumerate(texts)]
    found = read(table(rows, ["id", "text"]).to_csv(formulas=True))
    assert found[1:] == [[row["id"], row["text"]] for row in rows]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=HYPERLINK(\"x\")", "+cmd|' /C calc'!A0", "-2+3+x", "@SUM(A1)", "\t=1", "\r=1", "-x"],
)
def test_formulas(text: str) -> None:
    rows = [{text: text}]
    assert read(table(rows, [text]).to_csv()) == [["'" + text], ["'" + text]]
    assert read(table(rows, [text]).to_csv(formulas=True)) == [[text], [text]]


@pytest.mark.parametrize("value", ["+15550100", "+1 (555) 010-0", "-5", -5, -1.5, "a=b", "x@y"])
def test_what_is_no_formula(value: Any) -> None:
    assert read(table([{"x": value}]).to_csv())[1] == [str(value)]


def test_json_lines() -> None:
    no_number = float("nan"), [{"d": float("inf")}]
    rows = [{"a": "é\n\u2028", "b": no_number[0], "c": no_number[1], "created_at": CREATED}]
    text = table(rows, "all", timestamps="datetime").to_jsonl()
    assert text.count("\n") == 1 and "é" in text
    assert json.loads(text) == {
        "a": "é\n\u2028", "b": None, "c": [{"d": None}], "created_at": "2023-11-14T22:13:20.123Z"
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_json_lines_are_read_as_they_were(seed: int) -> None:
    rows = [{"text": text, "list": [text]} for text in [*HOSTILE, *mixtures(200, seed)]]
    lines = table(rows, "all").to_jsonl().split("\n")
    assert [json.loads(line) for line in lines[:-1]] == rows and lines[-1] == ""


def test_half_of_a_pair_becomes_what_can_be_written(tmp_path: Path) -> None:
    made = table([{"x": "\ud800é"}])
    made.to_csv(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8") == made.to_csv() == "x\n\ufffdé\n"


# --- files ---------------------------------------------------------------

ROWS = [{"id": str(index), "text": "é" * 100} for index in range(500)]


def test_files(tmp_path: Path) -> None:
    made = table(ROWS)
    target = tmp_path / "rows.csv"
    made.to_csv(target)
    assert target.read_text("utf-8") == made.to_csv()
    made.to_jsonl(str(target))
    assert target.read_text("utf-8") == made.to_jsonl()
    assert os.listdir(tmp_path) == ["rows.csv"]


def test_permissions(tmp_path: Path) -> None:
    """Of a new file those that open() gives; what was there keeps its own."""
    (tmp_path / "other").touch()
    table(ROWS).to_csv(tmp_path / "new")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode
    (tmp_path / "new").chmod(0o640)
    table(ROWS).to_csv(tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    table(ROWS).to_csv(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text("utf-8") == table(ROWS).to_csv()


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    table(ROWS).to_csv(tmp_path / "pipe")
    reader.join(60)
    assert found == [table(ROWS).to_csv().encode()]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
@pytest.mark.parametrize("place", ["middle", "end"])
def test_nothing_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, place: str
) -> None:
    """A full disk or Ctrl-C: the old file is there, and nothing beside it."""
    target = tmp_path / "rows.csv"
    target.write_text("old")
    calls = 0

    def fail(*_: Any) -> Any:
        nonlocal calls
        calls += 1
        if place == "end" or calls > 300:
            raise error
        return b"x"

    where = (_files, "encoded") if place == "middle" else (os, "fsync")
    monkeypatch.setattr(*where, fail)
    with pytest.raises(type(error)):
        table(ROWS).to_csv(target)
    assert calls == (301 if place == "middle" else 1)
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["rows.csv"]


def test_a_row_that_cannot_be_written_leaves_the_file(tmp_path: Path) -> None:
    loop: dict[str, Any] = {"id": "b"}
    loop["self"] = [loop]
    (tmp_path / "rows").write_text("old")
    with pytest.raises(ValueError, match=r"results\[1\]"):
        table([{"id": "a", "self": [1]}, loop], "all").to_jsonl(tmp_path / "rows")
    assert (tmp_path / "rows").read_text() == "old" and os.listdir(tmp_path) == ["rows"]


def test_a_full_device() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no such device")
    with pytest.raises(OSError, match="No space left"):
        table(ROWS).to_csv("/dev/full")


def test_places_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        table(ROWS).to_csv(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        table(ROWS).to_csv(tmp_path / "none" / "rows")
    assert caught.value.filename == str(tmp_path / "none" / "rows")
    long = "é" * 127  # a name as long as one can be: what is beside it must not be longer
    table(ROWS).to_csv(tmp_path / long)
    (tmp_path / long).unlink()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("path", [5, b"rows", True, io.StringIO()])
def test_paths_of_another_type(path: Any) -> None:
    with pytest.raises(TypeError, match=r"path must be str, os.PathLike or None, not"):
        table(ROWS).to_csv(path)
