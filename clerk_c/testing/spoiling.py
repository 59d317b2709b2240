"""Changes to an answer's JSON that make it other than documented."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def replaced(member: str, value: Any) -> Callable[[Any], None]:
    """Puts `value` in the place of what a member holds."""
    return _changing(member, lambda owner, name: owner.__setitem__(name, value))


def without(member: str) -> Callable[[Any], None]:
    """Takes a member away."""
    return _changing(member, lambda owner, name: owner.__delitem__(name))


def _changing(member: str, act: Callable[[dict[str, Any], str], None]) -> Callable[[Any], None]:
    if not isinstance(member, str):
        raise TypeError(f"member must be str, not {type(member).__name__!r}")
    *above, last = member.split(".")
    if not all((*above, last)):
        raise ValueError("member must be a name, or names with dots between them")

    def change(answer: Any) -> None:
        owners = _at(answer, above) if above else _everywhere(answer)
        found = [owner for owner in owners if last in owner]
        if not found:
            raise LookupError(f"the answer has no {member!r}")
        for owner in found:
            act(owner, last)

    return change


def _everywhere(value: Any) -> Iterator[dict[str, Any]]:
    """All objects within a value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _everywhere(item)


def _at(value: Any, names: list[str]) -> Iterator[dict[str, Any]]:
    """The objects that a path leads to, through each element of lists."""
    if isinstance(value, list):
        for item in value:
            yield from _at(item, names)
    elif isinstance(value, dict):
        if not names:
            yield value
        elif names[0] in value:
            yield from _at(value[names[0]], names[1:])
