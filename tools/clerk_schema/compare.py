"""All changes from one schema to another."""

from __future__ import annotations

from collections.abc import Iterator

from .changes import Change, Releases, Thing
from .compare_operations import compare_operations
from .compare_types import compare_types
from .renames import Json
from .wording import type_text


def compare(old: Json, new: Json) -> list[Change]:
    """The changes, in the order in which a report tells them."""
    releases = Releases(old, new)
    return [
        *Thing("servers", "", "servers").differs("list", old["servers"], new["servers"]),
        *compare_groups(releases),
        *compare_operations(releases),
        *compare_types(releases),
        *compare_errors(releases),
        *compare_aliases(releases),
    ]


def compare_groups(releases: Releases) -> Iterator[Change]:
    """The attributes of Clerk."""
    old, new = (
        [{"name": row["attribute"], **row} for row in schema.content["groups"]]
        for schema in (releases.old, releases.new)
    )
    for item in releases.rows("group", old, new, lambda row: str(row["class"])):
        if isinstance(item, Change):
            yield item
        else:
            was, now = (f"{row['module']}.{row['class']}" for row in item)
            yield from Thing("group", "", item[1]["name"]).differs("class", was, now)


def compare_errors(releases: Releases) -> Iterator[Change]:
    """The exception classes."""

    def tell(row: Json) -> str:
        return f"data: {type_text(row['data'])}" if "data" in row else ""

    def differences(old: Json, new: Json) -> Iterator[Change]:
        thing = Thing("error", "", new["name"])
        yield from releases.moved(thing, old, new)
        yield from thing.differs("base", old["base"], new["base"])
        types = releases.type(old.get("data", "")), new.get("data", "")
        was, now = (type_text(type_) if type_ else "none" for type_ in types)
        yield from thing.differs("data", was, now)

    yield from releases.section("error", "errors", tell, differences)


def compare_aliases(releases: Releases) -> Iterator[Change]:
    """Second names; those of TypedDicts share the fate of their model's."""
    every = {old: new for names in releases.renames.values() for old, new in names.items()}

    def differences(old: Json, new: Json) -> Iterator[Change]:
        was = every.get(old["of"], old["of"])
        yield from Thing("alias", "", new["name"]).differs("of", was, new["of"])

    found = releases.section("alias", "aliases", lambda row: str(row["of"]), differences)
    yield from (change for change in found if not change.name.endswith("TypedDict"))
