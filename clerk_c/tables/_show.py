"""How a table is shown: which rows, times as dates, and what was left out."""

from __future__ import annotations

import datetime
from typing import Any

from . import _columns, _terminal, _values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Table

_LONGEST = 200  # characters of a cell


def shown_rows(table: Table, most: int) -> list[list[Any]]:
    """The values of the first rows."""
    count = min(len(table), most)
    return [table._row(index, table._columns) for index in range(count)]


def shown(value: Any, column: _columns.Column) -> str:
    """A value as it is shown: times as dates, lists of plain values without brackets."""
    if column.time:
        value = _values.moment(value) or value
    if isinstance(value, datetime.datetime):
        return moment_text(value)
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        value = ", ".join(_values.as_text(item) for item in value)
    text = _values.as_text(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def moment_text(value: datetime.datetime) -> str:
    """A time as it is shown: to the second; UTC as Z."""
    return value.isoformat(" ", "seconds").replace("+00:00", "Z")


def is_number(value: Any, column: _columns.Column) -> bool:
    """Does the value stand at the right?"""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not column.time


def remarks(table: Table, rows: int, how: str = 'columns="all"') -> str:
    """What a table does not show, and how all columns are asked for."""
    total = len(table)
    said = [f"{total:,} row{'' if total == 1 else 's'}"]
    if rows < total:
        said = [f"the first {rows:,} of {total:,} rows"]
    whole = len(_columns.every(table._rows, table._kinds, table._show))
    if len(table.columns) < whole:
        said.append(f"{len(table.columns)} of {whole} columns ({how})")
    return ", ".join(said)


def text(table: Table, width: int, most: int, how: str = 'columns="all"') -> str:
    """The table as lines of at most so many places; `how` as in remarks."""
    rows = shown_rows(table, most)
    cells = [
        [
            _terminal.Cell(shown(value, column), is_number(value, column))
            for value, column in zip(row, table._columns)
        ]
        for row in rows
    ]
    names = list(table.columns)
    kept = names.index("created_at") if table._by_itself and "created_at" in names else None
    lines = _terminal.draw(names, cells, width, kept) if names else []
    return "\n".join([*lines, _terminal.cut(f"({remarks(table, len(rows), how)})", width)])


def rich(table: Table, most: int) -> Any:
    """The same for rich."""
    from rich.table import Table as RichTable
    from rich.text import Text

    rows = shown_rows(table, most)
    made = RichTable(caption=remarks(table, len(rows)))
    for place, column in enumerate(table._columns):
        numbers = [is_number(row[place], column) for row in rows if row[place] is not None]
        made.add_column(
            Text(_terminal.harmless(column.path)),
            justify="right" if numbers and all(numbers) else "left",
        )
    for row in rows:
        texts = (shown(value, column) for value, column in zip(row, table._columns))
        made.add_row(*(Text(_terminal.harmless(cell)) for cell in texts))
    return made
