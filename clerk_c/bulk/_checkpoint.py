"""The file that knows how far a job is: SQLite, one row for each row that was begun.

It is written in groups: what many rows ask for meanwhile goes into one transaction, by a thread of
its own. A row is sent only after its mark "started" is on the disk; whatever happens later, it is
known to have been begun.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ._files import Results, json_text, storable
from .errors import CheckpointError

STARTED, DONE, FAILED, UNCERTAIN = 1, 2, 3, 4
STATES = {STARTED: "uncertain", DONE: "done", FAILED: "failed", UNCERTAIN: "uncertain"}

_APPLICATION = 0x636B626A  # "ckbj"
_TABLES = """
create table job (name text primary key, value) without rowid;
create table rows (
    id primary key, -- the row's number, or the text of its key
    number integer not null,
    line integer,
    digest blob not null,
    state integer not null,
    status integer,
    reason text,
    data text -- of rows that failed or are uncertain
) without rowid;
create index trouble on rows (number) where state != 2;
"""
_BACKLOG = 256
_PUT = "insert or replace into rows values (?, ?, ?, ?, ?, ?, ?, ?)"


class Known(NamedTuple):
    """What is known of a row from before."""

    state: int
    digest: bytes


class Mark(NamedTuple):
    """A row's new state. None for `state`: it was not sent after all."""

    id: int | str
    number: int
    line: int | None
    digest: bytes
    state: int | None
    status: int | None = None
    reason: str | None = None
    data: str | None = None
    result: str | None = None  # a line for the file of results


class Checkpoint:
    """An open checkpoint, locked against others. `path` None: a temporary one.

    `identity` is what makes the job this one, by the words that name it in messages.
    """

    def __init__(self, path: str | None, identity: Mapping[str, str]) -> None:
        self.path = path
        self._lock = threading.RLock()
        if path is not None:
            _create_private(path)
        self._db = sqlite3.connect(
            "" if path is None else os.path.abspath(path),  # not SQLite's ":memory:"
            timeout=0,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self.is_new = self._prepare()
            self._agree(identity)
            last = self._db.execute("select max(number) from rows").fetchone()[0]
            self.last: int = last or 0  # the highest number of a row that was begun before
        except sqlite3.Error as error:
            self._db.close()
            raise CheckpointError(self._explained(error)) from error
        except BaseException:
            self._db.close()
            raise

    def _prepare(self) -> bool:
        db = self._db
        db.execute("pragma locking_mode = exclusive")
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("begin immediate")  # from here on it is locked
        if db.execute("select count(*) from sqlite_master").fetchone()[0] == 0:
            for statement in _TABLES.split(";\n"):
                db.execute(statement)
            db.execute(f"pragma application_id = {_APPLICATION}")
            is_new = True
        else:
            if db.execute("pragma application_id").fetchone()[0] != _APPLICATION:
                raise CheckpointError(f"{self.path} is no checkpoint of a bulk job")
            is_new = False
        db.execute("commit")
        db.execute("create temp table keys (id primary key) without rowid")
        return is_new

    def _agree(self, identity: Mapping[str, str]) -> None:
        if self.is_new:
            with self.transaction():
                for name, value in identity.items():
                    self.remember(name, value)
            return
        for name, value in identity.items():
            before = self.recall(name)
            if before != value:
                was = "unknown" if before is None else before
                raise CheckpointError(
                    f"{self.path} is the checkpoint of another job: its {name} is {was}, here it"
                    f" is {value}. Give this job a checkpoint of its own."
                )

    def _explained(self, error: sqlite3.Error) -> str:
        text = str(error)
        if "locked" in text:
            return f"{self.path} is in use by another process: one job has one process at a time"
        if "not a database" in text:
            return f"{self.path} is no checkpoint of a bulk job"
        return (
            f"the checkpoint {self.path or '(temporary)'} cannot be written: {text}."
            " Nothing more was sent."
        )

    # What is known

    def recall(self, name: str) -> Any:
        with self._lock:
            found = self._db.execute("select value from job where name = ?", (name,)).fetchone()
        return None if found is None else found[0]

    def remember(self, name: str, value: object) -> None:
        with self._lock:
            self._db.execute("insert or replace into job values (?, ?)", (name, value))

    def known(self, identity: int | str) -> Known | None:
        with self._lock:
            found = self._db.execute(
                "select state, digest from rows where id = ?", (identity,)
            ).fetchone()
        return None if found is None else Known(*found)

    def is_first(self, key: str) -> bool:
        """Is it asked for this key for the first time in this run?"""
        with self._lock:
            return self._db.execute("insert or ignore into keys values (?)", (key,)).rowcount == 1

    def count(self, state: int) -> int:
        with self._lock:
            query = "select count(*) from rows where state = ?"
            return int(self._db.execute(query, (state,)).fetchone()[0])

    def troubles(self) -> Iterator[Mark]:
        """The rows that failed or are uncertain, in order."""
        query = "select * from rows indexed by trouble where state != 2 order by number"
        for found in self._db.execute(query):
            yield Mark(*found)

    # Writing

    def transaction(self) -> _Transaction:
        return _Transaction(self._db, self._lock)

    def put(self, mark: Mark) -> None:
        if mark.state is None:
            self._db.execute("delete from rows where id = ?", (mark.id,))
        else:
            reason = None if mark.reason is None else storable(mark.reason)
            self._db.execute(_PUT, (*mark[:6], reason, mark.data))

    def write(self, marks: Iterable[Mark], results: Results | None) -> None:
        """All of them, or CheckpointError and none."""
        try:
            with self.transaction():
                for mark in marks:
                    self.put(mark)
                    if results is not None and mark.result is not None:
                        results.add(mark.result)
                if results is not None:
                    self.remember(results.name, results.flush())
                self.remember("active", time.time())
        except sqlite3.Error as error:
            raise CheckpointError(self._explained(error)) from error
        except OSError as error:
            raise CheckpointError(f"the results cannot be written: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._db.close()


class _Transaction:
    def __init__(self, db: sqlite3.Connection, lock: Any) -> None:
        self._db = db
        self._lock = lock

    def __enter__(self) -> None:
        self._lock.acquire()
        try:
            self._db.execute("begin immediate")
        except BaseException:
            self._lock.release()
            raise

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        try:
            if kind is None:
                self._db.execute("commit")
            elif self._db.in_transaction:
                self._db.execute("rollback")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("rollback")
            raise
        finally:
            self._lock.release()


def _create_private(path: str) -> None:
    """Rows that failed stand in it, passwords included: nobody else may read it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise CheckpointError(
            f"the checkpoint {path} cannot be opened: {error.strerror}"
        ) from error


class Ledger:
    """Writes marks in the background, in groups. Of one event loop."""

    def __init__(self, checkpoint: Checkpoint, results: Results | None) -> None:
        self._checkpoint = checkpoint
        self._results = results
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[list[Mark], asyncio.Future[None]]] = []
        self._wake = threading.Condition()
        self._closed = False
        self.error: CheckpointError | None = None
        self._thread = threading.Thread(target=self._run, name="clerk_c.bulk", daemon=True)
        self._thread.start()

    def put(self, marks: list[Mark]) -> asyncio.Future[None]:
        """A future that is done when the marks are on the disk."""
        future = self._loop.create_future()
        with self._wake:
            self._waiting.append((marks, future))
            self._wake.notify()
        return future

    @property
    def is_behind(self) -> bool:
        """Is so much waiting that one should wait for it?"""
        return len(self._waiting) > _BACKLOG

    async def close(self) -> None:
        """Waits until all is written."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        while self._thread.is_alive():
            await asyncio.sleep(0.005)

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closed:
                    self._wake.wait()
                taken, self._waiting = self._waiting, []
            if not taken:
                return
            if self.error is None:
                try:
                    self._checkpoint.write((m for marks, _ in taken for m in marks), self._results)
                except CheckpointError as error:
                    self.error = error
                except Exception as error:  # nobody may wait for ever
                    self.error = CheckpointError(f"the checkpoint cannot be written: {error}")
            try:
                self._loop.call_soon_threadsafe(self._tell, [future for _, future in taken])
            except RuntimeError:  # the loop is closed: nobody waits any more
                return

    def _tell(self, futures: list[asyncio.Future[None]]) -> None:
        for future in futures:
            if future.done():
                continue
            if self.error is None:
                future.set_result(None)
            else:
                future.set_exception(self.error)
                future.exception()  # not everybody waits for it


def shown(data: Mapping[str, Any] | None) -> str | None:
    """A row as text for the checkpoint."""
    if data is None:
        return None
    return json_text(data)
