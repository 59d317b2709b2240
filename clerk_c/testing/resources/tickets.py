"""Tickets that let somebody in: for a user, an actor in a user's name, an agent; and sign-ups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors, formats, tokens
from clerk_c.testing.resources.engine import Context, Resource, action
from clerk_c.testing.store import organizations, records
from clerk_c.testing.store.records import Record

_LIMIT = 315_360_000


def _seconds(record: Record, name: str, default: int) -> int:
    seconds = record.get(name)
    seconds = default if seconds is None else seconds
    if not 1 <= seconds <= _LIMIT:
        raise errors.wrong_value(name, f"must lie between 1 and {_LIMIT}")
    return int(seconds)


class _Tickets(Resource):
    """Tokens for a user, pending until they are used or revoked."""

    lifetime = 0

    def fill(self, context: Context, record: Record) -> None:
        record["user_id"] = context.user(record["user_id"])
        seconds = _seconds(record, "expires_in_seconds", self.lifetime)
        record["expires_at"] = context.now + 1000 * seconds
        now = context.now // 1000
        claims = {"id": record.id, "sub": record["user_id"], "iat": now, "exp": now + seconds}
        record["token"] = tokens.mint(context.call.store.signing_key, {"st": self.kind, **claims})
        record["status"] = "pending"

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        if record["status"] != "pending":
            return {**record, "token": None}
        return {
            **record,
            "url": f"{context.call.origin}/v1/tickets/accept?ticket={record['token']}",
        }

    @action("POST", "~/{}/revoke")
    def revoke(self, context: Context) -> Any:
        record = self.here(context)
        if record["status"] != "pending":
            text = f"This {self.label} is {record['status']} already."
            raise errors.ApiError(400, f"{self.kind}_cannot_be_revoked", text)
        record["status"] = "revoked"
        return self.show(context, records.save(context.tx, record))


class SignInTokens(_Tickets):
    kind, prefix, path = "sign_in_token", "sit", "/sign_in_tokens"
    lifetime = 30 * 24 * 3600

    def fill(self, context: Context, record: Record) -> None:
        super().fill(context, record)
        if record.get("org_id") is not None:
            organization = organizations.find(context.tx, record["org_id"])
            organizations.membership(context.tx, organization.id, record["user_id"])


class ActorTokens(_Tickets):
    kind, prefix, path = "actor_token", "act", "/actor_tokens"
    lifetime = 3600

    def fill(self, context: Context, record: Record) -> None:
        super().fill(context, record)
        _seconds(record, "session_max_duration_in_seconds", 1800)


class AgentTasks(Resource):
    kind, prefix, path = "agent_task", "agttask", "/agents/tasks"
    checks = {"redirect_url": formats.url}

    def fill(self, context: Context, record: Record) -> None:
        behalf = record.pop("on_behalf_of")
        record["user_id"] = self._user(context, behalf)
        seconds = _seconds(record, "session_max_duration_in_seconds", 1800)
        record.update(agent_task_id=record.id, task_id=record.id, status="pending")
        record["expires_at"] = context.now + 1000 * seconds
        same = records.first(context.tx, self.kind, agent_name=record["agent_name"])
        record["agent_id"] = same["agent_id"] if same else context.tx.new_id("agt")

    def _user(self, context: Context, behalf: Mapping[str, Any]) -> str:
        user_id, identifier = behalf.get("user_id"), behalf.get("identifier")
        if bool(user_id) == bool(identifier):
            raise errors.missing("on_behalf_of")
        if user_id:
            return context.user(user_id)
        sql = "SELECT user_id FROM identifications WHERE canonical = ? AND claimed = 1"
        row = context.tx.one(sql, str(identifier).strip().lower())
        if row is None:
            raise errors.not_found("user", str(identifier))
        return str(row["user_id"])

    def show(self, context: Context, record: Record) -> Mapping[str, Any]:
        if record["status"] != "pending":
            return record
        return {**record, "url": f"{context.call.origin}/agents/tasks/{record.id}"}

    @action("POST", "~/{}/revoke")
    def revoke(self, context: Context) -> Any:
        record = self.here(context)
        if record["status"] != "pending":
            text = f"This agent task is {record['status']} already."
            raise errors.ApiError(400, "agent_task_cannot_be_revoked", text)
        record["status"] = "revoked"
        return self.show(context, records.save(context.tx, record))


class SignUps(Resource):
    """They begin in the Frontend API, for which `Store.add_sign_up` stands."""

    kind, prefix, path = "sign_up_attempt", "sua", "/sign_ups"

    def change(self, context: Context, record: Record, given: dict[str, Any]) -> None:
        external_id = given.get("external_id")
        if external_id and context.tx.one("SELECT 1 FROM users WHERE external_id = ?", external_id):
            raise errors.exists("external_id", "external id")
        record.update(given)


RESOURCES = (SignInTokens(), ActorTokens(), AgentTasks(), SignUps())
