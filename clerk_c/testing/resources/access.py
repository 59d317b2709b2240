"""Who may come in and where they may go: allowlist, blocklist, waitlist, redirect URLs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, formats, shapes
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import identifications, invitations, messages, records
from clerk_c.testing.store.records import Record

BULK_LIMIT = 50
_INVITED = {"template_slug": "waitlist_invitation"}


def _identifier_type(value: str) -> str:
    """Of an address (`*@domain` for all of a domain), a number (`*` for its end), a wallet."""
    if "@" in value:
        local, _, domain = value.rpartition("@")
        formats.email_address("identifier", f"any@{domain}" if local == "*" else value)
        return identifications.EMAIL
    if value.startswith("0x"):
        formats.web3_wallet("identifier", value)
        return identifications.WALLET
    number = value.removesuffix("*") + "0" * 7 if value.endswith("*") else value
    formats.phone_number("identifier", number[:16])
    return identifications.PHONE


class _Identifiers(Resource):
    unique = ("identifier",)

    def fill(self, context: Context, record: Record) -> None:
        record["identifier_type"] = _identifier_type(record["identifier"])

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        return {"object": self.kind, "instance_id": context.call.store.instance_id, **record}


class Allowlist(_Identifiers):
    kind, prefix, path = "allowlist_identifier", "alid", "/allowlist_identifiers"

    def fill(self, context: Context, record: Record) -> None:
        super().fill(context, record)
        identifier, kind = record["identifier"], record["identifier_type"]
        if not record.pop("notify", False):
            return
        if kind == identifications.EMAIL and not identifier.startswith("*"):
            given = {"email_address": identifier, "ignore_existing": True}
            record["invitation_id"] = invitations.create(context.tx, given)
        elif kind == identifications.EMAIL:
            raise errors.not_allowed_with("notify", "a whole domain")


class Blocklist(_Identifiers):
    kind, prefix, path = "blocklist_identifier", "blid", "/blocklist_identifiers"


class RedirectURLs(Resource):
    kind, prefix, path = "redirect_url", "ru", "/redirect_urls"
    unique = ("url",)
    checks = {"url": formats.url}


class Waitlist(Resource):
    kind, prefix, path = invitations.WAITLIST, "wle", "/waitlist_entries"
    searched = ("id", "email_address")
    orders = ("created_at", "email_address", "invited_at")
    checks = {"email_address": formats.email_address}

    def _enter(self, context: Context, given: Mapping[str, Any]) -> Record:
        """A new entry, or the one that the address has already."""
        canonical = identifications.canonical(given["email_address"])
        found = records.first(context.tx, self.kind, canonical=canonical)
        if found is not None:
            return found
        if given.get("notify") is not False:
            messages.send(context.tx, "waitlist_confirmation", given["email_address"])
        members = {"email_address": given["email_address"], "canonical": canonical}
        return self.make(context, {**members, "status": "pending"})

    def create(self, context: Context) -> Any:
        return self.show(context, self._enter(context, context.given(self.checks)))

    @action("POST", "~/bulk")
    def create_many(self, context: Context) -> Any:
        items = context.given(self.checks)
        if len(items) > BULK_LIMIT:
            raise errors.bulk_too_large(BULK_LIMIT)
        addresses = [identifications.canonical(item["email_address"]) for item in items]
        if len(set(addresses)) < len(addresses):
            raise errors.wrong_value("email_address", "must not be there twice")
        return [self.show(context, self._enter(context, item)) for item in items]

    def leave(self, context: Context, record: Record) -> None:
        if record["status"] != "pending":
            raise errors.in_use("waitlist entry", f"it is {record['status']}")

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        key = record.get("invitation_id")
        invitation = None
        if key is not None:
            row = invitations.find(context.tx, key)
            invitation = shapes.invitation(row, context.now, context.call.origin)
        return {**record, "is_locked": False, "invitation": invitation}

    @action("POST", "~/{}/invite")
    def invite(self, context: Context) -> Any:
        record, given = self.here(context), context.given()
        if record["status"] not in ("pending", "rejected"):
            raise errors.in_use("waitlist entry", f"it is {record['status']}")
        ignore = bool(given.get("ignore_existing"))
        invited = {"email_address": record["email_address"], "ignore_existing": ignore, **_INVITED}
        record["invitation_id"] = invitations.create(context.tx, invited)
        record.update(status="invited", invited_at=context.now)
        return self.show(context, records.save(context.tx, record))

    @action("POST", "~/{}/reject")
    def reject(self, context: Context) -> Any:
        record = self.here(context)
        if record["status"] not in ("pending", "invited"):
            raise errors.in_use("waitlist entry", f"it is {record['status']}")
        record["status"] = "rejected"
        return self.show(context, records.save(context.tx, record))


RESOURCES = (Allowlist(), Blocklist(), RedirectURLs(), Waitlist())
