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


@pytest.mark.parametrize(
    ("row", "given", "what"),
    [
        (
            {"group": "enterprise_connections", "name": "update"},
            {"enterprise_connection_id": "x", "sync_user_attributes": {"any": "dict"}},
            "sync_user_attributes",
        ),
    ],
)
def test_a_dict_is_not_unset(pair: Pair, row: Any, given: Any, what: str) -> None:
    """The reference takes any dict for UNSET, and so drops it without a word."""
    theirs, ours = pair.both(row, lambda package: given | {"retries": None})
    assert theirs.requests[0].body == b"{}"
    assert isinstance(ours.error, ValueError)
    assert what in str(ours.error)
    assert ours.requests == []


def test_unset_inside_free_form_data(pair: Pair) -> None:
    """The reference would store the text of its own marker at Clerk's."""
    row = {"group": "users", "name": "update_metadata"}
    theirs, ours = pair.both(
        row,
        lambda package: {
            "user_id": "user_1",
            "public_metadata": {"plan": package.types.UNSET},
            "retries": None,
        },
    )
    assert b"~?~unset~?~sentinel~?~" in theirs.requests[0].body
    assert isinstance(ours.error, TypeError)
    assert ours.requests == []


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("a/b", "/v1/users/a%2Fb"),
        ("a?b#c", "/v1/users/a%3Fb%23c"),
        ("a b", "/v1/users/a%20b"),
        ("ü日", "/v1/users/%C3%BC%E6%97%A5"),
        ("50%", "/v1/users/50%25"),
        ("%2e%2e", "/v1/users/%252e%252e"),
        ("...", "/v1/users/..."),
        ("a\r\nb\0", "/v1/users/a%0D%0Ab%00"),
    ],
)
def test_path_parameters_stay_one_segment(pair: Pair, given: str, sent: str) -> None:
    pair.server.answer = reply(404, {"errors": []})
    outcome = pair.call(pair.ours, {"group": "users", "name": "get"}, lambda _: {"user_id": given})
    assert [request.target for request in outcome.requests] == [sent]


@pytest.mark.parametrize("given", ["", ".", ".."])
def test_path_parameters_that_would_reach_elsewhere(pair: Pair, given: str) -> None:
    outcome = pair.call(pair.ours, {"group": "users", "name": "get"}, lambda _: {"user_id": given})
    assert type(outcome.error) is ValueError
    assert "user_id" in str(outcome.error)
    assert outcome.requests == []
