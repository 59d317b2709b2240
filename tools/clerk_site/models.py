"""A page for each model, and one each for all enums, unions and errors."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from clerk_schema.notation import Type, parse

from .words import code, presence, table, type_text

Row = dict[str, Any]


class ModelPages:
    """Makes the pages of everything in clerk_c.models."""

    def __init__(self, schema: Row) -> None:
        self._schema = schema
        self._enums = {row["name"]: row for row in schema["enums"]}
        self._unions = [row for row in schema["unions"] if not row["name"].endswith("TypedDict")]
        self._users = _users(schema)

    def pages(self) -> dict[str, str]:
        """Texts by their path under docs/."""
        made = {
            "reference/models.md": self._index(),
            "reference/enums.md": self._all_enums(),
            "reference/unions.md": self._all_unions(),
            "reference/errors.md": self._all_errors(),
        }
        for row in self._schema["models"]:
            made[f"reference/models/{row['name']}.md"] = self._model(row)
        return made

    def _index(self) -> str:
        letters = defaultdict(list)
        for row in sorted(self._schema["models"], key=lambda row: str(row["name"]).lower()):
            letters[row["name"][0].upper()].append(f"- [{row['name']}](models/{row['name']}.md)\n")
        listed = "".join(f"## {first}\n\n{''.join(rows)}\n" for first, rows in letters.items())
        return (
            f"# Models\n\nThe {len(self._schema['models'])} classes in `clerk_c.models`. Each has "
            "a TypedDict beside it, with `TypedDict` at the end of its name. What they can do is "
            f"in [Models](../models.md).\n\n{listed}"
        )

    def _model(self, row: Row) -> str:
        text = f"# {row['name']}\n\n{code('clerk_c.models.' + row['name'])}\n\n"
        if row.get("deprecated"):
            text += "**Deprecated.**\n\n"
        if row.get("extra") == "allow":
            text += "Other fields are kept, in `additional_properties`.\n\n"
        fields = [
            [
                code(field["name"]) + (" (deprecated)" if field.get("deprecated") else ""),
                type_text(field["type"], "../"),
                presence(field),
                self._values(parse(field["type"])),
            ]
            for field in row["fields"]
        ]
        heads = ["field", "type", "if not given", "values"]
        text += table(heads, fields) if fields else "It has no fields of its own.\n\n"
        users = sorted(self._users[row["name"]])
        return text + (f"Used by: {', '.join(users)}.\n" if users else "")

    def _values(self, what: Type) -> str:
        if what.item is not None:
            return self._values(what.item)
        if what.kind != "enum":
            return ""
        members = self._enums[what.name]["members"]
        shown = ", ".join(code(member["value"]) for member in members[:12])
        return shown + (f" and {len(members) - 12} more" if len(members) > 12 else "")

    def _all_enums(self) -> str:
        text = "# Enums\n\nAn open enum keeps values that it does not know when they are read.\n\n"
        for row in sorted(self._schema["enums"], key=lambda row: str(row["name"]).lower()):
            members = [[code(item["name"]), code(repr(item["value"]))] for item in row["members"]]
            kind = f"`{row['base']}`" + (", open" if row["open"] else "")
            text += f"## {row['name']} {{#{row['name']}}}\n\n{kind}\n\n"
            text += table(["member", "value"], members)
        return text

    def _all_unions(self) -> str:
        text = "# Unions\n\nOne of several models, told apart as said.\n\n"
        for row in self._unions:
            text += f"## {row['name']} {{#{row['name']}}}\n\n"
            tag = row.get("discriminator")
            text += f"By the field `{tag}`.\n\n" if tag else "By the fields that fit best.\n\n"
            variants = [
                [type_text(item["type"], ""), code(item["tag"]) if "tag" in item else ""]
                for item in row["variants"]
            ]
            text += table(["variant", "value of the field" if tag else ""], variants)
        return text

    def _all_errors(self) -> str:
        text = (
            "# Error classes\n\nAll in `clerk_c.models`. How to handle them: "
            "[Errors](../errors.md).\n\n"
        )
        for row in self._schema["errors"]:
            text += f"## {row['name']} {{#{row['name']}}}\n\nA kind of `{row['base']}`."
            text += f" `data`: {type_text(row['data'], '')}." if "data" in row else ""
            text += "\n\n"
        return text


def _users(schema: Row) -> dict[str, set[str]]:
    """For each model, links to what gives or takes it, seen from a model's page."""
    found: dict[str, set[str]] = defaultdict(set)

    def note(notation: str | None, link: str) -> None:
        what = parse(notation) if notation else None
        while what is not None and what.item is not None:
            what = what.item
        if what is not None and what.kind == "model":
            found[what.name].add(link)

    for row in schema["operations"]:
        link = f"[{row['group']}.{row['name']}](../{row['group']}.md#{row['name']})"
        for notation in (row["result"], *(item["type"] for item in row["parameters"])):
            note(notation, link)
    for row in schema["models"]:
        for field in row["fields"]:
            note(field["type"], f"[{row['name']}]({row['name']}.md)")
    return found
