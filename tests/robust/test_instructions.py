"""Instructions per call stay within the budget of instructions.json; see tools/instructions.py."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tools"))  # has a generate.py, too

import instructions

DUMP = """
ob=/usr/bin/python3
fl=???
fn=main
0 1000
cob=/site/clerk_c/_core.cpython-311-x86_64-linux-gnu.so
cfi=model.c
cfn=ckpy_model_get
calls=2 12
3 500

ob=/site/clerk_c/_core.cpython-311-x86_64-linux-gnu.so
fl=model.c
fn=ckpy_model_get
12 40
+1 7
* 3
cob=/usr/lib/libcjson.so.1
cfn=cJSON_Parse
calls=1 9
14 600

ob=/usr/lib/libcjson.so.1
fn=cJSON_Parse
9 600
"""


def test_only_what_is_spent_in_our_libraries_counts() -> None:
    assert instructions.tally(DUMP) == Counter({"_core": 50, "libcjson": 600})
    assert instructions.library("/x/libcurl.so.4") is None
    assert instructions.library("/x/clerk_c/_net.abi3.so") == "_net"


def test_three_percent_are_allowed() -> None:
    budget = {"counts": {"get": {"_core": 900, "_net": 100}}}
    assert instructions.over(budget, {"get": {"_core": 930, "_net": 100}}) == []
    assert instructions.over(budget, {"get": {"_core": 931, "_net": 100}}) == [
        "get: 1,031 instructions, the budget is 1,000"
    ]
    assert instructions.over(budget, {"new": {"_core": 1}}) != []


def test_the_lesser_of_two_counts() -> None:
    first = {"get": {"_core": 5, "_net": 9}, "new": {"_core": 1}}
    second = {"get": {"_core": 6, "_net": 7}, "new": {"_core": 2}}
    assert instructions.lesser(first, second) == {"get": second["get"], "new": first["new"]}


def test_another_compiler_is_not_compared(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "budget.json"
    here = instructions.environment()
    monkeypatch.setattr(instructions, "BUDGET", path)
    path.write_text(json.dumps({"environment": here, "counts": {}}))
    assert instructions.read_budget()["counts"] == {}
    path.write_text(json.dumps({"environment": here | {"compiler": "cc 1"}, "counts": {}}))
    with pytest.raises(instructions.Unusable, match=r"compiler .* \(budget: cc 1\)"):
        instructions.read_budget()


def test_instructions_are_within_the_budget(tmp_path: Path) -> None:
    why = instructions.obstacle()
    if why is not None:
        pytest.skip(why)
    try:
        budget = instructions.read_budget()
    except instructions.Unusable as reason:
        pytest.skip(str(reason))
    path = tmp_path / "found.json"
    done = subprocess.run(
        [sys.executable, instructions.__file__, "--json", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(path.read_text())["counts"]
    assert set(found) == set(budget["counts"])
    assert all(sum(parts.values()) > 0 for parts in found.values())
    growth = sum(found["parse_500_users"].values()) / sum(found["parse_10_users"].values())
    assert math.log(growth, 500 / 10) < 1.05, "the cost of a list grows faster than the list"
