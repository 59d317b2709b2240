"""Webhooks: proving that Clerk sent one, and reading what it tells.

Clerk has its webhooks delivered by Svix, which signs each of them. `verify_webhook` checks the
signature and gives the event, its `data` as the model of that kind of event where there is one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from . import _core, _webhook_signature, models
from ._drift import Drift
from ._webhook_signature import Reason

# Seconds since 1970. Tests may put another function in its place: see docs/testing.md.
clock = time.time
_TOLERANCE_MS = 5 * 60 * 1000
_MEANINGS: dict[Reason, str] = {
    "headers-missing": "the headers svix-id, svix-timestamp and svix-signature are not all there",
    "headers-invalid": "a header of the webhook is there twice, with different values",
    "timestamp-invalid": "the header svix-timestamp is no number of seconds",
    "timestamp-too-old": "it was signed too long ago: it may be a replay, or this clock is fast",
    "timestamp-too-new": "it was signed in the future: this clock may be slow",
    "signature-invalid": "no signature fits: the secret is another one, or the body was changed",
    "body-invalid": "the body is not an event of Clerk",
}


class WebhookVerificationError(Exception):
    """This is not a webhook of Clerk, or not a fresh one: answer 400 and forget it.

    Attributes:
        reason: "headers-missing", "headers-invalid", "timestamp-invalid",
            "timestamp-too-old", "timestamp-too-new", "signature-invalid" or
            "body-invalid".
    """

    reason: Reason

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"webhook not verified: {_MEANINGS[reason]}")
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason,)


class WebhookEvent:
    """Something happened. The classes below are for kinds of events whose data has a model; an
    event of any other kind, or whose data fits no model, is a plain WebhookEvent.

    Attributes:
        type: such as "user.created".
        data: a model, or for a plain WebhookEvent what the JSON holds.
        id: of the message (header svix-id): the same when it is delivered again.
        timestamp: when it happened, in milliseconds since 1970, if the event says.
        instance_id: of the Clerk instance, if the event says.
        raw: the whole body as a dict.
    """

    __slots__ = ("data", "id", "instance_id", "raw", "timestamp", "type")
    __match_args__ = ("type", "data")

    data: Any

    def __init__(self, raw: dict[str, Any], id: str, data: Any) -> None:
        self.raw = raw
        self.id = id
        self.data = data
        self.type = str(raw["type"])
        self.timestamp = _of_type(raw.get("timestamp"), int)
        self.instance_id = _of_type(raw.get("instance_id"), str)

    def __repr__(self) -> str:
        # What the data holds is personal, and logs are read by many.
        return f"<{type(self).__name__} {self.type} {self.id}>"


class UserEvent(WebhookEvent):
    """user.created, user.updated."""

    __slots__ = ()
    data: models.User


class SessionEvent(WebhookEvent):
    """session.created, session.ended, session.removed and so on."""

    __slots__ = ()
    data: models.Session


class OrganizationEvent(WebhookEvent):
    """organization.created, organization.updated."""

    __slots__ = ()
    data: models.Organization


class OrganizationMembershipEvent(WebhookEvent):
    """organizationMembership.created, .updated and .deleted."""

    __slots__ = ()
    data: models.OrganizationMembership


class OrganizationInvitationEvent(WebhookEvent):
    """organizationInvitation.created, .accepted, .revoked."""

    __slots__ = ()
    data: models.OrganizationInvitation


class OrganizationDomainEvent(WebhookEvent):
    """organizationDomain.created, organizationDomain.updated."""

    __slots__ = ()
    data: models.OrganizationDomain


class RoleEvent(WebhookEvent):
    """role.created, role.updated."""

    __slots__ = ()
    data: models.Role


class PermissionEvent(WebhookEvent):
    """permission.created, permission.updated."""

    __slots__ = ()
    data: models.Permission


class WaitlistEntryEvent(WebhookEvent):
    """waitlistEntry.created, waitlistEntry.updated."""

    __slots__ = ()
    data: models.WaitlistEntry


class DeletedEvent(WebhookEvent):
    """user.deleted and others whose data only says what is gone."""

    __slots__ = ()
    data: models.DeletedObject


_CLASSES: dict[str, tuple[type[WebhookEvent], str]] = {
    "user": (UserEvent, "User"),
    "session": (SessionEvent, "Session"),
    "organization": (OrganizationEvent, "Organization"),
    "organizationMembership": (OrganizationMembershipEvent, "OrganizationMembership"),
    "organizationInvitation": (OrganizationInvitationEvent, "OrganizationInvitation"),
    "organizationDomain": (OrganizationDomainEvent, "OrganizationDomain"),
    "role": (RoleEvent, "Role"),
    "permission": (PermissionEvent, "Permission"),
    "waitlistEntry": (WaitlistEntryEvent, "WaitlistEntry"),
}


class _Unnoticed(Drift):
    """Data that is not quite as documented is read all the same, and nobody is told."""

    def record(self, operation: str, findings: Any, prefix: str = "") -> None:
        pass


def verify_webhook(
    body: bytes | bytearray | memoryview | str,
    headers: object,
    secret: str | Iterable[str],
    *,
    tolerance_ms: int = _TOLERANCE_MS,
    now: int | None = None,
) -> WebhookEvent:
    """The event of a webhook, after proof that Clerk sent it.

    Args:
        body: the body of the request exactly as it came.
        headers: of the request: a mapping, pairs of name and value, a WSGI environ,
            an ASGI scope, or a request with `.headers`.
        secret: the endpoint's signing secret ("whsec_..."), or several of which
            one has to fit, while it is being replaced.
        tolerance_ms: how far, in milliseconds, the time of signing may lie from
            `now` before or after. Default: five minutes.
        now: milliseconds since 1970; None asks the system's clock.

    Raises:
        WebhookVerificationError: the webhook is not to be trusted; see `reason`.
        TypeError, ValueError: an argument makes no sense, such as a secret that is
            not base64.
    """
    if not isinstance(body, (bytes, bytearray, memoryview, str)):
        raise TypeError(
            f"body must be the request's body as it came (bytes or str), not"
            f" {type(body).__name__!r}: JSON that is written anew has another signature"
        )
    # A copy, so that what is read is what was proved.
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    secrets = _webhook_signature.secrets(secret)
    _whole("tolerance_ms", tolerance_ms)
    moment = int(clock() * 1000) if now is None else _whole("now", now)
    found = _webhook_signature.find(headers)
    if not isinstance(found, tuple):
        raise WebhookVerificationError(found)
    reason = _webhook_signature.check(secrets, found, content, moment, tolerance_ms)
    if reason is not None:
        raise WebhookVerificationError(reason)
    return _event(content, found[0])


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be int (milliseconds), not {type(value).__name__!r}")
    if value < 0:
        raise ValueError(f"{name} must not be negative")
    return value


def _of_type(value: Any, kind: type) -> Any:
    return value if type(value) is kind else None


def _event(body: bytes, id: str) -> WebhookEvent:
    try:
        raw = _core.parse_json(body)
    except ValueError:
        raise WebhookVerificationError("body-invalid") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
        raise WebhookVerificationError("body-invalid")
    data = raw.get("data")
    cls, model = _class(raw["type"], data)
    if model is not None:
        try:
            value = _core.read_json(model, json.dumps(data), _Unnoticed())
        except ValueError:
            cls = WebhookEvent  # fits so badly that no reading helps
        else:
            return cls(raw, id, value)
    return cls(raw, id, data)


def _class(kind: str, data: object) -> tuple[type[WebhookEvent], str | None]:
    if not isinstance(data, Mapping):
        return WebhookEvent, None
    if data.get("deleted") is True:
        return DeletedEvent, "DeletedObject"
    return _CLASSES.get(kind.partition(".")[0], (WebhookEvent, None))


__all__ = [
    "DeletedEvent",
    "OrganizationDomainEvent",
    "OrganizationEvent",
    "OrganizationInvitationEvent",
    "OrganizationMembershipEvent",
    "PermissionEvent",
    "RoleEvent",
    "SessionEvent",
    "UserEvent",
    "WaitlistEntryEvent",
    "WebhookEvent",
    "WebhookVerificationError",
    "verify_webhook",
]
