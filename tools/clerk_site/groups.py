"""A page for each group of operations, and the list of all of them."""

from __future__ import annotations

import re
from typing import Any

from .examples import Examples
from .words import code, presence, table, type_text

Row = dict[str, Any]
PLACES = {"path": "path", "query": "query", "body": "body", "body_field": "body", "request": ""}


class GroupPages:
    """Makes the pages of all groups."""

    def __init__(self, schema: Row) -> None:
        self._schema = schema
        self._examples = Examples(schema)

    def pages(self) -> dict[str, str]:
        """Texts by their path under docs/."""
        made = {"reference/index.md": self._index()}
        for group in self._schema["groups"]:
            made[f"reference/{group['attribute']}.md"] = self._group(group)
        return made

    def operations(self, group: str) -> list[Row]:
        """The operations of a group."""
        return [row for row in self._schema["operations"] if row["group"] == group]

    def _index(self) -> str:
        rows = [
            [
                f"[{group['attribute']}]({group['attribute']}.md)",
                ", ".join(
                    f"[{row['name']}]({row['group']}.md#{row['name']})"
                    for row in self.operations(group["attribute"])
                ),
            ]
            for group in self._schema["groups"]
        ]
        return (
            "# Reference\n\n"
            f"The {len(self._schema['operations'])} operations in {len(rows)} groups, the "
            "[models](models.md), [enums](enums.md), [unions](unions.md) and [errors](errors.md), "
            "made from the tables that the library itself is made from. What an endpoint is for, "
            "Clerk's documentation of the Backend API says.\n\n"
            "Arguments are given by name. Every operation also takes `retries`, `server_url`, "
            "`timeout_ms` (milliseconds) and `http_headers`, and has an asynchronous twin with "
            "`_async` at its end. A dict is taken wherever a model is.\n\n"
            + table(["group", "operations"], rows)
        )

    def _group(self, group: Row) -> str:
        name = group["attribute"]
        return f"# clerk.{name}\n\n" + "".join(map(self._operation, self.operations(name)))

    def _operation(self, row: Row) -> str:
        name = row["name"]
        notes = [f"`{row['method']} {row['path']}`"]
        if not row["security"]:
            notes.append("needs no key")
        if row["deprecated"]:
            notes.append("**deprecated**")
        result = "nothing" if row["result"] is None else type_text(row["result"], "")
        return (
            f"## {name} {{#{name}}}\n\n{', '.join(notes)}\n\n"
            f"```python\n{_wrapped(self._examples.call(row))}\n```\n\n"
            f"{self._parameters(row)}"
            f"Gives: {result}. Twin: `{name}_async`.\n\n{self._errors(row)}"
        )

    def _parameters(self, row: Row) -> str:
        rows = [
            [
                code(item["name"]) + (" (deprecated)" if item.get("deprecated") else ""),
                type_text(item["type"], ""),
                presence(item),
                _place(item),
            ]
            for item in row["parameters"]
        ]
        return table(["argument", "type", "if not given", "goes into"], rows) if rows else ""

    def _errors(self, row: Row) -> str:
        rows = [
            [", ".join(answer["status"]), f"[{answer['error']}](errors.md#{answer['error']})"]
            for answer in row["responses"]
            if answer["outcome"] == "error"
        ]
        rows.append(["any other", "[SDKError](errors.md#SDKError)"])
        return table(["status", "error"], rows)


def _place(item: Row) -> str:
    place = PLACES[item["place"]]
    wire = item.get("wire_name", item["name"])
    return f"{place}, as {code(wire)}" if wire != item["name"] else place


def _wrapped(call: str) -> str:
    """A long call with an argument on each line."""
    needs = "from datetime import datetime\n\n" if "datetime(" in call else ""
    if len(call) <= 76:
        return needs + call
    head, _, rest = call.partition("(")
    parts = re.split(r", (?=\w+=)", rest[:-1])
    return f"{needs}{head}(\n" + "".join(f"    {part},\n" for part in parts) + ")"
