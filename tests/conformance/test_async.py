"""The asynchronous twins of both packages: the same requests, the same outcomes.

The blocking methods are compared in depth elsewhere; both kinds share all but the way to the
server, so a few cases for each operation and each documented answer are enough here.
"""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from answers import response_for
from compare import Outcome, Pair, plain
from generate import ERRORS, OPERATIONS, Arguments
from recorder import reply
from test_results import bodies, same, status_of

Row = dict[str, Any]


class AsyncPair(Pair):
    """Calls `<name>_async` of either package on one loop."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()

    def close(self) -> None:
        self.loop.run_until_complete(self.theirs.__aexit__(None, None, None))
        self.loop.run_until_complete(self.ours.aclose())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        super().close()

    def invoke(self, client: Any, row: Row, arguments: Row) -> Any:
        method = getattr(getattr(client, row["group"]), f"{row['name']}_async")
        return self.loop.run_until_complete(method(**arguments))


@pytest.fixture(scope="module")
def twins() -> Iterator[AsyncPair]:
    made = AsyncPair()
    yield made
    made.close()


def operations() -> list[Any]:
    return [pytest.param(row, id=f"{row['group']}.{row['name']}") for row in OPERATIONS]


@pytest.mark.parametrize("row", operations())
def test_same_request(twins: AsyncPair, row: Row) -> None:
    for style in ("minimal", "mixed"):
        seed = f"{row['group']}.{row['name']} async {style}"
        twins.server.answer = reply(*response_for(row, Random(seed)))

        def arguments(package: Any, seed: str = seed, style: str = style) -> Row:
            return Arguments(package.models, package.types.UNSET, Random(seed), style).call(row)

        theirs, ours = twins.both(row, arguments)
        context = f"{seed}\n{theirs.error!r}\n{ours.error!r}"
        if theirs.error is None:
            assert ours.error is None, context
            assert ours.sent() == theirs.sent(), context
            assert plain(ours.value) == plain(theirs.value), context
        else:
            assert isinstance(ours.error, (ValueError, TypeError)), context
            assert ours.requests == [], context


@pytest.mark.parametrize("row", operations())
def test_documented_answers(twins: AsyncPair, row: Row) -> None:
    for number, response in enumerate(row["responses"]):
        random = Random(f"{row['group']}.{row['name']} async {number}")
        status = status_of(response, random)
        if response["outcome"] == "json":
            for body in bodies(response["type"], random)[1:3]:
                same(answered(twins, row, reply(status, body)))
        elif response["outcome"] == "error":
            body = bodies(ERRORS[response["error"]]["data"], random)[1]
            same(answered(twins, row, reply(status, body)))


def answered(twins: AsyncPair, row: Row, answer: bytes) -> tuple[Outcome, Outcome]:
    twins.server.answer = answer

    def arguments(package: Any) -> Row:
        made = Arguments(package.models, package.types.UNSET, Random(1), "minimal")
        return made.call(row) | {"retries": None}

    return twins.both(row, arguments)


def test_the_same_methods(twins: AsyncPair) -> None:
    for row in OPERATIONS:
        for name in (row["name"], f"{row['name']}_async"):
            theirs = getattr(getattr(twins.theirs, row["group"]), name)
            ours = getattr(getattr(twins.ours, row["group"]), name)
            is_async = inspect.iscoroutinefunction(inspect.unwrap(theirs))
            assert is_async == name.endswith("_async")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # from Python 3.14 on
                assert asyncio.iscoroutinefunction(ours) == is_async
            assert (ours.__name__, ours.__qualname__) == (theirs.__name__, theirs.__qualname__)
            assert list(inspect.signature(ours).parameters) == list(
                inspect.signature(theirs).parameters
            )
