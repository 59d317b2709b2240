"""E-mail addresses: create, read, verify, make primary, replace, delete."""

from __future__ import annotations

import sqlite3
from typing import Any

from clerk_c.testing import errors, formats, shapes
from clerk_c.testing.call import Call
from clerk_c.testing.fields import choice, flag, text
from clerk_c.testing.store import identifications, users, verifications
from clerk_c.testing.store.database import Transaction

_EMAIL = text(formats.email_address, limit=320)
_NOTIFY = {"notify_primary_email_address_changed": flag()}
_CREATE = {
    "user_id": text(),
    "email_address": _EMAIL,
    "verified": flag(),
    "primary": flag(),
    **_NOTIFY,
}
_UPDATE = {"verified": flag(), "primary": flag(), **_NOTIFY}
_REPLACE = {
    "email_address": _EMAIL,
    "identification_status": choice("verified", "reserved", "unverified"),
    **_NOTIFY,
}
_ATTEMPT = {"verification_id": text(), "code": text()}


def _find(tx: Transaction, call: Call) -> sqlite3.Row:
    return identifications.find(tx, identifications.EMAIL, call.path["email_address_id"])


def _shape(tx: Transaction, identifier: str) -> Any:
    row = identifications.find(tx, identifications.EMAIL, identifier)
    return shapes.email_address(row, identifications.linked_accounts(tx, row))


def create_email(call: Call) -> Any:
    given = call.fields(_CREATE, required=["user_id", "email_address"])
    with call.store.write() as tx:
        user_id = users.find(tx, given["user_id"])["id"]
        verified, primary = bool(given.get("verified")), bool(given.get("primary"))
        if primary and not verified:
            raise errors.wrong_value("primary", "is for verified email addresses only")
        if primary and given.get("notify_primary_email_address_changed"):
            identifications.notify_change(tx, user_id, given["email_address"])
        key = identifications.add(
            tx,
            user_id,
            identifications.EMAIL,
            given["email_address"],
            proof=identifications.verification("admin") if verified else None,
            primary=primary,
        )
        tx.update("users", user_id, updated_at=tx.now)
        return _shape(tx, key)


def get_email(call: Call) -> Any:
    with call.store.read() as tx:
        return _shape(tx, call.path["email_address_id"])


def update_email(call: Call) -> Any:
    given = call.fields(_UPDATE)
    with call.store.write() as tx:
        row = _find(tx, call)
        if given.get("verified") and not row["verified"]:
            identifications.set_proof(tx, row, identifications.verification("admin"))
        elif given.get("verified") is False and row["verified"]:
            _refuse_if_linked(tx, row)
            identifications.withdraw_proof(tx, row)
        if given.get("primary"):
            notify = bool(given.get("notify_primary_email_address_changed"))
            identifications.set_primary(tx, _find(tx, call), name="primary", notify=notify)
        tx.update("users", row["user_id"], updated_at=tx.now)
        return _shape(tx, row["id"])


def delete_email(call: Call) -> Any:
    with call.store.write() as tx:
        row = _find(tx, call)
        _refuse_if_linked(tx, row)
        identifications.remove(tx, row)
    return shapes.deleted("email_address", row["id"])


def _refuse_if_linked(tx: Transaction, row: sqlite3.Row) -> None:
    if identifications.linked_accounts(tx, row):
        raise errors.in_use("email address", "a connected account reports it")


def prepare_verification(call: Call) -> Any:
    with call.store.write() as tx:
        return shapes.verification(verifications.prepare(tx, _find(tx, call)), tx.now)


def attempt_verification(call: Call) -> Any:
    given = call.fields(_ATTEMPT, required=["verification_id", "code"])
    with call.store.write() as tx:
        row = verifications.attempt(tx, _find(tx, call), given["verification_id"], given["code"])
        return shapes.verification(row, tx.now)


def replace_email(call: Call) -> Any:
    """One primary address in the place of all that the user has."""
    given = call.fields(_REPLACE, required=["email_address"])
    kind, address = identifications.EMAIL, given["email_address"]
    status = given.get("identification_status", "verified")
    with call.store.write() as tx:
        user_id = users.find(tx, call.path["user_id"])["id"]
        if given.get("notify_primary_email_address_changed"):
            identifications.notify_change(tx, user_id, address)
        for row in identifications.of_user(tx, user_id, kind):
            if identifications.linked_accounts(tx, row):
                reason = "cannot replace an address that a connected account reports"
                raise errors.wrong_value("email_address", reason, status=400)
            identifications.remove(tx, row)
        key = identifications.add(
            tx,
            user_id,
            kind,
            address,
            proof=identifications.verification("admin") if status == "verified" else None,
            reserved=status == "reserved",
            primary=True,
        )
        return _shape(tx, key)


ROUTES = (
    ("POST", "/email_addresses", create_email),
    ("GET", "/email_addresses/{email_address_id}", get_email),
    ("PATCH", "/email_addresses/{email_address_id}", update_email),
    ("DELETE", "/email_addresses/{email_address_id}", delete_email),
    (
        "POST",
        "/email_addresses/{email_address_id}/prepare_verification",
        prepare_verification,
    ),
    (
        "POST",
        "/email_addresses/{email_address_id}/attempt_verification",
        attempt_verification,
    ),
    ("PUT", "/users/{user_id}/email_address", replace_email),
)
