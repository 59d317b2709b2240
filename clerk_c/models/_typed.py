"""TypedDicts and unions, made from rows of the tables when they are first named.

The caller keeps what is made here. Types come as csrc/py/modelrows.h says.
"""

import sys
import typing
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from .. import models

_source: Any = typing
if sys.version_info < (3, 12):
    with suppress(ImportError):
        import typing_extensions as _source  # pydantic takes no other TypedDict there

TypedDict: Any = _source.TypedDict
NotRequired: Any = getattr(_source, "NotRequired", None)  # None: Python 3.10 by itself

Tree = tuple[str, Any, bool, bool]

SCALARS: "dict[str, Any]" = {"any": Any, "str": str, "int": int, "float": float, "bool": bool}


def make_typed_dict(name: str, module: str, fields: "Sequence[tuple[Any, ...]]") -> Any:
    """The TypedDict of a model, from its fields."""
    required: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    keys: dict[str, Any] = {}
    for field, alias, (kind, detail, null, unset), is_required, *_ in fields:
        value = _annotation(kind, detail, typed=True)
        if kind == "const":
            # Always given, and by its name on the wire: it tells what the dict is.
            field, is_required = alias, True
        elif unset or (null and is_required):
            # The None of a field that may be left out only stands for its absence.
            value = typing.Optional[value]  # noqa: UP045
        (required if is_required else optional)[field] = value
        keys[field] = value if is_required or NotRequired is None else NotRequired[value]
    if NotRequired is None and optional:
        base = TypedDict(name, required)
        made = type(base)(name, (base,), {"__annotations__": optional}, total=False)
    else:
        made = TypedDict(name, keys)
    made.__module__ = f"clerk_c.models.{module}"
    return made


def make_union(name: str, module: str, variants: "Sequence[Tree]") -> Any:
    """The union of the variants: of their TypedDicts where the name says so."""
    typed = name.endswith("TypedDict")
    parts = tuple(_annotation(kind, detail, typed) for kind, detail, *_ in variants)
    return typing.Union[parts]  # noqa: UP007


def _annotation(kind: str, detail: Any, typed: bool) -> Any:
    """A type without its None and UNSET; models by their TypedDicts where `typed`."""
    if kind in SCALARS:
        return SCALARS[kind]
    if kind == "const":
        return typing.Literal[detail]
    if kind == "enum" or (kind == "model" and not typed):
        return detail
    if kind in ("model", "union"):
        name = detail.__name__ if kind == "model" else detail[0]
        return getattr(models, f"{name}TypedDict" if typed else name)
    if kind == "content":
        import io

        return typing.Union[bytes, typing.IO[bytes], io.IOBase]  # noqa: UP007
    if kind in ("datetime", "date"):
        import datetime

        return getattr(datetime, kind)
    item_kind, item_detail, null, _ = detail
    item = _annotation(item_kind, item_detail, typed)
    if null:
        item = typing.Optional[item]  # noqa: UP045
    container: Any = list if kind == "list" else dict
    return container[item] if kind == "list" else container[str, item]
