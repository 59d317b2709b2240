"""The embedded server answers every operation of the reference with what its models accept.

Each operation is called twice through the reference's client: with no more than it requires,
and with every argument that it takes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clerk_backend_api import Clerk
from clerk_backend_api.utils import BackoffStrategy, RetryConfig
from server_arguments import BEFORE, BY_NAME, BY_PLACE, NEEDED, OMITTED, PRODUCTION
from server_world import World

from clerk_c.testing import Server

# The reference touches deprecated fields of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

SCHEMA = json.loads((Path(__file__).parents[2] / "schema" / "clerk.json").read_text())
OPERATIONS = {f"{row['group']}.{row['name']}": row for row in SCHEMA["operations"]}
ROWS = {kind: {row["name"]: row for row in SCHEMA[kind]} for kind in ("models", "enums", "unions")}
ONCE = RetryConfig("backoff", BackoffStrategy(1, 1, 1, -1), False)
PLAIN = {"str": "text", "int": 100, "float": 100, "bool": True, "any": {"a": 1}}


class Arguments:
    """Arguments of one operation, out of a world."""

    def __init__(self, place: str, world: World, *, full: bool) -> None:
        self.place = place
        self.world = world
        self.full = full

    def of(self, parameters: list[dict[str, Any]]) -> dict[str, Any]:
        omitted = OMITTED.get(self.place, set())
        needed = NEEDED.get(self.place, set())
        return {
            row["name"]: self.value(row["name"], row["type"])
            for row in parameters
            if row.get("required")
            or row["name"] in needed
            or (self.full and row["name"] not in omitted)
        }

    def request(self, row: dict[str, Any]) -> Any:
        """A whole request, which the operation cannot do without."""
        return self.value(row["name"], row["type"])

    def value(self, name: str, notation: str) -> Any:
        make = BY_PLACE.get(f"{self.place}.{name}") or BY_NAME.get(name)
        text = re.sub(r"\|(null|unset)", "", notation)
        if make is not None:
            made = make(self.world)
            return [made] if text.startswith("list[") and not isinstance(made, list) else made
        kind, _, rest = text.partition(":")
        if text.startswith("list["):
            return [self.value(name, text[5:-1])]
        if text.startswith("dict["):
            return {"key": self.value("", text[5:-1])} if text != "dict[any]" else {"a": {"b": 1}}
        if kind == "model":
            return self.of(ROWS["models"][rest]["fields"])
        if kind == "union":
            return self.value(name, ROWS["unions"][rest]["variants"][0]["type"])
        if kind == "enum":
            return ROWS["enums"][rest]["members"][0]["value"]
        return json.loads(rest) if kind == "const" else PLAIN[kind]


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, tuple[Server, Clerk]]]:
    """A server of each environment with a client that never retries."""
    found = {}
    for environment in ("development", "production"):
        server = Server(environment=environment)
        key = {"bearer_auth": server.secret_key, "server_url": server.url}
        found[environment] = (server, Clerk(**key, retry_config=ONCE))
    yield found
    for server, clerk in found.values():
        clerk.sdk_configuration.client.close()
        server.close()


@pytest.mark.parametrize("full", [False, True], ids=["required", "full"])
@pytest.mark.parametrize("place", OPERATIONS)
def test_operation(running: Any, place: str, full: bool) -> None:
    server, clerk = running["production" if place in PRODUCTION else "development"]
    server.store.reset()
    world, row = World(server, clerk), OPERATIONS[place]
    if place in BEFORE:
        BEFORE[place](world)
    arguments = Arguments(place, world, full=full)
    given = arguments.of(row["parameters"])
    for parameter in row["parameters"]:
        if parameter["place"] == "request":
            given[parameter["name"]] = arguments.request(parameter)
    if place == "m2m.create_token":
        server, clerk = (
            server,
            Clerk(bearer_auth=world.machine.secret_key, server_url=server.url, retry_config=ONCE),
        )
    group = getattr(clerk, row["group"])
    result = getattr(group, row["name"])(**given)
    expected = next(r for r in row["responses"] if r["outcome"] in ("json", "none"))
    assert str(server.requests[-1].status) in expected["status"]
    assert (result is None) == (expected["outcome"] == "none")
