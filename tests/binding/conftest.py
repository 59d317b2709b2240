"""A recording server and a client on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from clerk_c import Clerk

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "conformance"))

from held import Held
from recorder import KEY, Recorder, reply

if TYPE_CHECKING:
    import clerk_backend_api

    from clerk_c.testing import Server

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


# For the tests of the embedded server.


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    from clerk_c.testing import Server

    with Server() as server:
        yield server


@pytest.fixture
def server(shared: Server) -> Server:
    """The embedded server, with nothing in it."""
    shared.store.reset()
    shared.requests.clear()
    return shared


@pytest.fixture(scope="module")
def reference(shared: Server) -> Iterator[clerk_backend_api.Clerk]:
    """A client of the reference's on it, since programs' tests may go on with that."""
    from clerk_backend_api import Clerk
    from clerk_backend_api.utils import BackoffStrategy, RetryConfig

    once = RetryConfig("backoff", BackoffStrategy(1, 1, 1, -1), False)
    with Clerk(shared.secret_key, server_url=shared.url, retry_config=once) as client:
        yield client
