"""Fixtures of the tests of authentication."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from issuing import SECRET, Clock, Endpoint, Signer

from clerk_c.security import JwksKeeper


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer("ins_one")


@pytest.fixture(scope="session")
def other() -> Signer:
    return Signer("ins_two")


@pytest.fixture(scope="session")
def unnamed() -> Signer:
    return Signer(None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeper(endpoint: Endpoint, clock: Clock) -> JwksKeeper:
    return JwksKeeper(SECRET, endpoint.url, clock=clock)
