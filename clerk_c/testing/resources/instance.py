"""Domains of the instance, their proxies, webhooks, and settings that are still in beta."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, formats
from clerk_c.testing.call import Reply
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import records, sessions, settings
from clerk_c.testing.store.domains import DOMAIN
from clerk_c.testing.store.records import Record

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")


def _name(name: str, value: str) -> str:
    """A host, with a port if need be, such as development has."""
    if len(value) > 253 or not _NAME.fullmatch(value):
        raise errors.wrong_format(name, "a domain name without a scheme")
    return value.lower()


class Domains(Resource):
    kind, prefix, path = DOMAIN, "dmn", "/domains"
    unique = ("name",)
    checks = {"name": _name, "proxy_url": formats.url}

    def fill(self, context: Context, record: Record) -> None:
        record["is_satellite"] = True
        self._check_proxy(context, record)

    def _check_proxy(self, context: Context, given: Mapping[str, Any]) -> None:
        if given.get("proxy_url") and context.call.store.environment != "production":
            reason = "is for production instances only"
            raise errors.wrong_value("proxy_url", reason)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        self._check_proxy(context, given)
        record.update({n: v for n, v in given.items() if v is not None or n == "proxy_url"})

    def leave(self, context: Context, record: Record) -> None:
        if not record["is_satellite"]:
            raise errors.in_use("domain", "it is the primary one")

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        name = record["name"]
        production = context.call.store.environment == "production"
        targets = {
            "host": f"clerk.{name}",
            "value": "frontend-api.clerk.services",
            "required": True,
        }
        return {
            **record,
            "frontend_api_url": record.get("proxy_url") or f"https://clerk.{name}",
            "accounts_portal_url": f"https://accounts.{name}",
            "development_origin": "" if production else f"http://{name}",
            "cname_targets": [targets] if production else [],
        }


class ProxyChecks(Resource):
    kind, prefix, path = "proxy_check", "proxchk", "/proxy_checks"
    refers = {"domain_id": DOMAIN}
    checks = {"proxy_url": formats.url}

    def fill(self, context: Context, record: Record) -> None:
        for name in ("domain_id", "proxy_url"):
            if record.get(name) is None:
                raise errors.missing(name)
        # Nothing leaves the machine, so what can be checked is that the proxy is safe to use.
        record["successful"] = record["proxy_url"].startswith("https://")
        record["last_run_at"] = context.now


class Webhooks(Resource):
    kind, prefix = "svix_app", "app"

    def _url(self, context: Context, app: Record) -> dict[str, str]:
        key = context.tx.chance.hex(16)
        return {"svix_url": f"https://app.svix.com/login?appId={app.id}#key={key}"}

    def _app(self, context: Context) -> Record:
        found = records.first(context.tx, self.kind)
        if found is None:
            text = "There is no Svix application; create one first."
            raise errors.ApiError(400, "svix_app_missing", "no Svix app", text)
        return found

    @action("POST", "/webhooks/svix")
    def create_app(self, context: Context) -> Any:
        if records.first(context.tx, self.kind) is not None:
            text = "There is a Svix application already."
            raise errors.ApiError(400, "svix_app_exists", "Svix app exists", text)
        return self._url(context, self.make(context, {}))

    @action("DELETE", "/webhooks/svix")
    def delete_app(self, context: Context) -> Any:
        records.delete(context.tx, self._app(context))

    @action("POST", "/webhooks/svix_url")
    def create_url(self, context: Context) -> Any:
        return self._url(context, self._app(context))


class BetaFeatures(Resource):
    kind, prefix = "instance_settings", "ins"

    @action("PATCH", "/beta_features/instance_settings")
    def update_settings(self, context: Context) -> Any:
        given, tx = context.given({"from_email_address": _mailbox}), context.tx
        if given.get("restricted_to_allowlist") is not None:
            settings.put(tx, "restrictions", {"allowlist": given.pop("restricted_to_allowlist")})
        if given.get("test_mode") is not None:
            settings.put(tx, "instance", {"test_mode": given.pop("test_mode")})
        kept = settings.put(tx, "beta", {n: v for n, v in given.items() if v is not None})
        restricted = settings.get(tx, "restrictions")["allowlist"]
        shown = {"object": self.kind, "id": context.call.store.instance_id, **kept}
        return {**shown, "restricted_to_allowlist": restricted}

    @action("PUT", "/beta_features/domain")
    def update_domain(self, context: Context) -> Any:
        given = context.given({"home_url": formats.url})
        if context.call.store.environment != "production":
            text = "Only the domain of a production instance can be changed."
            raise errors.ApiError(400, "domain_update_forbidden", "not allowed", text)
        settings.put(context.tx, "domain", given)
        # As documented: nobody stays signed in on another domain.
        sessions.revoke_all(context.tx)
        return Reply(202)


def _mailbox(name: str, value: str) -> str:
    """The part of an address before the @."""
    formats.email_address(name, f"{value}@example.com")
    return value


RESOURCES = (Domains(), ProxyChecks(), Webhooks(), BetaFeatures())
