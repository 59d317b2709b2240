"""Changes of models, TypedDicts, enums and unions."""

from __future__ import annotations

from collections.abc import Iterator

from .changes import Change, Releases, Thing
from .notation import parse
from .renames import Json, Schema, by_name, innermost, received, sent
from .wording import type_text

MIRROR = "TypedDict"


def compare_types(releases: Releases) -> Iterator[Change]:
    """All named types of data."""
    yield from Models(releases).changes()
    yield from compare_typed_dicts(releases)
    yield from compare_enums(releases)
    yield from compare_unions(releases)


def reachable(schema: Schema, roots: Iterator[tuple[str, str]]) -> set[str]:
    """The names of the types in what the roots hold, at any depth."""
    found: set[str] = set()
    todo = [type_ for _, type_ in roots]
    while todo:
        type_ = innermost(parse(todo.pop()))
        if type_.kind in schema.types and type_.name not in found:
            found.add(type_.name)
            todo += schema.inside(type_.kind, type_.name).values()
    return found


class Models:
    """Comparing models needs to know which ones programs fill, and read."""

    def __init__(self, releases: Releases) -> None:
        self._releases = releases
        schema = releases.new
        operations = schema.operations.items()
        self._filled = reachable(schema, (hit for item in operations for hit in sent(*item)))
        self._read = reachable(schema, (hit for item in operations for hit in received(*item)))
        errors = ((name, row["data"]) for name, row in schema.errors.items() if "data" in row)
        self._read |= reachable(schema, errors)

    def changes(self) -> Iterator[Change]:
        """All changes of models and their fields."""

        def tell(row: Json) -> str:
            return ", ".join(field["name"] for field in row["fields"])

        yield from self._releases.section("model", "models", tell, self._model)

    def _model(self, old: Json, new: Json) -> Iterator[Change]:
        name = new["name"]
        thing = Thing("model", "", name)
        yield from self._releases.moved(thing, old, new)
        for about in ("deprecated", "extra"):
            yield from thing.differs(about, old.get(about, "no"), new.get(about, "no"), False)
        takes = name in self._filled
        gives = name in self._read or not takes  # what no operation mentions is to be read
        fields = old["fields"], new["fields"]
        yield from self._releases.slots("field", name, fields, takes, gives)


def compare_typed_dicts(releases: Releases) -> Iterator[Change]:
    """TypedDicts where they do not share the fate of their model."""
    before, after = (
        {row["mirrors"]: row for row in schema.content["typed_dicts"]}
        for schema in (releases.old, releases.new)
    )
    names = releases.renames["model"]
    twins = {names.get(model, model): row for model, row in before.items()}
    for model, row in twins.items():
        if model in releases.new.types["model"] and model not in after:
            yield Change("typed dict", "", row["name"], "removed", breaking=True)
    for model, row in after.items():
        if model in twins:
            yield from compare_keys(twins[model], row, releases.new.types["model"][model])
        elif model in releases.old.types["model"]:
            yield Change("typed dict", "", row["name"], "added")


def compare_keys(old: Json, new: Json, model: Json) -> Iterator[Change]:
    """Keys that must be given in one release and not in the other, where
    the model's field does not say so itself."""
    before, fields = by_name(old["keys"]), by_name(model["fields"])
    for row in new["keys"]:
        was, now = before.get(row["name"], row)["required"], row["required"]
        if now != fields.get(row["name"], {}).get("required", False):
            thing = Thing("key", new["name"], row["name"])
            yield from thing.differs("required", was, now, breaking=now)


def compare_enums(releases: Releases) -> Iterator[Change]:
    """Enums and their members."""

    def tell(row: Json) -> str:
        return ", ".join(str(member["value"]) for member in row["members"])

    def differences(old: Json, new: Json) -> Iterator[Change]:
        thing = Thing("enum", "", new["name"])
        yield from releases.moved(thing, old, new)
        yield from thing.differs("base", old["base"], new["base"])
        yield from thing.differs("open", old["open"], new["open"], breaking=not new["open"])
        yield from compare_members(new["name"], old["members"], new["members"])

    yield from releases.section("enum", "enums", tell, differences)


def compare_members(enum: str, old: list[Json], new: list[Json]) -> Iterator[Change]:
    """Members by name."""
    before, after = by_name(old), by_name(new)
    for name, row in before.items():
        if name not in after:
            yield Change("member", enum, name, "removed", "", str(row["value"]), "", True)
        else:
            values = row["value"], after[name]["value"]
            yield from Thing("member", enum, name).differs("value", *values)
    for name, row in after.items():
        if name not in before:
            yield Change("member", enum, name, "added", after=str(row["value"]))


def compare_unions(releases: Releases) -> Iterator[Change]:
    """Unions of models; those of TypedDicts mirror them."""

    def tell(row: Json) -> str:
        return " | ".join(type_text(variant["type"]) for variant in row["variants"])

    def differences(old: Json, new: Json) -> Iterator[Change]:
        thing = Thing("union", "", new["name"])
        yield from releases.moved(thing, old, new)
        was, now = (row.get("discriminator", "none") for row in (old, new))
        yield from thing.differs("discriminator", was, now)
        yield from compare_variants(releases, old, new)

    before, after = (
        [row for row in schema.content["unions"] if not row["name"].endswith(MIRROR)]
        for schema in (releases.old, releases.new)
    )
    for item in releases.rows("union", before, after, tell):
        if isinstance(item, Change):
            yield item
        else:
            yield from differences(*item)


def compare_variants(releases: Releases, old: Json, new: Json) -> Iterator[Change]:
    """Variants of a union by their types."""
    before = {type_text(releases.type(v["type"])): v.get("tag", "") for v in old["variants"]}
    after = {type_text(v["type"]): v.get("tag", "") for v in new["variants"]}
    for name, tag in before.items():
        if name not in after:
            yield Change("variant", new["name"], name, "removed", "", tag, "", True)
        else:
            yield from Thing("variant", new["name"], name).differs("tag", tag, after[name])
    for name, tag in after.items():
        if name not in before:
            yield Change("variant", new["name"], name, "added", after=tag)
