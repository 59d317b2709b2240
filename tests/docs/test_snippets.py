"""Every Python snippet of the documentation runs, against the stand-in instead of the real API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk_c.testing import Server

ROOT = Path(__file__).parents[2]
SNIPPET = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^ *```(\S*)$", re.MULTILINE)
# A file of a project: those of docs/testing.md run in tests/kit/test_projects.py.
FILE = re.compile(r"# \w+\.py\n")
REAL_API = 'bearer_auth="sk_..."'


def pages() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


def snippets() -> list[tuple[str, str]]:
    return [
        (f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}", match.group(1))
        for page in pages()
        for text in [page.read_text(encoding="utf-8")]
        for match in SNIPPET.finditer(text)
        if page.name != "testing.md" or not FILE.match(match.group(1))
    ]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.mark.parametrize(
    ("place", "code"), [pytest.param(*entry, id=entry[0]) for entry in snippets()]
)
def test_snippet_runs(server: Server, place: str, code: str, tmp_path: Path) -> None:
    """In a process of its own, like a program; what is imported here already would show."""
    local = f"bearer_auth={server.secret_key!r}, server_url={server.url!r}"
    program = tmp_path / "snippet.py"
    program.write_text(code.replace(REAL_API, local), encoding="utf-8")
    # What an application has in its environment.
    settings = {
        "CLERK_SECRET_KEY": server.secret_key,
        "CLERK_WEBHOOK_SIGNING_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, **settings},
    )
    assert done.returncode == 0, f"{place}\n{done.stderr}"


def test_there_are_snippets() -> None:
    assert sum(place.startswith("README.md") for place, _ in snippets()) >= 3


def test_no_snippet_hides_under_another_name() -> None:
    """```py, ```Python or an indented fence would never be run."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        openings = FENCE.findall(text)[::2]
        assert set(openings) <= {"python", "sh", "text", "markdown"}, page
        assert openings.count("python") == len(SNIPPET.findall(text)), page
