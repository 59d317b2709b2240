"""Values whose own code misbehaves: numbers that are none, containers that grow while they are
read, collections of garbage that come back to the model which is being read."""

from __future__ import annotations

import gc
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, _core, models

# --- numbers -------------------------------------------------------------------------------------


class Ratio:
    """Says of itself that it is a number, and that it is this one."""

    def __init__(self, ratio: Callable[[], Any]) -> None:
        self.ratio = ratio

    def as_integer_ratio(self) -> Any:
        return self.ratio()


class Sub(int):
    """An int, but not exactly one."""


class Loud(float):
    def __float__(self) -> float:
        raise ZeroDivisionError


def stop() -> Any:
    raise KeyboardInterrupt


def total(value: Any) -> Any:
    return models.TotalCount(object="total_count", total_count=value).total_count


def percent(value: Any) -> Any:
    fields = {"cycle_remaining_percent": value}
    return models.BillingPaymentAttemptProration.model_validate(fields).cycle_remaining_percent


@pytest.mark.parametrize("ratio", [("text", 1), (None, 1), (1, "text"), (1, 10**40), (1,), None])
def test_ratios_that_are_none(ratio: Any) -> None:
    with pytest.raises(ValueError, match="total_count\n"):
        total(Ratio(lambda: ratio))


def test_a_ratio_of_another_int_is_a_plain_int() -> None:
    assert type(total(Ratio(lambda: (Sub(7), 1)))) is int


@pytest.mark.parametrize("value", [float, int, Decimal("sNaN"), Ratio(lambda: (1, 1)), Loud(0.5)])
def test_numbers_that_have_no_float(value: Any) -> None:
    """The field is named, whatever the value's own code raises."""
    with pytest.raises(ValueError, match="cycle_remaining_percent\n"):
        percent(value)


def test_interrupts_are_no_refusal() -> None:
    with pytest.raises(KeyboardInterrupt):
        total(Ratio(stop))


# --- texts ---------------------------------------------------------------------------------------


class Unclear:
    """Neither true nor false."""

    def __bool__(self) -> bool:
        raise AttributeError("no truth")


@pytest.mark.parametrize("show", [repr, str])
def test_secrets_that_cannot_be_told_from_nothing(show: Callable[[Any], str]) -> None:
    token = models.TestingToken.model_construct(token=Unclear())  # and no value for the next
    with pytest.raises(AttributeError, match="no truth"):
        show(token)


# --- containers that grow ------------------------------------------------------------------------


class Grows:
    """Asks for the fallback of a dump."""


def put(container: Any, value: object) -> None:
    """Ends by itself where nobody else does."""
    assert len(container) < 100
    if isinstance(container, list):
        container.append(value)
    else:
        container[str(len(container))] = value


@pytest.mark.parametrize("kind", [list, dict])
def test_containers_that_grow_while_they_are_dumped(kind: type) -> None:
    container: Any = kind()
    put(container, Grows())

    def more(value: Grows) -> int:
        put(container, Grows())
        return 7

    user = models.User.model_construct(public_metadata=container)
    dumped = user.model_dump(mode="json", fallback=more)["public_metadata"]
    assert dumped == ([7] if kind is list else {"0": 7})


def growing(container: Any) -> Any:
    """A generator that puts another of its kind into what it stands in."""
    put(container, growing(container))
    yield 7


@pytest.mark.parametrize("kind", [list, dict])
def test_containers_that_grow_while_they_are_sent(
    kind: type, recorder: Recorder, clerk: Clerk
) -> None:
    recorder.answer = reply(200, {"object": "user", "id": "user_1"})
    container: Any = kind()
    put(container, growing(container))
    clerk.users.create(public_metadata={"held": container})
    assert len(container) == 2
    sent = recorder.requests[-1].json()["public_metadata"]["held"]
    assert sent == ([[7]] if kind is list else {"0": [7]})


# --- garbage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 3, 7])
def test_a_collection_reads_the_model_that_is_being_read(recorder: Recorder, at: int) -> None:
    """The client is gone: only the unread answer holds its record of differences."""
    recorder.answer = reply(200, {"object": "user", "id": 7, "created_at": "x"})
    clerk = Clerk(bearer_auth=KEY, server_url=recorder.url, retry_config=None)
    user: Any = clerk.users.get(user_id="user_1")
    clerk.close()
    del clerk
    gc.collect()
    seen: list[str] = []

    def look(phase: str, info: dict[str, int]) -> None:
        seen.append(phase)
        if len(seen) == at:
            assert user.id == 7

    threshold = gc.get_threshold()
    gc.callbacks.append(look)
    gc.set_threshold(1)
    try:
        assert user.id == 7
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(look)


# --- clients that were never made ----------------------------------------------------------------


def test_exchanges_of_a_client_that_was_never_made() -> None:
    client = _core.Client.__new__(_core.Client)
    for name in ("_exchange", "_exchange_async"):
        with pytest.raises(RuntimeError, match=r"Clerk\.__init__\(\) was not called"):
            getattr(client, name)("GET", "http://127.0.0.1:9/", [], None, None)


def test_one_keyword_twice(recorder: Recorder, clerk: Clerk) -> None:
    class Name(str):
        """Equal to nothing but itself, so that a dict takes it next to its twin."""

        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            return self is other

    with pytest.raises(TypeError, match="multiple values for keyword argument 'user_id'"):
        clerk.users.get(**{"user_id": "a", Name("user_id"): "b"})
    assert recorder.requests == []
