"""A job before it runs: every setting looked at, nothing sent, nothing written."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .. import _core, _travel
from ._already import Strategy, strategy
from ._columns import Columns, RowError
from ._files import storable
from ._rate import RateLimit, rate_limit
from ._rows import Raw, Source, open_source
from ._sending import Rules
from .errors import ColumnError

_COMMON = frozenset(("server_url", "timeout_ms", "http_headers"))


class Settings(NamedTuple):
    """The arguments of `run`, as they came."""

    checkpoint: Any
    key: str | None
    columns: Mapping[str, str | None] | None
    arguments: Mapping[str, Any] | None
    format: str | None
    concurrency: int
    limit: Any
    already: Any
    retry_failed: bool
    failures: Any
    results: Any
    progress: Any
    dry_run: bool
    stop_on: Any
    max_attempts: int
    settle_ms: int


class Row(NamedTuple):
    """A row that could be sent, or `problem`, which says why not."""

    number: int
    line: int | None
    id: int | str
    digest: bytes
    data: Mapping[str, Any]
    arguments: dict[str, Any]
    problem: str
    uncertain: str  # why it may have been done before


class Job:
    """What is to be done. Raises TypeError, ValueError and BulkError when made."""

    def __init__(self, operation: Any, rows: Any, settings: Settings) -> None:
        self.settings = settings
        _check(settings)
        self.operation, self.clerk, self.call = _called(operation)
        self.name = f"{self.operation['group']}.{self.operation['name']}"
        self.replica: Any = None
        if "_configuration" in vars(self.clerk):
            # Where hooks and the like take part, single requests go by the client's retries.
            self.replica = self.clerk.replace(retry_config=None)
            group = getattr(self.replica, self.operation["group"])
            self.call = getattr(group, f"{self.operation['name']}_async")
        given = _travel._current(self.clerk)
        key = _key(given)
        self.limit: RateLimit | None = rate_limit(settings.limit, key)
        self.strategy: Strategy = strategy(settings.already, self.operation)
        self.rules = Rules(
            max_attempts=settings.max_attempts,
            stop_on=frozenset(settings.stop_on),
            settle=settings.settle_ms / 1000,
        )
        fixed = dict(settings.arguments or {})
        self.common = {name: fixed.pop(name) for name in list(fixed) if name in _COMMON}
        self._check_call = _checker(self.clerk, self.operation, self.common)
        self.source: Source = open_source(rows, settings.format)
        try:
            self.columns = Columns(
                self.operation, settings.columns or {}, fixed, settings.key, self.source.is_text
            )
            if self.source.columns is not None:
                self._check_columns(self.source.columns)
        except BaseException:
            self.close()
            raise
        kind = (key or "")[:8]
        self.identity = {
            "operation": self.name,
            "server": str(self.common.get("server_url") or given.get("server_url") or "Clerk's"),
            "kind of key": kind if kind in ("sk_live_", "sk_test_") else "other",
            "key column": str(settings.key),
            "arguments and columns": _digest([fixed, settings.columns]).hex(),
        }

    def close(self) -> None:
        self.source.close()
        if self.replica is not None:
            self.replica.close()

    def _check_columns(self, columns: list[str]) -> None:
        self.columns.check_header(columns)
        key = self.settings.key
        if key is not None and key not in columns:
            raise ColumnError(f"key: there is no column {key!r}")

    def rows(self) -> Iterator[Row]:
        """All rows, in order."""
        for number, raw in enumerate(self.source.rows, 1):
            yield self._row(number, raw)

    def _row(self, number: int, raw: Raw) -> Row:
        data: Mapping[str, Any] = {"#text": raw.text} if raw.data is None else raw.data
        arguments: dict[str, Any] = {}
        problem = raw.problem
        try:
            digest = _digest(data)
        except (TypeError, ValueError, RecursionError) as error:  # a cycle, for instance
            data = {"#text": ""}
            digest, problem = _digest(data), f"cannot be written as JSON: {error}"
        if not problem:
            try:
                arguments = self.columns.bind(data)
                self._check_call(arguments)
            except RowError as error:
                problem = str(error)
            except (TypeError, ValueError, RecursionError) as error:
                problem = _in_a_line(error)
        identity: int | str = number
        key = self.settings.key
        if key is not None and raw.data is not None:
            identity, problem = self._keyed(data, key, number, problem)
        state = data.get("#state")
        uncertain = str(data.get("#reason") or "left uncertain") if state == "uncertain" else ""
        return Row(number, raw.line, identity, digest, data, arguments, problem, uncertain)

    def _keyed(
        self, data: Mapping[str, Any], key: str, number: int, problem: str
    ) -> tuple[int | str, str]:
        value = data.get(key)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            found = str(value)
            if found == storable(found):
                return found, problem
            return number, problem or f"half a surrogate pair is in its key column {key!r}"
        return number, problem or f"has nothing in its key column {key!r}"


def _check(settings: Settings) -> None:
    for name in ("concurrency", "max_attempts", "settle_ms"):
        value = getattr(settings, name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{name} must be int, not {type(value).__name__!r}")
        if value < (0 if name == "settle_ms" else 1):
            raise ValueError(f"{name} must be at least {0 if name == 'settle_ms' else 1}")
    for name in ("columns", "arguments"):
        value = getattr(settings, name)
        if value is not None and not isinstance(value, Mapping):
            raise TypeError(f"{name} must be a dict or None, not {type(value).__name__!r}")
    for name in ("checkpoint", "failures"):
        value = getattr(settings, name)
        if value is not None and not isinstance(value, (str, os.PathLike)):
            raise TypeError(f"{name} must be a path or None, not {type(value).__name__!r}")
    results = settings.results
    if not (results is None or callable(results) or isinstance(results, (str, os.PathLike))):
        raise TypeError(
            "results must be a path, a function of a row and its result, or None,"
            f" not {type(results).__name__!r}"
        )
    if settings.key is not None and not isinstance(settings.key, str):
        raise TypeError(f"key must be str or None, not {type(settings.key).__name__!r}")
    statuses = settings.stop_on
    if isinstance(statuses, (str, bytes)) or not all(isinstance(one, int) for one in statuses):
        raise TypeError("stop_on must be statuses (int), such as (401, 402, 403)")


def _called(operation: Any) -> tuple[Mapping[str, Any], Any, Callable[..., Awaitable[Any]]]:
    """The row of its table, the client, and its asynchronous twin."""
    plain = getattr(operation, "__func__", operation)
    try:
        if not callable(plain):  # numbers of rows are for us alone
            raise TypeError
        row: Mapping[str, Any] = _core.describe(plain)
    except TypeError:
        raise TypeError(
            "operation must be a method of a client such as clerk.users.create,"
            f" not {type(operation).__name__!r}"
        ) from None
    name = f"{row['group']}.{row['name']}"
    if plain is operation:
        raise TypeError(f"operation: {name} must be that of a client: clerk.{name}")
    group = operation.__self__
    return row, group._client, getattr(group, f"{row['name']}_async")


def _key(given: Mapping[str, Any]) -> str | None:
    """The key that the client has now; it is looked at and not kept."""
    bearer = given.get("bearer_auth")
    if callable(bearer):
        bearer = bearer()
    return bearer if isinstance(bearer, str) else None


class _WouldBeSent(Exception):
    """Raised in place of sending a request."""


class _Nowhere:
    """An HTTP client that sends nothing."""

    def build_request(self, *arguments: Any, **options: Any) -> Any:
        raise _WouldBeSent

    def send(self, request: Any) -> Any:
        raise _WouldBeSent

    def close(self) -> None:
        pass


def _checker(
    clerk: Any, operation: Mapping[str, Any], common: Mapping[str, Any]
) -> Callable[[Mapping[str, Any]], None]:
    """Raises what the operation would say to such arguments, and sends nothing. What each
    operation takes, `common`, is looked at here and now."""
    settings = {"client": _Nowhere(), "async_client": None, "hooks": None, "debug_logger": None}
    still = clerk.replace(**settings, bearer_auth="sk_", retry_config=None)
    call = getattr(getattr(still, operation["group"]), operation["name"])
    with contextlib.suppress(_WouldBeSent):
        still.jwks.get_jwks(**common)

    def check(arguments: Mapping[str, Any]) -> None:
        with contextlib.suppress(_WouldBeSent):
            call(**arguments)

    return check


def _in_a_line(error: Exception) -> str:
    """What a call says about its arguments, without their values."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return str(error).replace("\n", " ")
    found = []
    for one in errors():
        place = ".".join(str(part) for part in one["loc"]).removeprefix("request.")
        found.append(f"{place}: {one['msg']}")
    return "; ".join(found)


def _digest(value: Any) -> bytes:
    """Tells one row from another; the same in each process."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=_plain)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, tuple):
        return list(value)
    return f"{type(value).__name__} {value}"
