"""Sessions and their tokens, the templates of tokens, and the key that signs them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, shapes, tokens
from clerk_c.testing.call import Reply
from clerk_c.testing.claims import compressed
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import keys, organizations, records, sessions, users
from clerk_c.testing.store.records import Record

LIFETIME = 60
_SKEW = 5
_SHORTCODE = re.compile(r"{{\s*([a-z0-9_.]+)\s*}}")
_RESERVED = frozenset(("azp", "exp", "fva", "iat", "iss", "jti", "nbf", "sid", "sts", "sub", "v"))


class Sessions(Resource):
    kind, prefix, path = "session", "sess", "/sessions"

    def row(self, context: Context) -> sqlite3.Row:
        return sessions.find(context.tx, context.keys[0])

    def list_all(self, context: Context) -> Any:
        rows = sessions.search(context.tx, context.call.query)
        return [shapes.session(row, context.now) for row in rows]

    def get(self, context: Context) -> Any:
        return shapes.session(self.row(context), context.now)

    def create(self, context: Context) -> Any:
        given, tx = context.given(), context.tx
        organization_id = given.get("active_organization_id")
        if organization_id:
            organization_id = organizations.find(tx, organization_id).id
            organizations.membership(tx, organization_id, given["user_id"])
        key = sessions.sign_in(
            tx, given["user_id"], None, "testing", organization_id=organization_id
        )
        return shapes.session(sessions.find(tx, key), context.now)

    @action("POST", "~/{}/revoke")
    def revoke(self, context: Context) -> Any:
        sessions.revoke(context.tx, self.row(context)["id"])
        return self.get(context)

    @action("POST", "~/{}/refresh")
    def refresh(self, context: Context) -> Any:
        given, tx = context.given(), context.tx
        row = sessions.find(tx, context.keys[0])
        held = tokens.read(context.call.store.signing_key, given["refresh_token"], context.now)
        expired = tokens.read_public(keys.signing_key(tx), given["expired_token"])
        for name, claims in (("refresh_token", held), ("expired_token", expired)):
            if claims is None or claims.get("sid") != row["id"]:
                raise errors.wrong_value(name, "is no token of this session", status=400)
        _check_active(row, context.now)
        token = self._token(context, row, LIFETIME)
        if given.get("format") == "cookie":
            return {"object": "cookies", "cookies": [f"__session={token}; Path=/; SameSite=Lax"]}
        return {"object": "token", "jwt": token}

    @action("POST", "~/{}/tokens")
    def create_token(self, context: Context) -> Any:
        row, given = self.row(context), context.given()
        _check_active(row, context.now)
        seconds = _lifetime(given) or LIFETIME
        return {"object": "token", "jwt": self._token(context, row, seconds)}

    def _token(self, context: Context, row: sqlite3.Row, seconds: int) -> str:
        tx = context.tx
        claims = {**_claims(context, row, seconds), "sid": row["id"], "sts": "active", "v": 2}
        organization_id = row["last_active_organization_id"]
        if organization_id and records.get(tx, organizations.ORGANIZATION, organization_id):
            claims |= _organization_claims(context, organization_id, row["user_id"])
        return tokens.mint_public(keys.signing_key(tx), {**claims, "fva": [0, -1]})

    @action("POST", "~/{}/tokens/{}")
    def create_token_from_template(self, context: Context) -> Any:
        tx, row, given = context.tx, self.row(context), context.given()
        template = records.first(tx, Templates.kind, name=context.keys[1])
        if template is None:
            raise errors.not_found("JWT template", context.keys[1])
        _check_active(row, context.now)
        seconds = _lifetime(given) or template["lifetime"]
        values = _values(context, row)
        claims = {**_filled(template["claims"], values), **_claims(context, row, seconds)}
        claims["nbf"] = claims["iat"] - template["allowed_clock_skew"]
        if template["custom_signing_key"]:
            secret, algorithm = template["signing_key"].encode(), template["signing_algorithm"]
            return {"object": "token", "jwt": tokens.mint(secret, claims, algorithm)}
        return {"object": "token", "jwt": tokens.mint_public(keys.signing_key(tx), claims)}

    @action("GET", "/jwks", writes=True)
    def jwks(self, context: Context) -> Any:
        """Makes the key if there is none yet."""
        return keys.jwks(context.tx)

    @action("POST", "/testing_tokens")
    def create_testing_token(self, context: Context) -> Any:
        now = context.now // 1000
        return {"token": f"{now}-{context.tx.chance.urlsafe(24)}", "expires_at": now + 3600}

    @action("GET", "/public/interstitial")
    def interstitial(self, context: Context) -> Any:
        """A page that only carries on: nothing here signs in by cookies."""
        page = b"<!doctype html><title>Signing in</title><script>location.reload()</script>"
        return Reply(content=page, content_type="text/html; charset=utf-8")


def _check_active(row: sqlite3.Row, now: int) -> None:
    if sessions.status(row, now) != "active":
        raise errors.not_found("active session", row["id"])


def _lifetime(given: Mapping[str, Any]) -> int | None:
    seconds = given.get("expires_in_seconds")
    if seconds is not None and not 30 <= seconds <= 10 * 365 * 24 * 3600:
        raise errors.wrong_value("expires_in_seconds", "must lie between 30 and 315360000")
    return seconds


def _claims(context: Context, row: sqlite3.Row, seconds: int) -> dict[str, Any]:
    now = context.now // 1000
    return {
        "iss": context.call.origin,
        "sub": row["user_id"],
        "iat": now,
        "nbf": now - _SKEW,
        "exp": now + seconds,
        "jti": context.tx.chance.hex(10),
    }


def _organization_claims(context: Context, organization_id: str, user_id: str) -> dict[str, Any]:
    """Role and permissions, as short as tokens of version 2 put them: for each feature the
    numbers of the permissions that are held, out of the list of all names."""
    tx = context.tx
    organization = organizations.find(tx, organization_id)
    role = organizations.role_of(tx, organizations.membership(tx, organization_id, user_id))
    custom = [p["key"] for p in organizations.permissions_of(tx, role) if p["type"] != "system"]
    held: dict[str, set[str]] = {}
    for key in custom:
        _, feature, name = key.split(":")
        held.setdefault(feature, set()).add(name)
    claims: dict[str, Any] = {
        "id": organization_id,
        "slg": organization["slug"],
        "rol": role["key"].removeprefix("org:"),
    }
    if not held:
        return {"o": claims}
    claims |= compressed(held)
    return {"o": claims, "fea": ",".join(f"o:{feature}" for feature in sorted(held))}


def _values(context: Context, row: sqlite3.Row) -> dict[str, Any]:
    """What the shortcodes of a template may name."""
    tx, origin = context.tx, context.call.origin
    user = shapes.user(tx, users.find(tx, row["user_id"]), origin)
    lists = {
        "email_address": "email_addresses",
        "phone_number": "phone_numbers",
        "web3_wallet": "web3_wallets",
    }
    for kind, held in lists.items():
        primary = (item[kind] for item in user[held] if item["id"] == user[f"primary_{kind}_id"])
        user[f"primary_{kind}"] = next(primary, None)
    names = (user["first_name"], user["last_name"])
    user["full_name"] = " ".join(name for name in names if name) or None
    values: dict[str, Any] = {"user": user, "session": shapes.session(row, context.now)}
    organization_id = row["last_active_organization_id"]
    found = organization_id and records.get(tx, organizations.ORGANIZATION, organization_id)
    if found:
        member = organizations.membership(tx, organization_id, row["user_id"])
        role = organizations.role_of(tx, member)["key"]
        values["org"] = {**organizations.shape(tx, found, origin), "role": role}
    return values


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """A template's claims with the shortcodes replaced; one by itself keeps its type."""

    def look(match: re.Match[str]) -> Any:
        found: Any = values
        for part in match[1].split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found

    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if not isinstance(value, str):
        return value
    whole = _SHORTCODE.fullmatch(value)
    if whole:
        return look(whole)
    return _SHORTCODE.sub(lambda match: str(look(match) or ""), value)


class Templates(Resource):
    kind, prefix, path = "jwt_template", "jtmp", "/jwt_templates"
    unique = ("name",)

    def fill(self, context: Context, record: Record) -> None:
        defaults = {"lifetime": LIFETIME, "allowed_clock_skew": _SKEW, "custom_signing_key": False}
        for name, value in {**defaults, "signing_algorithm": "RS256"}.items():
            if record.get(name) is None:
                record[name] = value
        self._check_claims(record)

    def _check_claims(self, record: Record) -> None:
        if not record["name"]:
            raise errors.missing("name")
        taken = sorted(_RESERVED & record["claims"].keys())
        if taken:
            raise errors.wrong_value("claims", f"must not set {', '.join(taken)}")
        if not 30 <= record["lifetime"] <= 315_360_000:
            raise errors.wrong_value("lifetime", "must lie between 30 and 315360000")
        if not 0 <= record["allowed_clock_skew"] <= 300:
            raise errors.wrong_value("allowed_clock_skew", "must lie between 0 and 300")
        if not record["custom_signing_key"]:
            if record["signing_algorithm"] != "RS256":
                raise errors.missing_with("custom_signing_key", "signing_algorithm")
            return
        if record["signing_algorithm"] not in tokens.HMACS:
            # Signing with a private key of the caller's needs more than Python alone.
            reason = f"must be one of {', '.join(tokens.HMACS)} with a custom key here"
            raise errors.wrong_value("signing_algorithm", reason)
        if not record.get("signing_key"):
            raise errors.missing_with("signing_key", "custom_signing_key")

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        record.update({name: value for name, value in given.items() if value is not None})
        self._check_claims(record)


RESOURCES = (Sessions(), Templates())
