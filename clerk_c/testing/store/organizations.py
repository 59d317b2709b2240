"""Organizations, their members and roles, as far as more than one resource is about them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.store import records, settings
from clerk_c.testing.store.database import Transaction
from clerk_c.testing.store.records import Record

ORGANIZATION = "organization"
MEMBERSHIP = "organization_membership"
INVITATION = "organization_invitation"
ROLE = "role"
PERMISSION = "permission"
ROLE_SET = "role_set"

ADMIN, MEMBER = "org:admin", "org:member"
INITIAL_ROLE_SET = "role_set:default"

# What the first members of an organization may do is named by Clerk itself.
_SYSTEM_PERMISSIONS = {
    "org:sys_profile:manage": "Manage organization profile",
    "org:sys_profile:delete": "Delete organization",
    "org:sys_memberships:read": "Read members",
    "org:sys_memberships:manage": "Manage members",
    "org:sys_domains:read": "Read domains",
    "org:sys_domains:manage": "Manage domains",
    "org:sys_billing:read": "Read billing",
    "org:sys_billing:manage": "Manage billing",
}
_OF_MEMBERS = ("org:sys_memberships:read", "org:sys_billing:read")
# Who founds an organization, or is the last to run it, needs these.
_ELEVATED = frozenset(
    ("org:sys_profile:delete", "org:sys_memberships:read", "org:sys_memberships:manage")
)


def seed(tx: Transaction, role_ids: Mapping[str, str]) -> None:
    """The permissions, roles and role set of a new instance."""
    permissions = {key: _add_permission(tx, key, name) for key, name in _SYSTEM_PERMISSIONS.items()}
    chosen = {ADMIN: list(permissions), MEMBER: list(_OF_MEMBERS)}
    for key, role_id in role_ids.items():
        members = {
            "id": role_id,
            "key": key,
            "name": key.removeprefix("org:").capitalize(),
            "description": None,
            "permissions": [permissions[name] for name in chosen[key]],
        }
        records.add(tx, Record(ROLE, members))
    role_set = {
        "id": tx.new_id("roleset"),
        "key": INITIAL_ROLE_SET,
        "name": "Default",
        "description": None,
        "type": "initial",
        "roles": list(role_ids.values()),
        "default_role": role_ids[MEMBER],
        "creator_role": role_ids[ADMIN],
    }
    records.add(tx, Record(ROLE_SET, role_set))


def _add_permission(tx: Transaction, key: str, name: str) -> str:
    members = {"id": tx.new_id("perm"), "key": key, "name": name, "description": name}
    return records.add(tx, Record(PERMISSION, {**members, "type": "system"})).id


# Roles


def by_key(tx: Transaction, kind: str, key: str) -> Record:
    """A role, permission or role set by its key or id."""
    found = records.first(tx, kind, key=key) or records.get(tx, kind, key)
    if found is None:
        raise errors.not_found(f"organization {kind.replace('_', ' ')}", key)
    return found


def permissions_of(tx: Transaction, role: Record) -> list[Record]:
    found = (records.get(tx, PERMISSION, key) for key in role["permissions"])
    return [permission for permission in found if permission is not None]


def permission_keys(tx: Transaction, role: Record) -> list[str]:
    return [permission["key"] for permission in permissions_of(tx, role)]


def is_elevated(tx: Transaction, role: Record) -> bool:
    return set(permission_keys(tx, role)) >= _ELEVATED


def role_of(tx: Transaction, membership: Record) -> Record:
    role = records.get(tx, ROLE, membership["role_id"])
    assert role is not None, "a role in use cannot be deleted"
    return role


def role_set_of(tx: Transaction, organization: Record) -> Record:
    found = records.get(tx, ROLE_SET, organization["role_set_id"])
    return found or initial_role_set(tx)


def initial_role_set(tx: Transaction) -> Record:
    found = records.first(tx, ROLE_SET, type="initial")
    assert found is not None, "the initial role set cannot be deleted"
    return found


def allowed_role(tx: Transaction, organization: Record, key: str) -> Record:
    """A role by its key, if the organization's role set has it."""
    role = by_key(tx, ROLE, key)
    if role.id not in role_set_of(tx, organization)["roles"]:
        raise errors.wrong_value("role", "must be a role of the organization's role set")
    return role


# Members


def find(tx: Transaction, organization_id: str) -> Record:
    """An organization by its id or slug."""
    found = records.get(tx, ORGANIZATION, organization_id) or records.first(
        tx, ORGANIZATION, slug=organization_id
    )
    if found is None:
        raise errors.not_found("organization", organization_id)
    return found


def members_of(tx: Transaction, organization_id: str) -> list[Record]:
    return records.of(tx, MEMBERSHIP, parent_id=organization_id)


def count_members(tx: Transaction, organization_id: str) -> int:
    return records.count(tx, MEMBERSHIP, records.matching(parent_id=organization_id))


def membership(tx: Transaction, organization_id: str, user_id: str) -> Record:
    found = records.first(tx, MEMBERSHIP, parent_id=organization_id, user_id=user_id)
    if found is None:
        raise errors.not_found("organization membership of the user", user_id)
    return found


def join(
    tx: Transaction, organization: Record, user_id: str, role: Record, **members: Any
) -> Record:
    """Makes a user a member."""
    if records.first(tx, MEMBERSHIP, parent_id=organization.id, user_id=user_id) is not None:
        text = f"{user_id} is a member of the organization already."
        raise errors.ApiError(400, "already_a_member_in_organization", "already a member", text)
    limit = organization["max_allowed_memberships"]
    if limit and count_members(tx, organization.id) >= limit:
        text = f"The organization has room for {limit} members."
        code = "organization_membership_quota_exceeded"
        raise errors.ApiError(403, code, "organization membership quota exceeded", text)
    made = {
        "id": tx.new_id("orgmem"),
        "parent_id": organization.id,
        "user_id": user_id,
        "role_id": role.id,
        "public_metadata": {},
        "private_metadata": {},
        **{name: value for name, value in members.items() if value is not None},
    }
    return records.add(tx, Record(MEMBERSHIP, made))


def check_elevated_remains(tx: Transaction, leaving: Record) -> None:
    """Refuses to take the last member who may manage the others."""
    others = [m for m in members_of(tx, str(leaving["parent_id"])) if m.id != leaving.id]
    if is_elevated(tx, role_of(tx, leaving)) and not any(
        is_elevated(tx, role_of(tx, other)) for other in others
    ):
        text = "An organization needs a member who may manage its members."
        code = "organization_minimum_permissions_needed"
        raise errors.ApiError(400, code, "minimum permissions needed", text)


def public_user(tx: Transaction, row: sqlite3.Row, origin: str) -> dict[str, Any]:
    """What other members see of a user."""
    sql = "SELECT identifier FROM identifications WHERE id IN (?, ?) ORDER BY kind LIMIT 1"
    primary = tx.one(sql, row["primary_email_address_id"], row["primary_phone_number_id"])
    image_url = f"{origin}/images/{row['image_id'] or row['id']}"
    return {
        "user_id": row["id"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "image_url": image_url,
        "profile_image_url": image_url,
        "has_image": row["image_id"] is not None,
        "identifier": row["username"] if primary is None else primary["identifier"],
        "username": row["username"],
        "banned": bool(row["banned"]),
    }


def shape(tx: Transaction, record: Record, origin: str, *, counted: bool = False) -> dict[str, Any]:
    """An organization as its own and other objects show it."""
    image_id = record.get("image_id")
    members = {
        **record,
        "has_image": image_id is not None,
        "image_url": f"{origin}/images/{image_id or record.id}",
        "role_set_key": role_set_of(tx, record)["key"],
    }
    return {**members, "members_count": count_members(tx, record.id)} if counted else members


def settings_of(tx: Transaction) -> dict[str, Any]:
    return settings.get(tx, "organization_settings")


def accept_invitation(tx: Transaction, invitation: Record, user_id: str) -> Record:
    """What the invited person does."""
    if invitation["status"] != "pending" or invitation["expires_at"] <= tx.now:
        text = "This invitation is not pending any more."
        raise errors.ApiError(400, "organization_invitation_not_pending", "not pending", text)
    organization = find(tx, str(invitation["parent_id"]))
    metadata = {name: invitation[name] for name in ("public_metadata", "private_metadata")}
    made = join(tx, organization, user_id, role_of(tx, invitation), **metadata)
    records.save(tx, Record(INVITATION, {**invitation, "status": "accepted"}))
    return made
