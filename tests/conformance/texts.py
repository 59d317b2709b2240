"""JSON texts for the reference's models: some that fit, most of them nearly.

What a model takes is read off the reference's own annotations, not off our schema. Objects are
lists of pairs while they are made, so that a name may come twice.
"""

from __future__ import annotations

import copy
import datetime
import inspect
import io
import json
import types
import typing
from enum import Enum
from random import Random
from typing import Any

from clerk_backend_api.types import BaseModel
from clerk_backend_api.types.basemodel import Unset

# Where a number, a text or a date is due, and what is only like one.
TEXTS = [
    "", "a", "user_1", "true", "1", "1.5", "2024-01-02T03:04:05Z", "2024-01-02", "nan", "é\0x",
    "😀",
]  # fmt: skip
INTEGERS = [0, 1, -5, 1700000000000, 2**53 + 1, 2**63, 2**70]
FLOATS = [0.5, 1.0, -2.25, 1e300]
MOMENTS = [
    "2024-01-02T03:04:05Z", 1700000000, 1.5, "2024-01-02", "86400", "2024-01-02 00:00:00.5+02:00",
]  # fmt: skip
NUMBERS = [
    0, 1, 2, -1, 0.0, 1.0, 1.5, -0.0, 3.0, 2**53 + 1, 2**63, -(2**70), 10**400, 1e18, 1e19, 1e300,
]  # fmt: skip
WORDS = [
    "", "x", "1", " 1 ", "1_000", "0-5", "true", "ON", "1.5", "nan", "2024-02-30", "86400",
    "verified",
]  # fmt: skip


class Object(list):  # type: ignore[type-arg]
    """An object as pairs of name and value."""


DATES = ["2024-01-02", 86400, "2024-01-02T00:00:00Z"]
FREE = [1, None, "x", 1.5, [1], Object([["a", []]])]
ODD: list[Any] = [
    None, True, False, *NUMBERS, float("nan"), float("inf"), *WORDS, [], ["x"], [[]], Object(),
    [Object([["object", "token"]])], Object([["a", 1]]), Object([["object", None]]),
    Object([["object", "verification_otp"]]), Object([["x", Object([["object", "unheard of"]])]]),
]  # fmt: skip


class Maker:
    """Makes values out of a seeded source of chance."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def text(self, annotation: Any) -> str:
        """A text that fits an annotation, or nearly."""
        return write(self._spoilt(self.value(annotation)))

    def value(self, annotation: Any, depth: int = 0) -> Any:
        """A value that fits."""
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if hasattr(origin, "__value__"):  # Nullable[T], OptionalNullable[T]
            return None if self.random.random() < 0.25 else self.value(arguments[0], depth)
        if hasattr(annotation, "__value__") and origin is None:
            return self.value(annotation.__value__, depth)
        if origin is typing.Annotated:
            return self.value(arguments[0], depth)
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments, depth)
        if origin is list:
            count = self.random.choice([0, 1, 1, 2])
            return [self.value(arguments[0], depth + 1) for _ in range(count)]
        if origin is dict:
            names = self.random.sample(["a", "b", "object", "ü", ""], self.random.randrange(3))
            return Object([name, self.value(arguments[1], depth + 1)] for name in names)
        if origin is typing.Literal:
            return self.random.choice(arguments)
        if origin is typing.IO:
            return "content"
        return self._plain(annotation, depth)

    def _union(self, choices: tuple[Any, ...], depth: int) -> Any:
        some = [choice for choice in choices if choice not in (Unset, type(None))]
        if type(None) in choices and self.random.random() < 0.3:
            return None
        choice = self.random.choice(some)
        made = self.value(choice, depth)
        for mark in getattr(choice, "__metadata__", ()):
            if hasattr(mark, "tag") and isinstance(made, Object):
                made[:] = [pair for pair in made if pair[0] != "object"] + [["object", mark.tag]]
        return made

    def _plain(self, kind: Any, depth: int) -> Any:
        choices: dict[Any, list[Any]] = {
            str: TEXTS, int: INTEGERS, float: FLOATS, bool: [True, False], type(None): [None],
            datetime.datetime: MOMENTS, datetime.date: DATES, Any: FREE,
            bytes: ["content"], io.IOBase: ["content"],
        }  # fmt: skip
        if kind in choices:
            return copy.deepcopy(self.random.choice(choices[kind]))
        if inspect.isclass(kind) and issubclass(kind, Enum):
            return self.random.choice([member.value for member in kind])
        assert inspect.isclass(kind) and issubclass(kind, BaseModel), kind
        return self._model(kind, depth)

    def _model(self, model: Any, depth: int) -> Object:
        made = Object()
        for name, field in model.model_fields.items():
            if not field.is_required() and self.random.random() < (0.4 if depth < 3 else 0.8):
                continue
            if field.alias is not None and self.random.random() < 0.85:
                name = field.alias
            made.append([name, self.value(field.annotation, depth + 1)])
        if self.random.random() < 0.2:
            self.random.shuffle(made)
        return made

    def _odd(self) -> Any:
        return copy.deepcopy(self.random.choice(ODD))

    def _spoilt(self, value: Any) -> Any:
        root = [value]
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 3])):
            inside = list(containers(root))
            chosen = self.random.choice(inside)
            if isinstance(chosen, Object):
                self._spoil_object(chosen)
            elif chosen and (chosen is not root or self.random.random() < 0.2):
                chosen[self.random.randrange(len(chosen))] = self._odd()
            elif chosen is not root:
                chosen.append(self._odd())
        return root[0]

    def _spoil_object(self, value: Object) -> None:
        what = self.random.random() if value else 1.0
        if what < 0.2:
            value.pop(self.random.randrange(len(value)))
        elif what < 0.6:
            self.random.choice(value)[1] = self._odd()
        elif what < 0.75:  # the name again, with the same value or another
            again = copy.deepcopy(self.random.choice(value))
            if self.random.random() < 0.6:
                again[1] = self._odd()
            value.insert(self.random.randrange(len(value) + 1), again)
        elif what < 0.85:
            self.random.shuffle(value)
        else:
            name = self.random.choice(["unheard_of", "object", "id", "status", "id_", ""])
            value.insert(self.random.randrange(len(value) + 1), [name, self._odd()])


def containers(value: Any) -> typing.Iterator[Any]:
    """All lists and objects in a value, itself included."""
    if isinstance(value, list):
        yield value
        for item in value:
            yield from containers(item[1] if isinstance(value, Object) else item)


def write(value: Any) -> str:
    """The JSON text."""
    if isinstance(value, Object):
        return "{" + ",".join(f"{json.dumps(name)}:{write(item)}" for name, item in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value)
