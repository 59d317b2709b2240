"""Pages, webhooks and publishable keys in a program that is checked strictly."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

import clerk_c
from clerk_c import Clerk, models, paginate, parse_publishable_key, verify_webhook
from clerk_c.webhook_events import DeletedEvent, UserEvent


def lists(clerk: Clerk) -> None:
    users = paginate(clerk.users.list, query="ada", limit=50)
    assert_type(users, clerk_c.Pages[models.User])
    for user in users:
        assert_type(user.id, str)
    for organization in paginate(clerk.organizations.list):
        assert_type(organization, models.Organization)
    for token in paginate(clerk.m2m.list_tokens, subject="mch_1"):
        assert_type(token, Any)
    assert_type(users.total, "int | None")


def event(body: bytes, headers: dict[str, str], secret: str) -> str | None:
    found = verify_webhook(body, headers, [secret])
    if isinstance(found, UserEvent):
        return found.data.first_name or found.data.id
    if isinstance(found, DeletedEvent):
        return found.data.id
    return found.type


def kind(key: str) -> str:
    return parse_publishable_key(key).kind
