"""Models, enums and unions that a release only renamed.

A generator of SDKs renames types freely. A pair is found by position: where both
releases have the same parameter, response, field or variant, and its type was
called by a name that is gone and is now called by a name that is new.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .notation import Type, parse

Json = dict[str, Any]
Names = dict[str, str]
SECTIONS = {"model": "models", "enum": "enums", "union": "unions"}
ALIKE = 0.5  # how much of two types must be the same


def by_name(rows: list[Json]) -> dict[str, Json]:
    """Rows by their names."""
    return {row["name"]: row for row in rows}


def operation_name(row: Json) -> str:
    """What a program calls: users.list."""
    return f"{row['group']}.{row['name']}"


class Schema:
    """One release, with its named types at hand."""

    def __init__(self, content: Json) -> None:
        self.content = content
        self.types = {kind: by_name(content[section]) for kind, section in SECTIONS.items()}
        self.operations = {operation_name(row): row for row in content["operations"]}
        self.errors = by_name(content["errors"])

    def inside(self, kind: str, name: str) -> dict[str, str]:
        """The types in a model or union, by where they stand."""
        row = self.types[kind][name]
        if kind == "model":
            return {field["name"]: field["type"] for field in row["fields"]}
        if kind == "union":
            return {
                variant.get("tag", str(index)): variant["type"]
                for index, variant in enumerate(row["variants"])
            }
        return {}

    def parts(self, kind: str, name: str) -> set[str]:
        """What makes two types alike: their fields, tags or values."""
        if kind == "enum":
            return {str(member["value"]) for member in self.types[kind][name]["members"]}
        return set(self.inside(kind, name))

    def anchors(self) -> dict[str, str]:
        """The types that a program meets first, by where they stand."""
        found: dict[str, str] = {}
        for name, row in self.operations.items():
            found.update(sent(name, row))
            found.update(received(name, row))
        for name, row in self.errors.items():
            if "data" in row:
                found[f"error {name}"] = row["data"]
        for kind in SECTIONS:
            for name in self.types[kind]:
                inside = self.inside(kind, name).items()
                found.update({f"{kind} {name} {place}": type_ for place, type_ in inside})
        return found


def sent(name: str, row: Json) -> Iterator[tuple[str, str]]:
    """The types of what an operation takes."""
    if row["request"]:
        yield f"{name} request", row["request"]
    if row["body"]:
        yield f"{name} body", row["body"]["type"]
    for parameter in row["parameters"]:
        yield f"{name} parameter {parameter['name']}", parameter["type"]


def received(name: str, row: Json) -> Iterator[tuple[str, str]]:
    """The types of what an operation returns."""
    for response in row["responses"]:
        if "type" in response:
            yield f"{name} {response['status']}", response["type"]


def innermost(type_: Type) -> Type:
    """What a list or dict holds in the end."""
    while type_.item is not None:
        type_ = type_.item
    return type_


def find_renames(old: Schema, new: Schema) -> dict[str, Names]:
    """For each kind: the new name by the old one."""
    names: dict[str, Names] = {kind: {} for kind in SECTIONS}
    taken: set[tuple[str, str]] = set()
    after = new.anchors()
    todo = [(type_, after[place]) for place, type_ in old.anchors().items() if place in after]
    while todo:
        before_text, after_text = todo.pop(0)
        was, now = innermost(parse(before_text)), innermost(parse(after_text))
        kind = was.kind
        if kind != now.kind or kind not in SECTIONS or was.name == now.name:
            continue
        gone = was.name not in new.types[kind] and was.name not in names[kind]
        fresh = now.name not in old.types[kind] and (kind, now.name) not in taken
        if not gone or not fresh:
            continue
        left, right = old.parts(kind, was.name), new.parts(kind, now.name)
        if len(left & right) < ALIKE * max(len(left), len(right)):
            continue
        names[kind][was.name] = now.name
        taken.add((kind, now.name))
        inside = new.inside(kind, now.name)
        todo += [
            (type_, inside[place])
            for place, type_ in old.inside(kind, was.name).items()
            if place in inside
        ]
    return names
