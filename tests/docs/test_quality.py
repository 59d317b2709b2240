"""The commits that docs/quality.md names are in the history."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRST_COMMIT = "23101a598c041dbeb915720df74ff64e13e4551d"
NAMED = sorted(
    set(re.findall(r"`([0-9a-f]{7,40})`", (ROOT / "docs/quality.md").read_text(encoding="utf-8")))
)


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_commits_are_named() -> None:
    assert len(NAMED) > 5


def test_named_commits_are_in_the_history() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no checkout")
    if git("rev-list", "--max-parents=0", "HEAD").stdout.strip() != FIRST_COMMIT:
        pytest.skip("not the whole history")
    assert [x for x in NAMED if git("merge-base", "--is-ancestor", x, "HEAD").returncode] == []
