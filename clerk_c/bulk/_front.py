"""`run` and `arun`: a job with its bar, its Ctrl-C, and the event loop that it needs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from .. import _bar
from .._loops import running_trio
from ._checkpoint import FAILED, Checkpoint, Mark, shown
from ._engine import Engine, distinct
from ._files import check_failures, write_failures
from ._job import Job, Settings
from ._report import Problem, Report
from .errors import Interrupted

_PAUSE = 0.1  # seconds between two looks at how far it is


def run(operation: Any, rows: Any, settings: Settings, cluster: Any) -> Report:
    job = Job(operation, rows, settings)
    if settings.dry_run:
        return dry_run(job)
    engine = engine_for(job, cluster)
    told, end = _bar.reporter(settings.progress, job.name)
    try:
        return _InThread(engine, told).wait()
    finally:
        end()


async def arun(operation: Any, rows: Any, settings: Settings, cluster: Any) -> Report:
    if running_trio() is not None:
        raise RuntimeError("arun() needs asyncio; under trio, run bulk.run() in a thread")
    job = Job(operation, rows, settings)
    if settings.dry_run:
        return await asyncio.to_thread(dry_run, job)
    engine = engine_for(job, cluster)
    told, end = _bar.reporter(settings.progress, job.name)
    telling = asyncio.ensure_future(_tell(engine, told))
    try:
        return await engine.run()
    finally:
        telling.cancel()
        _tell_once(engine, told)
        end()


def engine_for(job: Job, cluster: Any) -> Engine:
    if cluster is None:
        return Engine(job)
    from ._dask import ClusterEngine

    try:
        return ClusterEngine(job, cluster)
    except BaseException:
        job.close()
        raise


async def _tell(engine: Engine, told: Any) -> None:
    while told is not None:
        _tell_once(engine, told)
        await asyncio.sleep(_PAUSE)


def _tell_once(engine: Engine, told: Any) -> None:
    if told is not None:
        report = engine.report
        done = report.done + report.skipped + report.failed + report.uncertain
        told(done, engine.total)


class _InThread:
    """A job on an event loop of its own: in a notebook one is running already."""

    def __init__(self, engine: Engine, told: Any) -> None:
        self._engine = engine
        self._told = told
        self._done = threading.Event()
        self._report: Report | None = None
        self._error: BaseException | None = None
        self._cancel: Callable[[], object] | None = None
        self._presses = 0
        self._thread = threading.Thread(target=self._run, name="clerk_c.bulk", daemon=True)

    def wait(self) -> Report:
        self._thread.start()
        try:
            while not self._is_over():
                pass
        except KeyboardInterrupt:  # the second, or one at an awkward moment
            self._give_up()
            raise self._interrupted() from None
        except BaseException:  # progress that failed
            self._give_up()
            raise
        if self._presses:
            raise self._interrupted()
        if self._error is not None:
            raise self._error
        assert self._report is not None
        return self._report

    def _is_over(self) -> bool:
        try:
            over = self._done.wait(_PAUSE)
            _tell_once(self._engine, self._told)
        except KeyboardInterrupt:
            self._presses += 1
            if self._presses > 1:
                raise
            self._engine.stop_soon()
            return False
        return over

    def _give_up(self) -> None:
        """Requests in flight are left alone: their rows are uncertain the next time."""
        self._engine.stop_soon()
        cancel = self._cancel
        if cancel is not None and not self._done.is_set():
            cancel()
        self._done.wait(10)

    def _interrupted(self) -> Interrupted:
        report = self._engine.report
        text = f"interrupted: {report}. {self._engine.how_to_go_on()}"
        return Interrupted(text, report)

    def _run(self) -> None:
        try:
            self._report = asyncio.run(self._main())
        except BaseException as error:
            self._error = error
        finally:
            self._done.set()

    async def _main(self) -> Report:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(_awaited(self._engine.run()))
        self._cancel = lambda: _unless_closed(loop, task.cancel)
        return await task


async def _awaited(coroutine: Coroutine[Any, Any, Report]) -> Report:
    return await coroutine


def _unless_closed(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(call)


def dry_run(job: Job) -> Report:
    """Looks at every row as the operation would, and sends nothing."""
    report = Report(job.name, dry_run=True)
    start = time.monotonic()
    failures = job.settings.failures
    if failures is not None:
        check_failures(os.fspath(failures), job.source.path)
    checkpoint = Checkpoint(None, {})
    told, end = _bar.reporter(job.settings.progress, job.name)
    try:
        for row in job.rows():
            row = distinct(row, checkpoint)
            report.rows += 1
            if not row.problem:
                report.done += 1
            else:
                key = row.id if isinstance(row.id, str) else None
                report._add(Problem(row.number, row.line, key, "failed", None, row.problem))
                mark = Mark(
                    row.number, row.number, row.line, row.digest, FAILED, None, row.problem,
                    shown(row.data),
                )  # fmt: skip
                checkpoint.write([mark], None)
            if told is not None:
                told(report.rows, job.source.total)
        report.finished = True
        report.failed_in_all = report.failed
        if failures is not None:
            write_failures(os.fspath(failures), checkpoint)
    finally:
        end()
        job.close()
        checkpoint.close()
        report.seconds = time.monotonic() - start
    return report
