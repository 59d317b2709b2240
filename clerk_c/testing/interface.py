"""The API's interface as data: its operations, and the types of bodies and answers.

`interface.json` is generated from the schema. Here a body is read against its type, and an
answer is cut to its type: what the type does not name stays out, what it requires is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from clerk_c.testing import errors, fields, formats
from clerk_c.testing.fields import Field, Fields

Check = Callable[[str, str], Any]

_TEXT_LIMIT = 64 * 1024
_TEXT_LIMITS = dict.fromkeys(("name", "slug", "key", "username", "currency", "external_id"), 256)
_LIST_LIMIT = 1000
_NUMBER_LIMIT = 2**53


class Type(NamedTuple):
    """A type taken apart: `list` has an item, `model` and the like have a name."""

    kind: str
    name: str = ""
    item: str = ""
    null: bool = False  # None is a value of it
    unset: bool = False  # and differs from absence


class Operation(NamedTuple):
    """One operation: where it is, what it takes, what it answers."""

    method: str
    path: str
    status: int
    answer: str | None = None
    body: str | None = None
    query: Mapping[str, str] = {}
    errors: Sequence[int] = ()
    public: bool = False


@cache
def parse(notation: str) -> Type:
    rest = notation.removesuffix("|unset")
    base = rest.removesuffix("|null")
    null, unset = base != rest, rest != notation
    if base.endswith("]"):
        kind, _, item = base[:-1].partition("[")
        return Type(kind, item=item, null=null, unset=unset)
    kind, _, name = base.partition(":")
    return Type(kind, name, null=null, unset=unset)


class Interface:
    """The generated document, and what can be done with it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.operations = [Operation(**row) for row in document["operations"]]
        self._models: Mapping[str, Mapping[str, str]] = document["models"]
        self._enums: Mapping[str, list[Any]] = document["enums"]
        self._unions: Mapping[str, list[str]] = document["unions"]

    # Bodies

    def read(self, notation: str, value: Any, checks: Mapping[str, Check]) -> Any:
        """A body checked against its type; `checks` hold for texts of these names."""
        kind = parse(notation)
        if kind.kind == "list":
            if not isinstance(value, list):
                raise errors.body_malformed("The request body has to be an array.")
            return [self.read(kind.item, item, checks) for item in value]
        if not isinstance(value, dict):
            raise errors.body_malformed("The request body has to be an object.")
        return self._read_object(self._choose(kind, value), value, checks)

    def _read_object(
        self, model: str, value: Mapping[str, Any], checks: Mapping[str, Check]
    ) -> dict[str, Any]:
        members = self._models[model]
        if "*" in members or not members:
            known: Fields = {name: Field(lambda _, v: v, null=True) for name in value}
            own = self._fields(model, checks)
            known = {**known, **own}
        else:
            known = self._fields(model, checks)
        required = [name for name in members if not name.endswith("?") and name != "*"]
        # What is required and may be null is there when it is null.
        required = [n for n in required if not (parse(members[n]).null and n in value)]
        return fields.read_fields(value, known, required=required)

    def _fields(self, model: str, checks: Mapping[str, Check]) -> Fields:
        return {
            name.removesuffix("?"): self._field(name, notation, checks)
            for name, notation in self._models[model].items()
            if name != "*"
        }

    def _field(self, name: str, notation: str, checks: Mapping[str, Check]) -> Field:
        kind = parse(notation)
        name, optional, _ = name.partition("?")
        null = kind.unset or (kind.null and not optional)
        simple: dict[str, Callable[..., Field]] = {
            "bool": fields.flag,
            "int": lambda null: fields.number(-_NUMBER_LIMIT, _NUMBER_LIMIT, null=null),
            "float": _float,
            "dict": lambda null: _object(name, null),
            "datetime": lambda null: Field(fields.moment().read, null),
            "any": lambda null: Field(lambda _, value: value, null),
        }
        if kind.kind in simple:
            return simple[kind.kind](null=null)
        if kind.kind == "str":
            limit = _TEXT_LIMITS.get(name, _TEXT_LIMIT)
            return fields.text(checks.get(name), limit=limit, null=null)
        if kind.kind == "enum":
            return Field(fields.choice(*self._enums[kind.name]).read, null)
        if kind.kind == "const":
            return Field(_constant(json.loads(kind.name)), null)
        if kind.kind == "list":
            return fields.many(self._field(name, kind.item, checks), limit=_LIST_LIMIT, null=null)

        def read(name: str, value: Any) -> Any:
            if not isinstance(value, dict):
                raise errors.wrong_type(name, "an object")
            return self._read_object(self._choose(kind, value), value, checks)

        return Field(read, null)

    def _choose(self, kind: Type, value: Mapping[str, Any]) -> str:
        """The model of a model or union type that shares most members with a value."""
        if kind.kind == "model":
            return kind.name
        variants = [self._choose(parse(v), value) for v in self._unions[kind.name]]
        return max(variants, key=lambda name: self._fit(name, value))

    def _fit(self, model: str, value: Mapping[str, Any]) -> int:
        names = {name.removesuffix("?"): notation for name, notation in self._models[model].items()}
        wrong = any(
            kind.kind == "enum" and value.get(name) not in (None, *self._enums[kind.name])
            for name, kind in ((name, parse(notation)) for name, notation in names.items())
        )
        return -1 if wrong else len(names.keys() & value.keys())

    def choose(self, enum: str, name: str, value: str) -> None:
        """Refuses a query parameter that is none of an enum's values."""
        fields.choice(*self._enums[enum]).read(name, value)

    # Answers

    def show(self, notation: str, value: Any) -> Any:
        """A value as its type has it; None becomes the plainest value where null is none."""
        kind = parse(notation)
        if value is None:
            return None if kind.null else self._plainest(kind)
        if kind.kind == "list":
            return [self.show(kind.item, item) for item in value]
        if kind.kind in ("model", "union"):
            return self._show_object(self._choose(kind, value), value)
        return value

    def _show_object(self, model: str, value: Mapping[str, Any]) -> dict[str, Any]:
        members = self._models[model]
        if not members:
            return dict(value)
        result: dict[str, Any] = dict(value) if "*" in members else {}
        for member, notation in members.items():
            name, optional, _ = member.partition("?")
            given = value.get(name)
            if given is not None or not optional:
                result[name] = self.show(notation, given)
            elif parse(notation).unset:
                result[name] = None
            else:
                result.pop(name, None)
        result.pop("*", None)
        return result

    def _plainest(self, kind: Type) -> Any:
        if kind.kind == "enum":
            return self._enums[kind.name][0]
        if kind.kind == "const":
            return json.loads(kind.name)
        if kind.kind == "model":
            return self._show_object(kind.name, {})
        plain = {"bool": False, "int": 0, "float": 0, "str": "", "list": [], "dict": {}}
        return plain[kind.kind]

    def page(self, notation: str, rows: list[Any], total: int) -> Any:
        """Rows as the answer of a list: bare, or in an object that counts them."""
        kind = parse(notation)
        if kind.kind == "list":
            return rows
        members = self._models[kind.name]
        holder = next(name for name, item in members.items() if parse(item).kind == "list")
        return {holder.removesuffix("?"): rows, "total_count": total}


def _float(null: bool) -> Field:
    def read(name: str, value: Any) -> Any:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise errors.wrong_type(name, "a number")
        if not abs(value) <= _NUMBER_LIMIT:
            raise errors.wrong_value(name, "is out of range")
        return value

    return Field(read, null)


def _object(name: str, null: bool) -> Field:
    def read(name: str, value: Any) -> Any:
        if not isinstance(value, dict):
            raise errors.wrong_type(name, "an object")
        return formats.metadata(name, value) if name.endswith("metadata") else value

    return Field(read, null)


def _constant(expected: Any) -> Callable[[str, Any], Any]:
    def read(name: str, value: Any) -> Any:
        if value is not expected:
            raise errors.wrong_value(name, f"must be {json.dumps(expected)}")
        return value

    return read


@cache
def interface() -> Interface:
    text = files("clerk_c.testing").joinpath("interface.json").read_text(encoding="utf-8")
    return Interface(json.loads(text))


__all__ = ["Check", "Interface", "Operation", "interface", "parse"]
