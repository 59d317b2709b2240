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
    from .writing import Writer

_FORMS = ("json", "jsonl", "table", "csv")
_WIDE = 100_000  # places in a line
_FLUSH = 100  # lines after which the reader gets to see them
_BATCH = 500  # rows of a table that are written together


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
        self._result = operation.result
        self._paints = self._form == "json" and is_colourful(sys.stdout)

    @property
    def is_raw(self) -> bool:
        """Written from the answer as it came; tables are made of models."""
        return self._form in ("json", "jsonl") and self._columns is None

    def write(self, response: Any, result: Any) -> None:
        """One answer: what came, or what was made of it."""
        if not self.is_raw:
            if result is not None:
                print(self._table(result), end="")
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
        from .writing import Writer

        with Writer() as writer:
            if not self.is_raw:
                self._write_rows(writer, elements, pages)
            elif self._form == "jsonl":
                for count, element in enumerate(elements, 1):
                    writer.write(f"{self._json(element)}\n")
                    if count % _FLUSH == 0:
                        writer.flush()
            else:
                self._write_array(writer, elements)

    def _write_array(self, writer: Writer, elements: Iterable[Any]) -> None:
        """A JSON array that is whole wherever it ends: with the last page, an error or Ctrl-C."""
        try:
            for element in elements:
                text = self._json(element).replace("\n", "\n  ")
                writer.write((",\n  " if writer.count else "[\n  ") + text)
            if not writer.count:
                writer.write("[]\n")
                return
        except BaseException:
            if writer.count:
                writer.write("\n]\n")
            raise
        writer.write("\n]\n")

    def _write_rows(self, writer: Writer, elements: Iterable[Any], pages: Any) -> None:
        """Rows of a table: bit by bit in the forms that allow it, else as many as there were."""
        from ..tables._rows import kinds_of_result

        streams = self._form in ("csv", "jsonl") and self._columns != "all"
        streams = streams and len(kinds_of_result(self._result)) == 1  # all rows have these columns
        rows: list[Any] = []
        try:
            for element in elements:
                rows.append(element)
                if streams and len(rows) == _BATCH:
                    batch, rows = rows, []
                    writer.write(self._table(batch, has_title=not writer.count))
                    writer.flush()
        except BaseException:
            if rows:
                writer.write(self._table(rows, has_title=not writer.count))
            raise
        if rows or not writer.count:
            writer.write(self._table(rows or pages, has_title=not writer.count))

    def check_columns(self) -> None:
        """Refuses columns that the answer cannot have, before anything is sent."""
        if isinstance(self._columns, list):
            from ..tables import _columns, _rows

            try:
                _columns.asked(
                    self._columns, [], _rows.kinds_of_result(self._result), self._show_private
                )
            except ValueError as error:
                raise self._refused(error) from error

    def _refused(self, error: Exception) -> UsageError:
        return UsageError(f"--{self._form}: {error}")

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

    def _table(self, result: Any, has_title: bool = True) -> str:
        """The text of a table; CSV that goes on has no line of titles."""
        from .. import table

        try:
            made = table(result, columns=self._columns, show_private=self._show_private)
        except (TypeError, ValueError) as error:
            raise self._refused(error) from error
        if self._form == "table":
            from ..tables import _show

            text = _show.text(made, _width(), len(made), "--columns all")
            return f"{_encodable(text)}\n"
        if self._form == "csv":
            text = made.to_csv()
            return _encodable(text if has_title else text.removeprefix(_titles(made.columns)))
        rows = made.to_dicts()
        if self._form == "jsonl":
            return "".join(f"{self._json(row)}\n" for row in rows)
        return f"{self._json(rows if self._is_list else rows[0])}\n"


def _titles(columns: Iterable[str]) -> str:
    from .. import table

    return table([], columns).to_csv()


def _takes_everything() -> bool:
    return (sys.stdout.encoding or "ascii").lower().startswith("utf")


def _encodable(text: str) -> str:
    """The text as a terminal of former times can show it."""
    if _takes_everything():
        return text
    encoding = sys.stdout.encoding or "ascii"
    return text.replace("─", "-").encode(encoding, "backslashreplace").decode(encoding)


def _width() -> int:
    """Of a table: that of the terminal; what is piped on loses nothing."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        import shutil

        return shutil.get_terminal_size((100, 24)).columns
    return _WIDE


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
