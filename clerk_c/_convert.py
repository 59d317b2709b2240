"""Rare conversions that the C core leaves to Python: dates, decimals, names of files."""

from datetime import date, datetime, time, timedelta, timezone
from enum import Enum
from typing import Any

_MILLISECONDS_FROM = 20_000_000_000  # larger numbers are milliseconds, as pydantic reads them


def parse_datetime(value: Any) -> datetime:
    """A date-time from text in RFC 3339 or a number of seconds or milliseconds.

    Raises ValueError or TypeError.
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, (bytes, bytearray)):
        value = value.decode()
    if isinstance(value, str):
        return _datetime_of_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("not a date-time")
    return _datetime_of_number(value)


def parse_date(value: Any) -> date:
    """A date from text in ISO 8601, or a date-time at midnight.

    Raises ValueError or TypeError.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    moment = parse_datetime(value)
    if moment.time().replace(tzinfo=None) != time(0):
        raise ValueError("a date must not have a time of day")
    return moment.date()


def _datetime_of_number(value: float) -> datetime:
    if abs(value) > _MILLISECONDS_FROM:
        value = value / 1000
    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=value)


def _datetime_of_text(text: str) -> datetime:
    number = text[1:] if text[:1] in "+-" else text
    if number.replace(".", "", 1).isdigit():
        return _datetime_of_number(float(text) if "." in text else int(text))
    if text[-1:] in "zZ":
        text = text[:-1] + "+00:00"
    head, dot, tail = text.partition(".")
    if dot:  # Python before 3.11 reads three or six digits only
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        text = f"{head}.{digits[:6]:0<6}{tail[len(digits) :]}"
    return datetime.fromisoformat(text)


def jsonable(value: Any) -> Any:
    """A value as something that JSON can hold; containers keep their items.

    Raises TypeError for values that have no such form.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if value - value == 0 else None
    if isinstance(value, (bytes, bytearray)):
        return value.decode()
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, dict):
        return dict(value)
    return _jsonable_by_protocol(value)


def _jsonable_by_protocol(value: Any) -> Any:
    kind = type(value)
    if (kind.__module__, kind.__name__) in (
        ("decimal", "Decimal"), ("_decimal", "Decimal"), ("uuid", "UUID"),
    ):  # fmt: skip
        return str(value)
    if hasattr(kind, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in kind.__dataclass_fields__}
    dump = getattr(value, "model_dump", None)  # a pydantic model of the program's own
    if callable(dump):
        return dump(mode="json")
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):
        return dict(value)
    if hasattr(kind, "__iter__") and not hasattr(kind, "__fspath__"):
        return list(value)
    raise TypeError(f"a value of type {kind.__name__!r} has no JSON form")


def _duration(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}H" if hours else ""
    clock += f"{minutes}M" if minutes else ""
    if value.microseconds:
        clock += f"{seconds}.{value.microseconds:06}".rstrip("0") + "S"
    elif seconds or not (value.days or clock):
        clock += f"{seconds}S"
    days = f"{value.days}D" if value.days else ""
    return f"{sign}P{days}{'T' + clock if clock else ''}"


def json_key(key: Any) -> str:
    """The key of an object in JSON. Raises TypeError where it has no text form."""
    plain = jsonable(key)
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if plain is None:
        return "None"
    if isinstance(plain, (str, int, float)):
        return str(plain)
    raise TypeError(f"a key of type {type(key).__name__!r} has no JSON form")


def content_type(file_name: str) -> str:
    """The media type that the system's table gives for a file's name."""
    from mimetypes import guess_type

    return guess_type(file_name)[0] or "application/octet-stream"


def boundary(_: None) -> str:
    """A boundary for a multipart body that no content will hold by chance."""
    from os import urandom

    return urandom(16).hex()
