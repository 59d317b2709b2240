"""Python annotations and default values to the schema's notation."""

from __future__ import annotations

import datetime
import enum
import io
import json
import types
import typing
from dataclasses import replace
from typing import IO, Any

import pydantic
import typing_extensions

from .notation import Type

SCALAR_CLASSES: dict[Any, str] = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    datetime.datetime: "datetime",
    datetime.date: "date",
    Any: "any",
}
# What a file's content may be; releases before 6 name a narrower class.
CONTENT_PARTS = ({bytes, IO[bytes], io.IOBase}, {bytes, IO[bytes], io.BufferedReader})
ALIAS_CLASSES = (
    typing_extensions.TypeAliasType,
    getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType),
)
UNION_ORIGINS = (typing.Union, types.UnionType)


class Annotations:
    """Knows every public name, so that a class or alias that is met inside
    an annotation can be called by it."""

    def __init__(self, unset_class: type) -> None:
        self._unset_class = unset_class
        self._named: dict[Any, Type] = {}

    def name(self, what: Any, kind: str, name: str) -> None:
        """Let `what` be written as kind:name from now on."""
        self._named[what] = Type(kind, name=name)

    def describe(self, annotation: Any) -> Type:
        """The notation of an annotation; TypeError when it has none."""
        if annotation in self._named:
            return self._named[annotation]
        if annotation in SCALAR_CLASSES:
            return Type(SCALAR_CLASSES[annotation])
        origin = typing.get_origin(annotation)
        args = typing.get_args(annotation)
        if isinstance(origin, ALIAS_CLASSES):
            return self._describe_union(origin.__value__[args[0]])
        if origin in UNION_ORIGINS:
            return self._describe_union(annotation)
        if origin is typing.Annotated:
            return self.describe(args[0])
        if origin is typing.Literal and len(args) == 1:
            return Type("const", name=json.dumps(args[0]))
        if origin is list:
            return Type("list", item=self.describe(args[0]))
        if origin is dict and args[0] is str:
            return Type("dict", item=self.describe(args[1]))
        raise TypeError(f"cannot describe {annotation!r}")

    def _describe_union(self, annotation: Any) -> Type:
        """None and UNSET become marks; one thing more may stay."""
        null = unset = False
        rest: list[Any] = []
        for part in typing.get_args(annotation):
            if part is type(None):
                null = True
            elif part is self._unset_class:
                unset = True
            else:
                rest.append(part)
        if set(rest) in CONTENT_PARTS:
            base = Type("content")
        elif len(rest) == 1:
            base = self.describe(rest[0])
        else:
            raise TypeError(f"a union without a name: {annotation!r}")
        return replace(base, null=null or base.null, unset=unset or base.unset)

    def describe_value(self, value: Any) -> Any:
        """A default as JSON. Objects stand for what JSON cannot say."""
        if isinstance(value, self._unset_class):
            return {"unset": True}
        if isinstance(value, enum.Enum):
            return {"member": f"{type(value).__name__}.{value.name}"}
        if isinstance(value, pydantic.BaseModel):
            if value.model_fields_set:
                raise TypeError(f"not made of defaults alone: {value!r}")
            return {"model": type(value).__name__}
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise TypeError(f"cannot describe the value {value!r}")
