"""Dumps of models: odd values, odd options, JSON text, and the hooks for other JSON writers."""

from __future__ import annotations

import dataclasses
import json
import math
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
import orjson
import pydantic
import pytest

from clerk_c import json_default, models
from clerk_c.types import UNSET


class Color(Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: Any = None


class Theirs(pydantic.BaseModel):
    a: int = 1


def holding(value: Any) -> Any:
    return models.UpdateUserMetadataRequestBody(public_metadata={"v": value})


def dumped(value: Any, **options: Any) -> Any:
    return holding(value).model_dump(**options)["public_metadata"]["v"]


LINK = models.IdentificationLink(type="t", id="i")
PLAIN_LINK = {"type": "t", "id": "i"}


@pytest.mark.parametrize(
    ("value", "python", "in_json"),
    [
        ((1, {"a": None}), (1, {"a": None}), [1, {"a": None}]),
        ({1}, {1}, [1]),
        (frozenset((1,)), frozenset((1,)), [1]),
        (LINK, PLAIN_LINK, PLAIN_LINK),
        ([LINK], [PLAIN_LINK], [PLAIN_LINK]),
        ((LINK,), (PLAIN_LINK,), [PLAIN_LINK]),
        ({1: LINK, None: 2}, {1: PLAIN_LINK, None: 2}, {"1": PLAIN_LINK, "None": 2}),
        (Color.RED, Color.RED, "red"),
        (Point(1), {"x": 1, "y": None}, {"x": 1, "y": None}),
        (Theirs(), {"a": 1}, {"a": 1}),
        (Decimal("1.50"), Decimal("1.50"), "1.50"),
        (UUID(int=5), UUID(int=5), str(UUID(int=5))),
        (b"abc", b"abc", "abc"),
        (2**70, 2**70, 2**70),
        (1e-5, 1e-5, 1e-5),
        (math.inf, math.inf, None),
    ],
)
def test_free_form_values(value: Any, python: Any, in_json: Any) -> None:
    made = dumped(value)
    assert made == python and type(made) is type(python)
    assert dumped(value, mode="json") == in_json
    text = holding(value).model_dump_json()
    assert json.loads(text)["public_metadata"]["v"] == in_json


def test_dumps_are_the_callers_own() -> None:
    inner: dict[str, Any] = {"a": [1]}
    made = dumped(inner)
    made["a"].append(2)
    assert inner == {"a": [1]}


class Odd:
    def __repr__(self) -> str:
        return "odd"


def test_fallback() -> None:
    for options in ({"mode": "json"}, {}):
        method = "model_dump" if options else "model_dump_json"
        with pytest.raises(ValueError, match="Odd"):
            getattr(holding(Odd()), method)(**options)
    assert dumped(Odd(), mode="json", fallback=lambda value: [value, LINK][1:]) == [PLAIN_LINK]
    assert json.loads(holding([Odd()]).model_dump_json(fallback=repr)) == {
        "public_metadata": {"v": ["odd"]}
    }
    assert isinstance(dumped(Odd()), Odd)
    with pytest.raises(ZeroDivisionError):
        dumped(Odd(), mode="json", fallback=lambda value: 1 / 0)
    with pytest.raises(RecursionError):
        dumped(Odd(), mode="json", fallback=lambda value: value)


def test_cycles_end() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    for attempt in (lambda: dumped(cycle), lambda: holding(cycle).model_dump_json()):
        with pytest.raises(RecursionError):
            attempt()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"\\/\b\f\n\r\t', '"\\"\\\\/\\b\\f\\n\\r\\t"'),
        ("\x00\x1f\x7f é😀\u2028", '"\\u0000\\u001f\x7f é😀\u2028"'),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (1e16, "1e+16"),
        (1e15, "1000000000000000.0"),
        (1e-4, "0.0001"),
        (1e-5, "0.00001"),
        (-1.25e-5, "-0.0000125"),
        (1e-6, "1e-6"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (float("nan"), "null"),
        ([], "[]"),
        ({}, "{}"),
        ([[], {}], "[[],{}]"),
    ],
)  # fmt: skip
def test_text(value: Any, text: str) -> None:
    assert holding(value).model_dump_json() == f'{{"public_metadata":{{"v":{text}}}}}'


def test_indented_text() -> None:
    made = holding([1, {}, [], {"a": "é"}])
    for indent in (0, 1, 4):
        assert made.model_dump_json(indent=indent) == json.dumps(
            made.model_dump(mode="json"), indent=indent, ensure_ascii=False
        )
    assert "\\u00e9" in made.model_dump_json(ensure_ascii=True)
    for indent in (-1, 10**6, 2**70, "x", 1.5):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            made.model_dump_json(indent=indent)
    with pytest.raises(UnicodeEncodeError):
        holding("\ud800").model_dump_json()


@pytest.mark.parametrize("bad", [5, {"public_metadata": 5}, {"public_metadata": {"v": 5}}, Odd()])
@pytest.mark.parametrize("name", ["include", "exclude"])
def test_odd_filters(name: str, bad: Any) -> None:
    made = holding([1])
    with pytest.raises(TypeError, match=f"{name} must be a set or a dict"):
        made.model_dump(**{name: bad})


def test_filters_do_not_change() -> None:
    wanted = {"public_metadata": {"v": {"__all__": {"a"}, 0: {"b"}, -1: {"c": True}}}}
    before = repr(wanted)
    values = [{"a": 1, "b": 2, "c": 3, "d": 4}] * 3
    assert holding(values).model_dump(include=wanted)["public_metadata"]["v"] == [
        {"a": 1, "b": 2}, {"a": 1}, {"a": 1, "c": 3},
    ]  # fmt: skip
    assert repr(wanted) == before


class Unwilling:
    def __hash__(self) -> int:
        raise RuntimeError("no")


def test_filters_that_fail() -> None:
    class Container:
        def __contains__(self, key: Any) -> bool:
            raise RuntimeError("no")

    for name in ("include", "exclude"):
        with pytest.raises(RuntimeError, match="no"):
            holding([1]).model_dump(**{name: Container()})
        with pytest.raises(RuntimeError, match="no"):
            holding([1]).model_dump(**{name: {"public_metadata": {"v": Container()}}})


def test_unknown_options() -> None:
    with pytest.raises(TypeError):
        LINK.model_dump(unknown=1)
    with pytest.raises(TypeError):
        LINK.model_dump("json")
    assert LINK.model_dump(mode="other", context=1, warnings="none") == PLAIN_LINK


def test_hooks_for_other_writers() -> None:
    value = {"a": [LINK], "u": UNSET}
    text = '{"a":[{"type":"t","id":"i"}],"u":null}'
    assert json.dumps(value, default=json_default, separators=(",", ":")) == text
    assert orjson.dumps(value, default=json_default).decode() == text
    assert msgspec.json.encode(value, enc_hook=json_default).decode() == text
    with pytest.raises(TypeError, match="Odd"):
        json_default(Odd())
