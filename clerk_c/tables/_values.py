"""What stands in a cell: a member of a row, without UNSET, enums and secrets, and its text."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any

from .. import _core
from ._schema import fields_of, keeps_extra

STARS = "**********"
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_HUGE = 10_000  # bits: beyond that Python refuses to write an int in decimal


# Members of rows


def find(value: Any, parts: tuple[str, ...]) -> Any:
    """What a dotted name leads to; None where there is no such thing."""
    for place, part in enumerate(parts):
        if value is None or value is _core.UNSET:
            return None
        if isinstance(value, _core.BaseModel):
            value = member(value, part)
        elif isinstance(value, Mapping):
            return _in_mapping(value, parts[place:])
        elif isinstance(value, (list, tuple)):
            if part == "*":
                return [find(item, parts[place + 1 :]) for item in value]
            value = _element(value, part)
        else:
            return None
    return value


def member(model: Any, name: str) -> Any:
    """A field of a model by its name in Python or on the wire, or a shortcut."""
    field = fields_of(type(model)).get(name)
    if field is None:
        if keeps_extra(type(model)):
            found = dict(model)
            if name in found:
                return found[name]
        return _shortcut(lambda wanted: member(model, wanted), name)
    if field.deprecated:  # reading the attribute would warn
        return dict(model).get(field.name)
    return getattr(model, field.name, None)


def _in_mapping(value: Mapping[Any, Any], parts: tuple[str, ...]) -> Any:
    """Keys may hold dots: the longest that fits is meant."""
    for end in range(len(parts), 0, -1):
        key = ".".join(parts[:end])
        if key in value:
            return find(value[key], parts[end:])
    return find(_shortcut(value.get, parts[0]), parts[1:])


def _element(values: list[Any] | tuple[Any, ...], part: str) -> Any:
    try:
        return values[int(part)]
    except (IndexError, ValueError):
        return None


def _shortcut(get: Callable[[str], Any], name: str) -> Any:
    """`full_name`; `primary_email_address` and its like, which the API gives as an id."""
    if name == "full_name":
        names = [get("first_name"), get("last_name")]
        return " ".join(part for part in names if part and isinstance(part, str)) or None
    if not name.startswith("primary_") or name.endswith("_id"):
        return None
    wanted = get(f"{name}_id")
    kind = name.removeprefix("primary_")
    for items in (get(f"{kind}es"), get(f"{kind}s")) if wanted else ():
        for item in items if isinstance(items, list) else ():
            if find(item, ("id",)) == wanted:
                return find(item, (kind,))
    return None


# Values


def cell(row: Any, parts: tuple[str, ...], time: bool, show: bool) -> Any:
    """What stands in a row under a dotted name. Of times whole milliseconds are ints, though the
    API documents some as floats."""
    value = plain(find(row, parts), show)
    return int(value) if time and isinstance(value, float) and value.is_integer() else value


def is_hidden(name: str) -> bool:
    """Is what goes by this name a secret, or private to the program's own servers?"""
    name = name.lower()
    if not name.isascii() or not name.isprintable():  # no name of a field
        return False
    return name == "private_metadata" or _core.is_secret(name)


def plain(value: Any, show: bool) -> Any:
    """The value as JSON has it, but for dates and times; stars for secrets unless `show`."""
    kind = type(value)
    if kind is str:
        return value if show or "://" not in value else _without_tickets(value)
    if value is None or kind is bool or kind is float:
        return value
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return plain(str(value), show)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value) if value.bit_length() < _HUGE else hex(value)
    if value is _core.UNSET:
        return None
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value
    if isinstance(value, (_core.BaseModel, Mapping)):
        return {
            name: STARS if not (show or inner is None) and is_hidden(name) else plain(inner, show)
            for name, inner in pairs(value)
            if inner is not _core.UNSET
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, show) for item in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """The members of a model, by their names on the wire, or of a dict."""
    if isinstance(value, Mapping):
        return ((str(name), inner) for name, inner in value.items())
    known = fields_of(type(value))
    found = ((known.get(name), name, inner) for name, inner in value)
    return ((name if field is None else field.wire, inner) for field, name, inner in found)


def _without_tickets(text: str) -> str:
    """A URL that signs somebody in does so by a parameter."""
    if "?" not in text:
        return text
    from .._masking import mask_url

    return mask_url(text)


# Times


def moment(value: Any) -> datetime.datetime | None:
    """Milliseconds since 1970 as a time of UTC; None where that is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return _EPOCH + datetime.timedelta(milliseconds=value)
    except (OverflowError, ValueError):  # beyond the year 9999; NaN
        return None


def iso(value: datetime.date) -> str:
    """ISO 8601; UTC as Z."""
    if not isinstance(value, datetime.datetime):
        return value.isoformat()
    shown = value.isoformat(timespec="microseconds" if value.microsecond % 1000 else "milliseconds")
    return shown.removesuffix("+00:00") + "Z" if shown.endswith("+00:00") else shown


# Texts


def as_json(value: Any) -> str:
    """JSON, dates and times by ISO 8601; what JSON cannot say is null."""
    text = _WRITER.encode(_sayable(value))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair
        return json.dumps(_sayable(value), default=iso, separators=(",", ":"))
    return text


_WRITER = json.JSONEncoder(ensure_ascii=False, default=iso, separators=(",", ":"))


def _sayable(value: Any) -> Any:
    """Without NaN and the infinities, which JSON does not know."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {name: _sayable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_sayable(item) for item in value]
    return value


def as_text(value: Any) -> str:
    """A plain value as a cell of a CSV file; None is the empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return as_json(value) if value else str(value)
    return iso(value) if isinstance(value, datetime.date) else str(value)
