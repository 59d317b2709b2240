"""Machines, which of them may talk to which, and the tokens they do it with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, tokens
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.resources.keys import Secrets, check_valid
from clerk_c.testing.store import keys, machines, records
from clerk_c.testing.store.machines import MACHINE, SCOPE, TOKEN
from clerk_c.testing.store.records import Record
from clerk_c.testing.store.where import Where

_SCOPE_LIMIT = 150
_GRACE_LIMIT = 8 * 3600


class Machines(Resource):
    kind, prefix, path = MACHINE, "mch", "/machines"

    def fill(self, context: Context, record: Record) -> None:
        record["secret_key"] = machines.new_secret(context.tx)
        record["previous_secret_key"] = record["previous_expires_at"] = None
        self._check_lifetime(record)

    def _check_lifetime(self, record: Record) -> None:
        record.setdefault("default_token_ttl", 3600)
        if record["default_token_ttl"] < 1:
            raise errors.wrong_value("default_token_ttl", "must be at least 1")

    def filed(self, context: Context, record: Record) -> None:
        for key in dict.fromkeys(record.pop("scoped_machines", None) or []):
            self._add_scope(context, record, self.find(context, key))
        records.save(context.tx, record)

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        record.update(given)
        self._check_lifetime(record)

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        instance = {"instance_id": context.call.store.instance_id}
        found = (
            records.get(context.tx, MACHINE, key) for key in machines.scopes(context.tx, record)
        )
        scoped = [{**machine, **instance} for machine in found if machine is not None]
        return {**record, **instance, "scoped_machines": scoped}

    def _add_scope(self, context: Context, record: Record, other: Record) -> Record:
        known = machines.scopes(context.tx, record)
        if other.id == record.id:
            raise errors.wrong_value("to_machine_id", "must name another machine")
        if other.id in known:
            raise errors.in_use("machine scope", "it exists already")
        if len(known) >= _SCOPE_LIMIT:
            raise errors.too_many("scoped_machines", _SCOPE_LIMIT)
        members = {"id": context.tx.new_id("mscp"), "parent_id": record.id}
        ends = {"from_machine_id": record.id, "to_machine_id": other.id}
        return records.add(context.tx, Record(SCOPE, {**members, **ends}))

    def leave(self, context: Context, record: Record) -> None:
        for scope in records.of(context.tx, SCOPE, to_machine_id=record.id):
            records.delete(context.tx, scope)

    @action("GET", "~/{}/secret_key")
    def get_secret_key(self, context: Context) -> Any:
        return {"secret": self.here(context)["secret_key"]}

    @action("POST", "~/{}/secret_key/rotate")
    def rotate_secret_key(self, context: Context) -> Any:
        record, seconds = self.here(context), context.given()["previous_token_ttl"]
        if not 0 <= seconds <= _GRACE_LIMIT:
            raise errors.wrong_value("previous_token_ttl", f"must lie between 0 and {_GRACE_LIMIT}")
        record["previous_secret_key"] = record["secret_key"]
        record["previous_expires_at"] = context.now + 1000 * seconds
        record["secret_key"] = machines.new_secret(context.tx)
        records.save(context.tx, record)
        return {"secret": record["secret_key"]}

    @action("POST", "~/{}/scopes")
    def create_scope(self, context: Context) -> Any:
        record = self.here(context)
        other = self.find(context, context.given()["to_machine_id"])
        return self._add_scope(context, record, other)

    @action("DELETE", "~/{}/scopes/{}")
    def delete_scope(self, context: Context) -> Any:
        ends = {"from_machine_id": context.keys[0], "to_machine_id": context.keys[1]}
        scope = records.first(context.tx, SCOPE, **ends)
        if scope is None:
            raise errors.not_found("machine scope", context.keys[1])
        records.delete(context.tx, scope)
        return {**ends, "deleted": True}


class Tokens(Secrets):
    kind, prefix, path = TOKEN, "mt", "/m2m_tokens"
    member, lead = "token", "mt_"
    filters = {"expired": "", "revoked": ""}

    def _machine(self, context: Context) -> Record:
        """The machine whose secret key came with the request."""
        if context.call.machine_id is None:
            text = "Only a machine, by its own secret key, can make its tokens."
            raise errors.ApiError(401, "machine_secret_key_required", "not a machine", text)
        return Machines().find(context, context.call.machine_id)

    def create(self, context: Context) -> Any:
        machine, given, tx = self._machine(context), context.given(), context.tx
        known = self._reusable(context, machine, given)
        if known is not None:
            return self.show(context, known)
        form = given.pop("token_format", "opaque")
        given.pop("min_remaining_ttl_seconds", None)
        scopes = [machine.id, *machines.scopes(tx, machine)]
        owner = {"parent_id": machine.id, "subject": machine.id}
        given.setdefault("seconds_until_expiration", machine["default_token_ttl"])
        made = self.make(context, {"claims": None, **given, **owner, "scopes": scopes})
        if form == "jwt":
            made["token"] = self._jwt(context, made)
            records.save(tx, made)
        return self.show(context, made)

    def _reusable(
        self, context: Context, machine: Record, given: Mapping[str, Any]
    ) -> Record | None:
        """A token with the same claims that lasts as long as the request asks for."""
        seconds = given.get("min_remaining_ttl_seconds")
        if seconds is None or given.get("token_format") == "jwt":
            return None
        for token in records.of(context.tx, TOKEN, parent_id=machine.id, revoked=0):
            until = token["expiration"]
            lasts = until is None or until >= context.now + 1000 * seconds
            if lasts and token["claims"] == given.get("claims"):
                return token
        return None

    def _jwt(self, context: Context, token: Record) -> str:
        claims = {
            "iss": context.call.origin,
            "sub": token["subject"],
            "jti": token.id,
            "iat": context.now // 1000,
            "scopes": " ".join(token["scopes"]),
        }
        if token["expiration"] is not None:
            claims["exp"] = token["expiration"] // 1000
        return tokens.mint_public(
            keys.signing_key(context.tx), {**(token["claims"] or {}), **claims}
        )

    def narrow(self, context: Context, where: Where) -> None:
        query = context.call.query
        own, subject = context.call.machine_id, query.text("subject")
        if subject is None:
            raise errors.missing("subject", status=400)
        if own not in (None, subject):
            raise errors.ApiError(403, "forbidden", "These are the tokens of another machine.")
        where.add(f"{records.column('revoked')} = ?", int(query.flag("revoked") or False))
        until = records.column("expiration")
        expired = f"({until} IS NOT NULL AND {until} <= ?)"
        where.add(expired if query.flag("expired") else f"NOT {expired}", context.now)

    def here(self, context: Context) -> Record:
        record = super().here(context)
        if context.call.machine_id not in (None, record["subject"]):
            raise errors.not_found(self.label, record.id)
        return record

    @action("POST", "~/verify")
    def verify(self, context: Context) -> Any:
        """A machine may verify what is meant for it: of machines that it shares a scope with."""
        body = context.call.json()
        # As the client's own verification sends it, where every kind of token is a secret.
        token = body.get("secret") if isinstance(body, dict) and "token" not in body else None
        token = token if isinstance(token, str) else context.given()["token"]
        found = records.first(context.tx, TOKEN, token=token)
        own = context.call.machine_id
        if found is not None and own is not None and own not in found["scopes"]:
            found = None
        record = check_valid(found, self.label, context.now)
        record["last_used_at"] = context.now
        return self.show(context, records.save(context.tx, record))


RESOURCES = (Machines(), Tokens())
