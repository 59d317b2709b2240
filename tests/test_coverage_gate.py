"""The bounds of `make coverage` are kept by the tool that counts."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "coverage_gate.py"


@pytest.fixture(scope="module")
def gate() -> Any:
    return SimpleNamespace(**runpy.run_path(str(TOOL), run_name="coverage_gate"))


BOUNDS = {"csrc/core/": 95.0, "csrc/py/": 90.0}


@pytest.mark.parametrize(
    ("core", "py", "wrong"),
    [
        ([(60, 60), (40, 35)], [(100, 90)], []),
        ([(60, 60), (40, 34)], [(100, 90)], ["csrc/core/: 94.00 %"]),
        ([(60, 60), (40, 35)], [(1000, 899)], ["csrc/py/: 89.90 %"]),
        ([(1, 0)], [(1, 0)], ["csrc/core/: 0.00 %", "csrc/py/: 0.00 %"]),
        ([(1, 1)], [], ["csrc/py/: nothing was counted"]),
    ],
)
def test_below_a_bound(
    gate: Any, core: list[tuple[int, int]], py: list[tuple[int, int]], wrong: list[str]
) -> None:
    counts = [gate.Count(f"csrc/core/{i}.c", *pair) for i, pair in enumerate(core)]
    counts += [gate.Count(f"csrc/py/{i}.c", *pair) for i, pair in enumerate(py)]
    found = list(gate.judge(counts, BOUNDS))
    assert len(found) == len(wrong)
    for sentence, beginning in zip(found, wrong):
        assert sentence.startswith(beginning)


def test_a_folder_is_judged_as_a_whole(gate: Any) -> None:
    counts = [gate.Count("csrc/core/a.c", 1, 0), gate.Count("csrc/core/b.c", 999, 999)]
    assert list(gate.judge(counts, {"csrc/core/": 99.9})) == []
    assert "99.90 %" in next(gate.judge(counts, {"csrc/core/": 99.95}))


def test_the_bounds_that_were_promised(gate: Any) -> None:
    assert gate.BOUNDS["csrc/core/"] >= 95
    assert gate.BOUNDS["csrc/py/"] >= 90
