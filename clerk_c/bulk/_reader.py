"""Reading rows in the background: they may come slowly, and must not hold up those on their way."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Iterator

from ._job import Row

_BATCH = 64
_BATCH_SECONDS = 0.05


class Reader:
    """Reads rows in a thread of its own, some at a time: they may come slowly."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._loop = asyncio.get_running_loop()
        self._wanted: queue.SimpleQueue[asyncio.Future[list[Row]] | None] = queue.SimpleQueue()
        # A daemon: a source that never ends must not keep the program from ending.
        threading.Thread(target=self._run, name="clerk_c.bulk", daemon=True).start()

    async def batch(self) -> list[Row]:
        """The next rows; none at the end."""
        future: asyncio.Future[list[Row]] = self._loop.create_future()
        self._wanted.put(future)
        return await future

    def close(self) -> None:
        self._wanted.put(None)

    def _run(self) -> None:
        failure: BaseException | None = None
        while (future := self._wanted.get()) is not None:
            rows: list[Row] = []
            try:
                if failure is None:
                    self._take(rows)
            except BaseException as error:
                failure = error  # told when the rows before it have been taken
            told = None if rows else failure
            try:
                self._loop.call_soon_threadsafe(_resolve, future, rows, told)
            except RuntimeError:  # the loop is closed: nobody waits any more
                return

    def _take(self, rows: list[Row]) -> None:
        end = time.monotonic() + _BATCH_SECONDS
        for row in self._rows:
            rows.append(row)
            if len(rows) == _BATCH or time.monotonic() > end:
                return


def _resolve(
    future: asyncio.Future[list[Row]], rows: list[Row], failure: BaseException | None
) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(rows)
    else:
        future.set_exception(failure)
