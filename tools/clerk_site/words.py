"""Types and defaults of the schema as a reader of the site sees them, with links to their pages."""

from __future__ import annotations

import html
import json
from typing import Any

from clerk_schema.notation import Type, parse

SHOWN = {"any": "anything JSON", "content": "bytes, a file or an iterable of bytes"}


def type_text(notation: str, up: str) -> str:
    """A type in words. `up` leads from the page to the folder `reference`."""
    what = parse(notation)
    return _bare(what, up) + (" or `None`" if what.null else "")


def _bare(what: Type, up: str) -> str:
    if what.kind == "model":
        return f"[{what.name}]({up}models/{what.name}.md)"
    if what.kind in ("enum", "union"):
        return f"[{what.name}]({up}{what.kind}s.md#{what.name})"
    if what.kind == "const":
        return f"always `{json.loads(what.name)!r}`"
    if what.item is not None:
        item = _bare(what.item, up) + (" or `None`" if what.item.null else "")
        return f"list of {item}" if what.kind == "list" else f"dict of {item}"
    return SHOWN.get(what.kind, f"`{what.kind}`")


def presence(row: dict[str, Any]) -> str:
    """Whether a value has to be there, and what stands for it otherwise."""
    if row.get("required"):
        return "required"
    default = row.get("default")
    return "left out" if default is None or isinstance(default, dict) else f"`{default!r}`"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def code(text: object) -> str:
    """Text as code, in a cell of a table too."""
    return f"<code>{html.escape(str(text)).replace('|', '&#124;')}</code>"
