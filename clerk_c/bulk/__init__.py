"""One operation for many rows, each exactly once, also when the job is killed in between.

    from clerk_c import Clerk, bulk

    with Clerk(bearer_auth="sk_...") as clerk:
        report = bulk.run(clerk.users.create, "users.csv", checkpoint="users.db")

See docs/bulk.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import Any

from ._cluster import Cluster
from ._rate import DEVELOPMENT, PRODUCTION, RateLimit
from ._report import Problem, Report
from .errors import (
    BulkError,
    CheckpointError,
    ColumnError,
    Interrupted,
    JobStopped,
    SourceError,
)

__all__ = [
    "DEVELOPMENT",
    "PRODUCTION",
    "BulkError",
    "CheckpointError",
    "Cluster",
    "ColumnError",
    "Interrupted",
    "JobStopped",
    "Problem",
    "RateLimit",
    "Report",
    "SourceError",
    "arun",
    "run",
]


TYPE_CHECKING = False
if TYPE_CHECKING:
    _AnyPath = str | PathLike[str]
    _OnResult = Callable[[Mapping[str, Any], Any], object]


def run(
    operation: Callable[..., Any],
    rows: Any,
    /,
    *,
    checkpoint: _AnyPath | None = None, key: str | None = None,
    columns: Mapping[str, str | None] | None = None, arguments: Mapping[str, Any] | None = None,
    format: str | None = None, concurrency: int = 16, limit: RateLimit | bool | None = None,
    already: str | Callable[..., Any] | None = "auto", retry_failed: bool = False,
    failures: _AnyPath | None = None, results: _AnyPath | _OnResult | None = None,
    progress: bool | Callable[[int, int | None], object] = False, dry_run: bool = False,
    stop_on: Iterable[int] = (401, 402, 403), max_attempts: int = 4, settle_ms: int = 2000,
    cluster: Any = None,
) -> Report:  # fmt: skip
    """Carries an operation out for each row, each exactly once. It works wherever an event loop
    is running already. The first Ctrl-C lets the rows in flight come to their end.

    Args:
        operation: a method of a client, such as `clerk.users.create`.
        rows: a path to CSV (.csv, .tsv) or JSON lines (.jsonl, .ndjson), an open file with
            `format`, a DataFrame of pandas or polars, or an iterable of mappings; read bit by
            bit, in a thread.
        checkpoint: path of the file that knows how far the job is. Keep it private: it can hold
            what rows held. None: the job cannot be resumed.
        key: a column whose values tell rows from each other. Without it rows are known by their
            number, and the source must not change between runs.
        columns: the parameters that columns of another name mean; None: it is not sent.
        arguments: arguments of all rows; also timeout_ms, server_url, http_headers.
        format: "csv", "tsv" or "jsonl", where the path does not tell.
        concurrency: most requests on their way at once.
        limit: default: 1,000 requests in 10 s for keys that begin with sk_live_, 100 in 10 s for
            others. False: none.
        already: what to do with rows that may have been done. "auto": repeat GET, PUT and DELETE,
            look up what is created where that is known, else report them. "repeat": send again. A
            parameter's name: look up by that. A function, plain or async, of the client and the
            row: true if it is done. None: report them.
        retry_failed: send rows again that failed in an earlier run.
        failures: path (.csv, else JSON lines) for the rows that failed or are uncertain.
        results: path for the results, JSON lines, or a function of a row and its result.
        progress: True shows a bar (it needs rich, in notebooks tqdm); or a function of how many
            rows are dealt with and how many there are (None: not known).
        dry_run: look at every row as the operation would and send nothing.
        stop_on: statuses that end the job, to be resumed.
        max_attempts: tries of a row that gets no connection or no usable answer.
        settle_ms: milliseconds between a request without an answer and its look-up.
        cluster: a `distributed.Client` or a `Cluster`: its workers send, under one limit.

    Raises:
        TypeError, ValueError, ColumnError: something does not fit; nothing was sent.
        CheckpointError, SourceError, JobStopped, Interrupted: as their texts say; rows that
            fail raise nothing.
    """
    from . import _front

    settings = _settings(dict(locals()))
    return _front.run(operation, rows, settings, cluster)


async def arun(
    operation: Callable[..., Any],
    rows: Any,
    /,
    *,
    checkpoint: _AnyPath | None = None, key: str | None = None,
    columns: Mapping[str, str | None] | None = None, arguments: Mapping[str, Any] | None = None,
    format: str | None = None, concurrency: int = 16, limit: RateLimit | bool | None = None,
    already: str | Callable[..., Any] | None = "auto", retry_failed: bool = False,
    failures: _AnyPath | None = None, results: _AnyPath | _OnResult | None = None,
    progress: bool | Callable[[int, int | None], object] = False, dry_run: bool = False,
    stop_on: Iterable[int] = (401, 402, 403), max_attempts: int = 4, settle_ms: int = 2000,
    cluster: Any = None,
) -> Report:  # fmt: skip
    """`run` for tasks of asyncio. Cancelling it leaves the rows in flight uncertain: with a
    checkpoint the next run finds out about them."""
    from . import _front

    settings = _settings(dict(locals()))
    return await _front.arun(operation, rows, settings, cluster)


def _settings(given: dict[str, Any]) -> Any:
    from ._job import Settings

    return Settings(**{name: given[name] for name in Settings._fields})
