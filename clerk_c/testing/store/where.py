"""Conditions of a search, as SQL with bound values.

Only text of this package becomes SQL; what a request brings is always a bound value.
"""

from __future__ import annotations

from typing import Any

from clerk_c.testing.store.database import dump

ONE_OF = "IN (SELECT value FROM json_each(?))"
LIKE = r"LIKE ? ESCAPE '\'"


def contains(text: str) -> str:
    """A LIKE pattern for a part of a value."""
    for special in "\\%_":
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


class Where:
    """Conditions that hold together, and the values bound in them."""

    def __init__(self) -> None:
        self.conditions: list[str] = ["1"]
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values += values

    def signed(self, condition: str, values: list[str]) -> None:
        """Values to include, and with a leading minus sign values to exclude."""
        excluded = [value[1:] for value in values if value[0] == "-"]
        included = [value.removeprefix("+") for value in values if value[0] != "-"]
        if included:
            self.add(condition, dump(included))
        if excluded:
            self.add(f"NOT coalesce({condition}, 0)", dump(excluded))

    @property
    def sql(self) -> str:
        return " AND ".join(self.conditions)
