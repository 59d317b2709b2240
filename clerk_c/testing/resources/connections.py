"""Enterprise connections, the older SAML connections, and SCIM directories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, formats
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import organizations, records
from clerk_c.testing.store.database import Transaction
from clerk_c.testing.store.organizations import ORGANIZATION, ROLE
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import ONE_OF, Where

_FLAGS = (
    "active",
    "sync_user_attributes",
    "allow_subdomains",
    "allow_idp_initiated",
    "disable_additional_identifications",
    "allow_organization_account_linking",
    "force_authn",
)
_ATTRIBUTES = {
    "user_id": "nameID",
    "email_address": "mail",
    "first_name": "givenName",
    "last_name": "surname",
}
_HINT = {"mode": "off"}


def _service(context: Context, record: Record) -> dict[str, str]:
    """Where the identity provider reaches this side."""
    stem = f"{context.call.origin}/v1/saml"
    return {
        "acs_url": f"{stem}/acs/{record.id}",
        "sp_entity_id": f"{stem}/{record.id}",
        "sp_metadata_url": f"{stem}/metadata/{record.id}.xml",
    }


class _Connections(Resource):
    refers = {"organization_id": ORGANIZATION}
    checks = {"domain": formats.domain, "domains": formats.domain}
    searched = ("id", "name", "domain", "domains")

    def _check_domains(self, context: Context, record: Record) -> None:
        """A domain leads to one connection."""
        if not record["domains"]:
            raise errors.missing("domains")
        for other in records.of(context.tx, self.kind):
            if other.id != record.id and set(other["domains"]) & set(record["domains"]):
                raise errors.exists("domains", "domain")


class SAMLConnections(_Connections):
    kind, prefix, path = "saml_connection", "samlc", "/saml_connections"
    filters = {"organization_id": ""}

    def narrow(self, context: Context, where: Where) -> None:
        wanted = context.call.query.texts("organization_id")
        where.signed(f"{records.column('organization_id')} {ONE_OF}", wanted)

    def _order(self, context: Context) -> str:
        columns = {n: records.column(n) for n in ("created_at", "name", "provider", "domain")}
        return context.call.query.order(columns, self.order)

    def fill(self, context: Context, record: Record) -> None:
        for name in _FLAGS:
            record[name] = bool(record.get(name))
        given = {n: v for n, v in record.items() if n in ("domain", "domains")}
        record.update(domains=[], domain=None)
        self._set_domains(context, record, given)
        mapping = record.get("attribute_mapping") or {}
        record["attribute_mapping"] = {**_ATTRIBUTES, **mapping}
        record["login_hint"] = record.get("login_hint") or _HINT

    def _set_domains(self, context: Context, record: Record, given: Mapping[str, Any]) -> None:
        """One domain is the older way to state them."""
        one, many = given.get("domain"), given.get("domains")
        if many is None and one is not None:
            many = [one]
        if many is not None:
            record["domains"] = many
        record["domain"] = next(iter(record["domains"]), None)
        self._check_domains(context, record)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        mapping = given.pop("attribute_mapping", None)
        hint = given.pop("login_hint", None)
        record["attribute_mapping"] = {**record["attribute_mapping"], **(mapping or {})}
        record["login_hint"] = hint or record["login_hint"]
        given.pop("consent_verified_domains_deletion", None)
        domains = {n: v for n, v in given.items() if n in ("domain", "domains")}
        plain = {n: v for n, v in given.items() if n not in domains}
        record.update({n: v for n, v in plain.items() if v is not None or n not in _FLAGS})
        self._set_domains(context, record, domains)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        return {**record, **_service(context, record), "user_count": 0}


class EnterpriseConnections(_Connections):
    kind, prefix, path = "enterprise_connection", "ec", "/enterprise_connections"

    def fill(self, context: Context, record: Record) -> None:
        record.setdefault("active", False)
        saml, oidc = record.get("saml"), record.get("oidc")
        if saml and oidc:
            raise errors.not_allowed_with("saml", "oidc")
        self._check_domains(context, record)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        for name in ("saml", "oidc"):
            if given.get(name) is not None:
                given[name] = {**(record.get(name) or {}), **given[name]}
        record.update({n: v for n, v in given.items() if v is not None or n == "organization_id"})
        self._check_domains(context, record)

    def _protocol(self, record: Record) -> str:
        return "saml" if record["provider"].startswith("saml") else "oidc"

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        shown: dict[str, Any] = dict(record)
        settings = record.get(self._protocol(record)) or {}
        if self._protocol(record) == "saml":
            own = {"id": record.id, "name": record["name"], "active": record["active"]}
            shown["saml_connection"] = {**own, **settings, **_service(context, record)}
        else:
            own = {"id": record.id, "name": record["name"], "provider_key": record["provider"]}
            shown["oauth_config"] = {**own, **settings}
        return shown

    @action("GET", "~/{}/test_runs")
    def list_test_runs(self, context: Context) -> Any:
        return TestRuns().list_all(context)

    @action("POST", "~/{}/test_runs")
    def create_test_run(self, context: Context) -> Any:
        """A run is pending until somebody signs in at its address, which nobody can here."""
        record = self.here(context)
        kind = "saml" if self._protocol(record) == "saml" else "oauth"
        run = TestRuns().make(context, {"connection_type": kind, "status": "pending"})
        return {"url": f"{context.call.origin}/v1/enterprise_sso/test/{run.id}"}


class TestRuns(Resource):
    kind, prefix = "enterprise_connection_test_run", "ectr"
    parent = EnterpriseConnections


class Directories(Resource):
    kind, prefix, path = "scim_directory", "scimdir", "/scim_directories"
    refers = {"enterprise_connection_id": EnterpriseConnections.kind}

    def fill(self, context: Context, record: Record) -> None:
        record.setdefault("name", record["provider"])
        record["api_key"] = _new_key(context.tx)
        record.update(
            enabled=True, attribute_mapping={}, parent_id=record["enterprise_connection_id"]
        )

    def filed(self, context: Context, record: Record) -> None:
        mappings = record.pop("group_role_mappings", None) or []
        record["group_role_mapping_enabled"] = bool(mappings)
        records.save(context.tx, record)
        for mapping in mappings:
            Mappings().add(context, record, mapping)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        """Paths are merged into the mapping; null removes one."""
        paths = {**record["attribute_mapping"], **(given.pop("attribute_mapping", None) or {})}
        record["attribute_mapping"] = {n: path for n, path in paths.items() if path is not None}
        record.update(given)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        """The key is shown only when it is new."""
        endpoint = f"{context.call.origin}/v1/scim/v2/{record.id}"
        return {**record, "endpoint_url": endpoint, "api_key": None}

    def create(self, context: Context) -> Any:
        record = self.make(context, context.given(self.checks))
        return {**self.show(context, record), "api_key": record["api_key"]}

    @action("POST", "~/{}/rotate_api_key")
    def rotate(self, context: Context) -> Any:
        record = self.here(context)
        record["api_key"] = _new_key(context.tx)
        records.save(context.tx, record)
        return {**self.show(context, record), "api_key": record["api_key"]}


def _new_key(tx: Transaction) -> str:
    return f"scim_{tx.chance.hex(24)}"


class Mappings(Resource):
    """Groups of a directory, each with the role of its members; the first that fits counts."""

    kind, prefix = "scim_group_role_mapping", "scimgrm"
    path = "/scim_directories/{}/group_role_mappings"
    parent = Directories

    def _directory(self, context: Context) -> Record:
        record = Directories().find(context, context.keys[0])
        if not record["group_role_mapping_enabled"]:
            raise errors.in_use("SCIM directory", "mapping groups to roles is not enabled")
        return record

    def add(self, context: Context, directory: Record, given: Mapping[str, Any]) -> Record:
        tx, group = context.tx, given["scim_group_id"]
        known = records.of(tx, self.kind, parent_id=directory.id)
        if any(mapping["scim_group_id"] == group for mapping in known):
            raise errors.exists("scim_group_id", "group")
        if records.get(tx, ROLE, given["role_id"]) is None:
            raise errors.missing_resource("role_id")
        last = max((mapping["precedence"] for mapping in known), default=0)
        members = {
            "parent_id": directory.id,
            "scim_directory_id": directory.id,
            "scim_group_display_name": group,
            "precedence": last + 1,
            **given,
        }
        return self.make(context, members)

    def create(self, context: Context) -> Any:
        directory = self._directory(context)
        return self.show(context, self.add(context, directory, context.given()))

    def _order(self, context: Context) -> str:
        return f"{records.column('precedence')}, records.seq"

    @action("PUT", "~")
    def replace(self, context: Context) -> Any:
        directory = self._directory(context)
        for mapping in records.of(context.tx, self.kind, parent_id=directory.id):
            records.delete(context.tx, mapping)
        made = [self.add(context, directory, item) for item in context.given()["mappings"]]
        return self.page(context, made, len(made))

    def leave(self, context: Context, record: Record) -> None:
        self._directory(context)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        tx, role = context.tx, records.get(context.tx, ROLE, record["role_id"])
        if role is None:
            return record
        held = organizations.permissions_of(tx, role)
        eligible = organizations.is_elevated(tx, role)
        return {**record, "role": {**role, "permissions": held, "is_creator_eligible": eligible}}


RESOURCES = (SAMLConnections(), EnterpriseConnections(), Directories(), Mappings())
