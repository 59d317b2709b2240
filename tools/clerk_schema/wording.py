"""Parts of the schema as a Python programmer would write them."""

from __future__ import annotations

import json
from typing import Any

from .notation import Type, parse

Json = dict[str, Any]
SPECIAL = {
    "any": "Any",
    "content": "bytes | IO[bytes]",
    "datetime": "datetime",
}


def type_text(notation: str) -> str:
    """list[model:User]|null as list[User] | None."""
    return _type(parse(notation))


def _type(type_: Type) -> str:
    if type_.kind == "const":
        text = f"Literal[{type_.name}]"
    elif type_.kind == "dict" and type_.item is not None:
        text = f"dict[str, {_type(type_.item)}]"
    elif type_.item is not None:
        text = f"{type_.kind}[{_type(type_.item)}]"
    else:
        text = type_.name or SPECIAL.get(type_.kind, type_.kind)
    return text + " | None" * type_.null + " | UNSET" * type_.unset


def default_text(value: Any) -> str:
    """A default as it stands in a signature."""
    if value == {"unset": True}:
        return "UNSET"
    if isinstance(value, dict):
        return str(value.get("member") or f"{value['model']}()")
    return json.dumps(value) if isinstance(value, str) else repr(value)


def signature_text(row: Json) -> str:
    """An operation as it is called, what it gives and where it goes."""
    words = (
        row["name"] if row.get("required") else f"{row['name']}={default_text(row['default'])}"
        for row in row["parameters"]
    )
    result = type_text(row["result"]) if row["result"] else "None"
    return f"({', '.join(words)}) -> {result}, {row['method']} {row['path']}"


def outcome_text(response: Json) -> str:
    """What a program gets when an answer falls under the row."""
    kind = response["outcome"]
    if kind == "json":
        return f"returns {type_text(response['type'])}"
    if kind == "error":
        return f"raises {response['error']}"
    return "returns None" if kind == "none" else "raises SDKError"
