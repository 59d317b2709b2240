"""OAuth applications, and the access tokens that they were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, formats
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.resources.keys import check_valid, is_expired
from clerk_c.testing.store import images, records
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import LIKE, Where, contains
from clerk_c.testing.uploads import image_of

TOKEN = "clerk_idp_oauth_access_token"
_ENDPOINTS = {
    "authorize_url": "/oauth/authorize",
    "token_fetch_url": "/oauth/token",
    "user_info_url": "/oauth/userinfo",
    "discovery_url": "/.well-known/openid-configuration",
    "token_introspection_url": "/oauth/token_info",
}
_DEFAULTS = {
    "scopes": "profile email",
    "consent_screen_enabled": True,
    "pkce_required": False,
    "public": False,
    "dynamically_registered": False,
    "redirect_uris": [],
}


class Applications(Resource):
    kind, prefix, path = "oauth_application", "oa", "/oauth_applications"
    orders = ("created_at", "name")
    order = "+created_at"
    checks = {"redirect_uris": formats.uri, "callback_url": formats.uri}
    filters = {"name_query": ""}

    def narrow(self, context: Context, where: Where) -> None:
        if text := context.call.query.text("name_query"):
            where.add(f"{records.column('name')} {LIKE}", contains(text))

    def fill(self, context: Context, record: Record) -> None:
        for name, value in _DEFAULTS.items():
            if record.get(name) is None:
                record[name] = value
        self._set_redirects(record, record)
        record["client_id"] = context.tx.chance.urlsafe(12)
        record["client_secret"] = None if record["public"] else context.tx.chance.urlsafe(24)

    def _set_redirects(self, record: Record, given: Mapping[str, Any]) -> None:
        """The callback is the older way to state the first of the redirects."""
        callback = given.get("callback_url")
        if callback and callback not in record["redirect_uris"]:
            record["redirect_uris"] = [callback, *record["redirect_uris"]]
        record.pop("callback_url", None)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        record.update({name: value for name, value in given.items() if value is not None})
        self._set_redirects(record, given)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        origin, image_id = context.call.origin, record.get("image_id")
        return {
            **record,
            **{name: origin + path for name, path in _ENDPOINTS.items()},
            "instance_id": context.call.store.instance_id,
            "callback_url": next(iter(record["redirect_uris"]), ""),
            "client_image_url": f"{origin}/images/{image_id}" if image_id else None,
        }

    @action("PUT", "~/{}/logo")
    def upload_logo(self, context: Context) -> Any:
        record = self.here(context)
        picture = image_of(context.call)
        record["image_id"] = images.add(context.tx, "record_id", record.id, *picture)
        return self.show(context, records.save(context.tx, record))

    @action("POST", "~/{}/rotate_secret")
    def rotate_secret(self, context: Context) -> Any:
        record = self.here(context)
        if record["public"]:
            raise errors.in_use("OAuth application", "it is public and has no secret")
        record["client_secret"] = context.tx.chance.urlsafe(24)
        return self.show(context, records.save(context.tx, record))

    @action("POST", "~/{}/revoke_token")
    def revoke_token(self, context: Context) -> Any:
        record, secret = self.here(context), context.given()["token"]
        token = records.first(context.tx, TOKEN, parent_id=record.id, token=secret)
        if token is None:
            raise errors.not_found("OAuth token", "of this application")
        token.update(revoked=True, revocation_reason=None)
        records.save(context.tx, token)

    @action("POST", "~/access_tokens/verify")
    def verify(self, context: Context) -> Any:
        given = context.given()
        secret = given.get("access_token") or given.get("secret")
        if not secret:
            raise errors.missing("access_token", status=400)
        found = records.first(context.tx, TOKEN, token=secret)
        record = check_valid(found, "OAuth token", context.now)
        return {**record, "object": TOKEN, "expired": is_expired(record, context.now)}


RESOURCES = (Applications(),)
