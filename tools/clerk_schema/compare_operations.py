"""Changes of operations, their parameters and their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .changes import Change, Releases, Thing
from .renames import Json
from .wording import outcome_text, signature_text

# What a program does not notice in its own text: aspect, and how a row tells it.
FACTS: dict[str, Callable[[Json], Any]] = {
    "route": lambda row: f"{row['method']} {row['path']}",
    "operation id": lambda row: row["operation_id"],
    "deprecated": lambda row: row["deprecated"],
    "accept": lambda row: row["accept"],
    "authorized": lambda row: row["security"],
    "body": lambda row: (row["body"] or {}).get("kind", "none"),
    "body required": lambda row: (row["body"] or {}).get("required", False),
    "error codes": lambda row: ", ".join(row["error_codes"]),
    "retry codes": lambda row: ", ".join(row["retry_codes"]),
    "tags": lambda row: ", ".join(row["tags"]),
}


def compare_operations(releases: Releases) -> Iterator[Change]:
    """Operations by the name under which a program calls them."""
    old, new = (
        [{**row, "name": name} for name, row in schema.operations.items()]
        for schema in (releases.old, releases.new)
    )
    facts = dict(FACTS)
    if not all(any(row["tags"] for row in side) for side in (old, new)):
        del facts["tags"]  # releases before 7 have none
    for item in releases.rows("operation", old, new, signature_text):
        if isinstance(item, Change):
            yield item
            continue
        before, after = item
        thing = Thing("operation", "", after["name"])
        for about, fact in facts.items():
            yield from thing.differs(about, fact(before), fact(after), breaking=False)
        parameters = before["parameters"], after["parameters"]
        yield from releases.slots("parameter", thing.name, parameters, takes=True, gives=False)
        yield from compare_outcomes(releases, before, after)


def compare_outcomes(releases: Releases, old: Json, new: Json) -> Iterator[Change]:
    """What a status leads to. Statuses with the same change are told
    together."""
    before, after = by_status(releases, old), by_status(releases, new)
    together: dict[tuple[str, str], list[str]] = {}
    for status in sorted({*before, *after}):
        texts = before.get(status, ""), after.get(status, "")
        if texts[0] != texts[1]:
            together.setdefault(texts, []).append(status)
    for (was, now), statuses in together.items():
        sign = "added" if not was else "changed" if now else "removed"
        breaking = was not in ("", f"{now} | None")  # new, or never None any more
        yield Change("outcome", new["name"], ", ".join(statuses), sign, "", was, now, breaking)


def by_status(releases: Releases, row: Json) -> dict[str, str]:
    """What each status, or class of statuses, leads to."""
    found: dict[str, str] = {}
    for response in row["responses"]:
        if "type" in response:
            response = {**response, "type": releases.type(response["type"])}
        for status in response["status"]:
            found.setdefault(status, outcome_text(response))
    return found
