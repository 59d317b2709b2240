"""The stubs satisfy mypy and pyright on programs, and stubtest finds them equal to the runtime.

Skipped where a checker is not installed. The stubs are those beside the package that is imported.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import clerk_c

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = Path(clerk_c.__file__).parent
EXAMPLES = [path for path in sorted((ROOT / "examples").glob("*.py")) if "django" not in path.name]
PROGRAMS = [*sorted((HERE / "programs").glob("*.py")), *EXAMPLES]  # Django has no types
MISTAKES = HERE / "mistakes.py"


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(PACKAGE.parent)}
    paths = [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    # The sanitizers of an instrumented build are for the tests, not for the checkers.
    environment.pop("LD_PRELOAD", None)
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def mypy(files: Sequence[Path], folder: Path) -> tuple[set[tuple[str, int]], str]:
    """Where mypy finds errors: (file name, line); and all that it says."""
    pytest.importorskip("mypy")
    done = run(
        "mypy", "--strict", "--config-file=",
        "--python-version=3.10", "--follow-imports=silent", f"--cache-dir={folder / 'cache'}",
        *map(str, files),
        folder=folder,
    )  # fmt: skip
    text = done.stdout + done.stderr
    assert done.returncode in (0, 1), text
    found = re.findall(r"^(.*?):(\d+): error:", text, re.MULTILINE)
    return {(Path(name).name, int(line)) for name, line in found}, text


def pyright(files: Sequence[Path], folder: Path) -> tuple[set[tuple[str, int]], str]:
    """The same of pyright."""
    pytest.importorskip("pyright")
    for file in files:
        shutil.copy(file, folder)
    settings = {
        "include": [file.name for file in files],
        "extraPaths": [str(PACKAGE.parent)],
        "pythonVersion": "3.10",
        "typeCheckingMode": "strict",
        "reportUnusedExpression": False,
        "reportMissingModuleSource": False,  # modules without a file: docs/typing.md
    }
    project = folder / "pyrightconfig.json"
    project.write_text(json.dumps(settings), encoding="utf-8")
    done = run(
        "pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(project),
        folder=folder,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(files), done.stdout
    found = {
        (Path(item["file"]).name, item["range"]["start"]["line"] + 1)
        for item in report["generalDiagnostics"]
        if item["severity"] == "error"
    }
    return found, done.stdout


def lines_marked() -> set[tuple[str, int]]:
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()
    return {(MISTAKES.name, number) for number, line in enumerate(lines, 1) if "# wrong" in line}


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_mistakes_are_found_and_nothing_else(checker, tmp_path: Path) -> None:
    found, text = checker([*PROGRAMS, MISTAKES], tmp_path)  # at once: the stubs take their time
    assert found == lines_marked(), text


def test_stubs_equal_what_is_imported(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    settings = tmp_path / "mypy.ini"  # errors in the bodies of functions are for `make lint`
    settings.write_text("[mypy]\nignore_errors = true\n", encoding="utf-8")
    done = run(
        "mypy.stubtest", "clerk_c", "--concise", f"--mypy-config-file={settings}",
        # A final fact about C classes that no program can make use of.
        "--ignore-disjoint-bases",
        # Not every version of Python and of typing_extensions needs each entry.
        "--ignore-unused-allowlist", f"--allowlist={HERE / 'allowlist.txt'}",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[:4000]
