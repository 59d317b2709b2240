"""Writing the schema: JSON with one row to a line, so that the difference
between two releases reads well."""

from __future__ import annotations

import json
from typing import Any

INDENT = " "


def is_row(value: Any) -> bool:
    """True for what goes on one line: nothing in it holds objects, or lists
    of lists."""
    if isinstance(value, dict):
        return all(is_plain(item) for item in value.values())
    return is_plain(value)


def is_plain(value: Any) -> bool:
    """A scalar, a list of scalars, or a mark such as {"unset": true}."""
    if isinstance(value, list):
        return not any(isinstance(item, (dict, list)) for item in value)
    if isinstance(value, dict):
        return len(value) <= 1 and not any(
            isinstance(item, (dict, list)) for item in value.values()
        )
    return True


def render(value: Any, depth: int = 0) -> str:
    """JSON text of value without a final newline."""
    if is_row(value):
        return json.dumps(value, ensure_ascii=False)
    pad = INDENT * (depth + 1)
    if isinstance(value, list):
        items = [render(item, depth + 1) for item in value]
        opening, closing = "[", "]"
    else:
        items = [f"{json.dumps(key)}: {render(item, depth + 1)}" for key, item in value.items()]
        opening, closing = "{", "}"
    body = ",\n".join(pad + item for item in items)
    return f"{opening}\n{body}\n{INDENT * depth}{closing}"
