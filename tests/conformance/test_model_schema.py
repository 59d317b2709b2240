"""JSON Schema of every model: the reference's without what only describes its own type aliases,
and what pydantic writes for ours."""

from __future__ import annotations

from typing import Any

import clerk_backend_api
import pytest
from pydantic import TypeAdapter

import clerk_c

from .test_check import model_names

SENTINEL = "~?~unset~?~sentinel~?~"


class Reader:
    """Puts the aliases Nullable[...] and OptionalNullable[...] in place of references to them,
    and leaves the class Unset out, which stands for a field that was not given."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.definitions = schema.get("$defs", {})

    def read(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self.read(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        name = schema.get("$ref", "").removeprefix("#/$defs/")
        if name.startswith(("Nullable_", "OptionalNullable_")):
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return self.read({**self.definitions[name], **rest})
        made = {
            key: self.read(value)
            for key, value in schema.items()
            if (key, value) != ("default", SENTINEL) and key not in ("description", "$defs")
        }
        if "anyOf" in made:
            made.update(self.any_of(made.pop("anyOf")))
        return made

    def any_of(self, choices: list[Any]) -> dict[str, Any]:
        """Choices inside choices are choices; null is the last; {} is everything."""
        kept: list[Any] = []
        for choice in choices:
            inner = choice["anyOf"] if set(choice) == {"anyOf"} else [choice]
            kept += [one for one in inner if one not in kept]
        kept = [one for one in kept if one != {"$ref": "#/$defs/Unset"}]
        null = {"type": "null"}
        if null in kept:
            kept.remove(null)
            kept.append(null)
        return {} if {} in kept else {"anyOf": kept}


def simple(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema and its definitions in a form that can be compared; titles of fields are left out,
    which the aliases lose."""
    reader = Reader(schema)
    made = {"": reader.read(schema)}
    for name, definition in reader.definitions.items():
        if not name.startswith(("Nullable_", "OptionalNullable_")) and name != "Unset":
            made[name] = reader.read(definition)
    for definition in made.values():
        properties = definition.get("properties", {})
        if "" in properties:  # content of a file has no name on the wire
            properties["content"] = properties.pop("")
            definition["required"].remove("")
            definition["required"].append("content")
        for field in properties.values():
            field.pop("title", None)
    return made


@pytest.mark.parametrize("by_alias", [True, False])
def test_same_as_the_reference(by_alias: bool) -> None:
    for name in model_names():
        theirs = getattr(clerk_backend_api.models, name)
        expected = theirs.model_json_schema(by_alias=by_alias)
        got = getattr(clerk_c.models, name).model_json_schema(by_alias=by_alias)
        assert simple(got) == simple(expected), name


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_same_as_pydantic_writes_for_ours() -> None:
    for name in model_names():
        model = getattr(clerk_c.models, name)
        for mode in ("validation", "serialization"):
            written = TypeAdapter(model).json_schema(mode=mode)  # type: ignore[arg-type]
            assert simple(written) == simple(model.model_json_schema()), name
