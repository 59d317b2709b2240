"""The columns of a table: those that are asked for, or all there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .. import _core
from ._schema import Tree, UnknownName, is_time, shortcuts_of, tree_of, typed, wire_fields
from ._values import find, is_hidden, pairs

_MOST_KEYS = 100  # of a free-form member that becomes columns; with more it stays one
_DEEPEST = 8


class Column(NamedTuple):
    """A column: its dotted name, and what is in it as far as that is known beforehand."""

    path: str
    parts: tuple[str, ...]
    kind: str  # as in a Tree; "any" where that is not known or differs
    time: bool  # numbers in it are milliseconds since 1970


def column(path: str, rows: list[Any], kinds: list[type]) -> Column:
    """The column of a dotted name. Raises ValueError, naming what is near, if no kind of row
    has it."""
    parts = tuple(path.split("."))
    found: list[tuple[str, bool]] = []
    unknown: list[UnknownName] = []
    for kind in kinds:
        try:
            found.append(_typed(kind, parts, rows))
        except UnknownName as error:
            unknown.append(error)
    if unknown and not found:
        raise ValueError(_unknown(path, unknown))
    types = {kind for kind, _ in found}
    return Column(
        path, parts, types.pop() if len(types) == 1 else "any", any(time for _, time in found)
    )


def _typed(kind: type, parts: tuple[str, ...], rows: list[Any]) -> tuple[str, bool]:
    if kind is not dict:
        tree, time = typed(tree_of(kind), parts)
        return tree[0], time
    keys = _keys(rows)
    names = [*keys, *shortcuts_of(keys)]
    if not any(".".join(parts[:end]) in names for end in range(len(parts), 0, -1)):
        raise UnknownName("these dicts", "", parts[0], names)
    free = any(part.endswith("metadata") for part in parts[:-1])
    return "any", is_time(parts[-1]) and not free


def _keys(rows: list[Any]) -> dict[str, None]:
    """All keys of the rows that are dicts."""
    return {key: None for row in rows if isinstance(row, Mapping) for key in row}


def _unknown(path: str, errors: list[UnknownName]) -> str:
    first = errors[0]
    names = [name for error in errors for name in error.names]
    near = nearest(first.name, names)
    prefix = f"{first.before}." if first.before else ""
    text = f"columns: {_brief(path)} is unknown: {first.owner}"
    if first.before:
        text += f" at {_brief(first.before)}"
    text += f" has no {_brief(first.name)}"
    if near:
        return f"{text}; nearest: {', '.join(repr(prefix + name) for name in near)}"
    return f"{text}; there is {', '.join(prefix + name for name in names[:12])}" if names else text


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """At most three names that are like it, as a whole, in their beginning or in a word."""
    wanted = name.casefold()[:60]
    scores: dict[str, float] = {}
    for known in names:
        folded = known.casefold()[:60]
        for part in (folded, folded[: len(wanted)], *folded.split("_")):
            ratio = difflib.SequenceMatcher(None, wanted, part).ratio()
            scores[known] = max(scores.get(known, 0), ratio - 0.1 * (part != folded))
    found = [known for known, score in scores.items() if wanted and score > 0.6]
    return sorted(found, key=scores.__getitem__, reverse=True)[:3]


def _brief(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:59]}…")


def asked(columns: Iterable[str], rows: list[Any], kinds: list[type], show: bool) -> list[Column]:
    """The columns by the names that a program gave. Raises TypeError and ValueError."""
    if isinstance(columns, (str, bytes)) or not isinstance(columns, Iterable):
        raise TypeError(f'columns must be a list of names, "all" or None, not {columns!r:.60}')
    found: dict[str, Column] = {}
    for name in columns:
        if not isinstance(name, str):
            raise TypeError(f"columns must be names, not {type(name).__name__!r}")
        if name in found:
            raise ValueError(f"columns: {_brief(name)} is there twice")
        made = column(name, rows, kinds) if kinds else Column(name, (), "any", False)
        if not show and any(is_hidden(part) for part in made.parts):
            raise ValueError(f"columns: {_brief(name)} is private: it needs show_private=True")
        found[name] = made
    if not found:
        raise ValueError("columns must name one at least")
    return list(found.values())


# All columns


def every(rows: list[Any], kinds: list[type], show: bool) -> list[str]:
    """The dotted names of all that is in the rows: models and dicts inside become columns of
    their own, lists stay one."""
    paths: list[str] = []
    for kind in kinds:
        if kind is dict:
            dicts = [row for row in rows if isinstance(row, Mapping)]
            paths += _spread("", dicts, show, 0)
            continue
        models = [row for row in rows if type(row) is kind]
        for path, is_open in _leaves(tree_of(kind), "", show, ()):
            if is_open:
                parts = tuple(path.split("."))
                paths += _spread(path, [find(row, parts) for row in models], show, 1)
            else:
                paths.append(path)
    return list(dict.fromkeys(paths))


def _leaves(
    tree: Tree, path: str, show: bool, above: tuple[Any, ...]
) -> Iterable[tuple[str, bool]]:
    """The ends of a type, and whether there may be more below one."""
    kind, detail = tree[:2]
    if kind != "model" or detail in above or len(above) == _DEEPEST:
        yield path, kind in ("any", "dict", "union", "model")
        return
    for field in wire_fields(detail):
        if show or not is_hidden(field.wire):
            inner = f"{path}.{field.wire}" if path else field.wire
            yield from _leaves(field.tree, inner, show, (*above, detail))


def _has_names(value: Any) -> bool:
    """Are there members that a dotted name can reach?"""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) for key in value)
    return isinstance(value, _core.BaseModel)


def _spread(path: str, values: list[Any], show: bool, depth: int) -> list[str]:
    """The names of what is inside of free-form values."""
    inside: dict[str, list[Any]] = {}
    whole = False
    for value in values:
        if _has_names(value):
            for name, inner in pairs(value):
                if show or not is_hidden(name):
                    inside.setdefault(name, []).append(inner)
        elif value is not None and value is not _core.UNSET:
            whole = True
    if depth and (not inside or len(inside) > _MOST_KEYS or depth > _DEEPEST):
        return [path]
    paths = [path] if whole else []
    for name, below in inside.items():
        paths += _spread(f"{path}.{name}" if path else name, below, show, depth + 1)
    return paths
