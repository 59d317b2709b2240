"""The rows of a table: out of a list, an answer that is a page, an iterator of pages, dicts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from .. import _core
from ._schema import Field, wire_fields

Kinds = list[type]


def gather(results: Any) -> tuple[list[Any], Kinds]:
    """The rows, and their kinds: model classes, and dict for any mapping.

    Where there are no rows, the kind is what the schema says it would have been. Raises TypeError.
    """
    if isinstance(results, _core.BaseModel):
        return _of_model(results)
    if isinstance(results, Mapping):
        items = results.get("data")
        return checked(items if isinstance(items, list) else [results], [])
    if isinstance(results, (str, bytes, bytearray)) or not isinstance(results, Iterable):
        raise TypeError(_refusal(results))
    return checked(results, _kinds_of_pages(results))


def _refusal(results: Any) -> str:
    name = type(results).__name__
    if hasattr(results, "__aiter__"):
        return f"results: {name!r} is asynchronous: give [row async for row in ...]"
    if hasattr(results, "__await__"):
        return f"results: {name!r} must be awaited first"
    return f"results must be models, dicts, or an answer that holds them, not {name!r}"


def checked(results: Iterable[Any], expected: Kinds) -> tuple[list[Any], Kinds]:
    """The same as a list, each a model or a dict with keys that are text."""
    rows = list(results)
    kinds: dict[type, None] = {}
    for index, row in enumerate(rows):
        if isinstance(row, _core.BaseModel):
            kinds[type(row)] = None
        elif isinstance(row, Mapping):
            kinds[dict] = None
            for key in row:
                if not isinstance(key, str):
                    text = f"results[{index}]: keys must be str, not {type(key).__name__!r}"
                    raise TypeError(text)
        else:
            text = f"results[{index}] must be a model or a dict, not {type(row).__name__!r}"
            raise TypeError(text)
    return rows, list(kinds) or expected


def _of_model(model: Any) -> tuple[list[Any], Kinds]:
    """A page is its elements; any other model is a table of one row."""
    field = _elements_of(type(model))
    if field is None:
        return [model], [type(model)]
    return checked(getattr(model, field.name) or [], _kinds_of(field.tree[1]))


def _elements_of(cls: type) -> Field | None:
    """The list in a model that is a page."""
    fields = wire_fields(cls)
    lists = [field for field in fields if field.tree[0] == "list"]
    counted = len(lists) == 1 and any(field.wire == "total_count" for field in fields)
    return next((field for field in lists if counted or field.wire == "data"), None)


def _kinds_of(tree: Any) -> Kinds:
    """The model classes that a type of elements allows."""
    if tree[0] == "union":
        return [kind for _, variant in tree[1][2] for kind in _kinds_of(variant)]
    return [tree[1]] if tree[0] == "model" else []


def _kinds_of_pages(results: Any) -> Kinds:
    """What an operation lists, for `paginate` where nothing is found."""
    pagination = sys.modules.get("clerk_c.pagination")
    if pagination is None or not isinstance(results, pagination.Pages):
        return []
    return kinds_of_result(results._listing.result)


def kinds_of_result(result: str) -> Kinds:
    """The kinds of rows in what an operation returns, by the name of its type; none where that
    is no model."""
    name = result.removeprefix("List[").removesuffix("]")
    if not name.startswith("models."):
        return []
    found = _core.export(name.removeprefix("models."))
    if not isinstance(found, type):  # a union
        return [kind for kind in get_args(found) if isinstance(kind, type)]
    field = None if name != result else _elements_of(found)
    return [found] if field is None else _kinds_of(field.tree[1])
