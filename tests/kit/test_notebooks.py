"""The notebooks of docs/notebooks run from first to last, and come to what they say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
pytest.importorskip("nbclient")

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "notebooks"


class Done:
    """The outputs of a notebook that ran."""

    def __init__(self, book: Any) -> None:
        outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
        shown = [output["data"] for output in outputs if "data" in output]
        self.values = [data.get("text/plain", "") for data in shown]
        self.html = [data["text/html"] for data in shown if "text/html" in data]
        self.pictures = [data["image/png"] for data in shown if "image/png" in data]
        self.printed = "".join(o["text"] for o in outputs if o.get("name") == "stdout")


# In a process of its own, where warnings of Jupyter's do no harm. The kernel is spoken to over
# sockets with names: ports that are picked beforehand may be somebody else's by then.
PROGRAM = """
import sys
import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

book = nbformat.read(sys.argv[1], as_version=4)
config = Config({"KernelManager": {"transport": "ipc"}})
NotebookClient(book, timeout=250, kernel_name="python3", config=config).execute()
nbformat.write(book, sys.argv[2])
"""


@pytest.fixture
def execute(tmp_path: Path) -> Iterator[Callable[[str], Done]]:
    pytest.importorskip("matplotlib")
    pytest.importorskip("pandas")
    # The names of sockets must be short.
    runtime = tempfile.mkdtemp(prefix="nb-", dir="/tmp")
    variables = {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        # The kernel's command is "python": the one that runs this test.
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "JUPYTER_RUNTIME_DIR": runtime,
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }

    def execute(name: str) -> Done:
        result = tmp_path / "done.ipynb"
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(FOLDER / f"{name}.ipynb"), str(result)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, **variables},
            timeout=280,
        )
        assert done.returncode == 0, done.stderr
        return Done(nbformat.read(result, as_version=4))

    yield execute
    shutil.rmtree(runtime, ignore_errors=True)


def test_tour(execute: Callable[[str], Done]) -> None:
    done = execute("tour")
    assert done.values[1] == "121"
    assert "(True, True, False)" in done.values
    assert "100" in done.values
    assert "404 resource_not_found\n" in done.printed
    assert "of_the_future" in done.printed
    assert any("Users.get" in value for value in done.values)
    assert sum("Lovelace" in html for html in done.html) >= 2  # the card and the table


def test_growth(execute: Callable[[str], Done]) -> None:
    done = execute("growth")
    assert "260" in done.values
    assert len(done.pictures) == 2
    assert any("2025-06" in html and "100%" in html for html in done.html)


def test_duplicates(execute: Callable[[str], Done]) -> None:
    done = execute("duplicates")
    assert done.values[0] == "62"
    assert "3 go" not in done.printed and done.printed.count("stays with") == 2
    assert "{'newsletter': True, 'plan': 'pro'}, 2 go" in done.printed
    assert "{'language': 'en'}, 1 go" in done.printed
    assert done.values[-2:] == ["59", "[{'plan': 'pro', 'newsletter': True}]"]


def test_migration(execute: Callable[[str], Done]) -> None:
    done = execute("migration")
    assert "users.create: 150 would be sent" in done.printed
    assert "users.create: 401" in done.printed
    assert "line 42: 422: email_address must be a valid email address" in done.printed
    assert "line 92: 422: That email address is taken" in done.printed
    assert "users.create: 1 done, 148 skipped, 1 failed" in done.printed
    assert any("old-40" in html for html in done.html)


def test_speed(execute: Callable[[str], Done]) -> None:
    pytest.importorskip("clerk_backend_api")
    done = execute("speed")
    assert done.printed.count(" times\n") == 3
    assert len(done.pictures) == 1


def test_they_are_kept_without_outputs() -> None:
    """A notebook in the repository has no outputs, no counts, and ids that do not change."""
    books = sorted(FOLDER.glob("*.ipynb"))
    names = ["duplicates", "growth", "migration", "speed", "tables", "tour"]
    assert [book.stem for book in books] == names
    for path in books:
        book = nbformat.read(path, as_version=4)
        nbformat.validate(book)
        assert [cell.id for cell in book.cells] == [
            f"cell-{number:02}" for number in range(1, len(book.cells) + 1)
        ]
        for cell in book.cells:
            if cell.cell_type == "code":
                assert (cell.outputs, cell.execution_count) == ([], None)
        assert book.cells[0].source.startswith("# ")
