"""The same call through the reference and through clerk_c, and what came of both in one form."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import clerk_backend_api
from recorder import Recorded, Recorder

import clerk_c
from clerk_c.types import UNSET

Make = Callable[[Any], dict[str, Any]]  # of a package: keyword arguments
KEY = "sk_test_conformance"
SCALARS = frozenset((str, int, float, bool, type(None)))
COMPARED_HEADERS = (
    "content-length",
    "accept",
    "authorization",
    "clerk-api-version",
    "x-clerk-sdk",
)


def plain(value: Any) -> Any:
    """A value of either package in one form that can be compared and read."""
    if type(value) in SCALARS:
        return (type(value).__name__, repr(value))
    if value is UNSET or type(value).__name__ == "Unset":  # the reference copies its own
        return "UNSET"
    if isinstance(value, Enum):
        return ("enum", type(value).__name__, value.name, value.value)
    if isinstance(value, (clerk_c.BaseModel, clerk_backend_api.types.BaseModel)):
        fields = {name: plain(item) for name, item in value}
        # the reference iterates over extras too, after the fields
        # an object where text or UNSET is due reads as UNSET; theirs then counts it as set
        given = sorted(name for name in value.model_fields_set if fields[name] != "UNSET")
        return (type(value).__name__, fields, given, plain(value.model_extra))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(plain, value)]
    if isinstance(value, datetime):
        return ("datetime", value.isoformat())  # the reference has a tzinfo of its own
    return (type(value).__name__, repr(value))


@dataclass
class Outcome:
    """What one call sent and what came of it."""

    requests: list[Recorded]
    value: Any = None
    error: BaseException | None = None
    warned: list[str] = field(default_factory=list)

    def sent(self) -> Any:
        """What was sent, apart from a boundary."""
        return [
            (
                request.method,
                request.target,
                request.plain_body(),
                request.plain_type(),
                [request.one(name) for name in COMPARED_HEADERS],
            )
            for request in self.requests
        ]


class Pair:
    """A client of each package on one recording server."""

    def __init__(self) -> None:
        self.server = Recorder()
        self.theirs = clerk_backend_api.Clerk(bearer_auth=KEY, server_url=self.server.url)
        options = {"response_validation": "strict", "retry_config": None}
        self.ours = clerk_c.Clerk(KEY, server_url=self.server.url, **options)

    def close(self) -> None:
        self.theirs.__exit__(None, None, None)
        self.ours.close()
        self.server.close()

    def call(self, client: Any, row: dict[str, Any], make: Make) -> Outcome:
        """Calls an operation with what make(package) returns."""
        package = clerk_c if isinstance(client, clerk_c.Clerk) else clerk_backend_api
        self.server.requests.clear()
        outcome = Outcome(self.server.requests)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                outcome.value = self.invoke(client, row, make(package))
            except Exception as error:
                outcome.error = error
        outcome.requests = list(self.server.requests)
        outcome.warned = [str(warning.message) for warning in caught]
        return outcome

    def invoke(self, client: Any, row: dict[str, Any], arguments: dict[str, Any]) -> Any:
        return getattr(getattr(client, row["group"]), row["name"])(**arguments)

    def both(self, row: dict[str, Any], make: Make) -> tuple[Outcome, Outcome]:
        """The outcome of the reference and that of clerk_c."""
        return self.call(self.theirs, row, make), self.call(self.ours, row, make)
