"""`clerk-c bulk GROUP OPERATION ROWS`: a job on the command line."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ..cli import failures
from ..cli.catalogue import Operation, find_group, find_operation
from ..cli.connection import connect, secret_key
from ..cli.parse import Line
from . import (
    BulkError,
    CheckpointError,
    ColumnError,
    Interrupted,
    JobStopped,
    RateLimit,
    Report,
    SourceError,
    run,
)
from ._columns import parameters_of, read_cell

_SHOWN = 20  # rows


def main(argv: Sequence[str]) -> int:
    """Carries the command out.

    Args:
        argv: its words, without `bulk`.

    Returns:
        The exit status: 0 where every row is done, 5 where rows failed or are uncertain, others
        as clerk_c.cli.failures has them.

    Raises:
        Failure: the job cannot begin, or has stopped.
    """
    given = _parser().parse_args(list(argv))
    group = find_group(given.group)
    if group is None:
        raise failures.UsageError(f"there is no group {given.group!r}", "see clerk-c --help")
    operation = find_operation(group, given.operation)
    settings = _settings(given, operation)
    rows: Any = sys.stdin.buffer if given.rows == "-" else given.rows
    line = Line()
    for name in ("api_url", "key_file", "timeout"):
        if (value := getattr(given, name)) is not None:
            line.options[name.replace("_", "-")] = [value]
    if operation.is_destructive and not (given.yes or given.dry_run):
        _confirm(operation, given.rows)
    with contextlib.ExitStack() as stack:
        clerk = stack.enter_context(connect(line, secret_key(line)))
        stack.callback(clerk.close)
        if given.scheduler is not None:
            settings["cluster"] = stack.enter_context(_cluster(given.scheduler))
        method = getattr(getattr(clerk, operation.group), operation.name)
        return _told(_run(method, rows, settings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clerk-c bulk",
        description="Carry an operation out for each row of a file, each exactly once.",
        epilog="A job that was stopped or killed goes on when the same command is given again.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("group", help="such as users")
    add("operation", help="such as create")
    add("rows", help="a file: .csv, .tsv, .jsonl, .ndjson; - for standard input")
    add("--checkpoint", metavar="FILE", help="knows how far the job is; keep it private")
    add("--key", metavar="COLUMN", help="tells rows from each other, instead of their numbers")
    add("--column", metavar="NAME=PARAMETER", action="append", default=[],
        help="what a column means; nothing behind the = leaves it out")  # fmt: skip
    add("--set", metavar="PARAMETER=VALUE", action="append", default=[],
        help="an argument of all rows")  # fmt: skip
    add("--format", choices=("csv", "tsv", "jsonl"), help="where the name does not tell")
    add("--concurrency", metavar="N", type=int, default=16, help="requests at once; 16")
    add("--limit", metavar="N/SECONDS", help="100/10, or 1000/10 for sk_live_ keys; none")
    add("--already", metavar="HOW", default="auto",
        help="rows that may be done: auto, repeat, none, or a parameter's name")  # fmt: skip
    add("--retry-failed", action="store_true", help="also rows that failed before")
    add("--failures", metavar="FILE", help="gets the rows that failed, with reasons")
    add("--results", metavar="FILE", help="gets the results, as JSON lines")
    add("--dry-run", action="store_true", help="look at every row and send nothing")
    add("--yes", action="store_true", help="do not ask, whatever the operation does")
    add("--no-progress", action="store_true", help="no bar")
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster, whose workers send")
    add("--api-url", metavar="URL", help="instead of CLERK_API_URL")
    add("--key-file", metavar="FILE", help="has the key, instead of CLERK_SECRET_KEY")
    add("--timeout", metavar="SECONDS", help="of a request")
    return parser


def _settings(given: argparse.Namespace, operation: Operation) -> dict[str, Any]:
    from .. import _core

    _, kinds = parameters_of(_core.describe(operation.function))
    fixed: dict[str, Any] = {}
    for name, text in _pairs("--set", given.set):
        try:
            fixed[name] = read_cell(text, kinds.get(name, "str"))
        except ValueError as error:
            raise failures.UsageError(f"--set {name}: {error}") from None
    return {
        "checkpoint": given.checkpoint,
        "key": given.key,
        "columns": {name: text or None for name, text in _pairs("--column", given.column)},
        "arguments": fixed,
        "format": given.format,
        "concurrency": given.concurrency,
        "limit": _limit(given.limit),
        "already": None if given.already == "none" else given.already,
        "retry_failed": given.retry_failed,
        "failures": given.failures,
        "results": given.results,
        "dry_run": given.dry_run,
        "progress": not given.no_progress and _has_bar(),
    }


def _pairs(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    for text in texts:
        if "=" not in text:
            raise failures.UsageError(f"{option} {text}: it must be NAME=VALUE")
    return [(name, value) for name, _, value in (text.partition("=") for text in texts)]


def _limit(text: str | None) -> RateLimit | bool | None:
    if text is None:
        return None
    if text == "none":
        return False
    requests, _, seconds = text.partition("/")
    try:
        return RateLimit(int(requests), float(seconds))
    except ValueError:
        raise failures.UsageError(
            f"--limit {text}: it must be requests/seconds, such as 100/10, or none"
        ) from None


def _has_bar() -> bool:
    from importlib.util import find_spec

    return sys.stderr.isatty() and find_spec("rich") is not None


def _confirm(operation: Operation, rows: str) -> None:
    what = f"{operation.words} for each row of {rows}"
    if rows == "-" or not sys.stdin.isatty():
        raise failures.Failure(
            failures.UNCONFIRMED,
            f"not done: {what} cannot be taken back, and nobody can be asked",
            "--yes does it without asking, --dry-run only looks",
        )
    print(f"{what} cannot be taken back. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise failures.Failure(failures.UNCONFIRMED, "not done")


def _cluster(address: str) -> Any:
    try:
        distributed: Any = import_module("distributed")
    except ModuleNotFoundError as error:
        raise failures.Failure(
            failures.LOCAL, f"--scheduler needs {error.name}", 'pip install "clerk_c[dask]"'
        ) from None
    try:
        return distributed.Client(address)
    except OSError as error:
        raise failures.Failure(failures.NETWORK, f"--scheduler {address}: {error}") from None


def _run(method: Any, rows: Any, settings: dict[str, Any]) -> Report:
    try:
        return run(method, rows, **settings)
    except ColumnError as error:
        hint = "--column NAME=PARAMETER says what a column means, --column NAME= leaves it out"
        raise failures.UsageError(str(error), hint) from error
    except (TypeError, ValueError) as error:
        raise failures.UsageError(str(error)) from error
    except JobStopped as stopped:
        _show(stopped.report)
        raise failures.Failure(_status(stopped), str(stopped)) from stopped
    except Interrupted as interrupted:
        raise failures.Failure(failures.INTERRUPTED, str(interrupted)) from interrupted
    except (CheckpointError, SourceError, BulkError) as error:
        raise failures.Failure(failures.LOCAL, str(error)) from error


def _status(stopped: JobStopped) -> int:
    if stopped.status is None:
        return failures.LOCAL if "cannot be written" in str(stopped) else failures.NETWORK
    if stopped.status == 429:
        return failures.RATE_LIMITED
    return failures.SERVER if stopped.status >= 500 else failures.AUTHENTICATION


def _told(report: Report) -> int:
    _show(report)
    print(report)
    return 0 if report.ok else failures.REFUSED


def _show(report: Report | None) -> None:
    """The first rows that are not done."""
    problems = [] if report is None else report.problems
    for problem in problems[:_SHOWN]:
        state = "" if problem.state == "failed" else f"{problem.state}: "
        text = f"{problem}"
        place, _, reason = text.partition(": ")
        print(failures.harmless(f"{place}: {state}{reason}"), file=sys.stderr)
    if len(problems) > _SHOWN:
        print("and more: --failures FILE gets all of them", file=sys.stderr)
