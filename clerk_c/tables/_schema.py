"""What the tables of models say that a table wants to know: fields, times, names of columns."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import _core

# Types come as csrc/py/modelrows.h says: (kind, detail, takes None, takes UNSET).
Tree = tuple[str, Any, bool, bool]

ANY: Tree = ("any", None, True, True)
TEXT: Tree = ("str", None, True, True)
SCALARS = frozenset(("str", "int", "float", "bool", "datetime", "date", "enum", "const"))


class Field(NamedTuple):
    """A field of a model."""

    name: str
    wire: str  # its name on the wire
    tree: Tree
    required: bool
    deprecated: bool


# By row of the tables: subclasses share it, and are not kept alive.
_known: dict[int, dict[str, Field]] = {}


def fields_of(cls: Any) -> dict[str, Field]:
    """The fields of a model class, by their names in Python and on the wire."""
    row = getattr(cls, "__clerk_row__", None)
    if row is None:
        return {}
    if row not in _known:
        found = [
            Field(name, alias or name, tree, required, deprecated)
            for name, alias, tree, required, _, deprecated in cls.__clerk_fields__()
        ]
        by_wire = {field.wire: field for field in found}
        _known[row] = by_wire | {field.name: field for field in found}
    return _known[row]


def keeps_extra(cls: Any) -> bool:
    """Do its instances keep members that the tables do not know?"""
    return hasattr(cls, "__clerk_row__") and bool(cls.__clerk_keeps_extra__())


def wire_fields(cls: Any) -> list[Field]:
    """The fields of a model class, each once, in their order."""
    found = fields_of(cls)
    return list({field.wire: field for field in found.values()}.values())


def shortcuts_of(names: Any) -> list[str]:
    """Names besides those of the members that lead somewhere: `full_name`,
    `primary_email_address`."""
    found = ["full_name"] if "first_name" in names and "last_name" in names else []
    for name in names:
        kind = name.removeprefix("primary_").removesuffix("_id")
        if name == f"primary_{kind}_id" and (f"{kind}es" in names or f"{kind}s" in names):
            found.append(f"primary_{kind}")
    return [name for name in found if name not in names]


def is_time(name: str) -> bool:
    """Is a number of this name milliseconds since 1970? So the API names them."""
    return name.endswith(("_at", "_date")) or name in _TIMES


_TIMES = frozenset(("date", "expiration", "period_end", "period_start", "timestamp"))


class UnknownName(Exception):
    """A dotted name that leads nowhere; `names` are those that would have been right there."""

    def __init__(self, owner: str, before: str, name: str, names: list[str]) -> None:
        self.owner = owner
        self.before = before
        self.name = name
        self.names = names


def typed(tree: Tree, parts: tuple[str, ...], before: str = "") -> tuple[Tree, bool]:
    """The type at the end of a dotted name, and whether it is a time. Raises UnknownName."""
    kind, detail = tree[:2]
    if not parts:
        return tree, kind in ("int", "float") and is_time(before.rpartition(".")[2])
    head, rest = parts[0], parts[1:]
    path = f"{before}.{head}" if before else head
    if kind in ("any", "dict"):
        return ANY, False  # free-form: any key may be there
    if kind == "union":
        return _in_union(detail[2], parts, before)
    if kind == "list":
        if head == "*":
            return ("list", typed(detail, rest, path)[0], True, False), False
        if head.removeprefix("-").isdecimal():
            return typed(detail, rest, path)
        raise UnknownName("a list", before, head, ["0", "*"])
    if kind == "model":
        return _in_model(detail, parts, before)
    raise UnknownName(f"a value ({kind})", before, head, [])


def _in_model(cls: Any, parts: tuple[str, ...], before: str) -> tuple[Tree, bool]:
    head, rest = parts[0], parts[1:]
    known = fields_of(cls)
    if head in known:
        field = known[head]
        return typed(field.tree, rest, f"{before}.{field.wire}" if before else field.wire)
    if keeps_extra(cls):
        return ANY, False
    names = [field.wire for field in wire_fields(cls)]
    extra = shortcuts_of(names)
    if head in extra and not rest:
        return TEXT, False
    raise UnknownName(cls.__name__, before, head, [*names, *extra])


def _in_union(variants: Any, parts: tuple[str, ...], before: str) -> tuple[Tree, bool]:
    """The first that knows the name says what it is."""
    failed: list[UnknownName] = []
    for _, variant in variants:
        try:
            return typed(variant, parts, before)
        except UnknownName as error:
            failed.append(error)
    names = [name for error in failed for name in error.names]
    raise UnknownName(failed[0].owner, before, parts[0], list(dict.fromkeys(names)))


def tree_of(cls: Any) -> Tree:
    """The type of the rows of a kind: a model class, or dict."""
    return ("model", cls, False, False) if issubclass(cls, _core.BaseModel) else ANY
