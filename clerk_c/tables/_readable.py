"""The few columns of a table whose columns nobody chose: who it is, how it stands, since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import _core
from ._columns import every
from ._schema import SCALARS, is_time, shortcuts_of, wire_fields
from ._values import is_hidden

MOST = 8

# What tells things of any kind apart, in this order.
_NAMES = ("full_name", "name", "title", "identifier", "subject", "key", "label")
_ADDRESSES = (
    *("primary_email_address", "email_address", "primary_phone_number", "phone_number"),
    *("username", "slug", "domain", "iss", "provider"),
)
_STATES = ("role", "status", "type", "banned", "locked", "enabled", "revoked", "verified")
_TIMES = ("created_at", "last_sign_in_at", "last_active_at", "expire_at", "expires_at")
# What tells a thing inside of a row apart.
_INNER = ("identifier", "email_address", "name", "slug", "status", "amount_formatted", "id")

Candidate = tuple[str, bool]  # dotted name, required


def readable(rows: list[Any], kinds: list[type], show: bool) -> list[str]:
    """The dotted names of at most eight columns of each kind."""
    paths: list[str] = []
    for kind in kinds:
        if kind is dict:
            found = _of_dicts([row for row in rows if isinstance(row, Mapping)])
        else:
            found = _of_model(kind)
        shown = [entry for entry in found if not is_hidden(entry[0]) and entry[0] != "object"]
        paths += _best(shown) or every(rows, [kind], show)[:MOST]
    return list(dict.fromkeys(paths))


def _best(found: list[Candidate]) -> list[str]:
    """By rank, then in the order of the schema; times at the end."""
    names = {path for path, _ in found}
    ranked = sorted((_rank(entry, names), index) for index, entry in enumerate(found))
    chosen = [found[index][0] for rank, index in ranked if rank[0] < 9][:MOST]
    times = [path for path in chosen if is_time(path.rpartition(".")[2])]
    return [path for path in chosen if path not in times] + times


def _rank(entry: Candidate, names: set[str]) -> tuple[int, int]:
    path, required = entry
    if path == "id":
        return 0, 0
    for rank, known in enumerate((_NAMES, _ADDRESSES), 1):
        if path in known:
            return rank, known.index(path)
    if path in _STATES:
        return 3, _STATES.index(path)
    if path in _TIMES[:2]:
        return 4, _TIMES.index(path)
    if "." in path or path == "url":
        return 5, 0
    if path in ("first_name", "last_name") and "full_name" in names:
        return 9, 0
    if path.endswith(("_url", "_id")):
        return 8, 0
    if is_time(path):
        return (6, _TIMES.index(path)) if path in _TIMES else (8, 1)
    return (6 if required else 7), 0


def _of_model(cls: type) -> list[Candidate]:
    fields = [field for field in wire_fields(cls) if not field.deprecated]
    names = [field.wire for field in fields]
    found: list[Candidate] = [(name, False) for name in shortcuts_of(names)]
    for field in fields:
        kind, detail = field.tree[:2]
        if kind in SCALARS and kind != "const":
            found.append((field.wire, field.required))
        elif kind == "model":
            inner = {below.wire for below in wire_fields(detail) if below.tree[0] in SCALARS}
            found += _inner(field.wire, inner)
    return found


def _of_dicts(rows: list[Any]) -> list[Candidate]:
    """As above, from what is in the rows."""
    inside: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            inside.setdefault(name, []).append(value)
    found: list[Candidate] = [(name, False) for name in shortcuts_of(inside)]
    for name, values in inside.items():
        below = [value for value in values if isinstance(value, Mapping)]
        if below:
            found += _inner(name, {key for value in below for key in value})
        elif not any(isinstance(value, (list, tuple, _core.BaseModel)) for value in values):
            found.append((name, True))
    return found


def _inner(name: str, inside: set[str]) -> Iterator[Candidate]:
    """What tells a thing inside of a row apart, if that is known."""
    best = next((known for known in _INNER if known in inside), None)
    if best is not None and not name.endswith("metadata"):
        yield f"{name}.{best}", False
