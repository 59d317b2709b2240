"""What a user signs in with besides identifiers: password, TOTP, backup codes, devices."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from clerk_c.testing import credentials, errors
from clerk_c.testing.store import settings
from clerk_c.testing.store.database import Transaction


def set_from(tx: Transaction, user_id: str, given: Mapping[str, Any]) -> None:
    """Password, TOTP and backup codes out of the parameters of creating or updating a user."""
    _check_combination(given)
    if given.get("password") is not None:
        set_password(tx, user_id, given["password"], bool(given.get("skip_password_checks")))
    elif given.get("password_digest") is not None:
        credentials.check_digest(given["password_digest"], given["password_hasher"])
        _store_password(tx, user_id, given["password_digest"], given["password_hasher"])
    if given.get("totp_secret"):
        tx.update("users", user_id, totp_secret=given["totp_secret"], mfa_enabled_at=tx.now)
    if given.get("backup_codes"):
        set_backup_codes(tx, user_id, given["backup_codes"])


def _check_combination(given: Mapping[str, Any]) -> None:
    password, digest = given.get("password"), given.get("password_digest")
    if password is not None and digest is not None:
        raise errors.not_allowed_with("password_digest", "password")
    if digest is not None and not given.get("password_hasher"):
        raise errors.missing_with("password_hasher", "password_digest")
    if given.get("password_hasher") and digest is None:
        raise errors.missing_with("password_digest", "password_hasher")
    if given.get("sign_out_of_other_sessions") and password is None and digest is None:
        raise errors.missing_with("password", "sign_out_of_other_sessions")


def set_password(tx: Transaction, user_id: str, password: str, skip_checks: bool) -> None:
    pwned = bool(settings.get(tx, "instance")["hibp"])
    credentials.check_new_password(password, skip_checks=skip_checks, pwned=pwned)
    _store_password(tx, user_id, *credentials.hash_password(password))


def _store_password(tx: Transaction, user_id: str, digest: str | None, hasher: str | None) -> None:
    tx.update(
        "users",
        user_id,
        password_digest=digest,
        password_hasher=hasher,
        password_last_updated_at=tx.now,
        password_compromised=0,
        updated_at=tx.now,
    )


def remove_password(tx: Transaction, row: sqlite3.Row) -> None:
    if row["password_digest"] is not None:
        _store_password(tx, row["id"], None, None)


def set_compromised(tx: Transaction, row: sqlite3.Row, compromised: bool) -> None:
    if row["password_digest"] is None:
        raise errors.no_password()
    tx.update("users", row["id"], password_compromised=int(compromised), updated_at=tx.now)


def check_password(row: sqlite3.Row, password: str) -> None:
    if row["password_digest"] is None:
        raise errors.no_password()
    right = credentials.verify_password(password, row["password_digest"], row["password_hasher"])
    if not right:
        raise errors.incorrect_password()


def set_backup_codes(tx: Transaction, user_id: str, codes: Iterable[str]) -> None:
    tx.run("DELETE FROM backup_codes WHERE user_id = ?", user_id)
    for code in dict.fromkeys(codes):
        digest = credentials.hash_backup_code(user_id, code)
        tx.insert("backup_codes", user_id=user_id, digest=digest)


def backup_codes_left(tx: Transaction, user_id: str) -> int:
    return tx.number("SELECT count(*) FROM backup_codes WHERE user_id = ?", user_id)


def check_second_factor(tx: Transaction, row: sqlite3.Row, code: str) -> str:
    """Which factor a code was right for; a backup code is used up by it."""
    secret = row["totp_secret"]
    codes = backup_codes_left(tx, row["id"])
    if secret is None and not codes:
        raise errors.totp_disabled()
    if secret is not None and credentials.verify_totp(secret, code, tx.now):
        return "totp"
    digest = credentials.hash_backup_code(row["id"], code)
    sql = "DELETE FROM backup_codes WHERE user_id = ? AND digest = ?"
    if tx.run(sql, row["id"], digest).rowcount:
        return "backup_code"
    if len(code) != 6 and not codes:
        raise errors.totp_length()
    raise errors.totp_incorrect()


def delete_backup_codes(tx: Transaction, row: sqlite3.Row) -> None:
    tx.run("DELETE FROM backup_codes WHERE user_id = ?", row["id"])
    tx.update("users", row["id"], updated_at=tx.now)


def delete_totp(tx: Transaction, row: sqlite3.Row) -> None:
    if row["totp_secret"] is not None:
        tx.update("users", row["id"], totp_secret=None, mfa_disabled_at=tx.now, updated_at=tx.now)


def disable_mfa(tx: Transaction, row: sqlite3.Row) -> None:
    delete_totp(tx, row)
    delete_backup_codes(tx, row)
    tx.run(
        "UPDATE identifications SET second_factor = 0, default_second_factor = 0 WHERE user_id = ?",
        row["id"],
    )


def trusted_devices(tx: Transaction, user_id: str) -> list[sqlite3.Row]:
    sql = "SELECT * FROM trusted_devices WHERE user_id = ? AND status = 'active' ORDER BY seq"
    return tx.rows(sql, user_id)


def revoke_trusted_device(tx: Transaction, user_id: str, device_id: str) -> sqlite3.Row:
    sql = "SELECT * FROM trusted_devices WHERE id = ? AND user_id = ?"
    row = tx.one(sql, device_id, user_id)
    if row is None or row["status"] != "active":
        raise errors.not_found("trusted device", device_id)
    tx.update("trusted_devices", device_id, status="revoked", revoked_at=tx.now, updated_at=tx.now)
    row = tx.one(sql, device_id, user_id)
    assert row is not None
    return row
