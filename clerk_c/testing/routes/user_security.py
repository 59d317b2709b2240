"""What users sign in with: password, TOTP, backup codes, passkeys, trusted devices."""

from __future__ import annotations

import sqlite3
from typing import Any

from clerk_c.testing import shapes
from clerk_c.testing.call import Call
from clerk_c.testing.fields import flag, text
from clerk_c.testing.routes.users import change_user
from clerk_c.testing.store import identifications, security, sessions, users
from clerk_c.testing.store.database import Transaction


def remove_password(call: Call) -> Any:
    given = call.fields({"sign_out_of_other_sessions": flag()})

    def change(tx: Transaction, row: sqlite3.Row) -> None:
        security.remove_password(tx, row)
        if given.get("sign_out_of_other_sessions"):
            sessions.revoke_all(tx, row["id"])

    return change_user(call, change)


def verify_password(call: Call) -> Any:
    given = call.fields({"password": text(limit=4096)}, required=["password"])
    with call.store.read() as tx:
        row = users.find(tx, call.path["user_id"])
    security.check_password(row, given["password"])
    return {"verified": True}


def set_compromised(call: Call) -> Any:
    given = call.fields({"revoke_all_sessions": flag()})

    def change(tx: Transaction, row: sqlite3.Row) -> None:
        security.set_compromised(tx, row, True)
        if given.get("revoke_all_sessions"):
            sessions.revoke_all(tx, row["id"])

    return change_user(call, change)


def unset_compromised(call: Call) -> Any:
    return change_user(call, lambda tx, row: security.set_compromised(tx, row, False))


def verify_totp(call: Call) -> Any:
    given = call.fields({"code": text()}, required=["code"])
    with call.store.write() as tx:
        row = users.find(tx, call.path["user_id"])
        code_type = security.check_second_factor(tx, row, given["code"])
    return {"verified": True, "code_type": code_type}


def disable_mfa(call: Call) -> Any:
    with call.store.write() as tx:
        row = users.find(tx, call.path["user_id"])
        security.disable_mfa(tx, row)
    return {"user_id": row["id"]}


def delete_totp(call: Call) -> Any:
    with call.store.write() as tx:
        row = users.find(tx, call.path["user_id"])
        security.delete_totp(tx, row)
    return {"user_id": row["id"]}


def delete_backup_codes(call: Call) -> Any:
    with call.store.write() as tx:
        row = users.find(tx, call.path["user_id"])
        security.delete_backup_codes(tx, row)
    return {"user_id": row["id"]}


def _delete_identification(call: Call, kind: str) -> Any:
    with call.store.write() as tx:
        owner = users.find(tx, call.path["user_id"])
        row = identifications.find_of(tx, owner["id"], kind, call.path["identification_id"])
        identifications.remove(tx, row)
    return shapes.deleted(kind, row["id"])


def delete_passkey(call: Call) -> Any:
    return _delete_identification(call, identifications.PASSKEY)


def delete_web3_wallet(call: Call) -> Any:
    return _delete_identification(call, identifications.WALLET)


def list_trusted_devices(call: Call) -> Any:
    with call.store.read() as tx:
        owner = users.find(tx, call.path["user_id"])
        devices = security.trusted_devices(tx, owner["id"])
    data = [shapes.trusted_device(row) for row in devices]
    return {"data": data, "total_count": len(data)}


def revoke_trusted_device(call: Call) -> Any:
    with call.store.write() as tx:
        owner = users.find(tx, call.path["user_id"])
        row = security.revoke_trusted_device(tx, owner["id"], call.path["trusted_device_id"])
    return shapes.trusted_device(row)


ROUTES = (
    ("POST", "/users/{user_id}/remove_password", remove_password),
    ("POST", "/users/{user_id}/verify_password", verify_password),
    ("POST", "/users/{user_id}/password/set_compromised", set_compromised),
    ("POST", "/users/{user_id}/password/unset_compromised", unset_compromised),
    ("POST", "/users/{user_id}/verify_totp", verify_totp),
    ("DELETE", "/users/{user_id}/mfa", disable_mfa),
    ("DELETE", "/users/{user_id}/totp", delete_totp),
    ("DELETE", "/users/{user_id}/backup_code", delete_backup_codes),
    ("DELETE", "/users/{user_id}/passkeys/{identification_id}", delete_passkey),
    ("DELETE", "/users/{user_id}/web3_wallets/{identification_id}", delete_web3_wallet),
    ("GET", "/users/{user_id}/trusted_devices", list_trusted_devices),
    ("DELETE", "/users/{user_id}/trusted_devices/{trusted_device_id}", revoke_trusted_device),
)
