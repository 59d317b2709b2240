"""Records: objects of any kind whose members are JSON, for all that needs no table of its own.

A record may belong to a user or to another record, and is deleted along with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from clerk_c.testing.store.database import Transaction, dump, load
from clerk_c.testing.store.where import Where

_COLUMNS = ("id", "parent_id", "user_id", "created_at", "updated_at")


class Record(dict[str, Any]):
    """The members of one object, with those that are columns among them."""

    def __init__(self, kind: str, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self.kind = kind

    @property
    def id(self) -> str:
        return str(self["id"])


def column(name: str) -> str:
    """A member as SQL; the name has to come from this package or the interface."""
    return f"records.{name}" if name in _COLUMNS else f"json_extract(records.data, '$.{name}')"


def _record(row: sqlite3.Row) -> Record:
    members = {name: row[name] for name in _COLUMNS}
    return Record(row["kind"], {**load(row["data"]), **members})


def _split(record: Record) -> dict[str, Any]:
    data = {name: value for name, value in record.items() if name not in _COLUMNS}
    return {**{name: record.get(name) for name in _COLUMNS}, "data": dump(data)}


def add(tx: Transaction, record: Record) -> Record:
    """Keeps a new record; its id and times are made unless they are there."""
    record.setdefault("created_at", tx.now)
    record.setdefault("updated_at", tx.now)
    tx.insert("records", kind=record.kind, **_split(record))
    return record


def save(tx: Transaction, record: Record) -> Record:
    """Keeps what changed in a record."""
    record["updated_at"] = tx.now
    tx.update("records", record.id, **_split(record))
    return record


def delete(tx: Transaction, record: Record) -> None:
    tx.delete("records", record.id)


def get(tx: Transaction, kind: str, identifier: str) -> Record | None:
    return first(tx, kind, id=identifier)


def first(tx: Transaction, kind: str, **members: Any) -> Record | None:
    """The oldest record with these members."""
    found = of(tx, kind, limit=1, **members)
    return found[0] if found else None


def of(tx: Transaction, kind: str, *, limit: int = -1, **members: Any) -> list[Record]:
    """All records with these members, oldest first."""
    return search(tx, kind, matching(**members), limit=limit)


def count(tx: Transaction, kind: str, where: Where) -> int:
    sql = f"SELECT count(*) FROM records WHERE kind = ? AND {where.sql}"
    return tx.number(sql, kind, *where.values)


def matching(**members: Any) -> Where:
    where = Where()
    for name, value in members.items():
        where.add(f"{column(name)} IS ?", value)
    return where


def search(
    tx: Transaction,
    kind: str,
    where: Where,
    *,
    order: str = "records.seq",
    limit: int = -1,
    offset: int = 0,
) -> list[Record]:
    sql = f"SELECT * FROM records WHERE kind = ? AND {where.sql} ORDER BY {order} LIMIT ? OFFSET ?"
    return [_record(row) for row in tx.rows(sql, kind, *where.values, limit, offset)]
