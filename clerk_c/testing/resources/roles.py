"""Permissions, roles, and the sets of roles that organizations choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import organizations, records, settings
from clerk_c.testing.store.organizations import (
    MEMBERSHIP,
    ORGANIZATION,
    PERMISSION,
    ROLE,
    ROLE_SET,
)
from clerk_c.testing.store.records import Record

_ROLE_LIMIT = 10


def _key(pattern: str, example: str) -> Any:
    def check(name: str, value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise errors.wrong_format(name, f"a key such as {example}")
        return value

    return check


class Permissions(Resource):
    kind, prefix, path = PERMISSION, "perm", "/organization_permissions"
    unique = ("key",)
    searched = ("id", "name", "key")
    orders = ("created_at", "name", "key")
    checks = {"key": _key(r"org:[a-z0-9_]+:[a-z0-9_]+", "org:invoices:create")}

    def fill(self, context: Context, record: Record) -> None:
        record["type"] = "user"
        record.setdefault("description", "")

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        _check_own(record)
        record.update(given)

    def leave(self, context: Context, record: Record) -> None:
        _check_own(record)
        for role in records.of(context.tx, ROLE):
            if record.id in role["permissions"]:
                role["permissions"].remove(record.id)
                records.save(context.tx, role)


def _check_own(permission: Record) -> None:
    if permission["type"] == "system":
        raise errors.ApiError(403, "not_allowed", "A system permission cannot be changed.")


class Roles(Resource):
    kind, prefix, path = ROLE, "role", "/organization_roles"
    unique = ("key",)
    searched = ("id", "name", "key")
    orders = ("created_at", "name", "key")
    checks = {"key": _key(r"org:[a-z0-9_]+", "org:editor")}

    def fill(self, context: Context, record: Record) -> None:
        limit = organizations.settings_of(context.tx)["max_allowed_roles"]
        if len(records.of(context.tx, ROLE)) >= limit:
            text = f"An instance has at most {limit} roles."
            raise errors.ApiError(403, "organization_role_exceeded", "too many roles", text)
        record["permissions"] = _permission_ids(context, record.get("permissions") or [])

    def filed(self, context: Context, record: Record) -> None:
        if record.pop("include_in_initial_role_set", False):
            role_set = organizations.initial_role_set(context.tx)
            role_set["roles"].append(record.id)
            records.save(context.tx, role_set)
        records.save(context.tx, record)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        if given.get("permissions") is not None:
            given["permissions"] = _permission_ids(context, given["permissions"])
        old = record["key"]
        record.update({n: v for n, v in given.items() if v is not None or n == "description"})
        if record["key"] != old:
            _rename_in_settings(context, old, record["key"])

    def leave(self, context: Context, record: Record) -> None:
        if records.first(context.tx, MEMBERSHIP, role_id=record.id) is not None:
            raise errors.in_use("role", "members have it")
        sets = [s for s in records.of(context.tx, ROLE_SET) if record.id in s["roles"]]
        if any(record.id in (s["default_role"], s["creator_role"]) for s in sets):
            raise errors.in_use("role", "a role set gives it to new members or creators")
        for role_set in sets:
            role_set["roles"].remove(record.id)
            records.save(context.tx, role_set)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        return {
            **record,
            "permissions": organizations.permissions_of(context.tx, record),
            "is_creator_eligible": organizations.is_elevated(context.tx, record),
        }

    def _permission(self, context: Context, *, wanted: bool) -> Any:
        role = self.find(context, context.keys[0])
        permission = Permissions().find(context, context.keys[1])
        held = permission.id in role["permissions"]
        if held is wanted:
            text = f"The role has {'this permission already' if held else 'no such permission'}."
            raise errors.ApiError(400, "duplicate_record" if held else "not_assigned", text)
        role["permissions"] = [key for key in role["permissions"] if key != permission.id]
        role["permissions"] += [permission.id] if wanted else []
        return self.show(context, records.save(context.tx, role))

    @action("POST", "~/{}/permissions/{}")
    def assign_permission(self, context: Context) -> Any:
        return self._permission(context, wanted=True)

    @action("DELETE", "~/{}/permissions/{}")
    def remove_permission(self, context: Context) -> Any:
        return self._permission(context, wanted=False)


def _rename_in_settings(context: Context, old: str, new: str) -> None:
    kept = organizations.settings_of(context.tx)
    renamed = {n: new for n in ("creator_role", "domains_default_role") if kept[n] == old}
    settings.put(context.tx, "organization_settings", renamed)


def _permission_ids(context: Context, keys: Iterable[str]) -> list[str]:
    found = (organizations.by_key(context.tx, PERMISSION, key) for key in dict.fromkeys(keys))
    return [permission.id for permission in found]


class RoleSets(Resource):
    kind, prefix, path = ROLE_SET, "roleset", "/role_sets"
    alias = "key"
    unique = ("key",)
    searched = ("id", "name", "key")
    orders = ("created_at", "name", "key")
    checks = {"key": _key(r"role_set:[a-z0-9_]+", "role_set:enterprise")}

    def _role(self, context: Context, key: str) -> str:
        return organizations.by_key(context.tx, ROLE, key).id

    def fill(self, context: Context, record: Record) -> None:
        keys = record["roles"]
        if not keys or len(keys) > _ROLE_LIMIT:
            raise errors.wrong_value("roles", f"must have 1 to {_ROLE_LIMIT} items")
        record["roles"] = [self._role(context, key) for key in dict.fromkeys(keys)]
        record.setdefault("key", self._new_key(context, record["name"]))
        record.setdefault("type", "custom")
        record.setdefault("description", None)
        self._set_roles(context, record, record)
        self._keep_one_initial(context, record)

    def _new_key(self, context: Context, name: str) -> str:
        stem = "role_set:" + (re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "set")
        key, number = stem, 1
        while records.first(context.tx, ROLE_SET, key=key) is not None:
            number += 1
            key = f"{stem}_{number}"
        return key

    def _set_roles(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        """The roles of new members and of creators, which the set has to have."""
        for name in ("default_role", "creator_role"):
            key = given.pop(f"{name}_key", None)
            if key is None:
                continue
            role_id = self._role(context, key)
            if role_id not in record["roles"]:
                raise errors.wrong_value(f"{name}_key", "must be a role of the role set")
            record[name] = role_id

    def _keep_one_initial(self, context: Context, record: Record) -> None:
        if record["type"] == "initial":
            for other in records.of(context.tx, ROLE_SET, type="initial"):
                if other.id != record.id:
                    other["type"] = "custom"
                    records.save(context.tx, other)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        self._set_roles(context, record, given)
        record.update({n: v for n, v in given.items() if v is not None or n == "description"})
        self._keep_one_initial(context, record)

    def _members(self, context: Context, record: Record, role_id: str) -> list[Record]:
        """The members with a role in the organizations that use a role set."""
        using = {o.id for o in records.of(context.tx, ORGANIZATION, role_set_id=record.id)}
        members = records.of(context.tx, MEMBERSHIP, role_id=role_id)
        return [member for member in members if member["parent_id"] in using]

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        items = {}
        for key in record["roles"]:
            role = records.get(context.tx, ROLE, key)
            assert role is not None, "a deleted role leaves its role sets"
            count = len(self._members(context, record, key))
            counted = {"members_count": count, "has_members": count > 0}
            items[key] = {**role, "object": "role_set_item", **counted}
        ends = {name: items[record[name]] for name in ("default_role", "creator_role")}
        return {**record, "roles": list(items.values()), **ends}

    def _move(self, context: Context, members: Iterable[Record], role_id: str) -> None:
        for member in members:
            member["role_id"] = role_id
            records.save(context.tx, member)

    @action("POST", "~/{}/replace")
    def replace(self, context: Context) -> Any:
        source, given = self.here(context), context.given()
        target = self.find(context, given["dest_role_set_key"])
        if target.id == source.id:
            raise errors.wrong_value("dest_role_set_key", "must name another role set")
        moves = given.get("reassignment_mappings") or {}
        for role_id in source["roles"]:
            role = records.get(context.tx, ROLE, role_id)
            members = self._members(context, source, role_id)
            new = (
                self._role(context, moves[role["key"]])
                if role and role["key"] in moves
                else role_id
            )
            if members and new not in target["roles"]:
                raise errors.missing_with("reassignment_mappings", "dest_role_set_key")
            self._move(context, members, new)
        for organization in records.of(context.tx, ORGANIZATION, role_set_id=source.id):
            organization["role_set_id"] = target.id
            records.save(context.tx, organization)
        if source["type"] == "initial":
            target["type"] = "initial"
            records.save(context.tx, target)
        records.delete(context.tx, source)
        return {"object": self.kind, "id": source.id, "deleted": True}

    @action("POST", "~/{}/roles")
    def add_roles(self, context: Context) -> Any:
        record, given = self.here(context), context.given()
        added = [self._role(context, key) for key in given.pop("role_keys")]
        record["roles"] = list(dict.fromkeys([*record["roles"], *added]))
        if len(record["roles"]) > _ROLE_LIMIT:
            raise errors.too_many("role_keys", _ROLE_LIMIT)
        self._set_roles(context, record, given)
        return self.show(context, records.save(context.tx, record))

    @action("POST", "~/{}/roles/replace")
    def replace_role(self, context: Context) -> Any:
        record, given = self.here(context), context.given()
        old, new = (self._role(context, given[n]) for n in ("role_key", "to_role_key"))
        if old not in record["roles"]:
            raise errors.wrong_value("role_key", "must be a role of the role set")
        if old == new:
            raise errors.wrong_value("to_role_key", "must be another role")
        self._move(context, self._members(context, record, old), new)
        record["roles"] = list(dict.fromkeys(new if key == old else key for key in record["roles"]))
        for name in ("default_role", "creator_role"):
            record[name] = new if record[name] == old else record[name]
        return self.show(context, records.save(context.tx, record))


RESOURCES = (Permissions(), Roles(), RoleSets())
