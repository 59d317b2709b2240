"""A recording server and a client on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import pytest

from clerk_c import Clerk

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from held import Held
from recorder import KEY, Recorder, reply

LOOPS: dict[str, tuple[str, dict[str, Any]]] = {
    "asyncio": ("asyncio", {"debug": True}),
    "uvloop": ("asyncio", {"use_uvloop": True}),
    "trio": ("trio", {}),
}


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as server:
        yield server


@pytest.fixture
def clerk(recorder: Recorder) -> Iterator[Clerk]:
    with Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=None) as client:
        yield client


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]:
    """Runs an asynchronous function on one kind of loop."""
    backend, options = LOOPS[request.param]
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return lambda main: anyio.run(main, backend=backend, backend_options=options)


@pytest.fixture
def held() -> Iterator[Held]:
    with Held(reply(200, {"id": "user_1", "object": "user"})) as server:
        yield server
