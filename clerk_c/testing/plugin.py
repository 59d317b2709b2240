"""The pytest plugin: fixtures over a stand-in for Clerk's Backend API. See docs/testing.md.

Nothing is imported and nothing is started before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clerk_c import Clerk
    from clerk_c.testing.clock import Clock
    from clerk_c.testing.environment import Environment
    from clerk_c.testing.faults import Faults
    from clerk_c.testing.minting import Tokens
    from clerk_c.testing.recording import RequestLog
    from clerk_c.testing.server import Server
    from clerk_c.testing.webhooks import Webhooks

_WHEN = ("fixture", "always")
_MARKER = (
    "clerk_fault(name, **settings): something goes wrong with requests of this test, by a method of"
    " clerk_c.testing.Faults"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        "clerk_environment",
        "when applications are given a stand-in for Clerk: 'fixture' (by clerk_environment), or"
        " 'always' (from before tests are imported)",
        default="fixture",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    _begin_early(config)  # where the plugin was loaded too late for the hook below


class _Early:
    """The server and environment of `clerk_environment = always`; a plugin itself."""

    name = "clerk_c-early"

    def __init__(self) -> None:
        from clerk_c.testing import Server

        self.server = Server()
        self.environment = self.server.environment()
        self.environment.__enter__()

    def pytest_runtest_setup(self) -> None:
        self.environment.include_reference()

    def pytest_unconfigure(self) -> None:
        self.environment.__exit__(None, None, None)
        self.server.close()


def _early(request: pytest.FixtureRequest) -> _Early | None:
    found: _Early | None = request.config.pluginmanager.get_plugin(_Early.name)
    return found


@pytest.hookimpl(hookwrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[Any]:
    """Around all others, of which some import applications."""
    _begin_early(early_config)
    yield


def _begin_early(config: pytest.Config) -> None:
    when = config.getini("clerk_environment")
    if when not in _WHEN:
        raise pytest.UsageError(f"clerk_environment must be one of {', '.join(_WHEN)}")
    if when == "always" and not config.pluginmanager.has_plugin(_Early.name):
        config.pluginmanager.register(_Early(), _Early.name)


@pytest.fixture(scope="session")
def clerk_server_options() -> dict[str, Any]:
    """Arguments of clerk_c.testing.Server, for a project to override."""
    return {}


@pytest.fixture(scope="session")
def clerk_session_server(
    request: pytest.FixtureRequest, clerk_server_options: dict[str, Any]
) -> Iterator[Server]:
    """The stand-in, running until the end; nothing empties it by itself."""
    early = _early(request)
    if early is not None:
        if clerk_server_options:
            raise pytest.UsageError(
                "clerk_server_options come too late with clerk_environment = always"
            )
        yield early.server
        return
    from clerk_c.testing import Server

    with Server(**clerk_server_options) as server:
        yield server


@pytest.fixture
def clerk_server(request: pytest.FixtureRequest, clerk_session_server: Server) -> Iterator[Server]:
    """The stand-in, empty at the beginning of each test."""
    clerk_session_server.reset()
    for mark in reversed(list(request.node.iter_markers("clerk_fault"))):
        try:
            clerk_session_server.faults.inject(*mark.args, **mark.kwargs)
        except (TypeError, ValueError) as error:
            raise pytest.UsageError(f"clerk_fault: {error}") from None
    yield clerk_session_server
    clerk_session_server.faults.clear()


@pytest.fixture
def clerk_client(clerk_server: Server) -> Iterator[Clerk]:
    """A client, for blocking and asynchronous calls, that sends each request once."""
    from clerk_c import Clerk

    client = Clerk(
        clerk_server.secret_key, server_url=clerk_server.url, retry_config=None, proxy=""
    )
    yield client
    client.close()


@pytest.fixture
def clerk_tokens(clerk_server: Server) -> Tokens:
    """Makes session tokens, tokens of machines, API keys and OAuth access tokens."""
    return clerk_server.tokens


@pytest.fixture
def clerk_webhooks(clerk_server: Server) -> Webhooks:
    """Makes signed webhooks."""
    return clerk_server.webhooks


@pytest.fixture
def clerk_faults(clerk_server: Server) -> Faults:
    """Makes requests go wrong."""
    return clerk_server.faults


@pytest.fixture
def clerk_requests(clerk_server: Server) -> RequestLog:
    """The requests that came in this test."""
    return clerk_server.requests


@pytest.fixture
def clerk_clock(clerk_server: Server) -> Iterator[Clock]:
    """The clock of the stand-in and of verification in this process."""
    from clerk_c.testing import Followed

    with Followed(clerk_server.clock):
        yield clerk_server.clock


@pytest.fixture
def clerk_environment(
    request: pytest.FixtureRequest, clerk_server: Server
) -> Iterator[Environment]:
    """Has an application reach the stand-in by environment variables and default servers."""
    early = _early(request)
    if early is not None:
        yield early.environment
        return
    with clerk_server.environment() as environment:
        yield environment
