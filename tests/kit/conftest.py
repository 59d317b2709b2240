"""Projects with tests of their own, run by a pytest of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUMMARY = re.compile(r"(\d+) (passed|failed|error)")

# files, arguments of pytest -> exit code, output
Run = Callable[..., "tuple[int, str]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a project's tests as its developer would."""
    # An installed package has the entry point; the source tree has not. No other plugins, which
    # take their time.
    installed = entry_points(group="pytest11", name="clerk_c")
    plugin = "clerk_c" if installed else "clerk_c.testing.plugin"

    def run(files: dict[str, str], *arguments: str, **variables: str) -> tuple[int, str]:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        tree = None if installed else str(ROOT)
        path = os.pathsep.join(filter(None, (tree, os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", plugin]
        done = subprocess.run(
            [*command, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": path,
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                **variables,
            },
            timeout=120,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def passed() -> Callable[[str], int]:
    """How many tests passed, if none did anything else."""

    def passed(output: str) -> int:
        counts = {what: int(number) for number, what in SUMMARY.findall(output)}
        assert set(counts) == {"passed"}, output
        return counts["passed"]

    return passed
