"""E-mail addresses, phone numbers, web3 wallets and passkeys of users.

An identifier that is verified or reserved is claimed: no second user may have it.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.store import messages
from clerk_c.testing.store.database import Transaction, dump

EMAIL = "email_address"
PHONE = "phone_number"
WALLET = "web3_wallet"
PASSKEY = "passkey"

PRIMARY = {
    EMAIL: "primary_email_address_id",
    PHONE: "primary_phone_number_id",
    WALLET: "primary_web3_wallet_id",
}
LABELS = {
    EMAIL: "email address",
    PHONE: "phone number",
    WALLET: "web3 wallet",
    PASSKEY: "passkey",
}


def canonical(identifier: str) -> str:
    return identifier.strip().lower()


def verification(name: str, **members: Any) -> dict[str, Any]:
    """The verification object of a way to prove an identifier, done unless members differ."""
    done = {"status": "verified", "strategy": name, "attempts": None, "expire_at": None}
    return {"object": f"verification_{name}", **done, **members}


def find(tx: Transaction, kind: str, identifier: str) -> sqlite3.Row:
    sql = "SELECT * FROM identifications WHERE id = ? AND kind = ?"
    row = tx.one(sql, identifier, kind)
    if row is None:
        raise errors.not_found(LABELS[kind], identifier)
    return row


def find_of(tx: Transaction, user_id: str, kind: str, identifier: str) -> sqlite3.Row:
    row = find(tx, kind, identifier)
    if row["user_id"] != user_id:
        raise errors.not_found(LABELS[kind], identifier)
    return row


def of_user(tx: Transaction, user_id: str, kind: str) -> list[sqlite3.Row]:
    sql = "SELECT * FROM identifications WHERE user_id = ? AND kind = ? ORDER BY seq"
    return tx.rows(sql, user_id, kind)


def claimant(tx: Transaction, kind: str, identifier: str) -> sqlite3.Row | None:
    sql = "SELECT * FROM identifications WHERE kind = ? AND canonical = ? AND claimed = 1"
    return tx.one(sql, kind, canonical(identifier))


def check_free(tx: Transaction, user_id: str, kind: str, identifier: str) -> None:
    """Neither claimed by anyone nor listed by this user already."""
    own = tx.one(
        "SELECT 1 FROM identifications WHERE user_id = ? AND kind = ? AND canonical = ?",
        user_id,
        kind,
        canonical(identifier),
    )
    if own is not None or claimant(tx, kind, identifier) is not None:
        raise errors.exists(kind, LABELS[kind])


def add(
    tx: Transaction,
    user_id: str,
    kind: str,
    identifier: str,
    *,
    proof: dict[str, Any] | None = None,
    reserved: bool = False,
    primary: bool = False,
) -> str:
    """A new identifier: verified when there is a proof; primary when asked or the first."""
    check_free(tx, user_id, kind, identifier)
    key = tx.new_id("idn")
    tx.insert(
        "identifications",
        id=key,
        user_id=user_id,
        kind=kind,
        identifier=identifier,
        canonical=canonical(identifier),
        claimed=int(proof is not None or reserved),
        verified=int(proof is not None),
        reserved=int(reserved),
        verification=None if proof is None else dump(proof),
        created_at=tx.now,
        updated_at=tx.now,
    )
    column = PRIMARY.get(kind)
    if column:
        sql = f"UPDATE users SET {column} = ? WHERE id = ? AND (? OR {column} IS NULL)"
        tx.run(sql, key, user_id, primary)
    return key


def set_proof(tx: Transaction, row: sqlite3.Row, proof: dict[str, Any]) -> None:
    """Marks an identifier as verified, unless another user has claimed it meanwhile."""
    other = claimant(tx, row["kind"], row["identifier"])
    if other is not None and other["id"] != row["id"]:
        raise errors.exists(row["kind"], LABELS[row["kind"]])
    tx.update(
        "identifications",
        row["id"],
        claimed=1,
        verified=1,
        reserved=0,
        verification=dump(proof),
        updated_at=tx.now,
    )


def withdraw_proof(tx: Transaction, row: sqlite3.Row) -> None:
    tx.update(
        "identifications",
        row["id"],
        claimed=row["reserved"],
        verified=0,
        verification=None,
        updated_at=tx.now,
    )


def set_primary(tx: Transaction, row: sqlite3.Row, *, name: str, notify: bool = False) -> None:
    """`name` is the parameter to complain about when the identifier is not verified."""
    if not row["verified"]:
        raise errors.wrong_value(name, "must be verified before it can be primary")
    if notify and row["kind"] == EMAIL:
        notify_change(tx, row["user_id"], row["identifier"])
    tx.update("users", row["user_id"], **{PRIMARY[row["kind"]]: row["id"]}, updated_at=tx.now)


def set_second_factor(tx: Transaction, user_id: str, key: str, *, wanted: bool) -> None:
    """Whether codes to a phone number are a second factor; the first such is the default."""
    sql = (
        "SELECT 1 FROM identifications WHERE user_id = ? AND default_second_factor = 1 AND id <> ?"
    )
    default = wanted and tx.one(sql, user_id, key) is None
    marks = {"second_factor": int(wanted), "default_second_factor": int(default)}
    tx.update("identifications", key, **marks)
    if wanted:
        tx.update("users", user_id, mfa_enabled_at=tx.now)


def notify_change(tx: Transaction, user_id: str, address: str) -> None:
    """Tells the primary e-mail address so far that another one takes its place."""
    old = tx.one(
        "SELECT identifier FROM identifications"
        " WHERE id = (SELECT primary_email_address_id FROM users WHERE id = ?)",
        user_id,
    )
    if old is not None and canonical(old["identifier"]) != canonical(address):
        messages.send(
            tx, "primary_email_address_changed", old["identifier"], new_email_address=address
        )


def remove(tx: Transaction, row: sqlite3.Row) -> None:
    """Deletes an identifier; the oldest verified one that is left becomes primary."""
    tx.delete("identifications", row["id"])
    column = PRIMARY.get(row["kind"])
    if column:
        heir = tx.one(
            "SELECT id FROM identifications WHERE user_id = ? AND kind = ? AND verified = 1"
            " ORDER BY seq LIMIT 1",
            row["user_id"],
            row["kind"],
        )
        sql = f"UPDATE users SET {column} = ? WHERE id = ? AND {column} = ?"
        tx.run(sql, heir and heir["id"], row["user_id"], row["id"])
    tx.update("users", row["user_id"], updated_at=tx.now)


def linked_accounts(tx: Transaction, row: sqlite3.Row) -> list[sqlite3.Row]:
    """The user's external accounts that report this e-mail address."""
    sql = "SELECT * FROM external_accounts WHERE user_id = ? AND lower(email_address) = ?"
    return tx.rows(sql, row["user_id"], row["canonical"])
