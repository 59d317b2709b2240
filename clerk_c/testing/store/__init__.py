"""The store: everything the stand-in knows, in one SQLite file.

`Store` opens the file and offers tests what the Backend API itself has no call for:
signing somebody in, linking accounts, reading the e-mails that were "sent".
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from clerk_c.testing import errors, tokens
from clerk_c.testing.clock import Clock
from clerk_c.testing.ids import Chance
from clerk_c.testing.store import (
    billing,
    domains,
    identifications,
    invitations,
    keys,
    machines,
    messages,
    organizations,
    records,
    sessions,
    settings,
    users,
)
from clerk_c.testing.store.database import Database, Transaction, load
from clerk_c.testing.store.tables import DATA_TABLES

_CLIENT_TOKEN_SECONDS = 365 * 24 * 60 * 60
_ROLES = (organizations.ADMIN, organizations.MEMBER)
_ENVIRONMENTS = ("development", "production")


class Store:
    """Safe to use from any thread, also while a server answers from it."""

    _cleanup: weakref.finalize[..., Store] | None = None

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        secret_key: str | None = None,
        environment: str | None = None,
        seed: int | str | None = None,
    ) -> None:
        if environment not in (None, *_ENVIRONMENTS):
            raise ValueError(f"environment must be one of {', '.join(_ENVIRONMENTS)}")
        if secret_key is not None:
            _check_key(secret_key)
        durable = path is not None
        if durable and seed is not None:
            raise ValueError("seed: a store that is kept would come to the same ids again")
        self.clock = Clock()
        self.chance = Chance(seed)
        if path is None:
            directory = tempfile.mkdtemp(prefix="clerk-c-")
            # Also when nobody closes the store: at the latest as the program ends.
            self._cleanup = weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
            path = os.path.join(directory, "store.sqlite3")
        self.path = os.fspath(path)
        self._database = Database(self.path, self.clock, self.chance, durable=durable)
        with self.write() as tx:
            known = bool(settings.get(tx, "roles"))
            self._identity = self._identify(tx, secret_key, environment)
            self._beginning = self.chance.mark()
            if not known:
                _seed(tx)

    @staticmethod
    def _identify(
        tx: Transaction, secret_key: str | None, environment: str | None
    ) -> dict[str, Any]:
        """Id and keys of the instance: made once, then kept with the data."""
        kept = settings.get(tx, "identity")
        environment = environment or kept.get("environment_type", "development")
        identity = {
            "id": tx.new_id("ins"),
            "signing_key": tx.chance.hex(32),
            "secret_key": tx.chance.secret_key(environment),
            **kept,
            "environment_type": environment,
        }
        if secret_key is not None:
            identity["secret_key"] = secret_key
        if not settings.get(tx, "roles"):
            settings.put(tx, "roles", {key: tx.new_id("role") for key in _ROLES})
        return settings.put(tx, "identity", identity)

    def __repr__(self) -> str:
        return f"<Store {self.path}>"

    @property
    def secret_key(self) -> str:
        return str(self._identity["secret_key"])

    @property
    def instance_id(self) -> str:
        return str(self._identity["id"])

    @property
    def environment(self) -> str:
        return str(self._identity["environment_type"])

    @property
    def signing_key(self) -> bytes:
        return bytes.fromhex(self._identity["signing_key"])

    def read(self) -> AbstractContextManager[Transaction]:
        return self._database.read()

    def write(self) -> AbstractContextManager[Transaction]:
        return self._database.write()

    def close(self) -> None:
        """Closes the file; a temporary one is removed."""
        self._database.close()
        if self._cleanup is not None:
            self._cleanup()

    def reset(self) -> None:
        """Forgets all data and settings; id and keys of the instance stay. With a seed, the ids
        of what is made from here on are again those of a new store."""
        with self.write() as tx:
            self.chance.back_to(self._beginning)
            for table in DATA_TABLES:
                tx.run(f"DELETE FROM {table}")
            tx.run("DELETE FROM settings WHERE name NOT IN ('identity', 'roles', 'signing')")
            _seed(tx)

    # What other parts of Clerk do, for tests to do in their place

    def sign_in(
        self,
        user_id: str,
        *,
        client_id: str | None = None,
        strategy: str = "password",
        organization_id: str | None = None,
        actor: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        """Signs a user in: `session_id`, `client_id` and the client's `token`."""
        with self.write() as tx:
            session_id = sessions.sign_in(
                tx, user_id, client_id, strategy, organization_id=organization_id, actor=actor
            )
            row = tx.one("SELECT client_id FROM sessions WHERE id = ?", session_id)
            assert row is not None
            client_id = str(row["client_id"])
            token = self.client_token(client_id)
        return {"session_id": session_id, "client_id": client_id, "token": token}

    def client_token(self, client_id: str, *, seconds: float = _CLIENT_TOKEN_SECONDS) -> str:
        now = self.clock.now() // 1000
        claims = {"id": client_id, "iat": now, "exp": int(now + seconds)}
        return tokens.mint(self.signing_key, claims)

    def session_token(
        self,
        user_id: str = "user_test",
        *,
        seconds: float = 60,
        org_id: str | None = None,
        org_role: str | None = None,
        **claims: Any,
    ) -> str:
        """A session token for an application under test, signed with the instance's key; the
        user need not exist. `claims` come on top, such as `sts="pending"`, and None drops one.
        """
        now = self.clock.now() // 1000
        plain = {
            "iss": "https://clerk.example.com",
            "sub": user_id,
            "sid": "sess_test",
            "iat": now,
            "nbf": now - 10,
            "exp": int(now + seconds),
            "fva": [0, -1],
            "sts": "active",
            "v": 2,
        }
        if org_id is not None or org_role is not None:
            role = (org_role or "org:member").removeprefix("org:")
            plain["o"] = {"id": org_id or "org_test", "rol": role}
        plain |= claims
        with self.write() as tx:
            key = keys.signing_key(tx)
        return tokens.mint_public(key, {n: v for n, v in plain.items() if v is not None})

    def refresh_token(self, session_id: str) -> str:
        """What a browser holds to have its session's tokens renewed."""
        with self.read() as tx:
            sessions.find(tx, session_id)
            now = tx.now // 1000
        claims = {"sid": session_id, "iat": now, "exp": now + sessions.LIFETIME // 1000}
        return tokens.mint(self.signing_key, claims)

    def accept_invitation(self, invitation_id: str) -> str:
        """The id of the user who comes of it."""
        with self.write() as tx:
            return invitations.accept(tx, invitation_id)

    def accept_organization_invitation(self, invitation_id: str, user_id: str) -> str:
        """The id of the membership that comes of it."""
        with self.write() as tx:
            users.find(tx, user_id)
            found = records.get(tx, organizations.INVITATION, invitation_id)
            if found is None:
                raise errors.not_found("organization invitation", invitation_id)
            return organizations.accept_invitation(tx, found, user_id).id

    def add_passkey(self, user_id: str, name: str = "Security key") -> str:
        with self.write() as tx:
            users.find(tx, user_id)
            proof = identifications.verification("passkey")
            key = identifications.add(tx, user_id, identifications.PASSKEY, name, proof=proof)
            tx.update("identifications", key, last_used_at=tx.now)
            return key

    def set_second_factor(self, user_id: str, phone_number_id: str) -> None:
        """Reserves a phone number for codes as the second factor."""
        with self.write() as tx:
            kind = identifications.PHONE
            row = identifications.find_of(tx, user_id, kind, phone_number_id)
            identifications.set_second_factor(tx, user_id, row["id"], wanted=True)

    def add_external_account(
        self,
        user_id: str,
        provider: str,
        provider_user_id: str,
        *,
        token: str | None = None,
        scopes: Iterable[str] = (),
        **details: str,
    ) -> str:
        """Links an account of a provider such as `oauth_google`."""
        allowed = {"email_address", "first_name", "last_name", "username", "label"}
        if not set(details) <= allowed:
            raise TypeError(f"details may be {', '.join(sorted(allowed))}")
        with self.write() as tx:
            users.find(tx, user_id)
            key = tx.new_id("eac")
            tx.insert(
                "external_accounts",
                id=key,
                identification_id=tx.new_id("idn"),
                user_id=user_id,
                provider=provider,
                provider_user_id=provider_user_id,
                scopes=" ".join(scopes),
                token=token,
                created_at=tx.now,
                updated_at=tx.now,
                **details,
            )
            return key

    def add_trusted_device(self, user_id: str, *, platform: str, name: str | None = None) -> str:
        if platform not in ("ios", "android"):
            raise ValueError("platform must be ios or android")
        with self.write() as tx:
            users.find(tx, user_id)
            key = tx.new_id("trdev")
            tx.insert(
                "trusted_devices",
                id=key,
                user_id=user_id,
                platform=platform,
                app_identifier="com.example.app",
                status="active",
                name=name,
                created_at=tx.now,
                updated_at=tx.now,
            )
            return key

    def add_sign_up(self, status: str = "missing_requirements", **members: Any) -> str:
        """The id of a new sign-up, with members of the API's object such as `username`."""
        with self.write() as tx:
            given = {"status": status, "abandon_at": tx.now + sessions.LIFETIME, **members}
            record = records.Record("sign_up_attempt", {"id": tx.new_id("sua"), **given})
            return records.add(tx, record).id

    def add_oauth_token(
        self,
        application_id: str,
        user_id: str,
        *,
        scopes: Iterable[str] = ("profile", "email"),
        seconds: float | None = 24 * 60 * 60,
    ) -> str:
        """An access token that a user granted an OAuth application."""
        with self.write() as tx:
            users.find(tx, user_id)
            application = records.get(tx, "oauth_application", application_id)
            if application is None:
                raise errors.not_found("OAuth application", application_id)
            token = "oat_" + tx.chance.hex(24)
            members = {
                "id": tx.new_id("oat"),
                "parent_id": application_id,
                "user_id": user_id,
                "client_id": application["client_id"],
                "subject": user_id,
                "scopes": list(scopes),
                "token": token,
                "revoked": False,
                "revocation_reason": None,
                "expiration": None if seconds is None else tx.now + int(1000 * seconds),
            }
            records.add(tx, records.Record("clerk_idp_oauth_access_token", members))
            return token

    def redeem_ticket(self, token: str) -> dict[str, str]:
        """Signs in whom a sign-in or actor token is for; answers as `sign_in` does."""
        claims = tokens.read(self.signing_key, token, self.clock.now())
        with self.write() as tx:
            found = None if claims is None else records.get(tx, claims.get("st", ""), claims["id"])
            if found is None or found["status"] != "pending":
                raise errors.ApiError(400, "ticket_invalid", "The ticket is not valid any more.")
            records.save(tx, records.Record(found.kind, {**found, "status": "accepted"}))
        return self.sign_in(found["user_id"], strategy="ticket", actor=found.get("actor"))

    def machine_by_secret(self, secret: str) -> str | None:
        """The id of the machine with this secret key."""
        with self.read() as tx:
            found = machines.by_secret(tx, secret)
            return None if found is None else found.id

    def add_plan(
        self, name: str, amount: int = 0, *, payer_type: str = "user", **members: Any
    ) -> str:
        """The id of a new plan of `amount` cents a month, for payers `user` or `org`."""
        if payer_type not in ("user", "org"):
            raise ValueError("payer_type must be user or org")
        with self.write() as tx:
            return billing.add_plan(tx, name, amount, payer_type, **members).id

    def subscribe(
        self, payer_id: str, plan_id: str, *, period: str = "month", trial_days: int | None = None
    ) -> str:
        """The id of the subscription item that a user or an organization gets."""
        if period not in billing.PERIODS:
            raise ValueError(f"period must be one of {', '.join(billing.PERIODS)}")
        with self.write() as tx:
            return billing.subscribe(tx, payer_id, plan_id, period=period, trial_days=trial_days).id

    def role_id(self, key: str) -> str:
        """The id of a role such as `org:admin`."""
        with self.read() as tx:
            return organizations.by_key(tx, organizations.ROLE, key).id

    def messages(self, recipient: str | None = None) -> list[dict[str, Any]]:
        """The e-mails sent so far, oldest first: `slug`, `recipient`, `created_at` and data."""
        with self.read() as tx:
            return [
                {
                    "slug": row["slug"],
                    "recipient": row["recipient"],
                    "created_at": row["created_at"],
                    **load(row["data"]),
                }
                for row in messages.sent(tx, recipient)
            ]


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        raise TypeError(f"secret_key must be str or None, not {type(key).__name__!r}")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("secret_key must be printable ASCII without spaces, and not empty")


def _seed(tx: Transaction) -> None:
    """What every instance has from the start."""
    organizations.seed(tx, settings.get(tx, "roles"))
    domains.seed(tx)


__all__ = ["Store"]

