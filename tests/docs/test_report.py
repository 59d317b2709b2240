"""The benchmark's page, the README and the table of targets say what report.json says."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clerk_c.bench.cases import CASES
from clerk_c.bench.report import Line

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tools"))  # behind those of the tests, which have a generate.py, too

import targets  # noqa: E402


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
    (tmp_path / "performance.md").write_text(f"{report.BEGIN}{report.END}")
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "README", tmp_path / "README.md")
    monkeypatch.setattr(report, "PERFORMANCE", tmp_path / "performance.md")
    monkeypatch.setattr(sys, "argv", ["report.py", "--check"])
    assert report.main() == 1
    assert "README.md is not that of report.json" in capsys.readouterr().out
    assert "old" in (tmp_path / "README.md").read_text()
    monkeypatch.setattr(sys, "argv", ["report.py"])
    assert report.main() == 0
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "2001-02-03" in text
    assert "2001-02-03" in (tmp_path / "report.html").read_text()
    assert "2001-02-03" in (tmp_path / "performance.md").read_text()
    monkeypatch.setattr(sys, "argv", ["report.py", "--check"])
    assert report.main() == 0


def test_a_page_without_the_marks(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(SystemExit, match=r"README\.md has no"):
        report.with_section(tmp_path / "README.md", "")


# --- the table of targets -------------------------------------------------------------------


def measured() -> dict[str, dict[str, Any]]:
    """The lines of the committed report."""
    numbers = json.loads((report.FOLDER / "report.json").read_text())
    return {line["key"]: line for line in numbers["lines"]}


def test_every_target_has_its_row() -> None:
    lines = measured()
    judged = {key for key, line in lines.items() if line["verdicts"]}
    # Another way to call what "get" calls, with a target of its own.
    assert judged - {"getread.cpu"} == set(targets.ROWS)
    assert {key for key, _ in targets.REASONS} <= set(targets.ROWS)
    page = targets.table({"lines": [*lines.values()]})
    assert page.count("\n| ") == len(targets.ROWS) + 1  # and the head


def test_judgements_are_those_of_the_figures() -> None:
    lines = measured()
    for case in (case for case in CASES if case.targets):
        line = lines[f"{case.name}.cpu"]
        again = Line(line["key"], "", line["unit"], "", line["values"], case.targets)
        assert again.verdicts() == line["verdicts"], case.name


@pytest.mark.parametrize("case", [case for case in CASES if f"{case.name}.cpu" in targets.ROWS],
                         ids=lambda case: str(case.name))  # fmt: skip
def test_the_reason_is_there_where_it_is_needed(case: Any) -> None:
    """Whatever is missed, nothing says that no reason is known; what is reached has none."""
    everybody = {name: [7.0] for name in targets.LABELS}
    for ours, missed in ((1e9, True), (1e-9, False)):
        values = everybody | {"clerk_c": [ours]}
        line = Line(f"{case.name}.cpu", "", "µs", "", values, case.targets).as_json()
        line["verdicts"] = [
            verdict for verdict in line["verdicts"] if "aiohttp" not in verdict["text"]
        ]
        text = targets.outcome(line)
        assert (text != "reached") == missed
        assert text.count("**not**") == (len(line["verdicts"]) if missed else 0)
        assert "no reason known" not in text and "{" not in text


def test_who_was_not_measured_breaks_nothing() -> None:
    line = Line("get.cpu", "", "µs", "", {"clerk_c": [9.0]}, CASES[0].targets).as_json()
    assert targets.row("a GET", line) == "| a GET | 9 µs |  |  |  | reached |\n"
    line["verdicts"] = [{"text": "≤ 1.4x C", "met": False}]
    assert "plain C (not measured) binds" in targets.outcome(line)
    line["verdicts"] = [{"text": "≤ 3 MB", "met": False}]
    assert targets.outcome(line) == "**not** ≤ 3 MB: no reason known"
