"""Carries a job out in one process: rows are read in a thread, sent by tasks of one event loop,
and marked in the checkpoint before and after."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from ._checkpoint import (
    DONE,
    FAILED,
    STARTED,
    UNCERTAIN,
    Checkpoint,
    Ledger,
    Mark,
    shown,
)
from ._files import Results, check_failures, write_failures
from ._job import Job, Row
from ._limit import Limiter
from ._reader import Reader
from ._report import Problem, Report
from ._sending import Abandoned, Outcome, Sender, Stop
from .errors import BulkError, CheckpointError, JobStopped

_LEFT = "it was being sent when an earlier run ended"


class Engine:
    """One run of a job. `report` has its numbers while it runs."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.report = Report(job.name)
        self.total = job.source.total
        self._stopping: JobStopped | None = None
        self._asked_to_stop = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._in_a_row = 0  # rows one after the other that got no usable answer
        self._results: Results | None = None
        self._failures: str | None = None

    def stop_soon(self) -> None:
        """No more rows are begun; those in flight come to their end. From any thread."""
        self._asked_to_stop = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    async def run(self) -> Report:
        """Until all rows are looked at. Raises JobStopped, SourceError, CheckpointError."""
        start = time.monotonic()
        settings = self.job.settings
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        path = None if settings.checkpoint is None else os.fspath(settings.checkpoint)
        try:
            self.checkpoint = checkpoint = Checkpoint(path, self.job.identity)
        except BaseException:
            self.job.close()
            raise
        stopped: BaseException | None = None
        try:
            self._open_files()
            self.limiter = Limiter(self.job.limit)
            self._wait_for_earlier_run()
            await self._carry_out()
        except BaseException as error:
            stopped = error
            raise
        finally:
            self.job.close()
            try:
                self._finish(stopped)
            finally:
                self.report.seconds = time.monotonic() - start
                if self._results is not None:
                    self._results.close()
                checkpoint.close()
        return self.report

    def _open_files(self) -> None:
        settings = self.job.settings
        if settings.failures is not None:
            path = os.fspath(settings.failures)
            check_failures(path, self.job.source.path)
            self._failures = path
        if settings.results is not None and not callable(settings.results):
            self._results = Results(os.fspath(settings.results), self.checkpoint)

    def _wait_for_earlier_run(self) -> None:
        """What it has sent counts until its window is over."""
        active = self.checkpoint.recall("active")
        window = 0.0 if self.job.limit is None else self.job.limit.seconds
        window = max(window, self.checkpoint.recall("lease") or 0)  # workers may still be sending
        if active is not None:
            self.limiter.pause(min(active + window - time.time(), window))

    def _finish(self, stopped: BaseException | None) -> None:
        """Numbers and rows that failed. Where they cannot be written, that hides neither the
        reason for which the job has stopped nor how it goes on."""
        try:
            self._count_and_write()
        except (BulkError, sqlite3.Error) as error:
            if stopped is None:
                raise self._stopped(str(error)) from error
            if isinstance(stopped, JobStopped):
                stopped.args = (f"{stopped} Besides, {error}.",)

    def _count_and_write(self) -> None:
        report = self.report
        report.failed_in_all = self.checkpoint.count(FAILED)
        report.uncertain_in_all = self.checkpoint.count(UNCERTAIN) + self.checkpoint.count(STARTED)
        if self._failures is not None:
            write_failures(self._failures, self.checkpoint)

    # The tasks

    async def _carry_out(self) -> None:
        self.ledger = Ledger(self.checkpoint, self._results)
        self.sender = self._sender()
        waiting: asyncio.Queue[Row | None] = asyncio.Queue(2 * self._workers())
        tasks = [asyncio.ensure_future(self._work(waiting)) for _ in range(self._workers())]
        tasks.append(asyncio.ensure_future(self._feed(waiting)))
        try:
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.ledger.close()
            self.report.requests = self.sender.requests
        if self.ledger.error is not None:
            raise self._stopped(str(self.ledger.error)) from self.ledger.error
        for end in ends:
            if isinstance(end, BaseException):
                raise end
        if self._stopping is not None:
            raise self._stopping
        self.report.finished = not self._asked_to_stop

    async def _feed(self, waiting: asyncio.Queue[Row | None]) -> None:
        """Rows for the workers, until there are no more or the job has to stop."""
        reading = asyncio.ensure_future(self._read(waiting))
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((reading, stopped), return_when=asyncio.FIRST_COMPLETED)
            for _ in range(self._workers()):
                await waiting.put(None)
            if reading.done():
                reading.result()
        finally:
            for task in (reading, stopped):
                task.cancel()
            await asyncio.gather(reading, stopped, return_exceptions=True)

    def _workers(self) -> int:
        return self.job.settings.concurrency

    def _sender(self) -> Sender:
        job = self.job
        return Sender(
            job.clerk,
            with_common(job.call, job.common),
            job.operation["method"] == "DELETE",
            job.strategy,
            self.limiter,
            job.rules,
        )

    async def _read(self, waiting: asyncio.Queue[Row | None]) -> None:
        reader = Reader(self._unknown(self.job.rows()))
        try:
            while batch := await reader.batch():
                for row in batch:
                    await waiting.put(row)
        finally:
            reader.close()

    def _unknown(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows that are still to be looked at. Runs in the reader's thread."""
        for row in rows:
            if self._is_stopping():
                return
            self.report.rows += 1
            found = self._compared(distinct(row, self.checkpoint))
            if found is None:
                self.report.skipped += 1
            else:
                yield found

    def _compared(self, row: Row) -> Row | None:
        """With what is known from before. None: it is dealt with."""
        if row.number > self.checkpoint.last and isinstance(row.id, int):
            return row
        known = None if self.checkpoint.is_new else self.checkpoint.known(row.id)
        if known is None:
            return row
        again = self.job.settings.retry_failed
        mended = known.state == FAILED and again
        if known.digest != row.digest and self.job.settings.key is None and not mended:
            raise CheckpointError(
                f"row {row.number} is not the one that {self.checkpoint.path} knows: it is the"
                " checkpoint of another source, or the source has changed. Put it back, or take"
                " another checkpoint; with a key= column rows are known by that instead of by"
                " their numbers."
            )
        if known.state == DONE or (known.state == FAILED and not again):
            return None
        if known.state == FAILED:
            return row
        return row._replace(uncertain=_LEFT)

    async def _work(self, waiting: asyncio.Queue[Row | None]) -> None:
        failure: Exception | None = None
        while (row := await waiting.get()) is not None:
            if self._is_stopping():
                continue
            try:
                await self._one(row)
            except Abandoned:
                self._end(str(self.ledger.error))
            except Exception as error:  # of the program's own functions
                failure = error
                self._end(str(error))
        if failure is not None:
            raise failure

    async def _one(self, row: Row) -> None:
        if self.ledger.error is not None:
            raise Abandoned
        if row.problem:
            await self._settle_bad(row)
            return
        try:
            outcome = await self.sender.carry_out(
                row.arguments, row.data, self._beginning(row), row.uncertain
            )
        except Stop as stop:
            self._end(stop.reason, stop.status)
            if stop.undone:
                self.ledger.put([mark(row, None)])
            return
        self._settle(row, outcome)
        self._watch(row, outcome)

    async def _settle_bad(self, row: Row) -> None:
        """A row that cannot be sent. There may be many, one right after the other."""
        state = UNCERTAIN if row.uncertain else FAILED
        marked = self._settle(row, Outcome(state, reason=row.problem))
        if self.ledger.is_behind:
            try:
                await marked
            except CheckpointError:
                raise Abandoned from None

    def _beginning(self, row: Row) -> Callable[[], Awaitable[object]]:
        begun = False

        async def begin() -> None:
            nonlocal begun
            if begun:
                return
            if self._is_stopping():
                raise Stop("", undone=not row.uncertain)
            try:
                await self.ledger.put([mark(row, STARTED)])
            except CheckpointError:
                raise Abandoned from None
            begun = True

        return begin

    def _watch(self, row: Row, outcome: Outcome) -> None:
        """A server that answers nobody gets no more rows."""
        if row.uncertain:
            return  # that is of an earlier time
        self._in_a_row = self._in_a_row + 1 if outcome.state == UNCERTAIN else 0
        if self._in_a_row >= max(20, 2 * self.job.settings.concurrency):
            self._end(
                f"{self._in_a_row} rows one after the other got no usable answer; the last one:"
                f" {outcome.reason}",
                outcome.status,
            )

    def _settle(self, row: Row, outcome: Outcome) -> asyncio.Future[None]:
        wanted = self.job.settings.results
        line = data = None
        if outcome.state == DONE:
            self.report.done += 1
            self.report.found += outcome.found
            line = None if self._results is None else self._line(row, outcome)
        else:
            self._note(row, outcome)
            data = shown(row.data)
        state, status, reason = outcome.state, outcome.status, outcome.reason
        marked = self.ledger.put([mark(row, state, status, reason, data, line)])
        if outcome.state == DONE and callable(wanted):
            wanted(row.data, outcome.result)
        return marked

    def _line(self, row: Row, outcome: Outcome) -> str:
        return result_line(row, outcome)

    def _note(self, row: Row, outcome: Outcome) -> None:
        state = "failed" if outcome.state == FAILED else "uncertain"
        key = row.id if isinstance(row.id, str) else None
        reason = outcome.reason or ""
        self.report._add(Problem(row.number, row.line, key, state, outcome.status, reason))

    # Stopping

    def _is_stopping(self) -> bool:
        return self._asked_to_stop or self._stopping is not None

    def _end(self, reason: str, status: int | None = None) -> None:
        """No more rows are begun, for this reason."""
        if self._stopping is None and reason:
            self._stopping = self._stopped(reason, status)
        self._stop.set()

    def _stopped(self, reason: str, status: int | None = None) -> JobStopped:
        text = f"{self.job.name}: {reason.removesuffix('.')}. {self.how_to_go_on()}"
        return JobStopped(text, self.report, status)

    def how_to_go_on(self) -> str:
        path = self.job.settings.checkpoint
        if path is None:
            return "Without a checkpoint it cannot go on from here."
        return f"To go on, run the same job with the checkpoint {os.fspath(path)!r} again."


def distinct(row: Row, checkpoint: Checkpoint) -> Row:
    """The row; one whose key has come before is a bad one."""
    if isinstance(row.id, int) or checkpoint.is_first(row.id):
        return row
    text = f"its key {row.id!r} is that of an earlier row"
    return row._replace(id=row.number, problem=text, uncertain="")


def mark(
    row: Row,
    state: int | None,
    status: int | None = None,
    reason: str | None = None,
    data: str | None = None,
    result: str | None = None,
) -> Mark:
    return Mark(row.id, row.number, row.line, row.digest, state, status, reason, data, result)


def result_line(row: Row, outcome: Outcome) -> str:
    from .._modelapi import json_default

    found: dict[str, Any] = {"row": row.number}
    if isinstance(row.id, str):
        found["key"] = row.id
    found["result"] = outcome.result
    return json.dumps(found, ensure_ascii=False, default=json_default)


def with_common(call: Callable[..., Awaitable[Any]], common: dict[str, Any]) -> Any:
    if not common:
        return call
    return lambda **arguments: call(**arguments, **common)
