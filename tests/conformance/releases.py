"""Older releases for test_adopt.py: copies of schema/clerk.json in which one thing is otherwise,
each with what there is to tell of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).parents[2] / "schema/clerk.json"
TEXT = SCHEMA_FILE.read_text(encoding="utf-8")
NEW: dict[str, Any] = json.loads(TEXT)


def row(schema: Any, section: str, name: str, key: str = "name") -> Any:
    return next(item for item in schema[section] if item[key] == name)


def operation(schema: Any, group: str, name: str) -> Any:
    rows = (item for item in schema["operations"] if item["group"] == group)
    return next(item for item in rows if item["name"] == name)


def older(edit: Callable[[Any], object]) -> Any:
    """A release in which something was otherwise than it is now."""
    schema = json.loads(TEXT)
    schema["reference"]["version"] = "6.9.0"
    edit(schema)
    return schema


def told(change: Any) -> tuple[str, ...]:
    name = f"{change.parent}.{change.name}" if change.parent else change.name
    mark = "breaking" if change.breaking else ""
    return change.kind, name, change.sign, change.about, mark


def drop(rows: str, name: str) -> Callable[[Any], object]:
    return lambda schema: schema[rows].remove(row(schema, rows, name))


def put(rows: str, **more: Any) -> Callable[[Any], object]:
    """One more row that is gone now."""
    return lambda schema: schema[rows].append({**copy.deepcopy(schema[rows][0]), **more})


def field(model: str, name: str, **change: Any) -> Callable[[Any], object]:
    def edit(schema: Any) -> None:
        found = row({"": row(schema, "models", model)["fields"]}, "", name)
        found.update(change)
        if "default" in change:
            found.pop("required", None)

    return edit


def parameter(name: str, **change: Any) -> Callable[[Any], object]:
    """Edits one of users.update."""

    def edit(schema: Any) -> None:
        found = row({"": operation(schema, "users", "update")["parameters"]}, "", name)
        found.update(change)

    return edit


def drop_parameter(group: str, operation_name: str, name: str) -> Callable[[Any], object]:
    def edit(schema: Any) -> None:
        parameters = operation(schema, group, operation_name)["parameters"]
        parameters.remove(row({"": parameters}, "", name))

    return edit


def users_get(edit: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda schema: edit(operation(schema, "users", "get"))


def enum(name: str, edit: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda schema: edit(row(schema, "enums", name))


def union(name: str, edit: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda schema: edit(row(schema, "unions", name))


UNION = next(item for item in NEW["unions"] if "discriminator" in item)
OPEN = next(item["name"] for item in NEW["enums"] if item["open"])
ALIAS = next(item for item in NEW["aliases"] if not item["name"].endswith("TypedDict"))
LATE = {"name": "late", "members": [], "module": "late"}
GET_ROUTE = {"method": "GET", "path": "/late"}

# What was otherwise before; what there is to tell of it.
CASES: dict[str, tuple[Callable[[Any], object], tuple[str, ...]]] = {
    "server": (
        lambda schema: schema.update(servers=["https://before.test"]),
        ("servers", "servers", "changed", "list", "breaking"),
    ),
    "group added": (
        lambda schema: schema["groups"].remove(row(schema, "groups", "users", "attribute")),
        ("group", "users", "added", "", ""),
    ),
    "group moved": (
        lambda schema: row(schema, "groups", "users", "attribute").update(module="other"),
        ("group", "users", "changed", "class", "breaking"),
    ),
    "operation added": (
        lambda schema: schema["operations"].remove(operation(schema, "users", "ban")),
        ("operation", "users.ban", "added", "", ""),
    ),
    "operation removed": (
        lambda schema: schema["operations"].append(
            {**operation(schema, "users", "ban"), "name": "banish"}
        ),
        ("operation", "users.banish", "removed", "", "breaking"),
    ),
    "route": (
        users_get(lambda found: found.update(GET_ROUTE)),
        ("operation", "users.get", "changed", "route", ""),
    ),
    "tags": (
        users_get(lambda found: found.update(tags=["Others"])),
        ("operation", "users.get", "changed", "tags", ""),
    ),
    "parameter added": (
        drop_parameter("users", "update", "last_name"),
        ("parameter", "users.update.last_name", "added", "", ""),
    ),
    "parameter now demanded": (
        drop_parameter("users", "get", "user_id"),
        ("parameter", "users.get.user_id", "added", "", "breaking"),
    ),
    "parameter removed": (
        users_get(lambda found: found["parameters"].append({**found["parameters"][0], **LATE})),
        ("parameter", "users.get.late", "removed", "", "breaking"),
    ),
    "parameter retyped": (
        parameter("first_name", type="int|null|unset"),
        ("parameter", "users.update.first_name", "changed", "type", "breaking"),
    ),
    "parameter takes more": (
        parameter("first_name", type="str|null"),
        ("parameter", "users.update.first_name", "changed", "type", ""),
    ),
    "parameter takes less": (
        parameter("password_digest", type="str|null|unset"),
        ("parameter", "users.update.password_digest", "changed", "type", "breaking"),
    ),
    "default": (
        parameter("first_name", default="Ada"),
        ("parameter", "users.update.first_name", "changed", "default", ""),
    ),
    "outcome added": (
        users_get(lambda found: found["responses"][1]["status"].remove("404")),
        ("outcome", "users.get.404", "added", "", ""),
    ),
    "outcome removed": (
        users_get(lambda found: found["responses"][1]["status"].append("418")),
        ("outcome", "users.get.418", "removed", "", "breaking"),
    ),
    "outcome changed": (
        users_get(lambda found: found["responses"][0].update(type="model:Client")),
        ("outcome", "users.get.200", "changed", "", "breaking"),
    ),
    "outcome never None any more": (
        users_get(lambda found: found["responses"][0].update(type="model:User|null")),
        ("outcome", "users.get.200", "changed", "", ""),
    ),
    "model removed": (
        put("models", name="Late", fields=[]),
        ("model", "Late", "removed", "", "breaking"),
    ),
    "field removed": (
        lambda schema: row(schema, "models", "Client")["fields"].append(
            {"name": "late", "type": "str", "required": True}
        ),
        ("field", "Client.late", "removed", "", "breaking"),
    ),
    "field added": (
        lambda schema: row(schema, "models", "Client")["fields"].pop(),
        ("field", "Client.created_at", "added", "", ""),
    ),
    "field retyped": (
        field("Client", "created_at", type="str"),
        ("field", "Client.created_at", "changed", "type", "breaking"),
    ),
    "field gives less": (
        field("Client", "created_at", type="int|null"),
        ("field", "Client.created_at", "changed", "type", ""),
    ),
    "field gives more": (
        field("Client", "last_active_session_id", type="str"),
        ("field", "Client.last_active_session_id", "changed", "type", "breaking"),
    ),
    "field deprecated": (
        field("Client", "created_at", deprecated=True),
        ("field", "Client.created_at", "changed", "deprecated", ""),
    ),
    "alias on the wire": (
        field("Client", "created_at", alias="createdAt"),
        ("field", "Client.created_at", "changed", "alias", "breaking"),
    ),
    "module": (
        lambda schema: row(schema, "models", "Client").update(module="elsewhere"),
        ("model", "Client", "changed", "module", "breaking"),
    ),
    "typed dict": (
        drop("typed_dicts", "ClientTypedDict"),
        ("typed dict", "ClientTypedDict", "added", "", ""),
    ),
    "enum removed": (put("enums", name="Late"), ("enum", "Late", "removed", "", "breaking")),
    "enum closed": (
        enum("UserObject", lambda found: found.update(open=True)),
        ("enum", "UserObject", "changed", "open", "breaking"),
    ),
    "enum opened": (
        enum(OPEN, lambda found: found.update(open=False)),
        ("enum", OPEN, "changed", "open", ""),
    ),
    "member added": (
        enum("UserObject", lambda found: found["members"].clear()),
        ("member", "UserObject.USER", "added", "", ""),
    ),
    "member removed": (
        enum("UserObject", lambda found: found["members"].append({"name": "X", "value": "x"})),
        ("member", "UserObject.X", "removed", "", "breaking"),
    ),
    "member changed": (
        enum("UserObject", lambda found: found["members"][0].update(value="person")),
        ("member", "UserObject.USER", "changed", "value", "breaking"),
    ),
    "discriminator": (
        union(UNION["name"], lambda found: found.update(discriminator="kind")),
        ("union", UNION["name"], "changed", "discriminator", "breaking"),
    ),
    "tag": (
        union(UNION["name"], lambda found: found["variants"][0].update(tag="late")),
        (
            "variant",
            f"{UNION['name']}.{UNION['variants'][0]['type'].partition(':')[2]}",
            *("changed", "tag", "breaking"),
        ),
    ),
    "variant removed": (
        union(UNION["name"], lambda found: found["variants"].append({"type": "str", "tag": "s"})),
        ("variant", f"{UNION['name']}.str", "removed", "", "breaking"),
    ),
    "error added": (
        drop("errors", "NoResponseError"),
        ("error", "NoResponseError", "added", "", ""),
    ),
    "error's data": (
        lambda schema: row(schema, "errors", "ClerkErrors").update(data="model:Client"),
        ("error", "ClerkErrors", "changed", "data", "breaking"),
    ),
    "error's base": (
        lambda schema: row(schema, "errors", "SDKError").update(base="ValueError"),
        ("error", "SDKError", "changed", "base", "breaking"),
    ),
    "second name": (drop("aliases", ALIAS["name"]), ("alias", ALIAS["name"], "added", "", "")),
}
