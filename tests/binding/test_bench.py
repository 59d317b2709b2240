"""The benchmark runs, counts right, and refuses what it does not know."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
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
    chosen,
)
from clerk_c.bench.contenders import walk
from clerk_c.bench.server import Bundled

if os.environ.get("LD_PRELOAD"):
    pytest.skip("a sanitizer is no place for a benchmark", allow_module_level=True)


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(clerk_c.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-m", "clerk_c.bench", *arguments],
        capture_output=True, text=True, check=False, cwd=folder, env=environment,
    )  # fmt: skip


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
