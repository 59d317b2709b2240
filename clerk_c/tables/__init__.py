"""Results of operations as tables: in the terminal, in notebooks, and for other tools.

    print(clerk_c.table(clerk.users.list(request={"limit": 20})))
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, overload

from .._core import BaseModel
from . import _columns, _readable, _rows, _values

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    import pandas
    import polars
    import pyarrow

_ROWS_OF_TEXT = 100
_ROWS_OF_HTML = 200


class Table:
    """Rows of results under chosen columns; made by `clerk_c.table`.

    Printing shows it; notebooks show it as HTML. `len` is the number of rows, and iterating
    gives each row as a dict. The rows are read when they are wanted, and not copied.
    """

    def __init__(
        self,
        rows: list[Any],
        kinds: list[type],
        columns: list[_columns.Column],
        *,
        datetimes: bool,
        show_private: bool,
        by_itself: bool = False,
    ) -> None:
        self._rows = rows
        self._kinds = kinds
        self._columns = columns
        self._datetimes = datetimes
        self._show = show_private
        self._by_itself = by_itself  # nobody chose the columns

    @property
    def columns(self) -> tuple[str, ...]:
        """The dotted names of the columns."""
        return tuple(column.path for column in self._columns)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = self.columns
        return (dict(zip(names, values)) for values in self._values())

    # What is in it

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dicts, each with every column; None where a row has nothing.

        Values are those of JSON; with timestamps="datetime" times are datetimes in UTC.
        """
        return list(self)

    def _values(self) -> Iterator[list[Any]]:
        """The values of row after row."""
        moments = self._moments()
        for index in range(len(self._rows)):
            row = self._row(index, self._columns)
            for place in moments:
                if row[place] is not None:
                    row[place] = _values.moment(row[place]) or row[place]
            yield row

    def _row(self, index: int, columns: list[_columns.Column]) -> list[Any]:
        row = self._rows[index]
        try:
            return [_values.cell(row, column.parts, column.time, self._show) for column in columns]
        except RecursionError:
            raise ValueError(f"results[{index}] is nested too deeply, or in itself") from None

    def _moments(self) -> list[int]:
        """The places of the columns of times to be converted: those in which every value is a
        time, so that a column is of one kind."""
        if not self._datetimes:
            return []
        wanted = [place for place, column in enumerate(self._columns) if column.time]
        columns = [self._columns[place] for place in wanted]
        rows = [self._row(index, columns) for index in range(len(self._rows))]
        return [
            place
            for which, place in enumerate(wanted)
            if all(row[which] is None or _values.moment(row[which]) for row in rows)
        ]

    # Frames

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas.DataFrame: Int64 and boolean where whole numbers or truth values are missing,
        lists and dicts as they are. Raises ModuleNotFoundError without pandas."""
        from . import _frames

        made: pandas.DataFrame = _frames.pandas(self)
        return made

    def to_polars(self) -> polars.DataFrame:
        """A polars.DataFrame; lists of plain values stay lists, what is of no one type becomes
        text. Raises ModuleNotFoundError without polars."""
        from . import _frames

        made: polars.DataFrame = _frames.polars(self)
        return made

    def to_arrow(self) -> pyarrow.Table:
        """A pyarrow.Table; lists of plain values stay lists, what is of no one type becomes
        text. Raises ModuleNotFoundError without pyarrow."""
        from . import _frames

        made: pyarrow.Table = _frames.arrow(self)
        return made

    # Files

    @overload
    def to_csv(self, path: None = None, *, formulas: bool = False) -> str: ...
    @overload
    def to_csv(self, path: str | os.PathLike[str], *, formulas: bool = False) -> None: ...
    def to_csv(
        self, path: str | os.PathLike[str] | None = None, *, formulas: bool = False
    ) -> str | None:
        """CSV text in UTF-8 with the names of the columns first, as a file or as str.

        A file is written whole or not at all. None is an empty cell, an empty text `""`; lists
        and dicts are JSON.

        Args:
            path: where to; None returns the text.
            formulas: True leaves texts alone that a spreadsheet would run as a formula. Else
                those that begin with = + - @ and are no plain number get an apostrophe in front.

        Raises:
            OSError: as the file could not be written.
        """
        from . import _files

        return _files.deliver(
            _files.csv_lines(list(self.columns), self._values(), formulas), path
        )

    @overload
    def to_jsonl(self, path: None = None) -> str: ...
    @overload
    def to_jsonl(self, path: str | os.PathLike[str]) -> None: ...
    def to_jsonl(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """A JSON object for each row, one to a line, in UTF-8, as a file or as str.

        A file is written whole or not at all. Datetimes are ISO 8601, NaN is null.

        Raises:
            OSError: as the file could not be written.
        """
        from . import _files

        return _files.deliver(_files.json_lines(list(self.columns), self._values()), path)

    # To look at

    def to_text(self, width: int | None = None, max_rows: int | None = None) -> str:
        """The table as text for a terminal.

        Args:
            width: places in a line; None: those of the terminal.
            max_rows: rows that are shown; None: all.
        """
        from . import _show

        if width is None:
            width = shutil.get_terminal_size((100, 24)).columns
        return _show.text(self, _at_least(width, "width", 1), _rows_of(max_rows))

    def to_html(self, max_rows: int | None = None) -> str:
        """The table as an HTML fragment: it loads nothing, and a click on a title sorts it.

        Args:
            max_rows: rows that are shown; None: all.
        """
        from . import _html

        return _html.table(self, _rows_of(max_rows))

    def __str__(self) -> str:
        text = self.to_text(max_rows=_ROWS_OF_TEXT)
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:  # a terminal of former times
            plain = text.replace("─", "-").replace("…", "~")
            return plain.encode(encoding, "backslashreplace").decode(encoding)
        return text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.to_html(max_rows=_ROWS_OF_HTML)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))

    def __rich__(self) -> Any:
        from . import _show

        return _show.rich(self, _ROWS_OF_TEXT)


def _rows_of(value: int | None) -> int:
    return sys.maxsize if value is None else _at_least(value, "max_rows", 0)


def _at_least(value: Any, name: str, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be int or None, not {type(value).__name__!r}")
    if value < least:
        raise ValueError(f"{name} must be {least} or more")
    return value


def table(
    results: BaseModel | Mapping[str, Any] | Iterable[BaseModel | Mapping[str, Any]] | Table,
    columns: Iterable[str] | None = None,
    *,
    timestamps: Literal["ms", "datetime"] = "ms",
    show_private: bool = False,
) -> Table:
    """Results of operations as a table.

    Args:
        results: what an operation returned (a list, a page with its elements, one model), an
            iterator such as `paginate` gives, dicts, or another table.
        columns: dotted names such as `public_user_data.identifier`,
            `email_addresses.0.email_address` or `email_addresses.*.email_address`; besides the
            fields there are `full_name` and, for what the API gives as an id,
            `primary_email_address` and its like. "all": every field, models and dicts inside
            as columns of their own. None: at most eight that tell the rows apart.
        timestamps: what conversions give for times: "ms", milliseconds since 1970 as the API
            gives them, or "datetime", datetimes in UTC. A table that is shown has dates.
        show_private: whether secrets and private metadata are there, too.

    Raises:
        TypeError: results or columns are something else.
        ValueError: no row can have such a column, or it is private.
    """
    if timestamps not in ("ms", "datetime"):
        raise ValueError(f'timestamps must be "ms" or "datetime", not {timestamps!r:.60}')
    if isinstance(results, Table):
        rows, kinds = results._rows, results._kinds
    else:
        rows, kinds = _rows.gather(results)
    show = bool(show_private)
    if columns is None or columns == "all":
        choice = _readable.readable if columns is None else _columns.every
        chosen = [_columns.column(name, rows, kinds) for name in choice(rows, kinds, show)]
    else:
        chosen = _columns.asked(columns, rows, kinds, show)
    return Table(
        rows,
        kinds,
        chosen,
        datetimes=timestamps == "datetime",
        show_private=show,
        by_itself=columns is None,
    )


__all__ = ["Table", "table"]
