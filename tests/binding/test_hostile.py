# ruff: noqa: PT011, PT012
"""Programs that misbehave on purpose: arguments that change what is being read, re-enter the
core or are of absurd size. Nothing may crash; run under ASan, nothing may touch freed memory."""

from __future__ import annotations

import contextlib
import copy
import gc
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, Response, _core, models

ACTOR = models.CreateActorTokenActor


class Trap:
    """A value that runs a piece of code whenever somebody looks at it."""

    def __init__(self, spring: Callable[[], object]) -> None:
        self.spring = spring

    def __iter__(self) -> Iterator[Any]:
        self.spring()
        return iter(())

    def __repr__(self) -> str:
        self.spring()
        return "trap"

    def __eq__(self, other: object) -> bool:
        self.spring()
        return False

    def __hash__(self) -> int:
        return hash("trap")

    def __getattr__(self, name: str) -> Any:
        self.spring()
        raise AttributeError(name)


class EqualTrap(Trap):
    """A key that collides with a name of the test's choice."""

    def __init__(self, name: str, spring: Callable[[], object]) -> None:
        super().__init__(spring)
        self.hash = hash(name)

    def __hash__(self) -> int:
        return self.hash


def fresh() -> str:
    """A text that nobody else holds."""
    return "".join(["fre", "sh", str(id(object()))])


def full_actor(spring: Callable[[Any], object]) -> Any:
    """A model whose unknown members hold a trap that is handed the model."""
    actor: Any = ACTOR(sub="user_1")
    members: dict[str, object] = {fresh() + str(n): [fresh()] for n in range(8)}
    actor.additional_properties = {"trap": Trap(lambda: spring(actor)), **members}
    return actor


def empty(actor: Any) -> None:
    """Takes the members away while somebody goes over them."""
    actor.additional_properties.clear()
    actor.additional_properties = {}


# --- unknown members of models -------------------------------------------------------------------


def test_members_vanish_while_they_are_shown() -> None:
    assert repr(full_actor(empty)).startswith("CreateActorTokenActor(sub='user_1', trap=")
    assert str(full_actor(empty)).startswith("sub='user_1' trap=")


def test_members_vanish_while_they_are_dumped() -> None:
    for mode in ("python", "json"):
        dump = full_actor(empty).model_dump(mode=mode, fallback=str)
        assert dump["sub"] == "user_1"
    actor = full_actor(empty)
    actor.model_dump(exclude={EqualTrap("trap", lambda: empty(actor))})


def test_members_vanish_while_they_are_sent(recorder: Recorder, clerk: Clerk) -> None:
    clerk.actor_tokens.create(
        request=models.CreateActorTokenRequestBody.model_construct(
            user_id="user_1", actor=full_actor(empty)
        )
    )
    assert b'"sub":"user_1"' in recorder.take().body.replace(b": ", b":")


def test_members_vanish_while_they_are_compared() -> None:
    one, other = full_actor(empty), full_actor(empty)
    assert one != other


def test_members_vanish_while_one_is_looked_up() -> None:
    actor: Any = ACTOR(sub="user_1")

    def replace() -> None:
        actor.additional_properties = {}

    for use in (
        lambda: getattr(actor, "name"),  # noqa: B009
        lambda: setattr(actor, "name", 1),
        lambda: delattr(actor, "name"),
    ):
        actor.additional_properties = {EqualTrap("name", replace): 1}
        with contextlib.suppress(AttributeError):
            use()
    set(actor)


def test_members_whose_names_are_no_text() -> None:
    actor: Any = ACTOR(sub="user_1")
    actor.additional_properties = {1: "one", None: 2, ("a",): 3}
    assert repr(actor) == "CreateActorTokenActor(sub='user_1', 1='one', None=2, ('a',)=3)"
    assert copy.deepcopy(actor) == actor
    list(actor)
    actor.model_dump()
    for member in ({1: "one"}, {b"x": 2}):
        with contextlib.suppress(ValueError):
            repr(ACTOR.model_validate({"sub": "user_1", **member}))


# --- checks of arguments -------------------------------------------------------------------------


def test_a_dict_loses_a_value_while_it_is_checked() -> None:
    """The value asks for an attribute of itself, and is gone."""
    for name in ("created_at", "verification_attempts_remaining"):
        given: dict[str, object] = {}
        given[name] = Trap(given.clear)
        with pytest.raises(ValueError):
            models.User.model_validate(given)


def test_a_dict_changes_while_its_items_are_checked() -> None:
    """Items of a dict with typed values."""
    for model, field in fields("dict"):
        given: dict[object, object] = {}
        given.update({fresh() + str(n): Trap(given.clear) for n in range(5)})
        with contextlib.suppress(ValueError, RuntimeError):
            model.model_validate({field: given})


def fields(kind: str) -> list[tuple[Any, str]]:
    """Every field of that kind, with its model."""
    found = []
    for name in _core.exports():
        model: Any = getattr(models, name)
        if isinstance(model, type) and issubclass(model, _core.BaseModel):
            rows = model.__clerk_fields__()  # type: ignore[attr-defined]
            found += [(model, row[0]) for row in rows if row[2][0] == kind]
    return found


def test_keys_of_unknown_members_run_code() -> None:
    class Name(str):
        __slots__ = ("given",)
        given: dict[object, object]

        def __hash__(self) -> int:
            if hasattr(self, "given"):
                self.given.clear()
            return str.__hash__(self)

        def __eq__(self, other: object) -> bool:
            return str.__eq__(self, other)

    given: dict[object, object] = {"sub": "user_1"}
    names = [Name(fresh() + str(n)) for n in range(4)]
    for name in names:
        given[name] = fresh()
    for name in names:
        name.given = given
    del name, names
    ACTOR.model_validate(given)


def test_numbers_with_operators_of_their_own() -> None:
    class Int(int):
        def __add__(self, other: object) -> Any:
            return "no number"

    assert type(models.TotalCount(object="total_count", total_count=Int(7)).total_count) is int


def test_huge_numbers(clerk: Clerk) -> None:
    for value in (10**400, -(10**400), 10**5000):
        with pytest.raises((ValueError, TypeError)):
            clerk.users.get(user_id="user_1", timeout_ms=value)
        try:
            models.TotalCount(object="total_count", total_count=str(10**400))
            models.BillingPaymentAttemptProration.model_validate({"cycle_remaining_percent": value})
        except ValueError:
            pass
    models.User.model_construct(created_at=10**5000).model_dump()


def test_a_tag_that_cannot_be_read() -> None:
    """What a mapping raises about its tag is not taken for a missing tag."""

    class Mapping(dict):  # type: ignore[type-arg]
        def __getitem__(self, key: object) -> Any:
            raise KeyboardInterrupt

    for model, field in fields("union"):
        with pytest.raises((KeyboardInterrupt, ValueError)):
            model.model_validate({field: Mapping(object="x")})


# --- filters of dumps ----------------------------------------------------------------------------


def test_filters_change_while_they_are_read() -> None:
    actor: Any = models.CreateActorTokenActor(sub="user_1")
    inner: dict[object, object] = {}

    def spring() -> None:
        inner.clear()

    for _ in range(3):
        inner.update({0: {fresh()}, EqualTrap("__all__", spring): {fresh()}})
        actor.additional_properties = {"list": [{"a": 1}, {"b": 2}]}
        actor.model_dump(include={"list": inner})
        inner.update({EqualTrap("trap", spring): 1, -1: {fresh()}})
        actor.model_dump(exclude={"list": inner})


# --- copies and pickles --------------------------------------------------------------------------


def test_updates_that_are_no_pairs() -> None:
    class Odd:
        def items(self) -> list[object]:
            return [1, (1,), "ab", None]

    user = models.TotalCount(object="total_count", total_count=1)
    with pytest.raises((TypeError, ValueError)):
        user.model_copy(update=Odd())  # type: ignore[arg-type]


def test_states_that_are_none() -> None:
    user: Any = models.TotalCount(object="total_count", total_count=1)
    for state in (
        None,
        {},
        {"__dict__": 1},
        {"__dict__": {}, "__pydantic_fields_set__": 1},
        {"__dict__": {1: 2}, "__pydantic_fields_set__": {3}},
        {"__dict__": {}, "__pydantic_extra__": 1, "__pydantic_fields_set__": ()},
    ):
        with contextlib.suppress(TypeError):
            user.__setstate__(state)
    response = Response(200, text="x")
    for state in (None, (), (1,) * 8, (1, 2, None, 3, 4, 5, 6, 7)):
        with pytest.raises(TypeError):
            response.__setstate__(state)  # type: ignore[attr-defined]
    assert response.text == "x"


def test_a_state_is_emptied_while_it_is_put_back() -> None:
    state: dict[str, object] = {}

    class Last:
        def __del__(self) -> None:
            state.clear()
            gc.collect()

    actor: Any = ACTOR.model_construct(sub=Last())
    state["__dict__"] = {"sub": fresh()}
    state["__pydantic_extra__"] = {fresh(): fresh()}
    state["__pydantic_fields_set__"] = {fresh()}
    actor.__setstate__(state)
    assert actor.sub.startswith("fresh")


def test_deepcopy_with_a_memo_that_lies() -> None:
    actor: Any = ACTOR(sub="user_1")
    actor.additional_properties = extra = {"a": 1}

    class Memo(dict):  # type: ignore[type-arg]
        def get(self, key: object, default: object = None) -> Any:
            return 7 if key == id(extra) else super().get(key, default)

    with pytest.raises(TypeError):
        actor.__deepcopy__(Memo())


# --- classes -------------------------------------------------------------------------------------


def test_the_row_of_a_class_is_not_for_others_to_choose() -> None:
    """A bigger model's row must not be used for a smaller instance."""
    small, big = models.TotalCount, models.User
    row = getattr(big, "__clerk_row__")  # noqa: B009
    with pytest.raises(TypeError):

        class Forged(small):  # type: ignore[valid-type, misc]
            __clerk_row__ = row

        Forged(object="total_count", total_count=1)
    with pytest.raises(TypeError):

        class Base(_core.BaseModel):
            __clerk_row__ = row

        Base()


def test_classes_with_two_parents() -> None:
    """Layouts that do not fit together are refused; those that do keep to themselves."""
    none = next(
        model
        for name in _core.exports()
        if isinstance(model := getattr(models, name), type)
        and issubclass(model, _core.BaseModel)
        and not model.__clerk_fields__()
    )
    for bases in ((none, models.TotalCount), (models.TotalCount, none)):
        made = type("Made", bases, {})
        instance = made.model_construct(total_count=1)
        repr(instance), instance.model_dump(), copy.copy(instance), instance == instance
        with contextlib.suppress(TypeError):
            instance.total_count  # noqa: B018
    with pytest.raises(TypeError):
        type("Made", (models.TotalCount, models.User), {})


def test_subclasses_that_forget_their_parents() -> None:
    class Silent(Clerk):
        def __init__(self) -> None:
            pass

    class Odd(models.TotalCount):
        def __new__(cls, **fields: object) -> Any:
            return 7

        def __init__(self, **fields: object) -> None:
            pass

    silent = Silent()
    with pytest.raises(RuntimeError, match="__init__"):
        silent.users.get(user_id="user_1")
    silent.close()
    repr(silent), silent.drift, silent.closed
    assert Odd.model_validate({"object": "total_count", "total_count": 1}) == 7

    class Empty(models.TotalCount):
        def __init__(self, **fields: object) -> None:
            pass

    empty = Empty()
    assert repr(empty) == "Empty()"
    assert empty.model_dump() is not None
    assert pickle.loads(pickle.dumps(models.TotalCount.model_construct())) is not None


def test_names_of_classes_outlive_the_making() -> None:
    """Messages name the class, in every version of Python."""
    with pytest.raises(TypeError, match=r"TotalCount\(\) takes keyword"):
        models.TotalCount(1)  # type: ignore[misc]
    with Clerk(bearer_auth=KEY) as clerk, pytest.raises(AttributeError, match="Users' object"):
        clerk.users.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_a_client_is_initialised_again_while_it_calls(recorder: Recorder) -> None:
    """A callback that makes the client strict, with another key and server, half-way."""
    clerk: Clerk

    def key() -> str:
        clerk.__init__(  # type: ignore[misc]
            bearer_auth=key, server_url=recorder.url, response_validation="strict"
        )
        return KEY

    recorder.answer = reply(200, [{"id": 7}])
    clerk = Clerk(bearer_auth=key, server_url=recorder.url, retry_config=None)
    with contextlib.suppress(Exception):
        clerk.users.list()
    clerk.close()
