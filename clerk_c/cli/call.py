"""One operation, from its command line to its answer on standard output."""

from __future__ import annotations

import sys
from contextlib import suppress

from . import arguments, connection, failures
from .catalogue import Operation
from .parse import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, NoReturn

    from ..pagination import Pages
    from ..sdk import Clerk


class _Last:
    """A hook that keeps the latest answer of each thread as it came."""

    def __init__(self) -> None:
        import threading

        self._kept = threading.local()

    def after_success(self, context: Any, response: Any) -> Any:
        self._kept.response = response
        return response

    def take(self) -> Any:
        response, self._kept.response = self._kept.response, None
        return response


class _NotSent(Exception):
    """What the hook of --dry-run ends a call with."""


class _DryRun:
    """A hook that keeps what would be sent, as text without secrets."""

    def __init__(self) -> None:
        import io

        self.shown = io.StringIO()

    def before_request(self, context: Any, request: Any) -> Any:
        from .._masking import show_request

        show_request(connection.DebugLogger(self.shown), request)
        raise _NotSent


class _RawListing:
    """An operation for paginate() whose answers are what came, not models."""

    def __init__(self, function: Any, last: _Last) -> None:
        self.__func__ = getattr(function, "__func__", function)
        self._function = function
        self._last = last

    def __call__(self, **given: Any) -> Any:
        from . import jsontext

        self._function(**given)
        value = jsontext.read(self._last.take().text)
        return value if isinstance(value, list) else _RawPage(value)


class _RawPage:
    """A page that is an object: the list in it, and the number of all."""

    def __init__(self, value: Any) -> None:
        self.total_count = value.get("total_count")
        self._value = value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._value.get(name)


def run(operation: Operation, line: Line) -> None:
    """Carries the operation out.

    Raises:
        Failure: it did not go well; its status says why.
    """
    import warnings

    if operation.deprecated:
        failures.say(f"clerk-c: note: {operation.words} is deprecated")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # they are for programmers
        _run(operation, line)


def _run(operation: Operation, line: Line) -> None:
    from . import output

    form = output.Form(line, operation)
    form.check_columns()
    given = arguments.collect(operation, line)
    if line.has("dry-run"):
        _show(operation, line, given)
        return
    key = connection.secret_key(line, operation.secured)
    last = _Last() if form.is_raw else None
    with _made(line, key, last) as clerk:
        function = _of(clerk, operation)
        if operation.is_destructive:
            _confirm(operation, line, given, key)
        if line.has("all"):
            pages = _pages(function, given, last)
            form.write_all(_elements(pages), pages)
        else:
            result = _answer(function, given)
            form.write(last.take() if last is not None else None, result)


def _show(operation: Operation, line: Line, given: dict[str, Any]) -> None:
    """What would be sent."""
    hook = _DryRun()
    with _made(line, connection.secret_key(line, False), hook) as clerk, suppress(_NotSent):
        _answer(_of(clerk, operation), given)
    print(hook.shown.getvalue(), end="")


def _of(clerk: Clerk, operation: Operation) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(getattr(clerk, operation.group), operation.name)
    return found


def _made(line: Line, key: str | None, hook: object) -> Clerk:
    try:
        return connection.connect(line, key, None if hook is None else [hook])
    except Exception as error:
        _tell(error)


def _answer(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    try:
        return function(**given)
    except Exception as error:
        _tell(error)


def _pages(function: Any, given: dict[str, Any], last: _Last | None) -> Pages[Any]:
    """All that the operation lists: models, or what came."""
    from ..pagination import paginate

    try:
        return paginate(function if last is None else _RawListing(function, last), **given)
    except Exception as error:
        _tell(error)


def _elements(pages: Pages[Any]) -> Iterator[Any]:
    try:
        yield from pages
    except Exception as error:
        _tell(error)


def _tell(error: Exception) -> NoReturn:
    """Raises a Failure for an exception of the SDK, and any other one as it is."""
    known = None if isinstance(error, failures.Failure) else failures.explained(error)
    if known is None:
        raise error
    raise known from error


def _confirm(
    operation: Operation, line: Line, given: dict[str, Any], key: str | None
) -> None:
    """Asks before something is lost.

    Raises:
        Failure: the answer is not yes, or nobody is there to give one.
    """
    if line.has("yes"):
        return
    path = operation.path
    for parameter, mark in zip(operation.in_path, _marks(path)):
        path = path.replace(mark, str(given[parameter.name]))
    kind = connection.kind_of(key)
    what = f"{operation.method} {path} ({operation.words}, {kind} instance)"
    if sys.stdin is None or sys.stderr is None or not sys.stdin.isatty():
        raise failures.Failure(
            failures.UNCONFIRMED,
            f"not done: {what} is to be confirmed, and nobody can be asked",
            "--yes does it without asking",
        )
    print(failures.harmless(f"{what}: go on? [y/N] "), end="", file=sys.stderr)
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise failures.Failure(failures.UNCONFIRMED, "not done")


def _marks(path: str) -> list[str]:
    return [f"{{{part.partition('}')[0]}}}" for part in path.split("{")[1:]]
