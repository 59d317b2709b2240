"""An example call for each operation, with everything in it that has to be given."""

from __future__ import annotations

import json
from typing import Any

from clerk_schema.notation import Type, parse

Row = dict[str, Any]

# What stands for a text, by how the argument's name ends.
TEXTS = (
    ("email_address", "ada@example.com"),
    ("phone_number", "+15555550100"),
    ("first_name", "Ada"),
    ("last_name", "Lovelace"),
    ("url", "https://example.com"),
    ("domain", "example.com"),
    ("name", "Example"),
    ("slug", "example"),
)
FIXED = {
    "int": "1",
    "float": "1.0",
    "bool": "True",
    "any": "{}",
    "datetime": "datetime(2026, 1, 2)",
    "date": "date(2026, 1, 2)",
    "content": 'b"..."',
}


class Examples:
    """Writes example values and calls."""

    def __init__(self, schema: Row) -> None:
        self._models = {row["name"]: row for row in schema["models"]}
        self._enums = {row["name"]: row for row in schema["enums"]}
        self._unions = {row["name"]: row for row in schema["unions"]}

    def call(self, row: Row) -> str:
        """`clerk.users.get(user_id="user_1")`"""
        given = [
            f"{item['name']}={self._value(item['name'], parse(item['type']))}"
            for item in row["parameters"]
            if item.get("required") or self._is_page(item)
        ]
        return f"clerk.{row['group']}.{row['name']}({', '.join(given)})"

    def _is_page(self, item: Row) -> bool:
        """A request that may be left out, but has a limit worth showing."""
        model = self._models.get(parse(item["type"]).name, {"fields": []})
        return item["place"] == "request" and any(
            field["name"] == "limit" for field in model["fields"]
        )

    def _value(self, name: str, what: Type) -> str:
        if what.kind == "str":
            return json.dumps(_text(name))
        if what.kind == "const":
            return repr(json.loads(what.name))
        if what.kind == "enum":
            return json.dumps(self._enums[what.name]["members"][0]["value"])
        if what.kind == "model":
            return self._model(what.name)
        if what.kind == "union":
            return self._value(name, parse(self._unions[what.name]["variants"][0]["type"]))
        if what.item is not None:
            item = self._value(name, what.item)
            return f"[{item}]" if what.kind == "list" else f'{{"key": {item}}}'
        return FIXED[what.kind]

    def _model(self, name: str) -> str:
        """A dict, which is taken wherever a model is."""
        fields = self._models[name]["fields"]
        needed = [field for field in fields if field.get("required")]
        needed = needed or [field for field in fields if field["name"] == "limit"]
        inner = (
            f'"{row["name"]}": {self._value(row["name"], parse(row["type"]))}' for row in needed
        )
        return f"{{{', '.join(inner)}}}"


def _text(name: str) -> str:
    if name.endswith("_id"):
        stem = name.removesuffix("_id")
        return f"{ {'organization': 'org', 'session': 'sess'}.get(stem, stem) }_1"
    return next((text for ending, text in TEXTS if name.endswith(ending)), "...")
