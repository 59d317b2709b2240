"""A server that fails as it is told to, a client of it, and programs that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scripted import KEY, Scripted

from clerk_c import Clerk


@pytest.fixture
def world() -> Iterator[Scripted]:
    server = Scripted()
    yield server
    server.close()


@pytest.fixture
def clerk(world: Scripted) -> Iterator[Clerk]:
    # Patient: a machine may stall for seconds.
    with Clerk(KEY, server_url=world.url, timeout_ms=60_000) as client:
        yield client
        client.close()


@pytest.fixture
def start() -> Iterator[Any]:
    """Starts a program in a process of its own; what is left at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def begin(program: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            **options,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
