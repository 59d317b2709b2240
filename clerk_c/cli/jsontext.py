"""JSON read and written so that nothing in it changes, and so that it is safe to look at."""

from __future__ import annotations

import json
from json.encoder import encode_basestring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LONG = 400  # digits, from which on a number is kept as it is written

# How terminals are told colours: names, texts, numbers and the like.
_NAME, _TEXT, _OTHER, _END = "\x1b[34m", "\x1b[32m", "\x1b[33m", "\x1b[0m"


class Number(float):
    """A number and how it was written."""

    text: str

    def __new__(cls, text: str) -> Number:
        made = super().__new__(cls, text)
        made.text = text
        return made


def read(text: str) -> Any:
    """The value of a JSON text, in which numbers know how they were written."""

    def whole(text: str) -> Any:
        return int(text) if len(text) < _LONG else Number(text)

    return json.loads(text, parse_float=Number, parse_int=whole)


def write(
    value: Any, *, indent: int | None = 2, colour: bool = False, ascii_only: bool = False
) -> str:
    """A JSON text of the value: indented, or in one line."""
    paint = _painted if colour else _plain
    return "".join(_parts(value, "\n" if indent else "", indent or 0, paint, ascii_only))


def _plain(text: str, how: str) -> str:
    return text


def _painted(text: str, how: str) -> str:
    return f"{how}{text}{_END}"


def _parts(value: Any, line: str, indent: int, paint: Any, ascii_only: bool) -> Iterator[str]:
    """The text in pieces. `line` begins a line as deep as the value; without it, it is all one."""
    if isinstance(value, str):
        yield paint(_quoted(value, ascii_only), _TEXT)
        return
    if not isinstance(value, (dict, list)):
        yield paint(value.text if isinstance(value, Number) else json.dumps(value), _OTHER)
        return
    first, end = "{}" if isinstance(value, dict) else "[]"
    yield first
    deeper = line + " " * indent if line else ""
    comma = "," if line else ", "
    for place, entry in enumerate(value):
        yield (comma if place else "") + deeper
        if isinstance(value, dict):
            yield paint(_quoted(entry, ascii_only), _NAME) + ": "
            entry = value[entry]
        yield from _parts(entry, deeper, indent, paint, ascii_only)
    yield (line if value else "") + end


def _quoted(text: str, ascii_only: bool) -> str:
    """What is invisible, steers a terminal, or cannot be encoded, is written as an escape."""
    if ascii_only:
        return json.dumps(text)
    quoted = encode_basestring(text)
    if quoted.isprintable():
        return quoted
    return "".join(
        letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in quoted
    )
