"""The benchmark's page and the README say what docs/benchmark/report.json says."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def loaded() -> Any:
    """tools/report.py; beside it are modules with names that tests have, too."""
    path = ROOT / "tools" / "report.py"
    spec = importlib.util.spec_from_file_location("clerk_c_tools_report", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


report = loaded()


def test_the_page_and_the_readme_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "tools" / "report.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_picture_is_there() -> None:
    assert (report.FOLDER / "report.png").read_bytes().startswith(b"\x89PNG")


def test_what_differs_is_told_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers: dict[str, Any] = json.loads((report.FOLDER / "report.json").read_text())
    numbers["time"] = "2001-02-03T04:05:06Z"
    (tmp_path / "report.json").write_text(json.dumps(numbers))
    (tmp_path / "README.md").write_text(f"before\n{report.BEGIN}old{report.END}\nafter\n")
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "README", tmp_path / "README.md")
    monkeypatch.setattr(sys, "argv", ["report.py", "--check"])
    assert report.main() == 1
    assert "README.md is not that of report.json" in capsys.readouterr().out
    assert "old" in (tmp_path / "README.md").read_text()
    monkeypatch.setattr(sys, "argv", ["report.py"])
    assert report.main() == 0
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "2001-02-03" in text
    assert "2001-02-03" in (tmp_path / "report.html").read_text()
    monkeypatch.setattr(sys, "argv", ["report.py", "--check"])
    assert report.main() == 0


def test_a_readme_without_the_marks() -> None:
    with pytest.raises(SystemExit, match=r"README\.md has no"):
        report.with_section("nothing", "")
