"""Every row of documented answers gives the same result, or the same error, in both packages."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest
from answers import Answers, spoil
from compare import Outcome, Pair, plain
from generate import ERRORS, OPERATIONS, Arguments, parse
from recorder import reply

ROUNDS = int(os.environ.get("CONFORMANCE_ROUNDS", "1"))
Row = dict[str, Any]


def operations() -> list[Any]:
    return [pytest.param(row, id=f"{row['group']}.{row['name']}") for row in OPERATIONS]


def call(pair: Pair, row: Row, answer: bytes) -> tuple[Outcome, Outcome]:
    """The operation with its required arguments, answered like that."""
    pair.server.answer = answer

    def arguments(package: Any) -> Row:
        made = Arguments(package.models, package.types.UNSET, Random(1), "minimal")
        return made.call(row) | {"retries": None}

    return pair.both(row, arguments)


def same(outcomes: tuple[Outcome, Outcome]) -> str:
    """Holds the two outcomes against each other; says what they were."""
    theirs, ours = outcomes
    context = f"{theirs.error!r}\n{ours.error!r}"
    assert len(theirs.requests) == len(ours.requests) == 1, context
    assert type(ours.error).__name__ == type(theirs.error).__name__, context
    if theirs.error is None:
        assert plain(ours.value) == plain(theirs.value)
        assert ours.warned == [] or theirs.warned != []
        return "value"
    expected: Any = theirs.error
    found: Any = ours.error
    assert found.status_code == expected.status_code
    assert found.body == expected.body
    assert dict(found.headers) == dict(expected.headers)
    assert found.raw_response.status_code == expected.raw_response.status_code
    assert found.raw_response.content == expected.raw_response.content
    if type(found).__name__ == "ResponseValidationError":
        assert found.message.startswith("Response validation failed: ")
        assert expected.message.startswith("Response validation failed: ")
        assert isinstance(found.cause, ValueError)
    else:
        assert found.message == expected.message
        assert str(found) == str(expected)
        assert plain(getattr(found, "data", None)) == plain(getattr(expected, "data", None))
    return type(found).__name__


def status_of(response: Row, random: Random) -> int:
    return int(random.choice(response["status"]).replace("XX", "18"))


def bodies(what: str, random: Random) -> list[Any]:
    """Fitting ones, and spoilt ones that may or may not fit."""
    made = [Answers(random, style).value(parse(what)) for style in ("minimal", "mixed")]
    return [*made, *(spoil(body, random) for body in made)]


@pytest.mark.parametrize("row", operations())
def test_documented_answers(pair: Pair, row: Row) -> None:
    for attempt in range(ROUNDS):
        for number, response in enumerate(row["responses"]):
            random = Random(f"{row['group']}.{row['name']} {attempt} {number}")
            status = status_of(response, random)
            if response["outcome"] == "json":
                for body in bodies(response["type"], random):
                    same(call(pair, row, reply(status, body)))
            elif response["outcome"] == "error":
                for body in bodies(ERRORS[response["error"]]["data"], random)[1:3]:
                    same(call(pair, row, reply(status, body)))
            elif response["outcome"] == "none":
                assert same(call(pair, row, reply(status, b"ignored", "text/plain"))) == "value"
            elif attempt or number % 2:
                answer = reply(status, b"something", "text/plain")
                assert same(call(pair, row, answer)) == "SDKError"
