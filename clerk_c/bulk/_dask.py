"""A bulk job on the workers of a Dask cluster.

The one who submits reads the rows, owns the checkpoint and the only limiter. Rows go out in chunks,
each with as many permits as it may send requests; they count as in use until the chunk is back and
the limit's window is over, so that nobody has to be asked while a chunk is on its way.

A chunk is carried out by `Client.run`, not as a task: Dask repeats the tasks of a worker that is
lost, and these must not be repeated. The rows of a lost worker are uncertain, and dealt with as
such after the chunk's lease is over: a worker that is only out of sight begins no row behind that.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from ._checkpoint import STARTED
from ._cluster import Cluster
from ._engine import Engine, mark
from ._job import Job, Row
from ._remote import STOP, UNSENT, Chunk, Recipe, Returned, carry, dumps, forget, loads, prepare
from ._sending import Abandoned, Outcome
from .errors import CheckpointError

_LOOK_SECONDS = 1.0  # between two looks at which workers there are
_PATIENCE_SECONDS = 60.0  # without any worker
_LARGEST_CHUNK = 64


class _Worker:
    def __init__(self, address: str) -> None:
        self.address = address
        self.gone = asyncio.Event()

    @property
    def lost(self) -> bool:
        return self.gone.is_set()


class _Late(NamedTuple):
    """Rows that are to be taken again, at a time of the loop's clock."""

    due: float
    row: Row


class ClusterEngine(Engine):
    """Carries a job out on a cluster."""

    def __init__(self, job: Job, cluster: Any) -> None:
        super().__init__(job)
        self._cluster = cluster if isinstance(cluster, Cluster) else Cluster(cluster)
        # Of a row that may have been done: a look-up before each try and one behind the last.
        self._most_requests = 2 * job.rules.max_attempts + 1
        if job.limit is not None and job.limit.requests < self._most_requests:
            raise ValueError(f"limit: on a cluster at least {self._most_requests} requests")
        self._number = uuid.uuid4().hex
        self._packed = dumps(Recipe(job, self._number))
        self._workers_known: dict[str, _Worker] = {}
        self._inbox: deque[Row] = deque()
        self._late: list[_Late] = []
        self._flying = 0
        self._fed = False
        self._sent = 0

    def _workers(self) -> int:
        return 1

    async def _work(self, waiting: asyncio.Queue[Row | None]) -> None:
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._slots: asyncio.Queue[_Worker] = asyncio.Queue()
        with self.checkpoint.transaction():
            self.checkpoint.remember("lease", self._cluster.lease)
        tasks = [asyncio.ensure_future(one) for one in (self._pump(waiting), self._watch_workers())]
        flights: set[asyncio.Task[None]] = set()
        try:
            while (rows := await self._next_rows()) is not None:
                worker = await self._free_worker()
                if worker is None:
                    break
                self._flying += 1
                flight = asyncio.ensure_future(self._fly(worker, rows))
                flights.add(flight)
                flight.add_done_callback(flights.discard)
            await asyncio.gather(*flights)
        finally:
            for task in (*tasks, *flights):
                task.cancel()
            await asyncio.gather(*tasks, *flights, return_exceptions=True)
            self.sender.requests = self._sent
            await self._say_goodbye()

    async def _pump(self, waiting: asyncio.Queue[Row | None]) -> None:
        """From the reader into the inbox; what cannot be sent is settled here."""
        while (row := await waiting.get()) is not None:
            if self._is_stopping():
                continue
            if row.problem:
                try:
                    await self._settle_bad(row)
                except Abandoned:
                    self._end(str(self.ledger.error))
                continue
            while len(self._inbox) >= 4 * _LARGEST_CHUNK and not self._is_stopping():
                self._room.clear()
                await self._room.wait()
            self._inbox.append(row)
            self._news.set()
        self._fed = True
        self._news.set()

    async def _next_rows(self) -> list[Row] | None:
        """Rows for a chunk; None when all is done or the job has to stop."""
        while True:
            if self._is_stopping():
                self._room.set()
                return None
            rows, wait = self._take()
            if rows:
                self._room.set()
                return rows
            if self._fed and not self._flying and wait is None:
                return None
            self._news.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._news.wait(), wait if wait is not None else 0.5)

    def _take(self) -> tuple[list[Row], float | None]:
        """What is due, and how long until something will be."""
        now = time.monotonic()
        size = self._chunk_size()
        due = [late for late in self._late if late.due <= now][: self._late_size()]
        if due:
            for late in due:
                self._late.remove(late)
            return [late.row for late in due], None
        rows = [self._inbox.popleft() for _ in range(min(size, len(self._inbox)))]
        wait = min((late.due for late in self._late), default=None)
        return rows, None if wait is None else max(wait - now, 0)

    def _chunk_size(self) -> int:
        if self.job.limit is None:
            return _LARGEST_CHUNK
        slots = max(len(self._workers_known), 1) * self._cluster.chunks_per_worker
        return max(min(self.job.limit.requests // (4 * slots), _LARGEST_CHUNK), 1)

    def _late_size(self) -> int:
        """Rows that may have been done, for one chunk: each can need many requests."""
        most = 256 if self.job.limit is None else self.job.limit.requests
        return max(most // self._most_requests, 1)

    async def _free_worker(self) -> _Worker | None:
        """A slot on a worker that lives; None when the job has to stop."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not self._is_stopping():
            try:
                worker = await asyncio.wait_for(self._slots.get(), 0.5)
            except asyncio.TimeoutError:
                if any(not worker.lost for worker in self._workers_known.values()):
                    end = time.monotonic() + _PATIENCE_SECONDS
                elif time.monotonic() > end:
                    self._end(f"the cluster has had no worker for {_PATIENCE_SECONDS:g} s")
                continue
            if not worker.lost:
                return worker
        return None

    # One chunk

    async def _fly(self, worker: _Worker, rows: list[Row]) -> None:
        try:
            await self._fly_with_permits(worker, rows)
        finally:
            self._flying -= 1
            self._slots.put_nowait(worker)
            self._news.set()

    async def _fly_with_permits(self, worker: _Worker, rows: list[Row]) -> None:
        permits = sum(self._most_requests if row.uncertain else 1 for row in rows)
        await self.limiter.enter(permits)
        used = permits
        try:
            await self.limiter.quiet()
            if self._is_stopping() or worker.lost:
                used = 0
                self._again(rows)
                return
            until = time.time() + self._cluster.lease
            packed = dumps(Chunk(self._number, rows, permits, until))
            try:
                await self.ledger.put([mark(row, STARTED) for row in rows])
            except CheckpointError:
                used = 0
                self._end(str(self.ledger.error))
                return
            back = await self._sent_to(worker, packed)
            if back is None:
                self._lose(worker, rows, until)
            else:
                used = back.used
                self._sent += used
                self._land(rows, back)
        finally:
            self.limiter.give_back(permits - used)
            self.limiter.leave(used)

    async def _sent_to(self, worker: _Worker, packed: bytes) -> Returned | None:
        """None: nobody knows what became of it."""
        call = asyncio.ensure_future(self._on(worker, carry, packed))
        gone = asyncio.ensure_future(worker.gone.wait())
        most = self._cluster.lease + 120
        try:
            await asyncio.wait((call, gone), timeout=most, return_when=asyncio.FIRST_COMPLETED)
            answer = call.result() if call.done() else None
        except Exception:  # of the network or the cluster: the chunk itself raises nothing
            return None
        finally:
            gone.cancel()
            call.cancel()
        found: Returned | None = None if answer is None else loads(answer)
        return found

    async def _on(self, worker: _Worker, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns on that worker."""
        client = self._cluster.client

        def call() -> Any:
            return client.run(function, *arguments, workers=[worker.address])[worker.address]

        return await _in_daemon(call)

    def _lose(self, worker: _Worker, rows: list[Row], until: float) -> None:
        worker.gone.set()
        wait = max(until - time.time(), 0) + self.job.rules.settle
        why = "the worker that was sending it was lost"
        self._again([row._replace(uncertain=why) for row in rows], wait)

    def _again(self, rows: list[Row], wait: float = 0) -> None:
        due = time.monotonic() + wait
        self._late.extend(_Late(due, row) for row in rows)

    def _land(self, rows: list[Row], back: Returned) -> None:
        if back.pause:
            self.limiter.pause(back.pause)
        for row, (state, status, text, flag, result) in zip(rows, back.ends):
            if state == UNSENT:
                self._again([row._replace(uncertain=text)], self.job.rules.settle if text else 0)
                if not text:
                    self.ledger.put([mark(row, None)])
            elif state == STOP:
                self._end(text, status)
                if flag:
                    self.ledger.put([mark(row, None)])
            else:
                outcome = Outcome(state, result, status, text or None, flag)
                self._settle(row, outcome)
                self._watch(row, outcome)

    def _line(self, row: Row, outcome: Outcome) -> str:
        return str(outcome.result)  # the worker has made it

    # The workers

    async def _watch_workers(self) -> None:
        while True:
            try:
                there = await _in_daemon(self._cluster.client.nthreads)
            except Exception as error:
                self._end(f"the cluster does not answer: {type(error).__name__}")
                return
            for address in there:
                known = self._workers_known.get(address)
                if known is None or known.lost:
                    await self._welcome(_Worker(address))
            for address, worker in list(self._workers_known.items()):
                if address not in there:
                    worker.gone.set()
                    del self._workers_known[address]
            await asyncio.sleep(_LOOK_SECONDS)

    async def _welcome(self, worker: _Worker) -> None:
        try:
            problem = await asyncio.wait_for(self._on(worker, prepare, self._packed), 60)
        except (OSError, asyncio.TimeoutError):
            return  # it has gone again
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            self._end(f"the worker {worker.address} cannot take part: {problem}")
            return
        self._workers_known[worker.address] = worker
        for _ in range(self._cluster.chunks_per_worker):
            self._slots.put_nowait(worker)

    async def _say_goodbye(self) -> None:
        client, number = self._cluster.client, self._number

        def call() -> None:
            client.run(forget, number, on_error="ignore")

        with contextlib.suppress(Exception):
            await asyncio.wait_for(_in_daemon(call), 10)


def _in_daemon(function: Callable[[], Any]) -> Awaitable[Any]:
    """What a blocking function returns or raises, from a thread that nobody has to wait for."""
    import threading

    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, failure = None, None
        try:
            result = function()
        except BaseException as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="clerk_c.bulk", daemon=True).start()
    return future
