"""Telling what changed: as text for a terminal, as Markdown for a changelog,
as JSON for a program."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from dataclasses import asdict
from typing import Any

from .changes import Change

Json = dict[str, Any]
WIDTH = 100
SIGNS = {"removed": "-", "renamed": ">", "changed": "~", "added": "+"}
RANKS = {sign: rank for rank, sign in enumerate(SIGNS)}

# A heading, the section of the schema that it counts, the kinds told under it.
SECTIONS = (
    ("Servers", "servers", ("servers",)),
    ("Groups", "groups", ("group",)),
    ("Operations", "operations", ("operation", "parameter", "outcome")),
    ("Models", "models", ("model", "field")),
    ("TypedDicts", "typed_dicts", ("typed dict", "key")),
    ("Enums", "enums", ("enum", "member")),
    ("Unions", "unions", ("union", "variant")),
    ("Errors", "errors", ("error",)),
    ("Aliases", "aliases", ("alias",)),
)
PLURALS = {"servers": "servers", "alias": "aliases"}


class Report:
    """The changes from one schema to another, ready to be told."""

    def __init__(self, old: Json, new: Json, changes: list[Change]) -> None:
        self._old, self._new = old, new
        self._changes = changes
        self._was, self._now = (schema["reference"] for schema in (old, new))

    @property
    def breaking(self) -> int:
        """How many changes may break a program."""
        return sum(change.breaking for change in self._changes)

    # JSON

    def json(self) -> str:
        """Everything, for a program."""
        counts: dict[str, Counter[str]] = {}
        for change in self._changes:
            counts.setdefault(change.kind, Counter())[change.sign] += 1
        document = {
            "from": self._was,
            "to": self._now,
            "breaking": self.breaking,
            "counts": counts,
            "changes": [asdict(change) for change in self._changes],
        }
        return json.dumps(document, indent=1, ensure_ascii=False)

    # Text

    def text(self) -> str:
        """For a terminal. A line with a "!" at its head is breaking."""
        lines = [f"{self._now['name']} {self._was['version']} -> {self._now['version']}"]
        versions = [side["api_version"] for side in (self._was, self._now)]
        if versions[0] != versions[1]:
            lines.append("API version " + " -> ".join(versions))
        if not self._changes:
            return "\n".join([*lines, "", "Nothing changed."])
        lines += ["", *self._table(), ""]
        for title, section, kinds in SECTIONS:
            told = [change for change in self._changes if change.kind in kinds]
            if told:
                sizes = [len(schema[section]) for schema in (self._old, self._new)]
                size = " -> ".join(str(number) for number in dict.fromkeys(sizes))
                lines += [f"{title} ({size})", *tell_blocks(told), ""]
        what = "changes are" if self.breaking != 1 else "change is"
        return "\n".join([*lines, f"{self.breaking} of {len(self._changes)} {what} breaking (!)."])

    def _table(self) -> list[str]:
        """One line for each kind that has changes."""
        heads = [*reversed(SIGNS), "breaking"]
        lines = [" " * 12 + "".join(f"{head:>10}" for head in heads)]
        for kind in kinds_in_order(self._changes):
            told = [change for change in self._changes if change.kind == kind]
            numbers = [sum(change.sign == sign for change in told) for sign in heads[:-1]]
            numbers.append(sum(change.breaking for change in told))
            cells = (f"{number or '.':>10}" for number in numbers)
            lines.append(f"{plural(kind):<12}" + "".join(cells))
        return lines

    # Markdown

    def markdown(self) -> str:
        """For a changelog."""
        title = f"### Interface of `{self._now['name']}` {self._now['version']}"
        lines = [f"{title} (before: {self._was['version']})"]
        if not self._changes:
            return "\n".join([*lines, "", "Nothing changed."])
        for head, signs in (
            ("Added", ("added",)),
            ("Changed", ("changed", "renamed")),
            ("Removed", ("removed",)),
        ):
            told = [change for change in self._changes if change.sign in signs]
            if told:
                lines += ["", f"#### {head}", "", *self._bullets(told)]
        return "\n".join(lines)

    def _bullets(self, changes: list[Change]) -> list[str]:
        """Names one after the other; what changed, each on a line."""
        lines = []
        for kind in kinds_in_order(changes):
            told = [change for change in changes if change.kind == kind]
            listed = [change for change in told if change.sign in ("added", "removed")]
            one_by_one = [change for change in told if change not in listed]
            # That what is removed breaks goes without saying.
            demanded = [c for c in listed if c.breaking and c.sign == "added"]
            for head, names in (
                (f"{plural(kind).capitalize()}", [c for c in listed if c not in demanded]),
                (f"**Breaking:** required {plural(kind)}", demanded),
            ):
                if names:
                    marks = ", ".join(markdown_name(change) for change in names)
                    lines += wrap(f"- {head}: {marks}.", "  ")
            for change in one_by_one:
                mark = "**Breaking:** " if change.breaking else ""
                lines += wrap(f"- {mark}{markdown_change(change)}", "  ")
        return lines


def kinds_in_order(changes: list[Change]) -> list[str]:
    """The kinds that have changes, as the sections have them."""
    present = {change.kind for change in changes}
    return [kind for _, _, kinds in SECTIONS for kind in kinds if kind in present]


def plural(kind: str) -> str:
    """More than one of a kind."""
    return PLURALS.get(kind, kind + "s")


def wrap(text: str, indent: str, first: str = "") -> list[str]:
    """Lines of at most WIDTH columns; names are never broken."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def tell_blocks(changes: list[Change]) -> list[str]:
    """Each thing once, with what changed in it indented below."""
    blocks: dict[str, list[Change]] = {}
    for change in changes:
        blocks.setdefault(change.parent or change.name, []).append(change)
    lines = []
    for name, block in sorted(blocks.items(), key=lambda item: (rank(item[1]), item[0])):
        whole = [change for change in block if not change.parent and change.sign != "changed"]
        rest = [change for change in block if change not in whole]
        for change in whole:
            text, route = phrase(change), ""
            if is_call(change):
                text, _, route = text.rpartition(", ")
            lines += line(change, text, 1)
            lines += [f"{' ' * 7}{route}"] * bool(route)
        if rest:
            if not whole:
                lines.append(f"   {SIGNS['changed']} {name}")
            for change in sorted(rest, key=lambda item: RANKS[item.sign]):
                lines += line(change, phrase(change), 2)
    return lines


def is_call(change: Change) -> bool:
    """An operation that came or went: its route gets a line of its own."""
    return change.kind == "operation" and change.sign in ("added", "removed")


def rank(block: list[Change]) -> int:
    """What is gone comes first, what is new last."""
    return min((RANKS[c.sign] for c in block if not c.parent), default=RANKS["changed"])


def line(change: Change, text: str, depth: int) -> list[str]:
    """A change on its line, or lines."""
    mark = "!" if change.breaking else " "
    first = f" {mark} {'    ' * (depth - 1)}{SIGNS[change.sign]} "
    return wrap(text, " " * (len(first) + 2), first)


def phrase(change: Change) -> str:
    """A change in words, without its marks."""
    if change.sign == "renamed":
        return f"{change.before} is now {change.after}"
    if change.sign == "changed":
        aspect = "" if change.about in ("type", "") else f"{change.about} "
        aspect = aspect.replace("_", " ")
        where = f"{change.name}: " if change.parent else ""
        return f"{where}{aspect}{change.before} -> {change.after}"
    detail = change.after or change.before
    if change.kind in ("member", "variant"):
        return f"{change.name} = {detail}" if detail else change.name
    if change.kind == "operation":
        return change.name + detail
    return f"{change.name}: {detail}" if detail else change.name


def markdown_name(change: Change) -> str:
    """An added or removed thing."""
    if change.kind == "outcome":
        return f"`{change.parent}` {change.name} {change.after or change.before}"
    if change.kind == "parameter":
        return f"`{change.parent}({change.name})`"
    if change.kind == "variant":
        return f"`{change.name}` of `{change.parent}`"
    return f"`{change.parent}.{change.name}`" if change.parent else f"`{change.name}`"


def markdown_change(change: Change) -> str:
    """A changed or renamed thing."""
    if change.sign == "renamed":
        return f"`{change.before}` is now `{change.after}`."
    aspect = "" if change.about in ("type", "") else f"{change.about.replace('_', ' ')} "
    return f"{markdown_name(change)}: {aspect}`{change.before}` → `{change.after}`."
