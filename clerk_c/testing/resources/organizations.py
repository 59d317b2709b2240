"""Organizations, and their members."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, formats
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import images, organizations, records, user_search, users
from clerk_c.testing.store.database import dump
from clerk_c.testing.store.organizations import INVITATION, MEMBERSHIP, ORGANIZATION, ROLE
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import ONE_OF, Where
from clerk_c.testing.uploads import image_of

METADATA = ("public_metadata", "private_metadata")


def _slug(name: str, value: str) -> str:
    if value and not re.fullmatch(r"[a-z0-9]+(?:[_-][a-z0-9]+)*", value):
        raise errors.wrong_format(name, "lower-case letters and digits, joined by hyphens")
    return value


def merge_metadata(record: Record, given: Mapping[str, Any]) -> None:
    for name in METADATA:
        if given.get(name) is not None:
            record[name] = formats.merge_metadata(record[name], given[name])
            formats.check_metadata_size(name, record[name])


class Organizations(Resource):
    kind, prefix, path = ORGANIZATION, "org", "/organizations"
    alias = "slug"
    unique = ("slug",)
    searched = ("id", "name", "slug")
    orders = ("created_at", "name", "members_count")
    checks = {"slug": _slug, "created_at": formats.moment}
    # The first two are about the answer, the others are told apart below.
    filters = dict.fromkeys(
        (
            "include_members_count",
            "include_missing_member_with_elevated_permissions",
            "user_id",
            "organization_id",
        ),
        "",
    )

    def fill(self, context: Context, record: Record) -> None:
        settings = organizations.settings_of(context.tx)
        defaults = {
            "slug": self._new_slug(context, record["name"]),
            "max_allowed_memberships": settings["max_allowed_memberships"],
            "created_at": context.now,
            **{name: {} for name in METADATA},
        }
        for name, value in defaults.items():
            if record.get(name) is None or (name == "slug" and not record[name]):
                record[name] = value
        record["admin_delete_enabled"] = settings["admin_delete_enabled"]
        _check_past(context, record)
        if record.get("created_by") is not None:
            context.user(record["created_by"], name="created_by")
        self._set_role_set(context, record, record)

    def _new_slug(self, context: Context, name: str) -> str:
        stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "organization"
        slug = stem
        while records.first(context.tx, ORGANIZATION, slug=slug) is not None:
            slug = f"{stem}-{context.tx.chance.below(10**6):06}"
        return slug

    def _set_role_set(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        key = given.pop("role_set_key", None)
        if key is not None:
            record["role_set_id"] = organizations.by_key(context.tx, "role_set", key).id
        elif "role_set_id" not in record:
            record["role_set_id"] = organizations.initial_role_set(context.tx).id

    def filed(self, context: Context, record: Record) -> None:
        """Whoever founds an organization runs it."""
        if record.get("created_by"):
            role_id = organizations.role_set_of(context.tx, record)["creator_role"]
            role = organizations.by_key(context.tx, ROLE, role_id)
            organizations.join(context.tx, record, record["created_by"], role)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        self._set_role_set(context, record, given)
        if given.get("slug") == "":
            raise errors.wrong_format("slug", "not empty")
        record.update({name: value for name, value in given.items() if value is not None})
        _check_past(context, record)

    def narrow(self, context: Context, where: Where) -> None:
        query = context.call.query
        if context.asks("organization_id"):
            where.signed(f"records.id {ONE_OF}", query.texts("organization_id"))
        if context.asks("user_id"):
            member = (
                "EXISTS (SELECT 1 FROM records AS own WHERE own.parent_id = records.id"
                f" AND own.kind = '{MEMBERSHIP}' AND own.user_id {ONE_OF})"
            )
            where.signed(member, query.texts("user_id"))

    def _order(self, context: Context) -> str:
        members = (
            "(SELECT count(*) FROM records AS own WHERE own.parent_id = records.id"
            f" AND own.kind = '{MEMBERSHIP}')"
        )
        columns = {name: records.column(name) for name in self.orders}
        return context.call.query.order({**columns, "members_count": members}, self.order)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        query, tx = context.call.query, context.tx
        shown = organizations.shape(tx, record, context.call.origin)
        if query.flag("include_members_count"):
            shown["members_count"] = organizations.count_members(tx, record.id)
            invited = records.matching(parent_id=record.id, status="pending")
            shown["pending_invitations_count"] = records.count(tx, INVITATION, invited)
        if query.flag("include_missing_member_with_elevated_permissions"):
            roles = (organizations.role_of(tx, m) for m in organizations.members_of(tx, record.id))
            elevated = any(organizations.is_elevated(tx, role) for role in roles)
            shown["missing_member_with_elevated_permissions"] = not elevated
        return shown

    @action("PATCH", "~/{}/metadata")
    def merge_metadata(self, context: Context) -> Any:
        record = self.here(context)
        merge_metadata(record, context.given())
        return self.show(context, records.save(context.tx, record))

    @action("PUT", "~/{}/metadata")
    def replace_metadata(self, context: Context) -> Any:
        record, given = self.here(context), context.given()
        record.update({name: value for name, value in given.items() if value is not None})
        return self.show(context, records.save(context.tx, record))

    @action("PUT", "~/{}/logo")
    def upload_logo(self, context: Context) -> Any:
        record = self.here(context)
        picture = image_of(context.call)
        record["image_id"] = images.add(context.tx, "record_id", record.id, *picture)
        shown = self.show(context, records.save(context.tx, record))
        return {**shown, "logo_url": shown["image_url"]}

    @action("DELETE", "~/{}/logo")
    def delete_logo(self, context: Context) -> Any:
        record = self.here(context)
        images.remove(context.tx, record.get("image_id"))
        record["image_id"] = None
        return self.show(context, records.save(context.tx, record))


def _check_past(context: Context, record: Record) -> None:
    if record["created_at"] > context.now:
        raise errors.future_time("created_at")


class Memberships(Resource):
    kind, prefix = MEMBERSHIP, "orgmem"
    path = "/organizations/{}/memberships"
    parent = Organizations
    unique = ()

    def here(self, context: Context) -> Record:
        organization = organizations.find(context.tx, context.keys[0])
        return organizations.membership(context.tx, organization.id, context.keys[1])

    def create(self, context: Context) -> Any:
        organization, given = organizations.find(context.tx, context.keys[0]), context.given()
        user_id = context.user(given.pop("user_id"), name="user_id")
        role = organizations.allowed_role(context.tx, organization, given.pop("role"))
        made = organizations.join(context.tx, organization, user_id, role, **given)
        return self.show(context, made)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        organization = organizations.find(context.tx, str(record["parent_id"]))
        role = organizations.allowed_role(context.tx, organization, given["role"])
        if not organizations.is_elevated(context.tx, role):
            organizations.check_elevated_remains(context.tx, record)
        record["role_id"] = role.id

    def delete(self, context: Context) -> Any:
        """Answers with the membership as it was."""
        record = self.here(context)
        organizations.check_elevated_remains(context.tx, record)
        shown = self.show(context, record)
        records.delete(context.tx, record)
        return shown

    @action("PATCH", "~/{}/metadata")
    def merge_metadata(self, context: Context) -> Any:
        record = self.here(context)
        merge_metadata(record, context.given())
        return self.show(context, records.save(context.tx, record))

    def matching(self, context: Context) -> Where:
        """The users' filters choose the members."""
        where, query = Where(), context.call.query
        where.add("records.parent_id = ?", self.above(context))
        of_users = user_search.filters(query)
        where.add(
            f"records.user_id IN (SELECT id FROM users WHERE {of_users.sql})", *of_users.values
        )
        if roles := query.texts("role"):
            member = records.column("role_id")
            having = f"SELECT id FROM records WHERE kind = '{ROLE}' AND json_extract(data, '$.key')"
            where.add(f"{member} IN ({having} {ONE_OF})", dump(roles))
        return where

    def _order(self, context: Context) -> str:
        """By a member of the user, or by when the user joined."""
        names = ("phone_number", "email_address", "first_name", "last_name", "username")
        columns = {
            name: f"(SELECT {user_search.ORDERS[name]} FROM users WHERE id = records.user_id)"
            for name in names
        }
        columns["created_at"] = "records.created_at"
        return context.call.query.order(columns, "-created_at").replace(", seq", ", records.seq")

    def _all(self, context: Context, where: Where) -> Any:
        limit, offset = context.call.query.page()
        order = self._order(context)
        found = records.search(
            context.tx, MEMBERSHIP, where, order=order, limit=limit, offset=offset
        )
        return self.page(context, found, records.count(context.tx, MEMBERSHIP, where))

    @action("GET", "/organization_memberships")
    def list_everywhere(self, context: Context) -> Any:
        return self._all(context, Where())

    @action("GET", "/users/{}/organization_memberships")
    def list_of_user(self, context: Context) -> Any:
        return self._all(context, records.matching(user_id=context.user(context.keys[0])))

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        tx, origin = context.tx, context.call.origin
        organization = records.get(tx, ORGANIZATION, str(record["parent_id"]))
        assert organization is not None, "members go with their organization"
        role = organizations.role_of(tx, record)
        user = users.find(tx, str(record["user_id"]))
        return {
            **record,
            "role": role["key"],
            "role_name": role["name"],
            "permissions": organizations.permission_keys(tx, role),
            "organization": organizations.shape(tx, organization, origin, counted=True),
            "public_user_data": organizations.public_user(tx, user, origin),
        }


RESOURCES = (Organizations(), Memberships())
