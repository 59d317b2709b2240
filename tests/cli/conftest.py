"""A recording server, and the command line in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from commanding import Cli, Done, Piped, Terminal
from recorder import KEY, Recorder

from clerk_c.cli import main


@pytest.fixture(scope="module")
def server() -> Iterator[Recorder]:
    with Recorder() as running:
        yield running


@pytest.fixture
def recorder(server: Recorder) -> Recorder:
    server.requests.clear()
    return server


@pytest.fixture
def cli(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Runs a command against the recorder. `stdin`: bytes of a pipe, or lines that are typed."""
    monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
    monkeypatch.setenv("CLERK_API_URL", recorder.url)

    def run(*words: str, stdin: bytes | str = b"") -> Done:
        typed: Any = Terminal(stdin) if isinstance(stdin, str) else Piped(stdin)
        monkeypatch.setattr(sys, "stdin", typed)
        capsys.readouterr()
        status = main(list(words))
        return Done(status, *capsys.readouterr())

    return run
