"""Proving an e-mail address or a phone number by a one-time code."""

from __future__ import annotations

import hmac
import re
import sqlite3

from clerk_c.testing import credentials, errors
from clerk_c.testing.store import identifications, messages, settings
from clerk_c.testing.store.database import Transaction

LIFETIME = 10 * 60 * 1000
MAXIMUM_ATTEMPTS = 3
# What Clerk's test mode accepts for addresses with this subaddress, and for these numbers.
TEST_CODE = "424242"
_TEST_MARK = "+clerk_test"
_TEST_NUMBER = re.compile(r"\+1\d{3}55501\d\d")
_STRATEGIES = {identifications.EMAIL: "email_code", identifications.PHONE: "phone_code"}


def find(tx: Transaction, verification_id: str, identification_id: str) -> sqlite3.Row:
    sql = "SELECT * FROM verifications WHERE id = ? AND identification_id = ?"
    row = tx.one(sql, verification_id, identification_id)
    if row is None:
        raise errors.not_found("verification", verification_id)
    return row


def status(row: sqlite3.Row, now: int) -> str:
    """A verification that nobody completed in time is expired without anyone writing so."""
    if row["status"] == "unverified" and row["expire_at"] <= now:
        return "expired"
    return str(row["status"])


def _is_test(contact: sqlite3.Row) -> bool:
    if contact["kind"] == identifications.PHONE:
        return _TEST_NUMBER.fullmatch(contact["identifier"]) is not None
    return str(contact["identifier"].partition("@")[0]).lower().endswith(_TEST_MARK)


def prepare(tx: Transaction, contact: sqlite3.Row) -> sqlite3.Row:
    """A new code, sent to the address or number."""
    test = _is_test(contact) and settings.get(tx, "instance")["test_mode"]
    code = TEST_CODE if test else credentials.new_code(tx.chance)
    key = tx.new_id("ver")
    tx.insert(
        "verifications",
        id=key,
        identification_id=contact["id"],
        strategy=_STRATEGIES[contact["kind"]],
        code=code,
        status="unverified",
        expire_at=tx.now + LIFETIME,
    )
    messages.send(tx, "verification_code", contact["identifier"], code=code, verification_id=key)
    return find(tx, key, contact["id"])


def attempt(tx: Transaction, contact: sqlite3.Row, verification_id: str, code: str) -> sqlite3.Row:
    """Tries a code. A wrong or late one is no error: it shows in the verification's status."""
    row = find(tx, verification_id, contact["id"])
    if row["status"] == "verified":
        text = "This verification is complete already."
        code = "verification_already_verified"
        raise errors.ApiError(400, code, "already verified", text)
    if status(row, tx.now) != "unverified":
        return row
    attempts = row["attempts"] + 1
    right = hmac.compare_digest(code.encode(), row["code"].encode())
    failed = attempts >= MAXIMUM_ATTEMPTS
    outcome = "verified" if right else "failed" if failed else "unverified"
    tx.update("verifications", row["id"], attempts=attempts, status=outcome)
    if right and not contact["verified"]:
        proof = identifications.verification(
            "otp", strategy=row["strategy"], attempts=attempts, expire_at=row["expire_at"]
        )
        identifications.set_proof(tx, contact, proof)
        tx.update("users", contact["user_id"], updated_at=tx.now)
    return find(tx, verification_id, contact["id"])
