"""Tokens of all kinds for applications under test, signed or known as those of the instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from clerk_c.testing import rsa, tokens
from clerk_c.testing.claims import identifier, session_claims
from clerk_c.testing.inside import perform
from clerk_c.testing.store import Store, keys, records
from clerk_c.testing.store.machines import TOKEN

_OAUTH = "clerk_idp_oauth_access_token"


class Tokens:
    """Makes tokens that the stand-in, and who asks it, knows as its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._foreign: list[str] | None = None

    # Session tokens

    def session(self, user: object = "user_test", **settings: Any) -> str:
        """A session token, as a browser sends it.

        Args:
            user: id, or an object with an `id`. The user need not exist.
            expires_in: seconds from the clock's time on (60); negative for one that has expired.
            version: of the claims, 2 or 1.
            organization: the active one: id or object; a role or permissions alone make it
                "org_test".
            slug, role, permissions: of the organization and in it: "acme", "org:admin",
                ["org:invoices:read"].
            features, plans: ["org:billing", "user:export"], ["user:pro"]; for version 2.
            status: "active" or "pending".
            session: id of the session.
            factor_ages: two whole numbers, minutes since the first and the second factor were
                verified; -1: there is none. For reverification.
            claims: a mapping of more claims, or other values; None drops one.

        Raises:
            TypeError, ValueError: an argument makes no sense.
        """
        return self._sign(session_claims(self._store.clock.now() // 1000, user, **settings))

    def forged(self, user: object = "user_test", **settings: Any) -> str:
        """A session token with another key behind it: its signature is not the instance's."""
        if self._foreign is None:
            self._foreign = rsa.new_key()
        claims = session_claims(self._store.clock.now() // 1000, user, **settings)
        kid, _ = self._key()
        return tokens.mint_public((kid, self._foreign), claims)

    def headers(self, token: str | None = None, **settings: Any) -> dict[str, str]:
        """The header to send along: for a token, or for a new one of `session`."""
        token = self.session(**settings) if token is None else token
        return {"Authorization": f"Bearer {token}"}

    def _key(self) -> tuple[str, list[str]]:
        with self._store.write() as tx:
            return keys.signing_key(tx)

    def _sign(self, claims: Mapping[str, Any]) -> str:
        return tokens.mint_public(self._key(), dict(claims))

    @property
    def jwks(self) -> dict[str, Any]:
        """The instance's public keys, as `GET /v1/jwks` gives them."""
        kid, primes = self._key()
        return {"keys": [rsa.jwk(primes, kid)]}

    @property
    def public_key(self) -> str:
        """The same in PEM, for `jwt_key` and CLERK_JWT_KEY."""
        return rsa.pem(self._key()[1])

    # Tokens that say nothing by themselves

    def machine(
        self,
        machine: object = None,
        *,
        claims: Mapping[str, Any] | None = None,
        expires_in: float | None = 3600,
        token_format: str = "opaque",
        revoked: bool = False,
    ) -> str:
        """A token of a machine: opaque ("mt_...") or, with token_format="jwt", signed.

        Args:
            machine: id or object; None makes a new machine.
            expires_in: seconds; negative for one that has expired, None for one that never does.
        """
        if token_format not in ("opaque", "jwt"):
            raise ValueError("token_format must be 'opaque' or 'jwt'")
        if token_format == "jwt" and (revoked or (expires_in is not None and expires_in <= 0)):
            raise ValueError("token_format: a JWT that ended is not made here; move the clock")
        if machine is None:
            machine = perform(self._store, "POST", "/machines", {"name": "machine"})["id"]
        body: dict[str, Any] = {"token_format": token_format}
        if claims is not None:
            body["claims"] = dict(claims)
        if expires_in is not None:
            body["seconds_until_expiration"] = max(1, expires_in)
        made = perform(
            self._store, "POST", "/m2m_tokens", body, machine_id=identifier("machine", machine)
        )
        self._end(TOKEN, made["id"], expires_in, revoked)
        return str(made["token"])

    def api_key(
        self,
        subject: object = None,
        *,
        name: str = "key",
        scopes: Iterable[str] = (),
        claims: Mapping[str, Any] | None = None,
        expires_in: float | None = None,
        revoked: bool = False,
    ) -> str:
        """An API key ("ak_...").

        Args:
            subject: whose: a user or an organization, id or object; None makes a new user.
            expires_in: seconds; negative for one that has expired, None for one that never does.
        """
        if subject is None:
            subject = self._somebody()
        given: dict[str, Any] = {"name": name, "subject": identifier("subject", subject)}
        given |= {"scopes": list(scopes), "claims": None if claims is None else dict(claims)}
        if expires_in is not None:
            given["seconds_until_expiration"] = max(1, expires_in)
        made = perform(self._store, "POST", "/api_keys", given)
        self._end("api_key", made["id"], expires_in, revoked)
        return str(made["secret"])

    def oauth(
        self,
        user: object = None,
        *,
        scopes: Iterable[str] = ("profile", "email"),
        expires_in: float | None = 24 * 60 * 60,
        revoked: bool = False,
    ) -> str:
        """An access token ("oat_...") that a user granted a new OAuth application."""
        if user is None:
            user = self._somebody()
        application = perform(self._store, "POST", "/oauth_applications", {"name": "application"})
        token = self._store.add_oauth_token(
            application["id"], identifier("user", user), scopes=scopes, seconds=expires_in
        )
        if revoked:
            with self._store.write() as tx:
                found = records.first(tx, _OAUTH, token=token)
                assert found is not None
                found["revoked"] = True
                records.save(tx, found)
        return token

    def _somebody(self) -> str:
        """The id of a new user."""
        body = {"skip_password_requirement": True, "skip_user_requirement": True}
        return str(perform(self._store, "POST", "/users", body)["id"])

    def _end(self, kind: str, key: str, expires_in: float | None, revoked: bool) -> None:
        """Ends a token that was made a moment ago, if it is to have ended."""
        if not revoked and (expires_in is None or expires_in > 0):
            return
        with self._store.write() as tx:
            found = records.get(tx, kind, key)
            assert found is not None
            if expires_in is not None and expires_in <= 0:
                found["expiration"] = tx.now + int(1000 * expires_in)
            found["revoked"] = revoked
            records.save(tx, found)
