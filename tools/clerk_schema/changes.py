"""A change from one release to another, and what all comparisons need.

A change is breaking when a program written for the old release may fail with
the new one: something is gone, has another name, another type or another
place, or must be given that was not asked for. What only adds is not breaking,
nor is what takes more than before or gives less (None, UNSET).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .notation import Type, parse
from .renames import Json, Schema, by_name, find_renames
from .wording import default_text, type_text

NAMED = re.compile(r"\b(model|enum|union):(\w+)")


@dataclass(frozen=True)
class Change:
    """One fact. `about` names the aspect of a thing that is in both releases."""

    kind: str  # operation, parameter, outcome, model, field, enum, member, ...
    parent: str  # the thing that it belongs to, "" when it stands for itself
    name: str
    sign: str  # added, changed, renamed, removed
    about: str = ""
    before: str = ""
    after: str = ""
    breaking: bool = False


@dataclass(frozen=True)
class Thing:
    """What is in both releases, to tell how it differs."""

    kind: str
    parent: str
    name: str

    def differs(
        self, about: str, before: Any, after: Any, breaking: bool = True
    ) -> Iterator[Change]:
        """The change of one aspect, when there is one."""
        if before != after:
            yield Change(
                *(self.kind, self.parent, self.name, "changed", about),
                *(str(before), str(after), breaking),
            )


class Releases:
    """Two releases beside each other."""

    def __init__(self, old: Json, new: Json) -> None:
        self.old, self.new = Schema(old), Schema(new)
        self.renames = find_renames(self.old, self.new)

    def type(self, notation: str) -> str:
        """A type of the old release in the names of the new one."""
        return NAMED.sub(lambda m: f"{m[1]}:{self.renames[m[1]].get(m[2], m[2])}", notation)

    def given(self, row: Json) -> str:
        """What is so when a parameter or field is left out."""
        return "required" if row.get("required") else "= " + default_text(row["default"])

    def _old_given(self, row: Json) -> str:
        value = row.get("default")
        if isinstance(value, dict) and "model" in value:
            name = value["model"]
            return self.given({"default": {"model": self.renames["model"].get(name, name)}})
        if isinstance(value, dict) and "member" in value:
            enum, _, member = value["member"].partition(".")
            enum = self.renames["enum"].get(enum, enum)
            return self.given({"default": {"member": f"{enum}.{member}"}})
        return self.given(row)

    def rows(
        self, kind: str, old: list[Json], new: list[Json], tell: Callable[[Json], str]
    ) -> Iterator[Change | tuple[Json, Json]]:
        """Which rows of a section came, went or got another name, and the
        pairs of rows that are in both."""
        before, after = by_name(old), by_name(new)
        names = self.renames.get(kind, {})
        for name, row in before.items():
            if names.get(name, name) not in after:
                yield Change(kind, "", name, "removed", before=tell(row), breaking=True)
        for name, row in after.items():
            if name not in before and name not in names.values():
                yield Change(kind, "", name, "added", after=tell(row))
        for name, row in before.items():
            now = names.get(name, name)
            if now in after:
                if now != name:
                    yield Change(kind, "", now, "renamed", "name", name, now, True)
                yield row, after[now]

    def section(
        self,
        kind: str,
        section: str,
        tell: Callable[[Json], str],
        compare: Callable[[Json, Json], Iterator[Change]],
    ) -> Iterator[Change]:
        """All changes of a section whose rows have names."""
        old, new = self.old.content[section], self.new.content[section]
        for item in self.rows(kind, old, new, tell):
            if isinstance(item, Change):
                yield item
            else:
                yield from compare(*item)

    def moved(self, thing: Thing, old: Json, new: Json) -> Iterator[Change]:
        """Another module; where there is another name, that says it."""
        if old["name"] == new["name"]:
            yield from thing.differs("module", old["module"], new["module"])

    def slots(
        self, kind: str, parent: str, sides: tuple[list[Json], list[Json]], takes: bool, gives: bool
    ) -> Iterator[Change]:
        """Changes of parameters or fields. `takes`: programs fill them;
        `gives`: programs read them."""
        before, after = (by_name(side) for side in sides)
        for name, row in before.items():
            if name not in after:
                gone = type_text(row["type"])
                yield Change(kind, parent, name, "removed", "", gone, "", True)
        for name, row in after.items():
            if name not in before:
                text = f"{type_text(row['type'])} {self.given(row)}"
                breaking = takes and bool(row.get("required"))
                yield Change(kind, parent, name, "added", "", "", text, breaking)
        for name, row in before.items():
            if name in after:
                yield from self._slot(Thing(kind, parent, name), row, after[name], takes, gives)

    def _slot(
        self, thing: Thing, old: Json, new: Json, takes: bool, gives: bool
    ) -> Iterator[Change]:
        was, now = parse(self.type(old["type"])), parse(new["type"])
        breaking = was.bare() != now.bare()
        breaking |= (gives and wider(was, now)) or (takes and wider(now, was))
        yield from thing.differs("type", type_text(str(was)), type_text(str(now)), breaking)
        demanded = takes and bool(new.get("required"))
        yield from thing.differs("default", self._old_given(old), self.given(new), demanded)
        for about in ("alias", "wire_name", "place"):
            yield from thing.differs(about, old.get(about, "none"), new.get(about, "none"))
        yield from thing.differs(
            "deprecated", old.get("deprecated", False), new.get("deprecated", False), False
        )


def wider(old: Type, new: Type) -> bool:
    """None or UNSET is a value of the new type and not of the old one."""
    return (new.null and not old.null) or (new.unset and not old.unset)
