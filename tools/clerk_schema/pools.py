"""Pools of the generated tables: texts, types and values, each kept once."""

from __future__ import annotations

import json
from typing import Any

from .notation import Type

NO_ROW = 0xFFFF
MAX_ROWS = NO_ROW

Row = tuple[Any, ...]

TYPE_KINDS = {
    "any": "CK_ANY",
    "str": "CK_STR",
    "int": "CK_INT",
    "float": "CK_FLOAT",
    "bool": "CK_BOOL",
    "datetime": "CK_DATETIME",
    "date": "CK_DATE",
    "const": "CK_CONST",
    "enum": "CK_ENUM",
    "model": "CK_MODEL",
    "union": "CK_UNION",
    "list": "CK_LIST",
    "dict": "CK_DICT",
    "content": "CK_CONTENT",
}


class Rows:
    """A table under construction. Equal rows may share one place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[Row] = []
        self._places: dict[Row, int] = {}

    def append(self, row: Row) -> int:
        """Add a row; its number."""
        if len(self.rows) >= MAX_ROWS:
            raise OverflowError(f"more than {MAX_ROWS} rows of {self.name}")
        self.rows.append(row)
        return len(self.rows) - 1

    def share(self, row: Row) -> int:
        """The number of an equal row, added when there is none."""
        if row not in self._places:
            self._places[row] = self.append(row)
        return self._places[row]


class Texts:
    """The string pool: each text once, with its offset."""

    def __init__(self) -> None:
        self._offsets: dict[str, int] = {}
        self._size = 0
        self.put("")

    def put(self, text: str) -> int:
        """Offset of the text."""
        if text not in self._offsets:
            if "\0" in text:
                raise ValueError(f"text with a NUL: {text!r}")
            self._offsets[text] = self._size
            self._size += len(text.encode()) + 1
        return self._offsets[text]

    def in_order(self) -> list[str]:
        """All texts by offset."""
        return list(self._offsets)


class Pools:
    """Texts, types and values, with the row numbers that types refer to."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.texts = Texts()
        self.types = Rows("types")
        self.values = Rows("values")
        self.row_of = {
            "model": number_rows(schema["models"]),
            "enum": number_rows(schema["enums"]),
            "union": number_rows(public_unions(schema)),
            "error": number_rows(schema["errors"]),
        }
        self._members = {
            row["name"]: {item["name"]: index for index, item in enumerate(row["members"])}
            for row in schema["enums"]
        }

    def type(self, what: Type) -> int:
        """Row of a type."""
        if what.kind in self.row_of:
            ref = self.row_of[what.kind][what.name]
        elif what.kind == "const":
            ref = self.value(json.loads(what.name))
        elif what.item is not None:
            ref = self.type(what.item)
        else:
            ref = NO_ROW
        flags = what.null + 2 * what.unset
        return self.types.share((TYPE_KINDS[what.kind], flags, ref))

    def value(self, value: Any) -> int:
        """Row of a default or constant, as schema/clerk.json writes it."""
        return self.values.share(self._value(value))

    def _value(self, value: Any) -> Row:
        if value is None:
            return ("CK_VALUE_NONE", NO_ROW, 0, 0)
        if isinstance(value, bool):
            kind = "CK_VALUE_TRUE" if value else "CK_VALUE_FALSE"
            return (kind, NO_ROW, 0, 0)
        if isinstance(value, int):
            if not -(2**31) <= value < 2**31:
                raise OverflowError(f"value does not fit in 32 bits: {value}")
            return ("CK_VALUE_INT", NO_ROW, value, 0)
        if isinstance(value, float):
            text = self.texts.put(repr(value))
            return ("CK_VALUE_FLOAT", NO_ROW, 0, text)
        if isinstance(value, str):
            return ("CK_VALUE_STR", NO_ROW, 0, self.texts.put(value))
        if value == {"unset": True}:
            return ("CK_VALUE_UNSET", NO_ROW, 0, 0)
        if "model" in value:
            row = self.row_of["model"][value["model"]]
            return ("CK_VALUE_MODEL", row, 0, 0)
        enum, _, member = value["member"].partition(".")
        index = self._members[enum][member]
        return ("CK_VALUE_MEMBER", self.row_of["enum"][enum], index, 0)


def public_unions(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Unions of models; those of TypedDicts only mirror them."""
    return [row for row in schema["unions"] if not row["variants"][0]["type"].startswith("typed:")]


def number_rows(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Row number by name."""
    return {row["name"]: index for index, row in enumerate(rows)}
