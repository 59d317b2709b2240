"""Answers on standard output, in the form that is asked for."""

from __future__ import annotations

import os
import sys

from .catalogue import Operation
from .failures import SERVER, Failure, UsageError
from .parse import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from .._listing import Listing

_FORMS = ("json", "jsonl", "table", "csv")
_WIDE = 100_000  # places in a line
_FLUSH = 100  # lines after which the reader gets to see them


def is_colourful(stream: Any) -> bool:
    """Does the stream show colours? https://no-color.org says when it must not."""
    return (
        stream.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM", "") != "dumb"
    )


class Form:
    """How answers are written."""

    def __init__(self, line: Line, operation: Operation) -> None:
        chosen = [form for form in _FORMS if line.has(form)]
        if len(chosen) > 1:
            raise UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other")
        listing = _listing_of(operation)
        self._items = listing.items if listing is not None else None
        self._is_list = listing is not None or operation.result.startswith("List[")
        if line.has("all") and listing is None:
            raise UsageError(f"--all: {operation.words} lists nothing")
        default = "table" if self._is_list and sys.stdout.isatty() else "json"
        self._form = chosen[0] if chosen else default
        columns = line.last("columns")
        self._columns = None if columns is None else _names(columns)
        self._show_private = line.has("show-private")
        self._paints = self._form == "json" and is_colourful(sys.stdout)

    @property
    def is_raw(self) -> bool:
        """Written from the answer as it came; tables are made of models."""
        return self._form in ("json", "jsonl") and self._columns is None

    def write(self, response: Any, result: Any) -> None:
        """One answer: what came, or what was made of it."""
        if not self.is_raw:
            self._write_table(result)
            return
        from . import jsontext

        content = response.content
        if not content.strip():
            return
        try:
            value = jsontext.read(response.text)
        except (ValueError, RecursionError):  # an operation that answers with something else
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            return
        if self._form == "json":
            print(self._json(value))
            return
        if isinstance(value, dict) and self._items is not None:
            value = value.get(self._items)
        for element in value if isinstance(value, list) else [value]:
            print(self._json(element))

    def write_all(self, elements: Iterable[Any], pages: Any) -> None:
        """The elements of all pages, as they come if the form allows it. `pages` tells what they
        would be where there are none."""
        if not self.is_raw:
            self._write_table([*elements] or pages)
            return
        if self._form == "jsonl":
            for count, element in enumerate(elements, 1):
                print(self._json(element), flush=count % _FLUSH == 0)
            return
        between = "[\n  "
        for element in elements:
            print(between + self._json(element).replace("\n", "\n  "), end="")
            between = ",\n  "
        print("[]" if between == "[\n  " else "\n]")

    def _json(self, value: Any) -> str:
        from . import jsontext

        try:
            return jsontext.write(
                value,
                indent=None if self._form == "jsonl" else 2,
                colour=self._paints,
                ascii_only=not _takes_everything(),
            )
        except RecursionError:
            raise Failure(SERVER, "the answer is nested too deeply") from None

    def _write_table(self, result: Any) -> None:
        if result is None:
            return
        from .. import table

        try:
            made = table(result, columns=self._columns, show_private=self._show_private)
        except (TypeError, ValueError) as error:
            raise UsageError(f"--{self._form}: {error}") from error
        if self._form == "table":
            print(_encodable(made.to_text(_width())))
        elif self._form == "csv":
            print(_encodable(made.to_csv(None)), end="")
        elif self._form == "jsonl":
            for row in made.to_dicts():
                print(self._json(row))
        else:
            rows = made.to_dicts()
            print(self._json(rows if self._is_list else rows[0]))


def _takes_everything() -> bool:
    return (sys.stdout.encoding or "ascii").lower().startswith("utf")


def _encodable(text: str) -> str:
    """The text as a terminal of former times can show it."""
    if _takes_everything():
        return text
    encoding = sys.stdout.encoding or "ascii"
    return text.replace("─", "-").encode(encoding, "backslashreplace").decode(encoding)


def _width() -> int | None:
    """Of a table: None is that of the terminal; what is piped on loses nothing."""
    return None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE


def _names(text: str) -> list[str] | str:
    if text == "all":
        return text
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError("--columns: a name between commas is empty")
    return names


def _listing_of(operation: Operation) -> Listing | None:
    from .. import _core, _listing

    return _listing.describe(_core.describe(operation.function))
