"""Invitations to organizations: pending until accepted, revoked or expired."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from clerk_c.testing import errors, formats
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.resources.organizations import METADATA, Organizations
from clerk_c.testing.store import identifications, messages, organizations, records
from clerk_c.testing.store.invitations import status
from clerk_c.testing.store.organizations import INVITATION, MEMBERSHIP
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import Where

BULK_LIMIT = 10
_DAY = 24 * 60 * 60 * 1000
_DEFAULT_DAYS = 30


class Invitations(Resource):
    kind, prefix = INVITATION, "orginv"
    path = "/organizations/{}/invitations"
    parent: ClassVar[type[Resource] | None] = Organizations
    searched = ("id", "email_address")
    orders = ("created_at", "email_address")
    checks = {"email_address": formats.email_address, "redirect_url": formats.url}
    filters = {"status": ""}

    def fill(self, context: Context, record: Record) -> None:
        tx = context.tx
        organization = organizations.find(tx, str(record["parent_id"]))
        role = organizations.allowed_role(tx, organization, record.pop("role"))
        address = record["email_address"]
        inviter = record.pop("inviter_user_id", None)
        if inviter is not None:
            # Only a member may invite others.
            organizations.membership(tx, organization.id, context.user(inviter))
        for name in METADATA:
            record[name] = record.get(name) or {}
        days = record.pop("expires_in_days", None) or _DEFAULT_DAYS
        if not 1 <= days <= 365:
            raise errors.wrong_value("expires_in_days", "must lie between 1 and 365")
        self._check_new(context, organization, address)
        record.update(
            role_id=role.id,
            inviter_id=inviter,
            canonical=identifications.canonical(address),
            status="pending",
            expires_at=context.now + days * _DAY,
        )
        if record.pop("notify", None) is not False:
            messages.send(tx, "organization_invitation", address, invitation_id=record.id)

    def _check_new(self, context: Context, organization: Record, address: str) -> None:
        tx = context.tx
        owner = identifications.claimant(tx, identifications.EMAIL, address)
        if owner is not None:
            ids = {"parent_id": organization.id, "user_id": owner["user_id"]}
            if records.first(tx, MEMBERSHIP, **ids) is not None:
                text = f"{address} belongs to a member of the organization."
                code = "already_a_member_in_organization"
                raise errors.ApiError(400, code, "already a member", text)
        canonical = identifications.canonical(address)
        others = records.of(tx, INVITATION, parent_id=organization.id, canonical=canonical)
        if any(status(other, context.now) == "pending" for other in others):
            text = f"There is a pending invitation already for {address}."
            raise errors.ApiError(400, "duplicate_record", "duplicate invitation", text)

    def narrow(self, context: Context, where: Where) -> None:
        wanted = context.call.query.text("status") if context.asks("status") else None
        if wanted is not None:
            now = {"expires_at": records.column("expires_at"), "status": records.column("status")}
            state = (
                "(CASE WHEN {status} = 'pending' AND {expires_at} <= ? THEN 'expired'"
                " ELSE {status} END) = ?"
            )
            where.add(state.format(**now), context.now, wanted)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        tx, origin = context.tx, context.call.origin
        organization = organizations.find(tx, str(record["parent_id"]))
        role = organizations.role_of(tx, record)
        inviter = tx.one("SELECT * FROM users WHERE id = ?", record["inviter_id"])
        public = None if inviter is None else organizations.public_user(tx, inviter, origin)
        state = status(record, context.now)
        return {
            **record,
            "role": role["key"],
            "role_name": role["name"],
            "organization_id": organization.id,
            "public_inviter_data": public,
            "public_organization_data": organizations.shape(tx, organization, origin),
            "status": state,
            "url": f"{origin}/invitations/{record.id}" if state == "pending" else None,
        }

    @action("POST", "~/bulk")
    def create_many(self, context: Context) -> Any:
        """All of them or none."""
        items = context.given(self.checks)
        if len(items) > BULK_LIMIT:
            raise errors.bulk_too_large(BULK_LIMIT)
        made = [self.make(context, item) for item in items]
        return self.page(context, made, len(made))

    @action("GET", "~/pending")
    def list_pending(self, context: Context) -> Any:
        where = self.matching(context)
        where.add(f"{records.column('status')} = 'pending'")
        where.add(f"{records.column('expires_at')} > ?", context.now)
        limit, offset = context.call.query.page()
        order = self._order(context)
        found = records.search(
            context.tx, self.kind, where, order=order, limit=limit, offset=offset
        )
        return self.page(context, found, records.count(context.tx, self.kind, where))

    @action("GET", "/organization_invitations")
    def list_everywhere(self, context: Context) -> Any:
        return Everywhere().list_all(context)

    @action("GET", "/users/{}/organization_invitations")
    def list_of_user(self, context: Context) -> Any:
        return OfUser().list_all(context)

    @action("POST", "~/{}/revoke")
    def revoke(self, context: Context) -> Any:
        record, given = self.here(context), context.given()
        if given.get("requesting_user_id") is not None:
            context.user(given["requesting_user_id"])
        if status(record, context.now) != "pending":
            text = f"This invitation is {status(record, context.now)}."
            raise errors.ApiError(400, "organization_invitation_not_pending", "not pending", text)
        record["status"] = "revoked"
        return self.show(context, records.save(context.tx, record))


class Everywhere(Invitations):
    """The invitations of all organizations."""

    parent = None


class OfUser(Everywhere):
    """The invitations to any address of a user."""

    def narrow(self, context: Context, where: Where) -> None:
        super().narrow(context, where)
        addresses = (
            "SELECT canonical FROM identifications WHERE user_id = ? AND kind = 'email_address'"
        )
        user_id = context.user(context.keys[0])
        where.add(f"{records.column('canonical')} IN ({addresses})", user_id)


RESOURCES = (Invitations(),)
