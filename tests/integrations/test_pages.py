"""The logic of pages against a list that changes at any moment, without a server."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from clerk_c import _pages


def rows(*numbers: int) -> list[dict[str, str]]:
    return [{"id": f"id_{number}"} for number in numbers]


def walk(
    world: list[Any],
    limit: int,
    *,
    total: bool = True,
    between: Callable[[int], None] = lambda _: None,
    most_requests: int = 1000,
    **options: Any,
) -> tuple[list[Any], list[int]]:
    """What is given, and the offsets that were asked for."""
    steps = _pages.Walk(limit, **options)
    given: list[Any] = []
    asked: list[int] = []
    while not steps.done:
        assert len(asked) < most_requests
        offset = steps.ask()
        asked.append(offset)
        page = world[offset : offset + limit]
        given += [item.value for item in steps.take(page, len(world) if total else None)]
        between(len(asked))
    return given, asked


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 100])
@pytest.mark.parametrize("size", [0, 1, 2, 9, 10, 11, 20, 37])
def test_a_list_that_stays(size: int, limit: int, total: bool) -> None:
    world = rows(*range(size))
    given, asked = walk(world, limit, total=total)
    assert given == world
    assert len(asked) <= 2 + size // max(1, limit - 1)


@pytest.mark.parametrize("total", [True, False])
def test_rows_without_ids(total: bool) -> None:
    for value in ("x", 5, None, {}, {"id": 5}, {"id": ""}):
        given, asked = walk([value] * 25, 10, total=total)
        assert given == [value] * 25
        assert asked == [0, 10, 20]


def test_a_page_begins_with_the_last_row_of_the_one_before() -> None:
    assert walk(rows(*range(25)), 10)[1] == [0, 9, 18]


@pytest.mark.parametrize("total", [True, False])
def test_insertion_at_the_front_repeats_nothing(total: bool) -> None:
    world = rows(*range(50))
    expected = list(world)

    def insert(request: int) -> None:
        world[:0] = rows(*range(1000 * request, 1000 * request + 4))

    given, _ = walk(world, 10, total=total, between=insert)
    assert given == expected


@pytest.mark.parametrize("total", [True, False])
def test_deletion_loses_nothing(total: bool) -> None:
    """As of a program that deletes what it was given."""
    world = rows(*range(95))
    expected = list(world)
    steps = _pages.Walk(10)
    given = []
    while not steps.done:
        offset = steps.ask()
        page = world[offset : offset + 10]
        for item in steps.take(page, len(world) if total else None):
            given.append(item.value)
            world.remove(item.value)
    assert given == expected
    assert world == []


@pytest.mark.parametrize("seed", range(200))
def test_rows_that_come_and_go(seed: int) -> None:
    """Each row that is there all the time is given, and none twice."""
    random = Random(seed)
    world = rows(*range(random.randint(0, 120)))
    random_total = random.random() < 0.5
    always = {row["id"] for row in world}
    fresh = iter(range(1000, 10**6))

    def change(_: int) -> None:
        for _ in range(random.randint(0, 3)):
            if world and random.random() < 0.6:
                place = random.randrange(len(world))
                always.discard(world.pop(place)["id"])
            else:
                world[:0] = rows(next(fresh))

    limit = random.randint(4, 20)
    given, _ = walk(world, limit, total=random_total, between=change)
    ids = [row["id"] for row in given]
    assert len(ids) == len(set(ids))
    missing = always - set(ids)
    # A row can hide behind one insertion and one deletion between the same two requests.
    assert len(missing) <= 2, (len(missing), limit)


def test_an_order_that_is_none_ends() -> None:
    random = Random(1)
    world = rows(*range(300))
    given, asked = walk(world, 10, between=lambda _: random.shuffle(world))
    assert len({row["id"] for row in given}) == len(given) > 100
    assert len(asked) < 400


@pytest.mark.parametrize("total", [5, 10, 400, None])
def test_a_server_that_ignores_offset_or_limit(total: int | None) -> None:
    steps = _pages.Walk(10)
    page = rows(*range(10))
    given = []
    for _ in range(60):
        if steps.done:
            break
        steps.ask()
        given += steps.take(page, total)
    assert steps.done
    assert [item.value for item in given] == page
    steps = _pages.Walk(10)
    assert len(steps.take(rows(*range(30)), None)) == 30
    assert steps.done


def test_a_server_that_gives_less_than_asked_for() -> None:
    """With a total it is known that more follows."""
    world = rows(*range(30))
    steps = _pages.Walk(100)
    given = []
    while not steps.done:
        given += [item.value for item in steps.take(world[steps.ask() :][:7], 30)]
    assert given == world


def test_from_an_offset() -> None:
    world = rows(*range(30))
    given, asked = walk(world, 10, start=5)
    assert given == world[5:]
    assert asked == [5, 14, 23]


# Tokens


def resumed(world: list[Any], changed: list[Any], limit: int, count: int) -> list[Any]:
    """What is given of a list that has changed, after `count` of its elements."""
    steps = _pages.Walk(limit)
    place = _pages.place(None, "x.list", {}, 0)
    left = count
    while left and not steps.done:
        offset = steps.ask()
        for item in steps.take(world[offset : offset + limit], None)[:left]:
            place.pass_by(item)
            left -= 1
    again = _pages.place(place.token, "x.list", {}, 0)
    assert (again.end, again.tail) == (place.end, place.tail)
    return walk(changed, limit, start=again.end, tail=again.tail)[0]


@pytest.mark.parametrize("limit", [1, 2, 10, 30])
@pytest.mark.parametrize("count", [0, 1, 5, 9, 10, 11, 29, 30])
def test_resuming(count: int, limit: int) -> None:
    world = rows(*range(30))
    assert resumed(world, world, limit, count) == world[count:]


def test_resuming_after_changes() -> None:
    world = rows(*range(100))
    for changed in (
        rows(1000, 1001, 1002) + world,
        world[:38] + world[40:],
        world[5:],
        world[:20] + world[28:],
    ):
        given = resumed(world, changed, 30, 40)
        assert given == [row for row in world[40:] if row in changed]
    # Everything that it knew has gone: the same place.
    assert resumed(world, rows(*range(200, 300)), 30, 40) == rows(*range(240, 300))


@pytest.mark.parametrize(
    "token", ["", "x", "!!", "bnVsbA", "WzEsMiwzLDQsNV0", "W10", "ä", "[" * 3000, "AAAA" * 5]
)
def test_no_token(token: str) -> None:
    with pytest.raises(ValueError, match="resume is not a token of paginate"):
        _pages.place(token, "x.list", {}, 0)


def test_a_token_of_something_else() -> None:
    token = _pages.place(None, "x.list", {"query": "ada@example.com"}, 3).token
    assert _pages.place(token, "x.list", {"query": "ada@example.com"}, 0).end == 3
    with pytest.raises(ValueError, match=r"resume is a token of x\.list, not of y\.list"):
        _pages.place(token, "y.list", {"query": "ada@example.com"}, 0)
    with pytest.raises(ValueError, match="other arguments"):
        _pages.place(token, "x.list", {"query": "eve@example.com"}, 0)
    with pytest.raises(TypeError, match="resume must be str or None"):
        _pages.place(5, "x.list", {}, 0)  # type: ignore[arg-type]
