"""SQLite behind the store: a pool of connections, transactions, and the tables.

Reads run at once, each on a connection of its own; writes follow one another.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clerk_c.testing.clock import Clock
from clerk_c.testing.ids import Chance
from clerk_c.testing.store.tables import TABLES, VERSION

# Marks a file as ours ("clkT"), so that no other database is ever written to.
_APPLICATION_ID = 0x636C6B54


class Transaction:
    """One connection within a transaction, and the moment that all of it happens at."""

    def __init__(self, connection: sqlite3.Connection, now: int, chance: Chance) -> None:
        self._connection = connection
        self.now = now
        self.chance = chance

    def new_id(self, prefix: str) -> str:
        return self.chance.new_id(prefix, self.now)

    def run(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(sql, values)

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.run(sql, *values).fetchone()
        return row

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self.run(sql, *values).fetchall()

    def number(self, sql: str, *values: Any) -> int:
        return int(self.run(sql, *values).fetchone()[0])

    # Table and column names below come from this package's code, never from a request.

    def insert(self, table: str, **columns: Any) -> None:
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *columns.values())

    def update(self, table: str, identifier: str, **columns: Any) -> None:
        if columns:
            names = ", ".join(f"{name} = ?" for name in columns)
            self.run(f"UPDATE {table} SET {names} WHERE id = ?", *columns.values(), identifier)

    def delete(self, table: str, identifier: str) -> None:
        self.run(f"DELETE FROM {table} WHERE id = ?", identifier)


class Database:
    """Hands out transactions from any thread."""

    def __init__(self, path: str, clock: Clock, chance: Chance, *, durable: bool) -> None:
        self._path = path
        self._clock = clock
        self._chance = chance
        self._durable = durable
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writer = threading.RLock()
        self._closed = False
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view of the data; what is written in it fails."""
        connection = self._take()
        try:
            connection.execute("BEGIN DEFERRED")
            connection.execute("PRAGMA query_only = ON")
            yield Transaction(connection, self._clock.now(), self._chance)
        finally:
            connection.rollback()
            connection.execute("PRAGMA query_only = OFF")
            self._give(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """All or nothing: kept when the block ends, undone when it raises."""
        with self._writer:
            connection = self._take()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield Transaction(connection, self._clock.now(), self._chance)
                connection.commit()
            finally:
                connection.rollback()
                self._give(connection)

    def close(self) -> None:
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                raise RuntimeError("the store is closed")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=10
        )
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            # A temporary store need not survive a power cut.
            connection.execute(f"PRAGMA synchronous = {'NORMAL' if self._durable else 'OFF'}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self) -> None:
        """Makes the tables of a new file; leaves a file that is not ours as it was."""
        try:
            connection = self._connect()
        except sqlite3.DatabaseError as error:
            raise ValueError(f"{self._path} cannot be used as a store: {error}") from error
        try:
            self._check_owner(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in TABLES:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.commit()
        except sqlite3.DatabaseError as error:
            connection.close()
            raise ValueError(f"{self._path} cannot be used as a store: {error}") from error
        except BaseException:
            connection.close()
            raise
        self._give(connection)

    def _check_owner(self, connection: sqlite3.Connection) -> None:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if tables and owner != _APPLICATION_ID:
            raise ValueError(f"{self._path} is a database of another program")
        if tables and version != VERSION:
            raise ValueError(
                f"{self._path} has store version {version}, this release reads {VERSION}"
            )


def dump(value: Any) -> str:
    """JSON text as it is kept in a column."""
    return json.dumps(value, separators=(",", ":"))


def load(text: str | None) -> Any:
    return None if text is None else json.loads(text)
