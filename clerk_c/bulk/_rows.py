"""Reading rows, one after the other: CSV, JSON lines, DataFrames, iterables of mappings.

What is wrong with one row is told with it, so that the others go on; what makes all that follow
doubtful, such as a quotation that never ends, is a SourceError.
"""

from __future__ import annotations

import codecs
import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .errors import SourceError

_FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_DELIMITERS = {"csv": ",", "tsv": "\t"}


class Raw(NamedTuple):
    """A row as it was found. Without `data`, `problem` says what is wrong with `text`."""

    line: int | None
    data: Mapping[str, Any] | None
    problem: str = ""
    text: str = ""


class Source(NamedTuple):
    """Where rows come from."""

    name: str
    path: str | None
    columns: list[str] | None  # known beforehand
    total: int | None
    is_text: bool  # cells are text, whatever the parameter
    rows: Iterable[Raw]
    close: Callable[[], object]


def open_source(rows: Any, form: str | None) -> Source:
    """Opens what was given as `rows`. Raises SourceError, TypeError or ValueError."""
    if form is not None and form not in {*_FORMATS.values()}:
        raise ValueError(f"format must be 'csv', 'tsv', 'jsonl' or None, not {form!r}")
    if isinstance(rows, (str, os.PathLike)):
        return _open_path(os.fspath(rows), form)
    if hasattr(rows, "iter_rows") and hasattr(rows, "columns"):  # polars
        return _frame(rows, rows.iter_rows(), list(rows.columns))
    if hasattr(rows, "collect_schema"):
        raise TypeError("rows: a LazyFrame has no rows yet: pass rows.collect()")
    if hasattr(rows, "itertuples") and hasattr(rows, "columns"):  # pandas
        return _frame(rows, rows.itertuples(index=False, name=None), list(rows.columns))
    if hasattr(rows, "read") and hasattr(rows, "readline"):
        name = str(getattr(rows, "name", type(rows).__name__))
        if form is None:
            raise ValueError("format must be given where rows is an open file")
        return _open_lines(rows, name, None, form, _nothing)
    if isinstance(rows, Mapping) or not hasattr(rows, "__iter__"):
        raise TypeError(
            "rows must be a path, a DataFrame, an open file or an iterable of mappings,"
            f" not {type(rows).__name__!r}"
        )
    total = len(rows) if hasattr(rows, "__len__") else None
    return Source(type(rows).__name__, None, None, total, False, _mappings(rows), _nothing)


def _nothing() -> None:
    pass


def _open_path(path: str | bytes, form: str | None) -> Source:
    name = os.fsdecode(path)
    suffix = os.path.splitext(name)[1].lower()
    form = form or _FORMATS.get(suffix)
    if form is None:
        hint = "; a JSON array has to become JSON lines" if suffix == ".json" else ""
        raise ValueError(f"format: the name {name!r} does not tell csv, tsv or jsonl{hint}")
    try:
        file = open(path, "rb")  # noqa: SIM115, closed by the source
    except OSError as error:
        raise SourceError(f"{name}: {error.strerror or error}") from error
    try:
        return _open_lines(file, name, name, form, file.close)
    except BaseException:
        file.close()
        raise


def _open_lines(
    file: Any, name: str, path: str | None, form: str, close: Callable[[], object]
) -> Source:
    if form == "jsonl":
        return Source(name, path, None, None, False, _json_lines(file, name), close)
    reader = csv.reader(_decoded(file, name), delimiter=_DELIMITERS[form], strict=True)
    header = _header(reader, name)
    return Source(name, path, header, None, True, _cells(reader, header, name), close)


# Text


def _decoded(file: Iterable[Any], name: str) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        try:
            text = line if isinstance(line, str) else line.decode()
        except UnicodeDecodeError:
            raise SourceError(f"{name}, line {number}: not UTF-8", number) from None
        yield text.lstrip("\ufeff") if number == 1 else text


def _header(reader: Any, name: str) -> list[str]:
    try:
        header = [cell.strip() for cell in next(reader)]
    except StopIteration:
        raise SourceError(f"{name} is empty: it needs a line with the names of the columns") from (
            None
        )
    except csv.Error as error:
        raise SourceError(f"{name}, line {reader.line_num}: {error}", reader.line_num) from None
    if not all(header):
        number = header.index("") + 1
        raise SourceError(f"{name}, line 1: column {number} has no name", 1)
    twice = sorted({cell for cell in header if header.count(cell) > 1})
    if twice:
        raise SourceError(f"{name}, line 1: {', '.join(map(repr, twice))} stands there twice", 1)
    return header


def _cells(reader: Any, header: list[str], name: str) -> Iterator[Raw]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # Where the next row begins is anybody's guess.
            raise SourceError(f"{name}, line {line}: {error}", line) from None
        if not cells:
            continue
        if len(cells) != len(header):
            count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
            problem = f"{count} where the header has {len(header)}"
            yield Raw(line, None, problem, json.dumps(cells, ensure_ascii=False))
        else:
            yield Raw(line, dict(zip(header, cells)))


def _json_lines(file: Iterable[Any], name: str) -> Iterator[Raw]:
    for number, line in enumerate(file, 1):
        if isinstance(line, bytes):
            text = line.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").strip()
        else:
            text = line.strip()
        if not text:
            continue
        try:
            if isinstance(line, bytes):
                line.decode()
            value = json.loads(text, parse_constant=_refuse)
        except UnicodeDecodeError:
            yield Raw(number, None, "not UTF-8", text)
        except (ValueError, RecursionError) as error:
            said = error.args[0] if not isinstance(error, RecursionError) else "nested too deeply"
            yield Raw(number, None, f"not JSON: {said}", text)
        else:
            yield _object(number, value, text)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _object(line: int, value: Any, text: str) -> Raw:
    if isinstance(value, dict):
        return Raw(line, value)
    return Raw(line, None, f"a JSON {_KINDS.get(type(value), 'null')}, not an object", text)


_KINDS = {list: "array", str: "string", int: "number", float: "number", bool: "boolean"}


# Objects


def _mappings(rows: Iterable[Any]) -> Iterator[Raw]:
    for row in rows:
        if not isinstance(row, Mapping):
            yield Raw(None, None, f"{type(row).__name__!r} is no mapping")
        elif not all(isinstance(name, str) for name in row):
            odd = next(name for name in row if not isinstance(name, str))
            yield Raw(None, None, f"a column's name is {type(odd).__name__!r}, not str")
        else:
            yield Raw(None, row)


def _frame(frame: Any, rows: Iterable[tuple[Any, ...]], columns: list[Any]) -> Source:
    for column in columns:
        if not isinstance(column, str):
            raise SourceError(f"the DataFrame's column {column!r} must have a str for a name")
    if len({*columns}) < len(columns):
        raise SourceError("the DataFrame has two columns of one name")
    name = type(frame).__module__.partition(".")[0] + " DataFrame"
    return Source(name, None, columns, len(frame), False, _frame_rows(rows, columns), _nothing)


def _frame_rows(rows: Iterable[tuple[Any, ...]], columns: list[str]) -> Iterator[Raw]:
    for row in rows:
        found = {name: _plain(value) for name, value in zip(columns, row)}
        yield Raw(None, {name: value for name, value in found.items() if value is not None})


def _plain(value: Any) -> Any:
    """A value of a DataFrame as Python has it; None where there is none."""
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        value = value.tolist()
    if isinstance(value, float) and value != value:
        return None
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
