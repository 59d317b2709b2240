"""What the embedded server needs of the schema: routes, bodies, answers.

One JSON document, a row to a line:

    operations  method, path, status and type of the answer, body, query, the
                statuses of errors; public: without authorization
    models      wire name -> type of each field; `?` after the name: optional
    enums       the values of a closed enum; an open one is a plain value
    unions      the types to choose from
"""

from __future__ import annotations

import re
from typing import Any

from clerk_schema.document import render

_NAMED = re.compile(r"\b(enum|model|union):(\w+)")
_SCALARS = {str: "str", int: "int", float: "float"}


class Interface:
    """The rows that the operations reach, collected from a schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._rows = {
            kind: {row["name"]: row for row in schema[f"{kind}s"]}
            for kind in ("enum", "model", "union")
        }
        self._found: dict[str, dict[str, Any]] = {"enum": {}, "model": {}, "union": {}}
        self._operations = [self._operation(row) for row in schema["operations"]]

    def text(self) -> str:
        """The document."""
        document = {
            "operations": self._operations,
            "models": dict(sorted(self._found["model"].items())),
            "enums": dict(sorted(self._found["enum"].items())),
            "unions": dict(sorted(self._found["union"].items())),
        }
        return render(document) + "\n"

    def _operation(self, row: dict[str, Any]) -> dict[str, Any]:
        answer = next(r for r in row["responses"] if r["outcome"] in ("json", "none"))
        body = row.get("body")
        result: dict[str, Any] = {
            "method": row["method"],
            "path": row["path"],
            "status": int(answer["status"][0]),
        }
        if "type" in answer:
            result["answer"] = self._type(answer["type"])
        if body is not None and body["kind"] == "json":
            result["body"] = self._type(body["type"])
        query = {
            p.get("wire_name", p["name"]): self._type(p["type"])
            for p in self._parameters(row)
            if p["place"] == "query"
        }
        refused = [r for r in row["responses"] if r["outcome"] == "error"]
        more = {
            "query": query,
            "errors": [int(status) for r in refused for status in r["status"]],
            "public": not row["security"],
        }
        return result | {name: value for name, value in more.items() if value}

    def _parameters(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The parameters, and those that one `request` parameter holds."""
        result = []
        for parameter in row["parameters"]:
            model = self._rows["model"].get(parameter["type"].partition(":")[2])
            if parameter["place"] == "request" and row.get("body") is None and model:
                result += [field for field in model["fields"] if "place" in field]
            else:
                result.append(parameter)
        return result

    def _type(self, notation: str) -> str:
        """The notation as it is, but for open enums; notes what it names."""
        for kind, name in _NAMED.findall(notation):
            row = self._rows[kind][name]
            if kind == "enum" and row["open"]:
                plain = _SCALARS[type(row["members"][0]["value"])]
                notation = re.sub(rf"\benum:{name}\b", plain, notation)
            elif name not in self._found[kind]:
                self._found[kind][name] = None  # before its content: types recur
                self._found[kind][name] = getattr(self, f"_{kind}")(row)
        return notation

    def _enum(self, row: dict[str, Any]) -> list[Any]:
        return [member["value"] for member in row["members"]]

    def _union(self, row: dict[str, Any]) -> list[str]:
        return [self._type(variant["type"]) for variant in row["variants"]]

    def _model(self, row: dict[str, Any]) -> dict[str, str]:
        fields = {
            field.get("alias", field["name"]) + ("" if field.get("required") else "?"): self._type(
                field["type"]
            )
            for field in row["fields"]
        }
        return fields | ({"*": "any"} if "extra" in row else {})


def interface(schema: dict[str, Any]) -> str:
    """The document as text."""
    return Interface(schema).text()


