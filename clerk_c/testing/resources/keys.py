"""API keys, and the links that let an organization's own staff set up its sign-on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import organizations, records
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import Where


def lapse(context: Context, record: Record, default: float | None = None) -> None:
    """When a secret runs out, as it was asked for in seconds; never by default."""
    seconds = record.pop("seconds_until_expiration", None)
    seconds = default if seconds is None else seconds
    if seconds is not None and seconds <= 0:
        raise errors.wrong_value("seconds_until_expiration", "must be positive")
    record["expiration"] = None if seconds is None else context.now + int(1000 * seconds)


def is_expired(record: Mapping[str, Any], now: int) -> bool:
    return record["expiration"] is not None and bool(record["expiration"] <= now)


def check_valid(record: Record | None, what: str, now: int) -> Record:
    """A secret that is known, and neither revoked nor expired."""
    if record is None:
        raise errors.ApiError(404, "resource_not_found", f"The {what} is not known.")
    if record["revoked"] or is_expired(record, now):
        state = "revoked" if record["revoked"] else "expired"
        raise errors.ApiError(400, f"{what.replace(' ', '_')}_{state}", f"The {what} is {state}.")
    return record


class Secrets(Resource):
    """Records with a secret that is revoked or runs out."""

    member = "secret"  # that holds it
    lead = ""  # its first characters
    default_lifetime: float | None = None

    def fill(self, context: Context, record: Record) -> None:
        lapse(context, record, self.default_lifetime)
        record[self.member] = self.lead + context.tx.chance.hex(24)
        record.update(revoked=False, revocation_reason=None, last_used_at=None)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        return {**record, "expired": is_expired(record, context.now)}

    @action("POST", "~/{}/revoke")
    def revoke(self, context: Context) -> Any:
        """Once is enough, twice does no harm."""
        record, given = self.here(context), context.given()
        if not record["revoked"]:
            record.update(revoked=True, revocation_reason=given.get("revocation_reason"))
            records.save(context.tx, record)
        return self.show(context, record)

    def verify_secret(self, context: Context, secret: str) -> Any:
        found = records.first(context.tx, self.kind, **{self.member: secret}) if secret else None
        record = check_valid(found, self.label, context.now)
        record["last_used_at"] = context.now
        return self.show(context, records.save(context.tx, record))


class APIKeys(Secrets):
    kind, prefix, path = "api_key", "ak", "/api_keys"
    lead = "ak_"
    searched = ("id", "name", "subject")
    filters = {"include_invalid": ""}

    def fill(self, context: Context, record: Record) -> None:
        super().fill(context, record)
        self._set_subject(context, record)
        created_by = record.get("created_by")
        if created_by is not None:
            context.user(created_by)
        record.setdefault("type", "api_key")
        record.setdefault("claims", None)
        record.setdefault("scopes", [])

    def _set_subject(self, context: Context, record: Record) -> None:
        """Keys go with the user or organization that they are of."""
        subject = record["subject"]
        if subject.startswith("org_"):
            owner = organizations.find(context.tx, subject).id
            record.update(parent_id=owner, user_id=None)
        else:
            record.update(parent_id=None, user_id=context.user(subject))

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        if "seconds_until_expiration" in given:
            seconds = given.pop("seconds_until_expiration")
            record["seconds_until_expiration"] = seconds
            lapse(context, record)
        record.update(given)
        self._set_subject(context, record)

    def narrow(self, context: Context, where: Where) -> None:
        query = context.call.query
        if query.text("subject") is None:
            raise errors.missing("subject", status=400)
        if not query.flag("include_invalid"):
            where.add(f"{records.column('revoked')} = 0")
            expiration = records.column("expiration")
            where.add(f"({expiration} IS NULL OR {expiration} > ?)", context.now)

    @action("GET", "~/{}/secret")
    def get_secret(self, context: Context) -> Any:
        return {"secret": self.here(context)["secret"]}

    @action("POST", "~/verify")
    def verify(self, context: Context) -> Any:
        return self.verify_secret(context, context.given()["secret"])


class AdminPortalLinks(Secrets):
    kind, prefix, path = "admin_portal_link_token", "aplt", "/admin_portal_link_tokens"
    member, lead = "token", "aplt_"
    default_lifetime = 3600

    def fill(self, context: Context, record: Record) -> None:
        super().fill(context, record)
        record["admin_portal_link_id"] = context.tx.new_id("apl")
        if record.get("organization_id") is not None:
            owner = organizations.find(context.tx, record["organization_id"]).id
            record.update(parent_id=owner, organization_id=owner)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        return {**super().show(context, record), "instance_id": context.call.store.instance_id}


RESOURCES = (APIKeys(), AdminPortalLinks())
