"""Rows of the store to the JSON objects of the Backend API."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from clerk_c.testing.store import identifications, invitations, sessions, settings, verifications
from clerk_c.testing.store.database import Transaction, dump, load

Json = dict[str, Any]

_DAY = 24 * 60 * 60 * 1000
_ATTEMPTS = 100
_CURRENCY_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def deleted(kind: str, identifier: str, **more: Any) -> Json:
    return {"object": kind, "id": identifier, "deleted": True, **more}


def _flags(row: sqlite3.Row, *names: str) -> Json:
    return {name: bool(row[name]) for name in names}


def _columns(row: sqlite3.Row, *names: str) -> Json:
    return {name: row[name] for name in names}


# Users and what belongs to them


def user(tx: Transaction, row: sqlite3.Row, origin: str) -> Json:
    return users(tx, [row], origin)[0]


def users(tx: Transaction, rows: list[sqlite3.Row], origin: str) -> list[Json]:
    """Many users with one query for each kind of belongings, whatever their number."""
    keys = dump([row["id"] for row in rows])
    owned = {
        table: _by_owner(tx, table, keys)
        for table in ("identifications", "external_accounts", "backup_codes")
    }
    return [
        _user(row, origin, tx.now, {table: owned[table][row["id"]] for table in owned})
        for row in rows
    ]


def _by_owner(tx: Transaction, table: str, keys: str) -> dict[str, list[sqlite3.Row]]:
    sql = f"SELECT * FROM {table} WHERE user_id IN (SELECT value FROM json_each(?)) ORDER BY seq"
    result = defaultdict(list)
    for row in tx.rows(sql, keys):
        result[row["user_id"]].append(row)
    return result


def _user(row: sqlite3.Row, origin: str, now: int, owned: dict[str, list[sqlite3.Row]]) -> Json:
    kinds = defaultdict(list)
    for item in owned["identifications"]:
        kinds[item["kind"]].append(item)
    accounts = owned["external_accounts"]
    totp = row["totp_secret"] is not None
    locked = (row["locked_until"] or 0) > now
    remaining = (row["locked_until"] - now) // 1000 if locked else None
    last_active = row["last_active_at"]
    return {
        "id": row["id"],
        "object": "user",
        **_columns(row, "external_id", *identifications.PRIMARY.values()),
        **_columns(row, "username", "first_name", "last_name", "locale"),
        "has_image": row["image_id"] is not None,
        "image_url": f"{origin}/images/{row['image_id'] or row['id']}",
        "public_metadata": load(row["public_metadata"]),
        "private_metadata": load(row["private_metadata"]),
        "unsafe_metadata": load(row["unsafe_metadata"]),
        "email_addresses": [email_address(r, accounts) for r in kinds[identifications.EMAIL]],
        "phone_numbers": [_phone_number(r) for r in kinds[identifications.PHONE]],
        "web3_wallets": [_web3_wallet(r) for r in kinds[identifications.WALLET]],
        "passkeys": [_passkey(r) for r in kinds[identifications.PASSKEY]],
        "external_accounts": [_external_account(r) for r in accounts],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "password_enabled": row["password_digest"] is not None,
        "password_last_updated_at": row["password_last_updated_at"],
        "requires_password_reset": bool(row["password_compromised"]),
        "two_factor_enabled": totp or any(r["second_factor"] for r in owned["identifications"]),
        "totp_enabled": totp,
        "backup_code_enabled": bool(owned["backup_codes"]),
        **_columns(row, "mfa_enabled_at", "mfa_disabled_at", "legal_accepted_at"),
        "last_sign_in_at": row["last_sign_in_at"],
        # Documented to be exact to the day only.
        "last_active_at": None if last_active is None else last_active - last_active % _DAY,
        **_flags(row, "banned", "delete_self_enabled", "create_organization_enabled"),
        **_flags(row, "bypass_client_trust"),
        "locked": locked,
        "lockout_expires_in_seconds": remaining,
        "verification_attempts_remaining": _ATTEMPTS,
        **_columns(row, "create_organizations_limit", "created_at", "updated_at"),
    }


def _identification(row: sqlite3.Row, kind: str) -> Json:
    return {
        "id": row["id"],
        "object": kind,
        kind: row["identifier"],
        "verification": load(row["verification"]),
        **_columns(row, "created_at", "updated_at"),
    }


def email_address(row: sqlite3.Row, accounts: Iterable[sqlite3.Row]) -> Json:
    links = [
        {"type": account["provider"], "id": account["identification_id"]}
        for account in accounts
        if identifications.canonical(account["email_address"]) == row["canonical"]
    ]
    return {
        **_identification(row, "email_address"),
        "reserved": bool(row["reserved"]),
        "linked_to": links,
        "matches_sso_connection": False,
    }


def contact(tx: Transaction, row: sqlite3.Row) -> Json:
    """An e-mail address or a phone number by itself."""
    if row["kind"] == identifications.PHONE:
        return _phone_number(row)
    return email_address(row, identifications.linked_accounts(tx, row))


def _phone_number(row: sqlite3.Row) -> Json:
    return {
        **_identification(row, "phone_number"),
        "reserved": bool(row["reserved"]),
        "reserved_for_second_factor": bool(row["second_factor"]),
        "default_second_factor": bool(row["default_second_factor"]),
        "linked_to": [],
        "backup_codes": None,
    }


def _web3_wallet(row: sqlite3.Row) -> Json:
    return _identification(row, "web3_wallet")


def _passkey(row: sqlite3.Row) -> Json:
    return {
        "id": row["id"],
        "object": "passkey",
        "name": row["identifier"],
        "last_used_at": row["last_used_at"],
        "verification": load(row["verification"]),
    }


def _external_account(row: sqlite3.Row) -> Json:
    proof = identifications.verification(
        "oauth", strategy=row["provider"], expire_at=row["created_at"] + _DAY
    )
    names = ("email_address", "first_name", "last_name", "username", "label")
    return {
        "object": "external_account",
        **_columns(row, "id", "provider", "identification_id", "provider_user_id", *names),
        "approved_scopes": row["scopes"],
        "public_metadata": load(row["public_metadata"]),
        "verification": proof,
        **_columns(row, "created_at", "updated_at"),
    }


def oauth_access_token(row: sqlite3.Row) -> Json:
    return {
        "object": "oauth_access_token",
        "external_account_id": row["id"],
        **_columns(row, "provider_user_id", "token", "provider", "label"),
        "expires_at": row["token_expires_at"],
        "public_metadata": load(row["public_metadata"]),
        "scopes": row["scopes"].split(),
    }


def trusted_device(row: sqlite3.Row) -> Json:
    return {
        "object": "trusted_device",
        "algorithm": "ES256",
        **_columns(row, "id", "platform", "app_identifier", "status", "name"),
        **_columns(row, "last_used_at", "revoked_at", "created_at", "updated_at"),
    }


def money(amount: int, currency: str) -> Json:
    return {
        "amount": amount,
        "amount_formatted": f"{amount / 100:.2f}",
        "currency": currency,
        "currency_symbol": _CURRENCY_SYMBOLS.get(currency, currency),
    }


def credit(row: sqlite3.Row) -> Json:
    created = datetime.fromtimestamp(row["created_at"] / 1000, timezone.utc)
    return {
        "object": "commerce_credit_ledger",
        "id": row["id"],
        "payer_id": row["payer_id"],
        "amount": money(row["amount"], row["currency"]),
        "source_type": "adjustment",
        "source_id": row["idempotency_key"],
        "note": row["note"],
        "created_at": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


# The other groups


def verification(row: sqlite3.Row, now: int) -> Json:
    return {
        "object": "verification_otp",
        "status": verifications.status(row, now),
        "channel": None,
        **_columns(row, "id", "strategy", "attempts", "expire_at"),
    }


def invitation(row: sqlite3.Row, now: int, origin: str) -> Json:
    state = invitations.status(row, now)
    result = {
        "object": "invitation",
        **_columns(row, "id", "email_address", "expires_at", "created_at", "updated_at"),
        "public_metadata": load(row["public_metadata"]),
        "status": state,
        "revoked": state == "revoked",
    }
    if state == "pending":
        result["url"] = f"{origin}/invitations/{row['id']}"
    return result


def client(tx: Transaction, row: sqlite3.Row) -> Json:
    held = [session(r, tx.now) for r in sessions.of_client(tx, row["id"])]
    return {
        "object": "client",
        "id": row["id"],
        "session_ids": [item["id"] for item in held],
        "sessions": held,
        **_columns(row, "sign_in_id", "sign_up_id", "last_active_session_id"),
        **_columns(row, "last_authentication_strategy", "updated_at", "created_at"),
    }


def session(row: sqlite3.Row, now: int) -> Json:
    return {
        "object": "session",
        **_columns(row, "id", "user_id", "client_id", "last_active_at", "expire_at"),
        **_columns(row, "abandon_at", "created_at", "updated_at"),
        "status": sessions.status(row, now),
        "actor": load(row["actor"]),
        "last_active_organization_id": row["last_active_organization_id"],
    }


def setting(tx: Transaction, name: str, kind: str) -> Json:
    return {"object": kind, **settings.get(tx, name)}
