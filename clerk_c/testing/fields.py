"""Parameters of a request: which ones there are, of what type, and reading them.

A body is read against a table of fields, so that each route states its parameters once.
All problems of a request are reported together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from clerk_c.testing import errors, formats

# Identifiers a list parameter of a search accepts.
_SEARCH_LIMIT = 100
_TEXT_LIMIT = 1024
_INTEGER_LIMIT = 2**53


class Field(NamedTuple):
    """One parameter: how to read it, and whether null is a value rather than absence."""

    read: Callable[[str, Any], Any]
    null: bool = False


Fields = Mapping[str, Field]


def text(
    check: Callable[[str, str], Any] | None = None, *, limit: int = 256, null: bool = False
) -> Field:
    def read(name: str, value: Any) -> Any:
        if not isinstance(value, str):
            raise errors.wrong_type(name, "a string")
        if len(value) > limit:
            raise errors.too_long(name, limit)
        return value if check is None else check(name, value)

    return Field(read, null)


def flag(*, null: bool = False) -> Field:
    def read(name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise errors.wrong_type(name, "a boolean")
        return value

    return Field(read, null)


def number(low: int, high: int = _INTEGER_LIMIT, *, null: bool = False) -> Field:
    def read(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise errors.wrong_type(name, "an integer")
        if not low <= value <= high:
            raise errors.wrong_value(name, f"must lie between {low} and {high}")
        return value

    return Field(read, null)


def choice(*values: str) -> Field:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise errors.wrong_type(name, "a string")
        if value not in values:
            raise errors.wrong_value(name, f"must be one of {', '.join(values)}")
        return value

    return Field(read)


def many(item: Field, *, limit: int = 100, null: bool = False) -> Field:
    def read(name: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise errors.wrong_type(name, "an array")
        if len(value) > limit:
            raise errors.too_many(name, limit)
        return [item.read(name, each) for each in value]

    return Field(read, null)


def mapping() -> Field:
    def read(name: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise errors.wrong_value(name, "must be an object of keys and values")
        return formats.metadata(name, value)

    return Field(read)


def moment() -> Field:
    return text(formats.moment, limit=64)


def read_fields(
    data: Mapping[str, Any], fields: Fields, *, required: Iterable[str] = ()
) -> dict[str, Any]:
    """The parameters that are there, checked; null counts as absent unless a field keeps it."""
    problems = []
    result = {}
    for name, value in data.items():
        field = fields.get(name)
        try:
            if field is None:
                raise errors.unknown(name)
            if value is not None:
                result[name] = field.read(name, value)
            elif field.null:
                result[name] = None
        except errors.ApiError as error:
            problems.append(error)
    absent = [name for name in required if data.get(name) is None]
    problems += [errors.missing(name) for name in absent]
    if problems:
        raise errors.combine(problems)
    return result


class Query:
    """The query string of a request."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def text(self, name: str, default: str | None = None) -> str | None:
        """The first of its values; an empty one counts as absent."""
        value = self._values.get(name, [""])[0]
        if len(value) > _TEXT_LIMIT:
            raise errors.too_long(name, _TEXT_LIMIT)
        return value or default

    def texts(self, name: str) -> list[str]:
        values = [value for value in self._values.get(name, []) if value]
        if len(values) > _SEARCH_LIMIT:
            raise errors.too_many(name, _SEARCH_LIMIT)
        return values

    def flag(self, name: str) -> bool | None:
        value = self.text(name)
        if value is None:
            return None
        if value not in ("true", "false"):
            raise errors.wrong_format(name, "true or false")
        return value == "true"

    def number(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        # A client that holds a number as a float may send 5 as 5.0.
        value = value.removesuffix(".0")
        digits = value[1:] if value.startswith("-") else value
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise errors.wrong_format(name, "an integer")
        return int(value)

    def choice(self, name: str, values: Iterable[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in values:
            raise errors.wrong_value(name, f"must be one of {', '.join(values)}")
        return value

    def page(self) -> tuple[int, int]:
        """Limit and offset."""
        limit = self.number("limit")
        offset = self.number("offset")
        if limit is not None and not 1 <= limit <= 500:
            raise errors.wrong_value("limit", "must lie between 1 and 500")
        if offset is not None and offset < 0:
            raise errors.wrong_value("offset", "must not be negative")
        return (10 if limit is None else limit), offset or 0

    def optional_page(self) -> tuple[int, int]:
        """As `page`, for lists that `paginated=false` gives whole."""
        limit, offset = self.page()
        return (-1, 0) if self.flag("paginated") is False else (limit, offset)

    def order(self, columns: Mapping[str, str], default: str) -> str:
        """`order_by` as SQL, out of the columns that may be asked for."""
        value = self.text("order_by", default) or default
        name = value[1:] if value[0] in "+-" else value
        if name not in columns:
            raise errors.wrong_value("order_by", f"must be one of {', '.join(columns)}")
        direction = "DESC" if value[0] == "-" else "ASC"
        return f"{columns[name]} {direction}, seq {direction}"
