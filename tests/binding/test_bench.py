"""The benchmark runs, counts right, and refuses what it does not know."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import clerk_c
from clerk_c.bench import payload
from clerk_c.bench.cases import (
    CASES,
    FLOOR_CASES,
    FULL,
    GROUPS,
    NAMES,
    OTHERS,
    SIZES,
    Target,
    below,
    chosen,
    within,
)
from clerk_c.bench.contenders import walk
from clerk_c.bench.headlines import headlines
from clerk_c.bench.page import page
from clerk_c.bench.progress import Progress
from clerk_c.bench.report import Line, compare, exponent, quantity, spread, table
from clerk_c.bench.rounds import growth_of_parsing
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
    return Line("get.cpu", "GET", "µs", "calls", values, (below(40), within(1.4)))


def measured(folder: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """The report of a run, and what it printed."""
    done = bench(folder, "--quick", "--rounds=1", "--json=a.json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "a.json").read_text()), done.stdout + done.stderr


def medians(report: dict[str, Any]) -> dict[str, set[str]]:
    """Of each line the contenders that have a number."""
    return {entry["key"]: set(entry["medians"]) for entry in report["lines"]}


def test_every_kind_of_case(tmp_path: Path) -> None:
    report, text = measured(
        tmp_path, "--contenders=clerk_c,c", "--html=a.html",
        "--cases=startup,cold,cold_tls,calls,parallel,list,read,dump,parse_one,parse_10",
    )  # fmt: skip
    both = {"clerk_c", "c"}
    found = medians(report)
    for case in ("get", "tls", "post", "threads", "async", "async_h2", "list", "parse_10"):
        assert found[f"{case}.cpu"] == found[f"{case}.wall"] == both
    assert found["latency.p50"] == found["latency.p99"] == both
    assert found["read.cpu"] == found["dump.cpu"] == found["startup.wall"] == {"clerk_c"}
    assert found["cold.wall"] == found["cold_tls.cpu"] == {*both, "python"}
    for entry in report["lines"]:
        for values in entry["values"].values():
            assert len(values) == 1
            assert values[0] > 0 or entry["key"].endswith(".cpu")  # whose clock may have steps
        assert entry["name"] in text
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    again = bench(tmp_path, "--compare", "a.json", "a.json")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("+0.0%") >= len(found)
    drawn = bench(tmp_path, "--from=a.json", "--html=b.html")
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "b.html").read_bytes() == (tmp_path / "a.html").read_bytes()


def test_every_contender_does_the_work(tmp_path: Path) -> None:
    """Each asks what it fetched: a contender that fails ends the run."""
    report, text = measured(
        tmp_path, "--cases=get,async,readall,parse_one,auth_first,auth_jwks"
    )
    assert "without" not in text
    found = medians(report)
    plain = {"reference", "clerk_c", "httpx", "pycurl_orjson", "pycurl_msgspec"}
    assert found["get.cpu"] == found["parse_one.cpu"] == {*plain, "c"}
    assert found["readall.cpu"] == plain
    assert found["async.cpu"] == {"reference", "clerk_c", "httpx", "aiohttp", "c"}
    assert found["auth_first.cpu"] == {"reference", "clerk_c", "pyjwt", "c"}
    assert found["auth_jwks.cpu"] == {"reference", "clerk_c", "pyjwt", "c"}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory(tmp_path: Path) -> None:
    report, _ = measured(tmp_path, "--contenders=clerk_c,c", "--cases=memory")
    found = {entry["key"]: entry["medians"] for entry in report["lines"]}
    assert set(found) == {"held.memory", "held_read.memory", "growth.memory"}
    assert found["held.memory"]["clerk_c"] > 0.5  # the text is 1.09 MB
    assert found["held.memory"]["c"] > 1


def test_the_bundled_server_serves_the_benchmark(tmp_path: Path) -> None:
    report, _ = measured(
        tmp_path, "--server=bundled", "--contenders=clerk_c", "--cases=get,tls,async_h2,auth_jwks"
    )
    assert report["server"] == Bundled.kind
    assert set(medians(report)) == {
        f"{case}.{kind}" for case in ("get", "tls", "auth_jwks") for kind in ("cpu", "wall")
    }


@pytest.mark.parametrize(
    "given",
    [
        ["--cases=get,nothing"], ["--contenders=rust"], ["--compare=x"], ["--rounds=0"],
        ["--rounds=x"], ["--server=apache"], ["--json=/dev/null/a.json"], ["--html=."],
    ],
)  # fmt: skip
def test_what_it_does_not_know(tmp_path: Path, given: list[str]) -> None:
    done = bench(tmp_path, *given)
    assert done.returncode == 2
    assert "error" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_files_that_are_no_reports(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "a.json").write_text(text)
    for arguments in (["--compare", "a.json", "a.json"], ["--from=a.json"]):
        done = bench(tmp_path, *arguments)
        assert done.returncode == 1
        assert done.stderr.startswith("a.json is no report of this benchmark")


def test_a_contender_that_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "pycurl.py").write_text("raise ImportError('no pycurl here')")
    report, text = measured(
        tmp_path, "--cases=startup", "--contenders=clerk_c,pycurl_orjson,pycurl_msgspec"
    )
    assert "without pycurl_orjson: no pycurl here" in text
    assert report["missing"][1] == "without pycurl_msgspec: no pycurl here"
    assert medians(report)["startup.wall"] == {"clerk_c"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(clerk_c.__file__).parents[1])}
    running = subprocess.Popen(
        [sys.executable, "-m", "clerk_c.bench", "--contenders=clerk_c", "--cases=get",
         "--rounds=9999"],  # a minute
        stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert running.stderr is not None
    with running, running.stderr as told:
        assert told.readline() == "1/1 GET of one user\n"
        running.send_signal(signal.SIGINT)
        assert told.read() == ""  # no traceback, and nobody holds the pipe any more
    assert running.returncode == 130
    assert list(tmp_path.iterdir()) == []


def test_without_a_compiler(tmp_path: Path) -> None:
    environment = {**os.environ, "CC": "/nowhere/cc"}
    environment["PYTHONPATH"] = str(Path(clerk_c.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-m", "clerk_c.bench", "--rounds=1", "--cases=startup",
         "--contenders=clerk_c,c", "--json=a.json"],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "without C on libcurl: [Errno 2]" in done.stderr


def test_every_case_is_somebodys() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert set(FLOOR_CASES) <= set(names)
    assert set(SIZES.values()) <= set(names)
    assert {case.group for case in CASES} | set(OTHERS.values()) == {g.name for g in GROUPS}


def test_choosing_cases() -> None:
    assert chosen(None) == set(NAMES)
    assert chosen(["get", "start"]) == {"get", "startup", "cold", "cold_tls"}
    assert {"parse", "parse_10000"} <= chosen(["parse"])
    with pytest.raises(KeyError, match="nothing"):
        chosen(["nothing"])


def test_slow_cases_get_fewer_rounds() -> None:
    assert FULL.affordable(0.001) == FULL.rounds
    assert FULL.affordable(FULL.limit / 5) == 5
    assert FULL.affordable(FULL.limit * 5) == FULL.least
    assert FULL._replace(rounds=1).affordable(FULL.limit * 5) == 1


def test_walking_reads_everything() -> None:
    read = []

    class Thing:
        model_fields = ("first", "second")

        def __getattr__(self, name: str) -> Any:
            read.append(name)
            return [Leaf()] if name == "first" else {"a": 1, "b": Leaf()}

    class Leaf:
        __struct_fields__ = ("third",)

        def __getattr__(self, name: str) -> Any:
            read.append(name)
            return None

    walk([Thing(), None])
    assert read == ["first", "third", "second", "third"]


def test_ratios() -> None:
    found = line(reference=[400.0, 410.0, 420.0], clerk_c=[10.0, 10.0, 11.0], c=[5.0, 10.0, 8.0])
    assert found.ratio("reference", "clerk_c") == 41.0
    assert found.ratio("clerk_c", "c") == 1.25
    assert found.ratio("clerk_c", "httpx") is None
    assert found.verdicts() == [
        {"text": "≥ 40x below SDK", "met": True}, {"text": "≤ 1.4x C", "met": True}
    ]  # fmt: skip
    missed = line(reference=[10.0], clerk_c=[1.0], c=[0.5]).verdicts()
    assert [entry["met"] for entry in missed] == [False, False]
    assert missed[0]["text"] == "≥ 40x below SDK (C itself 20x)"  # out of reach here
    assert line(clerk_c=[1.0]).verdicts() == []
    assert line(reference=[1.0], c=[1.0]).verdicts() == []
    assert spread([1.0]) == (1.0, 1.0)
    assert spread([float(value) for value in range(11)]) == (1.0, 9.0)


@pytest.mark.parametrize(("mine", "met"), [(3.9, True), (4.0, True), (4.1, False)])
def test_values_aimed_at(mine: float, met: bool) -> None:
    found = Line("auth.cpu", "token", "µs", "authentication", {"clerk_c": [mine]}, (Target(4),))
    assert found.verdicts() == [{"text": "≤ 4 µs", "met": met}]


def test_quantities() -> None:
    assert [quantity(value, "µs") for value in (0.001, 1.234, 123.4, 4560.0, 2_500_000.0)] == [
        "0 µs", "1.23 µs", "123 µs", "4.56 ms", "2.5 s"
    ]  # fmt: skip
    assert quantity(-0.5, "MB") == "-0.5 MB"


def test_table() -> None:
    found = line(reference=[20_000.0], clerk_c=[10.0], c=[10.0], pycurl_msgspec=[8.0], httpx=[90.0])
    texts = table({"lines": [found.as_json()]})
    assert texts[0].split()[:3] == ["clerk_c", "official", "SDK"]
    assert texts[2] == "Calls, one after the other"
    row = texts[3]
    assert row.split()[:6] == ["GET", "10", "µs", "20", "ms", "2,000x"]
    assert "8 µs  pycurl+msgspec" in row
    assert row.endswith("≥ 40x below SDK ✓, ≤ 1.4x C ✓")


def test_comparing_runs() -> None:
    def run(mine: float, floor: float) -> dict[str, Any]:
        return {"lines": [line(clerk_c=[mine], c=[floor]).as_json()]}

    text = compare(run(10.0, 10.0), run(20.0, 20.0))[1]
    assert "+100.0%" in text  # twice as slow as before,
    assert "+0.0%" in text  # but so is the machine
    assert compare({"lines": []}, run(1.0, 1.0))[1:] == []


def test_comparing_with_an_earlier_version() -> None:
    """Its start-up times were in milliseconds."""
    old = {"key": "startup.wall", "unit": "ms", "medians": {"clerk_c": 2.0, "reference": 200.0}}
    values = {"clerk_c": [1000.0], "reference": [100_000.0]}
    new = Line("startup.wall", "import", "µs", "start", values).as_json()
    text = compare({"lines": [old]}, {"lines": [new]})[1]
    assert text.split()[1:] == ["2", "ms", "1", "ms", "-50.0%", "+0.0%"]


def test_the_page_is_well_formed() -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.seen: list[str] = []

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.seen.append(tag)
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

        def handle_startendtag(self, tag: str, attrs: Any) -> None:
            self.seen.append(tag)

    sizes = [
        Line(f"{name}.cpu", name, "µs", "parse", {"clerk_c": [size], "reference": [size * 9.0]})
        for size, name in SIZES.items()
    ]
    lines = [
        line(reference=[400.0], clerk_c=[10.0], c=[9.0]), *sizes,
        *growth_of_parsing(sizes),
        Line("growth.memory", "growth", "MB", "memory", {"clerk_c": [0.0], "reference": [-1.0]}),
        Line("list.cpu", "alone", "µs", "lists", {"clerk_c": [1.0]}),
    ]  # fmt: skip
    text = page(report_of(lines, packages={"clerk_c": "1", "a<b": "1"}, missing=["no <c>"]))
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert reader.seen.count("circle") == 3  # a single contender makes no plot
    assert reader.seen.count("polyline") == 2
    assert text.count('class="tile"') == 1  # of the four numbers, the one that was measured
    assert "a&lt;b" in text and "no &lt;c&gt;" in text
    assert "http:" not in text and "https:" not in text  # nothing is loaded from elsewhere


def report_of(lines: list[Line], **more: Any) -> dict[str, Any]:
    about = {
        "packages": {"clerk_c": "1"}, "time": "2026-11-23T12:00:00Z", "python": "3",
        "system": "Linux", "processor": "x", "processors": 2, "server": "nginx", "rounds": 1,
        "quick": True, "C libraries": {"libcurl": "8"}, "pinned": True, "load": 0.1, "missing": [],
    }  # fmt: skip
    return {**about, **more, "lines": [entry.as_json() for entry in lines]}


def test_the_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from clerk_c.bench.picture import write

    write(report_of([line(reference=[400.0], clerk_c=[10.0])]), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SystemExit, match=r"none of startup\.wall"):
        write(report_of([]), tmp_path / "b.png")


def test_the_four_numbers() -> None:
    (only,) = headlines(report_of([line(reference=[400.0], clerk_c=[10.0])]))
    assert only.times == "40x"
    assert only.detail == "10 µs, official SDK 400 µs"
    assert only.command == "python -m clerk_c.bench --cases get"
    assert headlines(report_of([line(clerk_c=[10.0])])) == []


def test_progress_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(2)
    progress.case("one")
    progress.round(1, 2)
    progress.case("two")
    progress.close()
    assert capsys.readouterr().err == "1/2 one\n2/2 two\n"


def test_progress_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    progress = Progress(2)
    progress.case("one")
    progress.round(1, 2)
    progress.close()
    texts = capsys.readouterr().err.split("\r\x1b[K")
    assert [text[25:29].strip() for text in texts[1:3]] == ["0%", "25%"]
    assert texts[-1] == ""


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


def test_the_exponent() -> None:
    assert exponent({10: 3.0, 100: 30.0, 1000: 300.0}) == pytest.approx(1.0)
    assert exponent({10: 1.0, 100: 100.0}) == pytest.approx(2.0)


def test_the_growth_of_parsing() -> None:
    lines = [
        Line(f"{name}.cpu", name, "µs", "parse", {"clerk_c": [size, size * 2.0], "c": [1.0, size]})
        for size, name in SIZES.items()
    ]
    (found,) = growth_of_parsing(lines)
    assert found.values["clerk_c"] == pytest.approx([1.0, 1.0])
    assert found.values["c"] == pytest.approx([0.0, 1.0])
    assert found.verdicts() == [{"text": "≤ 1.25", "met": True}]
    assert growth_of_parsing(lines[:3]) == []
