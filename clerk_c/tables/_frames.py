"""Tables for pandas, polars and pyarrow. Each column is of one type, found in its values."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Callable, Iterator
from typing import Any

from . import _values
from ._files import encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Table

_EXACT = range(-(2**53), 2**53 + 1)  # whole numbers that a float holds
_INT64 = range(-(2**63), 2**63)
_BY_TYPE: dict[type, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    datetime.datetime: "datetime",
    datetime.date: "date",
}
# Of a column without values the schema tells the type.
_BY_SCHEMA = {"bool": "bool", "int": "int", "float": "float", "str": "str", "enum": "str",
              "datetime": "datetime", "date": "date"}  # fmt: skip


def pandas(table: Table) -> Any:
    """A pandas.DataFrame."""
    pd = _load("pandas", "to_pandas")
    made = {}
    for name, kind, values in _columns(table):
        dtype: Any = {"int": "int64", "bool": "bool", "float": "float64"}.get(kind, "object")
        if kind in ("int", "bool") and None in values:
            dtype = {"int": "Int64", "bool": "boolean"}[kind]
        elif kind == "datetime":
            made[name] = _moments(pd, values)
            continue
        elif kind == "str" and any(value is not None for value in values):
            dtype = None  # as this version of pandas keeps texts
        made[name] = pd.Series(values, dtype=dtype)
    return pd.DataFrame(made, index=pd.RangeIndex(len(table)))


def _moments(pd: Any, values: list[Any]) -> Any:
    """A series of microseconds: the nanoseconds that pandas 2.0 would take end in 2262."""
    plain = [value and value.astimezone(datetime.timezone.utc) for value in values]
    naive = [value and value.replace(tzinfo=None) for value in plain]
    array = importlib.import_module("numpy").array(naive, dtype="datetime64[us]")
    return pd.Series(array).dt.tz_localize("UTC")


def polars(table: Table) -> Any:
    """A polars.DataFrame."""
    pl = _load("polars", "to_polars")
    types = {
        "bool": pl.Boolean, "int": pl.Int64, "float": pl.Float64, "str": pl.String,
        "datetime": pl.Datetime("us", "UTC"), "date": pl.Date,
    }  # fmt: skip
    columns = _uniform(table, types, pl.List)
    return pl.DataFrame([pl.Series(name, values, dtype) for name, dtype, values in columns])


def arrow(table: Table) -> Any:
    """A pyarrow.Table."""
    pa = _load("pyarrow", "to_arrow")
    types = {
        "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "str": pa.string(),
        "datetime": pa.timestamp("us", "UTC"), "date": pa.date32(),
    }  # fmt: skip
    columns = list(_uniform(table, types, pa.list_))
    arrays = [pa.array(values, dtype) for _, dtype, values in columns]
    return pa.Table.from_arrays(arrays, [name for name, _, _ in columns])


def _load(name: str, method: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        text = f'{method}() needs {error.name}: pip install "clerk_c[table]"'
        raise ModuleNotFoundError(text, name=error.name) from error


def _columns(table: Table) -> Iterator[tuple[str, str, list[Any]]]:
    """Name, type and values of each column."""
    rows = list(table._values())
    for place, column in enumerate(table._columns):
        values = [_storable(row[place]) for row in rows]
        expected = _BY_SCHEMA.get(column.kind, "mixed")
        if column.time:
            expected = "datetime" if table._datetimes else "int"
        kind = _type_of(values, expected)
        if kind == "float":
            values = [None if value is None else float(value) for value in values]
        yield _encodable(column.path), kind, values


def _uniform(
    table: Table, types: dict[str, Any], list_of: Callable[[Any], Any]
) -> Iterator[tuple[str, Any, list[Any]]]:
    """Name, type and values of each column where every column has to be of one type: lists of
    plain values of one type stay lists, anything else becomes text."""
    for name, kind, values in _columns(table):
        if kind != "mixed":
            yield name, types[kind], values
            continue
        lists = [value for value in values if value is not None]
        inner = "mixed"
        if lists and all(isinstance(value, list) for value in lists):
            inner = _type_of([item for value in lists for item in value], "str")
        if inner in ("bool", "int", "str"):
            yield name, list_of(types[inner]), values
        else:
            texts = (None if value is None else _values.as_text(value) for value in values)
            yield name, types["str"], [text and _encodable(text) for text in texts]


def _type_of(values: list[Any], expected: str) -> str:
    """bool, int, float, str, datetime or date; "mixed" for any other column."""
    types = {_BY_TYPE.get(type(value), "mixed") for value in values if value is not None}
    if not types:
        return expected
    ints = [value for value in values if type(value) is int]
    if types == {"int", "float"} and all(value in _EXACT for value in ints):
        return "float"
    if types == {"int"} and not all(value in _INT64 for value in ints):
        return "mixed"
    if types == {"datetime"} and not all(value is None or value.tzinfo for value in values):
        return "mixed"
    return types.pop() if len(types) == 1 else "mixed"


def _storable(value: Any) -> Any:
    """Text as UTF-8 can hold it, also in lists."""
    if isinstance(value, str):
        return _encodable(value)
    return [_storable(item) for item in value] if isinstance(value, list) else value


def _encodable(text: str) -> str:
    return text if text.isascii() else encoded(text).decode()
