"""What a contributor is told to run is there; the version is said in one place."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import clerk_c

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
GOALS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changes/*.md")]
# As code, in a line of its own or after variables that are set for it.
MAKE = re.compile(
    r"(?:`|^\s*)(?:[A-Z_]+=\S+ )*make ((?:[\w./-]+(?:=(?:\"[^\"]*\"|[^\s`]*))? ?)*)", re.MULTILINE
)
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def test_make_help_tells_every_goal() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    told = {line.split()[1] for line in done.stdout.splitlines()}
    assert told == GOALS
    assert all(len(line) < 110 for line in done.stdout.splitlines())


def test_goals_in_the_documentation_are_there() -> None:
    named = {
        word
        for page in PAGES
        for goals in MAKE.findall(page.read_text(encoding="utf-8"))
        for word in goals.split()
        if re.fullmatch(r"[a-z][a-z-]*", word)
    }
    assert len(named) > 10
    assert named - GOALS == set()


def test_hooks_before_a_commit_are_our_own() -> None:
    config: dict[str, Any] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    for hook in config["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        command = hook["entry"].split()
        if command[0] == "python3":
            assert (ROOT / command[1]).exists()
        else:
            assert command[0].startswith(".venv/bin/")
        if "files" in hook:
            tracked = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("c*/**/*")]
            assert any(re.search(hook["files"], path) for path in tracked), hook["id"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.stem))
def test_issue_forms_are_forms(form: Path) -> None:
    read: dict[str, Any] = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.stem == "config":
        assert set(read) == {"blank_issues_enabled"}
        return
    assert {"name", "description", "body"} <= set(read)
    for part in read["body"]:
        assert part["type"] in ("markdown", "textarea")
        assert part["type"] == "markdown" or (part["id"] and part["attributes"]["label"])


def test_the_version_is_in_one_place() -> None:
    files = ("pyproject.toml", "setup.py", "mkdocs.yml", "Makefile", *ROOT.glob("clerk_c/*.py"))
    said = [
        path.name
        for path in (ROOT / file for file in files)
        if f'"{clerk_c.__version__}"' in path.read_text(encoding="utf-8")
    ]
    assert said == ["_version.py"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "clerk_c._version.__version__" in project and 'dynamic = ["version"]' in project
