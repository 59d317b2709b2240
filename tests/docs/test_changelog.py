"""The files of changes/ and what a release makes of them: tools/changelog.py."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "changelog.py"
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- What was there.

### Fixed

- A mistake,
  on two lines.

## [0.1.0]

### Added
- The beginning.
"""


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def run(root: Path, *arguments: str) -> Done:
    """The tool, called in this process: many of them would take their time."""
    spec = importlib.util.spec_from_file_location("clerk_c_tools_changelog", TOOL)
    assert spec is not None and spec.loader is not None
    tool: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = tool.main(["--root", str(root), *arguments])
        except SystemExit as stop:  # what Python makes of it at a process's end
            code = stop.code if isinstance(stop.code, int) else 1
            err.write("" if isinstance(stop.code, int) else f"{stop.code}\n")
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README.md").write_text("# About these files\n")
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    (tmp_path / "clerk_c").mkdir()
    (tmp_path / "clerk_c" / "_version.py").write_text('"""A file."""\n\n__version__ = "0.1.0"\n')
    return tmp_path


def wait(tree: Path, name: str, text: str) -> None:
    (tree / "changes" / name).write_text(text)


def test_those_of_this_tree_fit() -> None:
    done = subprocess.run([sys.executable, str(TOOL)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_waits_is_shown_and_nothing_written(tree: Path) -> None:
    wait(tree, "new-thing.added.md", "A new thing.\n")
    done = run(tree)
    assert done.stdout == (
        "### Added\n\n- What was there.\n- A new thing.\n\n"
        "### Fixed\n\n- A mistake,\n  on two lines.\n"
    )
    assert (tree / "CHANGELOG.md").read_text() == CHANGELOG
    assert (tree / "changes" / "new-thing.added.md").exists()


def test_a_release(tree: Path) -> None:
    wait(tree, "b.security.md", "Keys are kept\nto themselves.\n")
    wait(tree, "a.changed.md", "Another thing.")
    done = run(tree, "--release", "0.2.0")
    assert (done.returncode, done.stderr) == (0, "")
    text = (tree / "CHANGELOG.md").read_text()
    date = re.search(r"## \[0\.2\.0\] - (\d{4}-\d\d-\d\d)\n", text)
    assert date is not None
    assert text == (
        f"# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - {date[1]}\n\n"
        "### Added\n\n- What was there.\n\n### Changed\n\n- Another thing.\n\n"
        "### Fixed\n\n- A mistake,\n  on two lines.\n\n"
        "### Security\n\n- Keys are kept\n  to themselves.\n\n"
        "## [0.1.0]\n\n### Added\n- The beginning.\n"
    )
    assert '__version__ = "0.2.0"' in (tree / "clerk_c" / "_version.py").read_text()
    assert [path.name for path in (tree / "changes").iterdir()] == ["README.md"]
    # Nothing is left for a second one.
    again = run(tree, "--release", "0.3.0")
    assert again.returncode == 1 and "nothing to release" in again.stderr
    assert (tree / "CHANGELOG.md").read_text() == text


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("thing.md", "A thing.", "not a file named like"),
        ("thing.news.md", "A thing.", "not a file named like"),
        ("Thing.added.md", "A thing.", "not a file named like"),
        ("thing.added.md~", "A thing.", "not a file named like"),
        ("thing.added.md", "\n", "empty"),
        ("thing.added.md", "- A thing.", "begins with a mark"),
        ("thing.added.md", "One.\n\nTwo.", "more than one paragraph"),
        ("thing.added.md", "One.\n" + "x" * 111, "thing.added.md:2: longer than 110"),
    ],
)
def test_what_does_not_fit(tree: Path, name: str, text: str, complaint: str) -> None:
    wait(tree, name, text)
    for arguments in ((), ("--release", "0.2.0")):
        done = run(tree, *arguments)
        assert done.returncode == 1 and complaint in done.stderr
    assert (tree / "CHANGELOG.md").read_text() == CHANGELOG
    assert (tree / "changes" / name).exists()


@pytest.mark.parametrize("version", ["", "v0.2.0", "0.2", "0.2.0.dev1", "0.1.0", "0.2.0\n"])
def test_versions_that_cannot_be(tree: Path, version: str) -> None:
    wait(tree, "thing.added.md", "A thing.")
    done = run(tree, "--release", version)
    assert done.returncode != 0 and repr(version)[1:-1] in done.stderr
    assert (tree / "CHANGELOG.md").read_text() == CHANGELOG


def test_trees_that_are_not_as_expected(tree: Path) -> None:
    wait(tree, "thing.added.md", "A thing.")
    (tree / "clerk_c" / "_version.py").write_text("")
    done = run(tree, "--release", "0.2.0")
    assert done.returncode == 1 and "_version.py" in done.stderr
    assert (tree / "CHANGELOG.md").read_text() == CHANGELOG
    (tree / "CHANGELOG.md").write_text("# Changelog\n")
    done = run(tree)
    assert done.returncode == 1 and "## [Unreleased]" in done.stderr
