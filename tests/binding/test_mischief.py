"""Objects whose conversion changes what is being looked at: wrong results perhaps, never a crash.

Worth most in the run under ASan.
"""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from recorder import Recorder, reply

from clerk_c import Clerk, models


class Clears:
    """Empties a container as soon as anything is asked of it."""

    def __init__(self, container: Any, number: Any = 7) -> None:
        self.container = container
        self.number = number

    def empty(self) -> None:
        self.container.clear()
        gc.collect()

    def as_integer_ratio(self) -> Any:
        self.empty()
        return (self.number, 1)

    def __iter__(self) -> Any:
        self.empty()
        return iter([1])

    def __repr__(self) -> str:
        self.empty()
        return "Clears()"

    def __eq__(self, other: object) -> bool:
        self.empty()
        return True

    __hash__ = None  # type: ignore[assignment]


class ClearsWhenLookedAt(Clears):
    def __getattr__(self, name: str) -> Any:
        self.empty()
        raise AttributeError(name)


def in_dict(make: Any, key: str, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {}
    given[key] = make(given)
    given.update(more)
    return given


@pytest.mark.parametrize("make", [Clears, lambda d: Clears(d, "x"), ClearsWhenLookedAt])
@pytest.mark.parametrize(
    ("name", "key", "more"),
    [
        ("GetUserListRequest", "limit", {"offset": 1}),
        ("DeletedObject", "object", {"deleted": True}),
        ("File", "content", {"file_name": "a"}),
        ("CreateActorTokenActor", "sub", {"more": [1], "and": "more"}),
        ("EmailAddress", "verification", {"linked_to": [{}], "object": "email_address"}),
    ],
)
def test_dicts_of_fields(name: str, key: str, more: Any, make: Any) -> None:
    given = in_dict(make, key, **more)
    cls = getattr(models, name)
    try:
        made = cls.model_validate(given)
    except (ValueError, AttributeError) as error:
        made = error
    assert isinstance(made, (cls, ValueError, AttributeError))
    assert set(given) <= {key, *more}


@pytest.mark.parametrize("make", [Clears, lambda d: Clears(d, "x"), ClearsWhenLookedAt])
def test_arguments(clerk: Clerk, recorder: Recorder, make: Any) -> None:
    recorder.answer = reply(500)
    request = in_dict(make, "limit", offset=2)
    with pytest.raises((ValueError, models.SDKError)):
        clerk.users.list(request=request)
    items: list[Any] = ["a"]
    items += [make(items), "b"]
    with pytest.raises(ValueError, match="user_ids"):
        clerk.users.bulk_ban(user_ids=items)


def test_free_form_values(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = reply(500)
    members = in_dict(Clears, "a", b=[1, 2], c={"d": "e"})
    items: list[Any] = []
    items += [Clears(items), [2], "x"]
    for given in (members, {"list": items}):
        with pytest.raises(models.SDKError):
            clerk.users.update_metadata(user_id="a", public_metadata=given)
        assert recorder.take().json()["public_metadata"]


def test_assigned_lists_in_queries(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = reply(500)
    request = models.GetUserListRequest()
    items: list[Any] = []
    items += [Clears(items), "b", "c"]
    request.user_id = items
    with pytest.raises(models.SDKError):
        clerk.users.list(request=request)
    assert items == []


def looks() -> list[Any]:
    uses: list[Callable[[Any], Any]] = [
        repr,
        str,
        lambda model: model.model_dump(),
        lambda model: model.model_dump(mode="json"),
        lambda model: model.model_dump(exclude={"x"}, exclude_defaults=True),
        lambda model: model.model_dump_json(),
        lambda model: model == models.CreateActorTokenActor(sub="s", a=1, b=2, c=3),
        lambda model: list(model),
        copy.deepcopy,
        lambda model: model.model_copy(update={"d": 1}),
    ]
    return [pytest.param(use, id=str(index)) for index, use in enumerate(uses)]


@pytest.mark.parametrize("look", looks())
def test_unknown_members_that_change(look: Any) -> None:
    model = models.CreateActorTokenActor(sub="s", a=1, b="text" * 9, c=[3])
    model.a = Clears(model.model_extra)
    model.sub = Clears(model.model_extra)
    with suppress(RuntimeError):  # a dict that changes while Python copies it
        look(model)
    assert isinstance(model.sub, Clears)
    assert set(model.model_extra) <= {"a", "b", "c"}


class Replaces:
    """Assigns to the model that is being looked at."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def replace(self) -> None:
        self.model.object = "gone"
        self.model.deleted = ["gone", "too"]
        gc.collect()

    def __repr__(self) -> str:
        self.replace()
        return "Replaces()"

    def __eq__(self, other: object) -> bool:
        self.replace()
        return True

    def __iter__(self) -> Any:
        self.replace()
        return iter([1])

    def __deepcopy__(self, memo: Any) -> Any:
        self.replace()
        return self

    def __del__(self) -> None:
        self.replace()

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "look",
    [
        repr,
        lambda model: model == models.DeletedObject(object="a", deleted=True),
        lambda model: model.model_dump(mode="json"),
        copy.deepcopy,
        lambda model: setattr(model, "object", 1),
    ],
)
def test_fields_that_change(look: Any) -> None:
    model = models.DeletedObject(object="a", deleted=True)
    model.object = Replaces(model)
    look(model)
    assert model.deleted == ["gone", "too"]


def test_updates_that_are_no_pairs() -> None:
    class Odd(dict[str, Any]):
        def items(self) -> Any:
            return [("a",), "b", None]

    model = models.DeletedObject(object="a", deleted=True)
    with pytest.raises(TypeError, match="pairs"):
        model.model_copy(update=Odd(a=1))
