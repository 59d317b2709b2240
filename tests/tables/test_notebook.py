"""The notebook that the pictures are made from still runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebooks" / "tables.ipynb"


def test_it_runs(tmp_path: Path) -> None:
    """Cell after cell, the last value of each shown as a notebook would."""
    pytest.importorskip("pandas")
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert all(not cell.get("outputs") for cell in cells)
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    (tmp_path / "cells.json").write_text(json.dumps(code), encoding="utf-8")
    program = (
        "import ast, json\n"
        "names = {}\n"
        "for code in json.load(open('cells.json', encoding='utf-8')):\n"
        "    parsed = ast.parse(code)\n"
        "    last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None\n"
        "    exec(compile(parsed, 'cell', 'exec'), names)\n"
        "    if last is not None:\n"
        "        value = eval(compile(ast.Expression(last.value), 'cell', 'eval'), names)\n"
        "        if hasattr(value, '_repr_html_'):\n"
        "            print(value._repr_html_())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "not for everybody" not in done.stdout
    assert done.stdout.count("Ada Lovelace") >= 3
