"""The benchmark's numbers and what is drawn of them."""

from __future__ import annotations

import os
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from clerk_c.bench.cases import SIZES, Target, below, within
from clerk_c.bench.headlines import headlines
from clerk_c.bench.page import page
from clerk_c.bench.progress import Progress
from clerk_c.bench.report import Line, compare, exponent, quantity, spread, table
from clerk_c.bench.rounds import growth_of_parsing


def line(**values: list[float]) -> Line:
    return Line("get.cpu", "GET", "µs", "calls", values, (below(40), within(1.4)))


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


@pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="matplotlib's C++ ends under ASan")
@pytest.mark.filterwarnings("ignore")  # of matplotlib's own
def test_the_picture(tmp_path: Path) -> None:
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
