"""Domains of organizations, whose users may be let in or invited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from clerk_c.testing import errors, formats
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.resources.organizations import Organizations
from clerk_c.testing.store import organizations, records
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import LIKE, ONE_OF, Where, contains

MODES = ("manual_invitation", "automatic_invitation", "automatic_suggestion", "enterprise_sso")


def _mode(name: str, value: str) -> str:
    if value not in MODES:
        raise errors.wrong_value(name, f"must be one of {', '.join(MODES)}")
    return value


def _proof(now: int, strategy: str) -> dict[str, Any]:
    attempts = {"attempts": None, "expire_at": None}
    return {"status": "verified", "strategy": strategy, **attempts, "verified_at": now}


class Domains(Resource):
    kind, prefix = "organization_domain", "orgdmn"
    path = "/organizations/{}/domains"
    parent: ClassVar[type[Resource] | None] = Organizations
    unique = ("name",)
    searched = ("name",)
    orders = ("created_at", "name")
    checks = {"name": formats.domain, "enrollment_mode": _mode}
    filters = {"verified": "", "enrollment_mode": "", "query": "", "domains": "name"}

    def fill(self, context: Context, record: Record) -> None:
        if not record.get("name"):
            raise errors.missing("name")
        limit = organizations.settings_of(context.tx)["max_allowed_domains"]
        if len(records.of(context.tx, self.kind, parent_id=record["parent_id"])) >= limit:
            text = f"An organization has at most {limit} domains."
            raise errors.ApiError(403, "organization_domain_quota_exceeded", text)
        record.setdefault("enrollment_mode", MODES[0])
        self._verify(context, record, record.pop("verified", None) is not False)
        record["ownership_verification"] = None

    def _verify(self, context: Context, record: Record, verified: bool) -> None:
        proof = _proof(context.now, "admin") if verified else None
        record["verification"] = record["affiliation_verification"] = proof

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        if given.get("verified") is not None:
            self._verify(context, record, given["verified"])
        if given.get("enrollment_mode") is not None:
            record["enrollment_mode"] = given["enrollment_mode"]

    def narrow(self, context: Context, where: Where) -> None:
        query = context.call.query
        if (verified := query.flag("verified")) is not None:
            proven = f"{records.column('verification')} IS NOT NULL"
            where.add(proven if verified else f"NOT ({proven})")
        given = query.texts("enrollment_mode")
        modes = [mode for text in given for mode in text.split(",") if mode]
        for mode in modes:
            _mode("enrollment_mode", mode.removeprefix("-"))
        where.signed(f"{records.column('enrollment_mode')} {ONE_OF}", modes)
        text = query.text("query") if context.asks("query") else None
        if text and text.startswith("org_"):
            where.add("records.parent_id = ?", text)
        elif text:
            where.add(f"{records.column('name')} {LIKE}", contains(text))

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        organization = organizations.find(context.tx, str(record["parent_id"]))
        public = organizations.shape(context.tx, organization, context.call.origin)
        return {
            "affiliation_email_address": None,
            **record,
            "organization_id": organization.id,
            "public_organization_data": public,
        }

    @action("POST", "~/{}/verify_ownership")
    def verify_ownership(self, context: Context) -> Any:
        record = self.here(context)
        if record["ownership_verification"] is None:
            record["ownership_verification"] = _proof(context.now, "manual_override")
            records.save(context.tx, record)
        return self.show(context, record)

    @action("GET", "/organization_domains")
    def list_everywhere(self, context: Context) -> Any:
        return Everywhere().list_all(context)


class Everywhere(Domains):
    """The domains of all organizations."""

    parent = None
    filters = {**Domains.filters, "organization_id": "parent_id"}


RESOURCES = (Domains(),)
