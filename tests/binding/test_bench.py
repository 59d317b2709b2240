"""The benchmark runs, counts right, and refuses what it does not know."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import clerk_c
from clerk_c.bench import payload, scaling
from clerk_c.bench.cases import CASES, FLOOR_CASES
from clerk_c.bench.page import page
from clerk_c.bench.report import Line, Table, compare, spread
from clerk_c.bench.scaling import exponent
from clerk_c.bench.server import Bundled

if os.environ.get("LD_PRELOAD"):
    pytest.skip("a sanitizer is no place for a benchmark", allow_module_level=True)


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(clerk_c.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-m", "clerk_c.bench", *arguments],
        capture_output=True, text=True, check=False, cwd=folder, env=environment,
    )  # fmt: skip


def line(**values: list[float]) -> Line:
    return Line("get.cpu", "GET", "µs", values, 40, 1.4)


def test_a_run(tmp_path: Path) -> None:
    done = bench(
        tmp_path, "--quick", "--rounds=2", "--cases=get,tls,async,async_h2,threads,post",
        "--contenders=clerk_c,c", "--json=a.json", "--html=a.html",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    report = json.loads((tmp_path / "a.json").read_text())
    found = {entry["key"]: entry for entry in report["lines"]}
    assert {"get.cpu", "get.wall", "async.cpu", "threads.cpu", "post.wall"} <= set(found)
    for entry in found.values():
        assert set(entry["values"]) <= {"clerk_c", "c"}
        assert all(len(values) == 2 for values in entry["values"].values())
        assert all(value > 0 for values in entry["values"].values() for value in values)
        assert entry["name"] in done.stdout
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    again = bench(tmp_path, "--compare", "a.json", "a.json")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("+0.0%") >= len(found)


def test_start_up(tmp_path: Path) -> None:
    done = bench(
        tmp_path, "--rounds=1", "--cases=startup", "--contenders=clerk_c", "--json=deep/a.json"
    )
    assert done.returncode == 0, done.stderr
    lines = json.loads((tmp_path / "deep/a.json").read_text())["lines"]
    assert [entry["key"] for entry in lines] == [
        f"startup.{what}" for what in ("wall", "cpu", "memory", "importtime", "modules")
    ]


@pytest.mark.parametrize("given", ["--cases=get,nothing", "--contenders=rust", "--compare=x"])
def test_what_it_does_not_know(tmp_path: Path, given: str) -> None:
    done = bench(tmp_path, given)
    assert done.returncode == 2
    assert "error" in done.stderr


def test_a_contender_that_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "pycurl.py").write_text("raise ImportError('no pycurl here')")
    done = bench(tmp_path, "--rounds=1", "--cases=startup", "--contenders=clerk_c,pycurl")
    assert done.returncode == 0, done.stderr
    assert "without pycurl: no pycurl here" in done.stdout


def test_every_case_is_somebodys() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert set(FLOOR_CASES) <= set(names)


def test_ratios() -> None:
    found = line(reference=[400.0, 410.0, 420.0], clerk_c=[10.0, 10.0, 11.0], c=[5.0, 10.0, 8.0])
    assert found.ratio("reference", "clerk_c") == 41.0
    assert found.ratio("clerk_c", "c") == 1.25
    assert found.ratio("clerk_c", "httpx") is None
    assert found.verdicts() == ["≥40x met", "≤1.4x C met"]
    assert line(reference=[10.0], clerk_c=[1.0], c=[0.5]).verdicts() == [
        "≥40x MISSED", "≤1.4x C MISSED"
    ]  # fmt: skip
    assert line(clerk_c=[1.0]).verdicts() == []
    assert spread([1.0]) == (1.0, 1.0)
    assert spread([float(value) for value in range(11)]) == (1.0, 9.0)


def test_table() -> None:
    table = Table(["c", "clerk_c", "reference"])
    assert table.head().split()[:5] == ["median", "official", "SDK", "clerk_c", "C"]
    row = table.row(line(reference=[20_000.0], clerk_c=[10.0], c=[10.0]))
    assert row.split()[1:7] == ["20", "ms", "10", "µs", "10", "µs"]
    assert "2,000x (2,000-2,000)" in row


def test_comparing_runs() -> None:
    def run(mine: float, floor: float) -> dict[str, Any]:
        return {"lines": [line(clerk_c=[mine], c=[floor]).as_json()]}

    text = compare(run(10.0, 10.0), run(20.0, 20.0))[1]
    assert "+100.0%" in text  # twice as slow as before,
    assert "+0.0%" in text  # but so is the machine
    assert compare({"lines": []}, run(1.0, 1.0))[1:] == []


def test_the_page_is_well_formed() -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.seen: list[str] = []

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.seen.append(tag)
            if tag not in ("meta", "rect", "line"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

        def handle_startendtag(self, tag: str, attrs: Any) -> None:
            self.seen.append(tag)

    lines = [line(reference=[400.0], clerk_c=[10.0], c=[9.0]), line(clerk_c=[1.0])]
    report = {
        "lines": [entry.as_json() for entry in lines], "packages": {"a<b": "1"}, "time": "now",
        "python": "3", "system": "Linux", "processors": 2, "server": "nginx", "rounds": 1,
        "libcurl of the C program": "8",
    }  # fmt: skip
    text = page(report)
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert reader.seen.count("rect") == 3  # a single contender makes no plot
    assert "a&lt;b" in text
    assert "http" not in text.replace("http-equiv", "")  # nothing is loaded from elsewhere


def test_the_bundled_server(tmp_path: Path) -> None:
    (tmp_path / "user.json").write_bytes(payload.one_user())
    (tmp_path / "users.json").write_bytes(payload.list_of_users(3))
    server = Bundled(tmp_path)
    url = server.urls["http"]
    try:
        with urllib.request.urlopen(f"{url}/users?limit=500") as answer:
            assert len(json.load(answer)) == 3
        with urllib.request.urlopen(f"{url}/users", data=b"{}") as answer:
            assert json.load(answer)["object"] == "user"
    finally:
        server.stop()
        server.server.server_close()


def test_the_exponent() -> None:
    assert exponent({10: 3.0, 100: 30.0, 1000: 300.0}) == pytest.approx(1.0)
    assert exponent({10: 1.0, 100: 100.0}) == pytest.approx(2.0)


def test_scaling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "SIZES", (10, 100))
    found = scaling.measured("clerk_c")
    assert set(found["times"]) == {10, 100}
    assert min(found["times"].values()) > 0
