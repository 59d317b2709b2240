"""Environments of the stand-in by hand: they nest, end as they began, and are entered once."""

from __future__ import annotations

import os

import pytest

from clerk_c import Clerk, sdk
from clerk_c.testing import Environment, Server


def users(key: str) -> int:
    with Clerk(bearer_auth=key, retry_config=None) as clerk:
        return clerk.users.count().total_count


def test_they_nest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLERK_JWT_KEY", "mine")
    monkeypatch.delenv("CLERK_SECRET_KEY", raising=False)
    before = dict(os.environ)
    with Server() as outer, Server() as inner:
        with outer.environment():
            assert users(outer.secret_key) == 0
            with inner.environment():
                assert os.environ["CLERK_SECRET_KEY"] == inner.secret_key
                assert users(inner.secret_key) == 0
            assert os.environ["CLERK_SECRET_KEY"] == outer.secret_key
            assert users(outer.secret_key) == 0
        assert (len(outer.requests), len(inner.requests)) == (2, 1)
    assert dict(os.environ) == before
    assert sdk.SERVERS == ("https://api.clerk.com/v1",)


def test_once_at_a_time() -> None:
    with Server() as server:
        environment = server.environment()
        for _ in range(2):
            with environment, pytest.raises(RuntimeError, match="entered already"):
                environment.__enter__()
            assert "CLERK_API_URL" not in os.environ


def test_one_that_cannot_be_set_leaves_nothing() -> None:
    environment = Environment({"CLERK_API_URL": "x", "CLERK_SECRET_KEY": "a\0b"}, "http://x/v1")
    before = dict(os.environ)
    with pytest.raises(ValueError, match="null byte"):
        environment.__enter__()
    assert dict(os.environ) == before
