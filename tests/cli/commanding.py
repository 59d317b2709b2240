"""Commands of a test, and who types them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import NamedTuple

from clerk_c.cli import catalogue
from clerk_c.cli.catalogue import Operation


def all_operations() -> list[Operation]:
    return [
        Operation(group, name, function)
        for group in catalogue.groups()
        for name, function in catalogue.operations(group).items()
    ]


class Done(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


class Terminal(io.StringIO):
    """Standard input of somebody who types."""

    def isatty(self) -> bool:
        return True


class Piped(io.TextIOWrapper):
    """Standard input from a pipe."""

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="utf-8")


Cli = Callable[..., Done]
