"""What all resources have in common: create, list, read, update and delete, out of the interface.

A resource states its names and what is special about it; the operations' types say what a
request may bring and what an answer has. `Context` is one operation being carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar

from clerk_c.testing import errors
from clerk_c.testing.call import Call, Reply, json_reply
from clerk_c.testing.interface import Check, Operation, interface
from clerk_c.testing.interface import parse as parse_type
from clerk_c.testing.store import records, users
from clerk_c.testing.store.database import Transaction, dump
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import LIKE, ONE_OF, Where, contains

# Statuses of requests that are understood and refused, the likelier first.
_REFUSALS = (422, 400, 409, 403)
# Parameters of a list that are no filters.
_PAGING = frozenset({"limit", "offset", "paginated", "order_by"})


class Context(NamedTuple):
    call: Call
    tx: Transaction
    operation: Operation

    @property
    def keys(self) -> tuple[str, ...]:
        """The parameters of the path, in its order."""
        return tuple(self.call.path.values())

    @property
    def now(self) -> int:
        return self.tx.now

    def given(self, checks: Mapping[str, Check] | None = None) -> Any:
        """The body, checked against its type."""
        assert self.operation.body is not None
        return interface().read(self.operation.body, self.call.json(), checks or {})

    def asks(self, name: str) -> bool:
        """Whether the operation has this query parameter."""
        return name in self.operation.query

    def user(self, user_id: str, *, name: str | None = None) -> str:
        """The id of a user who exists; `name` is the parameter that it came in."""
        if name is None:
            return str(users.find(self.tx, user_id)["id"])
        if self.tx.one("SELECT 1 FROM users WHERE id = ?", user_id) is None:
            raise errors.missing_resource(name)
        return user_id


Step = Callable[[Context], Any]
Action = TypeVar("Action", bound=Callable[..., Any])


def action(method: str, path: str, *, writes: bool = False) -> Callable[[Action], Action]:
    """Marks what carries out an operation. `{}` stands for a parameter of the path; a path
    that begins with `~` goes on from the resource's own. Reading may write if it says so."""

    def mark(function: Action) -> Action:
        function.route = (method, path)  # type: ignore[attr-defined]
        function.writes = writes  # type: ignore[attr-defined]
        return function

    return mark


def general(path: str) -> str:
    """A path with `{}` for each parameter, whatever its name."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


class Resource:
    """A kind of record and its operations. Subclasses override names and steps."""

    kind: ClassVar[str]  # as `object` in answers
    prefix: ClassVar[str]  # of ids
    path: ClassVar[str] = ""  # of the collection, as `general` gives it; none: no routes of its own
    parent: ClassVar[type[Resource] | None] = None  # whose id the path begins with
    alias: ClassVar[str | None] = None  # a member that does in the place of the id
    unique: ClassVar[tuple[str, ...]] = ()  # among all, or among the parent's
    searched: ClassVar[tuple[str, ...]] = ("id", "name")  # by the parameter `query`
    orders: ClassVar[tuple[str, ...]] = ("created_at", "updated_at", "name")
    order: ClassVar[str] = "-created_at"
    checks: ClassVar[Mapping[str, Check]] = {}  # formats of texts in bodies
    # Parameters of a list that are about another member, or none: `narrow` sees to those.
    filters: ClassVar[Mapping[str, str]] = {}
    # References in bodies: parameter -> kind of record that has to exist.
    refers: ClassVar[Mapping[str, str]] = {}

    # Steps for subclasses

    def fill(self, context: Context, record: Record) -> None:
        """Completes a new record; it holds the body so far."""

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        """Applies the body of an update."""
        record.update(given)

    def filed(self, context: Context, record: Record) -> None:
        """Does what follows from a new record."""

    def leave(self, context: Context, record: Record) -> None:
        """Says whether a record may go, and does what follows from that."""

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        """A record with the members that are derived."""
        return record

    def narrow(self, context: Context, where: Where) -> None:
        """Conditions of a list beyond those of its parameters."""

    # Finding

    @property
    def label(self) -> str:
        return self.kind.replace("_", " ")

    def find(self, context: Context, identifier: str, parent_id: str | None = None) -> Record:
        """A record by its id or alias, of this parent if one is given."""
        found = records.get(context.tx, self.kind, identifier)
        if found is None and self.alias:
            found = records.first(context.tx, self.kind, **{self.alias: identifier})
        if found is None or parent_id not in (None, found["parent_id"]):
            raise errors.not_found(self.label, identifier)
        return found

    def here(self, context: Context) -> Record:
        """The record that the path names, below the parent that it names."""
        if self.parent is None:
            return self.find(context, context.keys[0])
        return self.find(context, context.keys[1], self.above(context))

    def above(self, context: Context) -> str | None:
        """The id of the parent that the path names."""
        if self.parent is None:
            return None
        return self.parent().find(context, context.keys[0]).id

    # Operations

    def make(self, context: Context, members: Mapping[str, Any]) -> Record:
        """A new record out of a body."""
        record = Record(self.kind, {"id": context.tx.new_id(self.prefix), **members})
        if "parent_id" not in record:
            record["parent_id"] = self.above(context)
        self._check(context, record, members)
        self.fill(context, record)
        records.add(context.tx, record)
        self.filed(context, record)
        return record

    def _check(self, context: Context, record: Record, given: Mapping[str, Any]) -> None:
        for name, kind in self.refers.items():
            for key in _listed(given.get(name)):
                if records.get(context.tx, kind, key) is None:
                    raise errors.missing_resource(name)
        for name in self.unique:
            if given.get(name) is None:
                continue
            same = {name: given[name], "parent_id": record.get("parent_id")}
            other = records.first(context.tx, self.kind, **same)
            if other is not None and other.id != record.id:
                raise errors.exists(name, name.replace("_", " "))

    def create(self, context: Context) -> Any:
        return self.show(context, self.make(context, context.given(self.checks)))

    def list_all(self, context: Context) -> Any:
        where = self.matching(context)
        limit, offset = page(context)
        order = self._order(context)
        found = records.search(
            context.tx, self.kind, where, order=order, limit=limit, offset=offset
        )
        total = records.count(context.tx, self.kind, where)
        return self.page(context, found, total)

    def page(self, context: Context, found: list[Record], total: int) -> Any:
        assert context.operation.answer is not None
        rows = [self.show(context, record) for record in found]
        return interface().page(context.operation.answer, rows, total)

    def _order(self, context: Context) -> str:
        columns = {name: records.column(name) for name in self.orders}
        if context.asks("order_by"):
            return context.call.query.order(columns, self.order)
        return f"{records.column('created_at')} DESC, records.seq DESC"

    def matching(self, context: Context) -> Where:
        """The conditions that the path and the query of a list state."""
        where = Where()
        if self.parent is not None and context.keys:
            where.add("records.parent_id = ?", self.above(context))
        for name, notation in context.operation.query.items():
            member = self.filters.get(name, name)
            if member and name == "query":
                _search(where, context.call.query.text(name), self.searched)
            elif member and name not in _PAGING:
                _filter(where, context, name, notation, member)
        self.narrow(context, where)
        return where

    def get(self, context: Context) -> Any:
        return self.show(context, self.here(context))

    def update(self, context: Context) -> Any:
        record, given = self.here(context), context.given(self.checks)
        self._check(context, record, given)
        self.change(context, record, given)
        return self.show(context, records.save(context.tx, record))

    def delete(self, context: Context) -> Any:
        record = self.here(context)
        self.leave(context, record)
        records.delete(context.tx, record)
        return {"object": self.kind, "id": record.id, "deleted": True}

    # Routes

    def steps(self) -> Iterator[tuple[tuple[str, str], Step]]:
        """Method and general path of each operation, and what carries it out."""
        if self.path:
            item = f"{self.path}/{{}}"
            yield ("GET", self.path), self.list_all
            yield ("POST", self.path), self.create
            yield ("GET", item), self.get
            yield ("PATCH", item), self.update
            yield ("DELETE", item), self.delete
        for name in dir(type(self)):
            method, path = getattr(getattr(type(self), name), "route", (None, ""))
            if method is not None:
                yield (method, path.replace("~", self.path)), getattr(self, name)


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]


def page(context: Context) -> tuple[int, int]:
    if not context.asks("limit"):
        return -1, 0
    if context.asks("paginated"):
        return context.call.query.optional_page()
    return context.call.query.page()


def _search(where: Where, text: str | None, members: tuple[str, ...]) -> None:
    """Names match in part; identifiers, which are random, only as a whole."""
    if text:
        whole = {member: member == "id" or member.endswith("_id") for member in members}
        parts = (f"{records.column(m)} {'= ?' if whole[m] else LIKE}" for m in members)
        values = (text if whole[member] else contains(text) for member in members)
        where.add(f"({' OR '.join(parts)})", *values)


def _filter(where: Where, context: Context, name: str, notation: str, member: str) -> None:
    """A parameter as a condition on a member, by the parameter's type."""
    kind, query, column = parse_type(notation), context.call.query, records.column(member)
    if kind.kind == "list":
        if values := query.texts(name):
            where.add(f"{column} {ONE_OF}", dump(values))
    elif kind.kind == "bool":
        if (flag := query.flag(name)) is not None:
            where.add(f"coalesce({column}, 0) = ?", int(flag))
    elif (value := query.text(name)) is not None:
        if kind.kind == "enum":
            interface().choose(kind.name, name, value)
        where.add(f"{column} = ?", value)


def _carry_out(step: Step, context: Context) -> Any:
    """A step, and its refusals with a status that the operation documents."""
    try:
        return step(context)
    except errors.ApiError as error:
        documented = context.operation.errors
        if error.status in _REFUSALS and error.status not in documented:
            likely = (status for status in _REFUSALS if status in documented)
            error.status = next(likely, error.status)
        raise


def handler(operation: Operation, step: Step) -> Callable[[Call], Any]:
    """A step as a route: within a transaction, and its answer cut to its type."""
    reading = operation.method == "GET" and not getattr(step, "writes", False)

    def handle(call: Call) -> Any:
        with call.store.read() if reading else call.store.write() as tx:
            result = _carry_out(step, Context(call, tx, operation))
            if isinstance(result, Reply):
                return result
            if operation.answer is None:
                return Reply(operation.status)
            return json_reply(interface().show(operation.answer, result), operation.status)

    return handle
