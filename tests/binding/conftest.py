"""A recording server and a client on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clerk_c import Clerk

sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from recorder import KEY, Recorder


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as server:
        yield server


@pytest.fixture
def clerk(recorder: Recorder) -> Iterator[Clerk]:
    with Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=None) as client:
        yield client
