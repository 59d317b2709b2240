"""The same arguments through the reference and through clerk_c put the same bytes on the wire.

Every operation is called several times with arguments drawn from the schema: only the required
ones, all, nulls, UNSET, empty lists, what lax coercion takes, mixtures, and one that does not fit.
CONFORMANCE_ROUNDS=20 draws twenty times as many.
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from answers import response_for
from compare import KEY, Pair, plain
from generate import OPERATIONS, STYLES, Arguments
from recorder import reply

ROUNDS = int(os.environ.get("CONFORMANCE_ROUNDS", "1"))


def operations() -> list[Any]:
    return [pytest.param(row, id=f"{row['group']}.{row['name']}") for row in OPERATIONS]


@pytest.mark.parametrize("row", operations())
def test_same_request(pair: Pair, row: dict[str, Any]) -> None:
    for attempt in range(ROUNDS):
        for number, style in enumerate(STYLES):
            seed = f"{row['group']}.{row['name']} {attempt} {number} {style}"
            status, body = response_for(row, Random(seed))
            pair.server.answer = reply(status, body)

            def arguments(package: Any, seed: str = seed, style: str = style) -> dict[str, Any]:
                made = Arguments(package.models, package.types.UNSET, Random(seed), style)
                return made.call(row)

            theirs, ours = pair.both(row, arguments)
            context = f"{seed}\n{arguments}\n{theirs.error!r}\n{ours.error!r}"
            if theirs.error is None:
                assert ours.error is None, context
                assert ours.sent() == theirs.sent(), context
                assert plain(ours.value) == plain(theirs.value), context
            else:  # both refuse, and we before anything is sent
                assert isinstance(ours.error, (ValueError, TypeError)), context
                assert ours.requests == [], context


def test_the_key_and_the_fixed_headers(pair: Pair) -> None:
    """What the comparison above would not see if both sides left it out."""
    row = {"group": "users", "name": "get"}
    for outcome in pair.both(row, lambda package: {"user_id": "user_1", "retries": None}):
        (request,) = outcome.requests
        assert request.one("authorization") == f"Bearer {KEY}"
        assert request.one("clerk-api-version") == "2025-11-10"
        assert request.one("x-clerk-sdk") == "python/7.0.0"
        assert (request.method, request.target) == ("GET", "/v1/users/user_1")
