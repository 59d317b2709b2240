"""The projects of docs/testing.md: applications with the real frameworks, tested as it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def project(heading: str) -> dict[str, str]:
    """The files in a section, by name."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    files = {}
    for kind, text in BLOCK.findall(section):
        name = "pytest.ini" if kind == "text" else text.split("\n")[0].removeprefix("# ")
        assert name not in files
        files[name] = text
    return files


@pytest.mark.parametrize(
    ("heading", "package", "tests"), [("FastAPI", "fastapi", 4), ("Django", "django", 2),
                                      ("Flask", "flask", 3)]
)  # fmt: skip
def test_project(
    run: Any, passed: Callable[[str], int], heading: str, package: str, tests: int
) -> None:
    pytest.importorskip(package)
    code, output = run(project(heading))
    assert (code, passed(output)) == (0, tests), output


def test_every_file_is_in_a_project() -> None:
    named = re.findall(r"^# (\w+\.py)$", PAGE, re.MULTILINE)
    found = [name for heading in ("FastAPI", "Django", "Flask") for name in project(heading)]
    assert sorted(named) == sorted(name for name in found if name != "pytest.ini")
