"""Enum classes, made from rows of the tables on first use."""

import enum
import sys
from typing import Any


class OpenEnumMeta(enum.EnumMeta):
    """The class of open enums: calling one with an unknown value returns the value."""

    def __call__(cls, value: Any, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            return super().__call__(value, *args, **kwargs)
        try:
            return super().__call__(value)
        except ValueError:
            return value

    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .._pydantic import open_enum_schema

        return open_enum_schema(cls)

    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> "dict[str, str]":
        return {"type": "string" if issubclass(cls, str) else "integer"}


def make_enum(
    name: str, module: str, pairs: "list[tuple[str, str | int]]", is_int: bool, is_open: bool
) -> "tuple[type[enum.Enum], tuple[enum.Enum, ...]]":
    """The class of an enum row and its members in row order."""
    bases = (int if is_int else str, enum.Enum)
    meta: Any = OpenEnumMeta if is_open else type(enum.Enum)
    namespace = meta.__prepare__(name, bases)
    namespace["__module__"] = f"clerk_c.models.{module}"
    namespace["__qualname__"] = name
    for member, value in pairs:
        # interned, so that equal texts in results are one object
        namespace[member] = sys.intern(value) if isinstance(value, str) else value
    made: Any = meta(name, bases, namespace)
    return made, tuple(made[member] for member, _ in pairs)
