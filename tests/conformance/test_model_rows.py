"""Every model row: the same objects, dumps, reprs and refusals as the reference's class."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import clerk_backend_api.models
import pytest
from answers import Answers, spoil
from compare import plain
from generate import MODELS, Arguments, Row, parse

import clerk_c.models
from clerk_c import ValidationError

THEIRS = clerk_backend_api.models
OURS = clerk_c.models
DUMPS: list[dict[str, Any]] = [
    {},
    {"mode": "json"},
    {"by_alias": True},
    {"by_alias": False, "mode": "json"},
    {"exclude_none": True},
    {"exclude_unset": True},
    {"exclude_defaults": True},
    {"exclude_none": True, "exclude_unset": True, "mode": "json", "by_alias": True},
    {"exclude_defaults": True, "exclude_none": True, "mode": "json"},
]
# Their default of a float field is an int, which their own serializer stumbles over.
INT_FOR_FLOAT = {"GetAPIKeysRequest", "GetM2MTokensRequest"}
HIDDEN = "'**********'"
ZONE = re.compile(r"TzInfo\((\d+)\)")


def exported() -> list[str]:
    return [name for name in MODELS if hasattr(THEIRS, name)]


def attempt(make: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """The value, or the exception that came instead."""
    try:
        return make(*given, **named)
    except Exception as error:  # whatever it is, the other side has to refuse too
        return error


@pytest.fixture(autouse=True)
def deprecations_allowed() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def has_field(name: str, found: Callable[[Row], bool]) -> bool:
    """Does a model, or a model in it, have such a field?"""
    kinds = [parse(field["type"]) for field in MODELS[name]["fields"]]
    return any(map(found, MODELS[name]["fields"])) or any(
        kind.kind == "model" and has_field(kind.name, found) for kind in kinds
    )


def is_content(field: Row) -> bool:
    return parse(field["type"]).kind == "content"


def has_other_default(field: Row) -> bool:
    """The reference reads an object there as UNSET; we, as the default."""
    return parse(field["type"]).unset and field.get("default") != {"unset": True}


def fitting(name: str) -> list[Any]:
    return [
        Answers(Random(f"{name} {number}"), style).model(name)
        for number, style in enumerate(("minimal", "maximal", "mixed", "mixed"))
    ]


@pytest.mark.parametrize("name", exported())
def test_read(name: str) -> None:
    """From JSON text and from a dict: equal values, equal dumps."""
    if has_field(name, is_content):
        return  # files cannot come out of JSON; test_built has them
    for body in fitting(name):
        theirs, ours = getattr(THEIRS, name), getattr(OURS, name)
        same_object(theirs.model_validate(body), ours.model_validate(body), [{}])
        text = json.dumps(body)
        same_object(theirs.model_validate_json(text), ours.model_validate_json(text))


def same_object(theirs: Any, ours: Any, dumps: list[dict[str, Any]] = DUMPS) -> None:
    assert plain(ours) == plain(theirs)
    if type(ours).__name__ not in INT_FOR_FLOAT:
        for options in dumps:
            found, wanted = ours.model_dump(**options), theirs.model_dump(**options)
            if options.get("mode") == "json":
                assert json.dumps(found) == json.dumps(wanted), options
            else:
                assert plain(found) == plain(wanted), options
                assert list(found) == list(wanted), options
    same_repr(repr(theirs), repr(ours))
    same_repr(str(theirs), str(ours))


def same_repr(theirs: str, ours: str) -> None:
    """Equal apart from what clerk_c hides."""
    theirs = ZONE.sub(_standard_zone, theirs)
    if HIDDEN not in ours:
        assert ours == theirs
        return
    pattern = re.escape(ours).replace(re.escape(HIDDEN), ".+?")
    assert re.fullmatch(pattern, theirs, re.DOTALL), (ours, theirs)


def _standard_zone(match: re.Match[str]) -> str:
    seconds = int(match[1])
    if seconds == 0:
        return "datetime.timezone.utc"
    return f"datetime.timezone(datetime.timedelta(seconds={seconds}))"


@pytest.mark.parametrize("name", exported())
def test_spoilt(name: str) -> None:
    """What does not fit is refused by both, for the same places, or by neither."""
    if has_field(name, is_content):
        return
    random = Random(name)
    for body in fitting(name)[1:] * 2:
        spoilt = spoil(body, random)
        for how, given in (("model_validate_json", json.dumps(spoilt)), ("model_validate", spoilt)):
            theirs = attempt(getattr(getattr(THEIRS, name), how), given)
            ours = attempt(getattr(getattr(OURS, name), how), given)
            if not isinstance(theirs, Exception) and not isinstance(ours, Exception):
                if not has_field(name, has_other_default):
                    same_object(theirs, ours, [{}])
            elif isinstance(theirs, Exception):
                assert isinstance(ours, ValidationError), (given, theirs)
                same_places(theirs, ours)
            else:
                assert how == "model_validate", (given, ours)
                assert all(reads_unset(theirs, place) for place in places(ours)), (given, ours)


def places(error: Any) -> set[Any]:
    """Where it does not fit, without the labels that the reference puts in for unions."""
    return {
        tuple(
            step
            for step in finding["loc"]
            if not re.match(
                r"nullable\[|Unset$|str$|lax-or|list\[|dict\[|function-|enum$", str(step)
            )
        )
        for finding in error.errors()
    }


def same_places(theirs: Any, ours: Any) -> None:
    if not hasattr(theirs, "errors"):
        return  # their look for a discriminator fails with an error of another kind
    assert {place[:1] for place in places(ours)} == {place[:1] for place in places(theirs)}


def reads_unset(value: Any, place: tuple[Any, ...]) -> bool:
    """Did the reference make UNSET of an object somewhere on the way to that place?"""
    dump = plain(value)
    for step in place:
        if dump == "UNSET":
            return True
        fields = dump[1] if isinstance(dump, tuple) else dump
        name = next((n for n in fields if n in (step, f"{step}_")), step) if fields else step
        dump = dump[step + 1] if isinstance(step, int) else fields[name]
    return bool(dump == "UNSET")


@pytest.mark.parametrize("name", exported())
def test_built(name: str) -> None:
    """By keywords: names or wire names, nested instances or dicts, lax values."""
    for number, style in enumerate(("minimal", "maximal", "null", "unset", "lax", "mixed")):
        made = []
        for package in (clerk_backend_api, clerk_c):
            random = Random(f"{name} {number}")
            maker = Arguments(package.models, package.types.UNSET, random, style)
            given = attempt(maker.model, name)
            if isinstance(given, dict):
                given = attempt(getattr(package.models, name), **given)
            made.append(given)
        theirs, ours = made
        assert isinstance(ours, Exception) == isinstance(theirs, Exception), (theirs, ours)
        if isinstance(theirs, Exception):
            assert isinstance(ours, ValidationError), ours
        else:
            same_object(theirs, ours, [{}])
