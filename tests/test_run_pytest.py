"""tools/run_pytest.sh: what may be run a second time, and that it is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "run_pytest.sh"
LUCK = """
import pathlib, pytest

@pytest.mark.parametrize("name", ["a b", "c"])
def test_luck(name):
    seen = pathlib.Path(name)
    if not seen.exists():
        seen.touch()
        assert 1 - 1
"""


def run(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -ra\n", encoding="utf-8")
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    program = folder / "pytest"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pytest "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return subprocess.run(
        [TOOL, "./pytest", "-q", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p xdist"},
    )


def test_what_passes_is_run_once(tmp_path: Path) -> None:
    done = run(tmp_path, "def test(): pass")
    assert done.returncode == 0
    assert "alone" not in done.stdout
    assert "1 passed" in done.stdout


def test_luck_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, LUCK, "-n", "2")
    assert done.returncode == 0, done.stdout
    _, named = done.stdout.split("PASSED ONLY THE SECOND TIME")
    assert "test_it.py::test_luck[a b]" in named
    assert "test_it.py::test_luck[c]" in named


@pytest.mark.parametrize(
    "text",
    [
        "def test(): assert 1 - 1",
        "def test(",
        "def test(nothing): pass",
        LUCK.replace("assert 1 - 1", "import os; os.abort()"),
        LUCK.replace('["a b", "c"]', "'abcd'"),
    ],
)
def test_failures_stay_failures(tmp_path: Path, text: str) -> None:
    done = run(tmp_path, text, "-n", "1")
    assert done.returncode != 0
    assert "PASSED ONLY" not in done.stdout
    again = run(tmp_path, "def test(): pass")  # and leave nothing behind
    assert again.returncode == 0
