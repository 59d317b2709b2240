"""E-mail addresses and phone numbers: create, read, verify, make primary, replace, delete."""

from __future__ import annotations

import sqlite3
from typing import Any

from clerk_c.testing import errors, formats, shapes
from clerk_c.testing.call import Call
from clerk_c.testing.fields import Field, Fields, choice, flag, text
from clerk_c.testing.store import identifications, users, verifications
from clerk_c.testing.store.database import Transaction

_ATTEMPT = {"verification_id": text(), "code": text()}


class Contacts:
    """The operations on one kind of identifier."""

    def __init__(self, kind: str, value: Field, extra: Fields) -> None:
        self.kind = kind
        self.label = identifications.LABELS[kind]
        marks = {"verified": flag(), "primary": flag(), **extra}
        self._create = {"user_id": text(), kind: value, **marks}
        self._update = marks
        status = choice("verified", "reserved", "unverified")
        notify = {name: field for name, field in extra.items() if name.startswith("notify")}
        self._replace = {kind: value, "identification_status": status, **notify}

    def _find(self, tx: Transaction, call: Call) -> sqlite3.Row:
        return identifications.find(tx, self.kind, call.path["identifier"])

    def _shape(self, tx: Transaction, identifier: str) -> Any:
        return shapes.contact(tx, identifications.find(tx, self.kind, identifier))

    def create(self, call: Call) -> Any:
        given = call.fields(self._create, required=["user_id", self.kind])
        with call.store.write() as tx:
            user_id = users.find(tx, given["user_id"])["id"]
            verified, primary = bool(given.get("verified")), bool(given.get("primary"))
            if primary and not verified:
                raise errors.wrong_value("primary", "is for what is verified only")
            if primary and given.get("notify_primary_email_address_changed"):
                identifications.notify_change(tx, user_id, given[self.kind])
            key = identifications.add(
                tx,
                user_id,
                self.kind,
                given[self.kind],
                proof=identifications.verification("admin") if verified else None,
                primary=primary,
            )
            self._set_second_factor(tx, key, user_id, given)
            tx.update("users", user_id, updated_at=tx.now)
            return self._shape(tx, key)

    def get(self, call: Call) -> Any:
        with call.store.read() as tx:
            return self._shape(tx, call.path["identifier"])

    def update(self, call: Call) -> Any:
        given = call.fields(self._update)
        with call.store.write() as tx:
            row = self._find(tx, call)
            if given.get("verified") and not row["verified"]:
                identifications.set_proof(tx, row, identifications.verification("admin"))
            elif given.get("verified") is False and row["verified"]:
                self._refuse_if_linked(tx, row)
                identifications.withdraw_proof(tx, row)
            if given.get("primary"):
                notify = bool(given.get("notify_primary_email_address_changed"))
                chosen = self._find(tx, call)
                identifications.set_primary(tx, chosen, name="primary", notify=notify)
            self._set_second_factor(tx, row["id"], row["user_id"], given)
            tx.update("users", row["user_id"], updated_at=tx.now)
            return self._shape(tx, row["id"])

    def _set_second_factor(
        self, tx: Transaction, key: str, user_id: str, given: dict[str, Any]
    ) -> None:
        wanted = given.get("reserved_for_second_factor")
        if wanted is None:
            return
        row = identifications.find(tx, self.kind, key)
        if wanted and not row["verified"]:
            name = "reserved_for_second_factor"
            raise errors.wrong_value(name, "is for what is verified only")
        identifications.set_second_factor(tx, user_id, key, wanted=wanted)

    def delete(self, call: Call) -> Any:
        with call.store.write() as tx:
            row = self._find(tx, call)
            self._refuse_if_linked(tx, row)
            identifications.remove(tx, row)
        return shapes.deleted(self.kind, row["id"])

    def _refuse_if_linked(self, tx: Transaction, row: sqlite3.Row) -> None:
        if identifications.linked_accounts(tx, row):
            raise errors.in_use(self.label, "a connected account reports it")

    def prepare_verification(self, call: Call) -> Any:
        with call.store.write() as tx:
            return shapes.verification(verifications.prepare(tx, self._find(tx, call)), tx.now)

    def attempt_verification(self, call: Call) -> Any:
        given = call.fields(_ATTEMPT, required=["verification_id", "code"])
        key, code = given["verification_id"], given["code"]
        with call.store.write() as tx:
            row = verifications.attempt(tx, self._find(tx, call), key, code)
            return shapes.verification(row, tx.now)

    def replace(self, call: Call) -> Any:
        """One primary identifier in the place of all that the user has."""
        given = call.fields(self._replace, required=[self.kind])
        value = given[self.kind]
        status = given.get("identification_status", "verified")
        with call.store.write() as tx:
            user_id = users.find(tx, call.path["user_id"])["id"]
            if given.get("notify_primary_email_address_changed"):
                identifications.notify_change(tx, user_id, value)
            for row in identifications.of_user(tx, user_id, self.kind):
                if identifications.linked_accounts(tx, row):
                    reason = "cannot replace what a connected account reports"
                    raise errors.wrong_value(self.kind, reason, status=400)
                identifications.remove(tx, row)
            key = identifications.add(
                tx,
                user_id,
                self.kind,
                value,
                proof=identifications.verification("admin") if status == "verified" else None,
                reserved=status == "reserved",
                primary=True,
            )
            return self._shape(tx, key)

    def routes(self, path: str) -> tuple[tuple[str, str, Any], ...]:
        item = f"{path}/{{identifier}}"
        return (
            ("POST", path, self.create),
            ("GET", item, self.get),
            ("PATCH", item, self.update),
            ("DELETE", item, self.delete),
            ("POST", f"{item}/prepare_verification", self.prepare_verification),
            ("POST", f"{item}/attempt_verification", self.attempt_verification),
            ("PUT", f"/users/{{user_id}}/{self.kind}", self.replace),
        )


_EMAILS = Contacts(
    identifications.EMAIL,
    text(formats.email_address, limit=320),
    {"notify_primary_email_address_changed": flag()},
)
_PHONES = Contacts(
    identifications.PHONE, text(formats.phone_number), {"reserved_for_second_factor": flag()}
)

ROUTES = (*_EMAILS.routes("/email_addresses"), *_PHONES.routes("/phone_numbers"))
