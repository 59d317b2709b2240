"""Models that both packages read from the same text, dumped by both with every option."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from random import Random
from typing import Any

import clerk_backend_api
import pytest
from clerk_backend_api.types import UNSET, BaseModel
from compare import plain

import clerk_c

from .test_check import RICH, model_names
from .texts import Maker, write

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FLAGS = ("exclude_unset", "exclude_defaults", "exclude_none", "by_alias", "round_trip")

INTEGER_DEFAULT = ("GetAPIKeysRequest", "GetM2MTokensRequest")


def read(name: str, text: str) -> tuple[Any, Any] | None:
    """The model of each package, where both take the text."""
    try:
        their = getattr(clerk_backend_api.models, name).model_validate_json(text)
        our = getattr(clerk_c.models, name).model_validate_json(text)
    except ValueError:
        return None
    if name in INTEGER_DEFAULT and "offset" not in their.model_fields_set:
        # Their default 0 is no float, so that they dump the field as they do UNSET.
        our = our.model_copy(update={"offset": clerk_c.UNSET})
        their = their.model_copy(update={"offset": UNSET})
    return our, their


def keys(value: Any) -> list[Any]:
    if isinstance(value, (dict,)):
        return list(value)
    if isinstance(value, list):
        return [*range(-1, len(value))]
    return [name for name, _ in value] if isinstance(value, BaseModel) else []


def inside(value: Any, key: Any) -> Any:
    if isinstance(value, list):
        return value[key] if -len(value) <= key < len(value) else None
    return value[key] if isinstance(value, dict) else getattr(value, key)


def selection(random: Random, value: Any, depth: int = 0) -> Any:
    """An include= or exclude= that mostly means something that is there."""
    known = [*keys(value), "__all__"] if depth or random.random() < 0.1 else keys(value)
    chosen = [key for key in known if random.random() < 0.4] or known[:1]
    if random.random() < 0.4:
        return set(chosen)
    made: dict[Any, Any] = {}
    for key in chosen:
        below = (
            next((inside(value, k) for k in keys(value)), None)
            if key == "__all__"
            else inside(value, key)
        )
        leaf = not keys(below) or depth > 3 or random.random() < 0.3
        made[key] = random.choice([True, ...]) if leaf else selection(random, below, depth + 1)
    return made


def options(random: Random, value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {flag: True for flag in FLAGS if random.random() < 0.25}
    for name in ("include", "exclude"):
        if random.random() < 0.4:
            made[name] = selection(random, value)
    return made


def dumped(value: Any, method: str, given: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            made = getattr(value, method)(**given)
        except (TypeError, ValueError) as error:  # theirs is a ValueError in each case
            return "refused" if isinstance(error, (TypeError, ValueError)) else error
    return made if isinstance(made, str) else plain(made)


def pairs(names: list[str], seed: int, count: int) -> Iterator[tuple[str, Any, Any]]:
    maker = Maker(seed)
    for name in names:
        for _ in range(count):
            both = read(name, write(maker.value(getattr(clerk_backend_api.models, name))))
            if both is not None:
                yield name, *both


def compare_dumps(names: list[str], seed: int, count: int) -> int:
    random = Random(seed)
    compared = 0
    for name, our, their in pairs(names, seed, count):
        for given in ({}, options(random, their), options(random, their)):
            if "file" in repr(their).lower():  # by alias they lose its content
                given.pop("by_alias", None)
            for more in ({}, {"mode": "json"}):
                expected = dumped(their, "model_dump", {**given, **more})
                got = dumped(our, "model_dump", {**given, **more})
                assert got == expected, (name, given, more, their)
            for more in ({}, {"indent": 2}):
                expected = dumped(their, "model_dump_json", {**given, **more})
                got = dumped(our, "model_dump_json", {**given, **more})
                assert got == expected, (name, given, more, their)
            compared += 1
    return compared


@pytest.mark.parametrize("seed", range(2))
def test_all_models(seed: int) -> None:
    assert compare_dumps(model_names(), seed, 1) > 500


@pytest.mark.parametrize("name", RICH)
def test_rich_models(name: str) -> None:
    assert compare_dumps([name], 7, 20) > 10
