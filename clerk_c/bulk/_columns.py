"""From the columns of a row to the arguments of an operation."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .. import _core
from .errors import ColumnError

_WRAPPERS = ("OptionalNullable[", "Optional[", "Nullable[", "Union[")


class RowError(Exception):
    """What is wrong with one row."""


class Columns:
    """What the columns of a job mean.

    `renamed` maps columns to parameters, or to None for those that are not sent. `fixed` are the
    arguments of all rows. Cells of text are read for the parameter that they are meant for.
    """

    def __init__(
        self,
        operation: Mapping[str, Any],
        renamed: Mapping[str, str | None],
        fixed: Mapping[str, Any],
        key: str | None,
        is_text: bool,
    ) -> None:
        self.name = f"{operation['group']}.{operation['name']}"
        self._renamed = dict(renamed)
        self._fixed = dict(fixed)
        self._is_text = is_text
        self._in_request, self.parameters = parameters_of(operation)
        self._required = {name for name, _, needed, _ in operation["parameters"] if needed}
        if key is not None and key not in self.parameters:
            self._renamed.setdefault(key, None)
        self._check_settings()

    def _check_settings(self) -> None:
        for column, target in self._renamed.items():
            if target is not None and target.partition(".")[0] not in self.parameters:
                raise ColumnError(f"columns: {column!r}: " + self._unknown(target))
        for name in self._fixed:
            if name not in self.parameters:
                raise ColumnError("arguments: " + self._unknown(name))

    def check_header(self, columns: Iterable[str]) -> None:
        """Raises ColumnError for all columns at once that no row could be sent with."""
        columns = [column for column in columns if not column.startswith("#")]
        problems = [text for text in map(self._problem, columns) if text]
        if not self._in_request:
            targets = {str(self._renamed.get(c, c)).partition(".")[0] for c in columns}
            missing = sorted(self._required - targets - self._fixed.keys())
            problems += [f"there is no column {name!r}, which is needed" for name in missing]
        if problems:
            raise ColumnError(f"{self.name}: " + "; ".join(problems))

    def _problem(self, column: str) -> str:
        target = self._renamed.get(column, column)
        if target is None:
            return ""
        head, dot, _ = target.partition(".")
        if head in self._fixed:
            return f"column {column!r}: {head!r} is among the arguments of all rows"
        if head not in self.parameters:
            return self._unknown(target, column)
        if dot and not _is_object(self.parameters[head]):
            return f"column {column!r}: {head!r} has nothing inside"
        return ""

    def _unknown(self, target: str, column: str | None = None) -> str:
        head = target.partition(".")[0]
        hint = _hint(head, tuple(self.parameters))
        what = f"there is no parameter {head!r}"
        if column is not None:
            what = f"column {column!r} is no parameter of {self.name}"
        return what + hint

    def bind(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments for one row. Raises RowError."""
        found: dict[str, Any] = {}
        problems = []
        for column, value in data.items():
            if column.startswith("#"):
                continue
            problem = self._problem(column)
            if problem:
                problems.append(problem)
                continue
            target = self._renamed.get(column, column)
            if target is not None and not (self._is_text and value == ""):
                self._put(found, target, value, problems)
        if problems:
            raise RowError("; ".join(problems))
        if not found and self.parameters:
            raise RowError("has no values")
        found = {**self._fixed, **found}
        return {"request": found} if self._in_request else found

    def _put(self, found: dict[str, Any], target: str, value: Any, problems: list[str]) -> None:
        head, *inner = target.split(".")
        try:
            if self._is_text:
                value = read_cell(value, "Any" if inner else self.parameters[head])
        except (ValueError, RecursionError) as error:
            problems.append(f"{target}: {error}")
            return
        place = found
        for name in (head, *inner)[:-1]:
            place = place.setdefault(name, _Nest())
            if not isinstance(place, _Nest):
                break
        last = inner[-1] if inner else head
        if last in place or (inner and not isinstance(place, _Nest)):
            problems.append(f"{target}: stands there twice")
        else:
            place[last] = value


@functools.lru_cache(maxsize=100)  # the same for row after row
def _hint(name: str, known: tuple[str, ...]) -> str:
    from ..tables._columns import nearest

    near = nearest(name, known)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


class _Nest(dict[str, Any]):
    """What columns with dots in their names make; never an object of the program's own."""


def parameters_of(operation: Mapping[str, Any]) -> tuple[bool, dict[str, str]]:
    """Are they the fields of a `request`? And their types by name."""
    found = {name: text for name, text, _, _ in operation["parameters"]}
    kind = _bare(found["request"]) if len(found) == 1 and "request" in found else ""
    if kind.startswith("models."):
        fields = getattr(_core.export(kind.removeprefix("models.")), "model_fields", None)
        if fields:
            return True, {name: str(field.annotation) for name, field in fields.items()}
    return False, found


def _bare(text: str) -> str:
    """A type without what says that it may be absent; of a union the first."""
    text = text.replace("typing.", "")
    while text.startswith(_WRAPPERS):
        text = text.partition("[")[2].removesuffix("]")
    text = text.removeprefix("<class '").removesuffix("'>")
    return text if "[" in text else text.partition(",")[0]


def _is_object(text: str) -> bool:
    return "Dict[" in text or "dict[" in text or "Any" in text or "models." in text


def read_cell(cell: str, kind: str) -> Any:
    """A cell of text, for a parameter of this kind."""
    kind = _bare(kind)
    if kind == "str":
        return cell
    if cell[:1] in ("{", "["):
        try:
            return json.loads(cell)
        except ValueError as error:
            raise ValueError(f"not JSON: {error.args[0]}") from None
    if kind.startswith(("List[", "list[")):
        return [cell]
    return cell
