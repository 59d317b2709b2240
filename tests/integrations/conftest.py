"""An instance with a user, and tokens of it: good ones and all kinds of others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clerk_c import Clerk
from clerk_c.testing import Server
from clerk_c.testing import tokens as minting
from clerk_c.testing.store import keys


class Instance:
    """A running server, one of whose users is an administrator of an organization."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.clerk = Clerk(server.secret_key, server_url=server.url, retry_config=None)
        self.user = self.clerk.users.create(email_address=["ada@example.com"]).id
        made = self.clerk.organizations.create(request={"name": "Acme", "created_by": self.user})
        self.organization = made.id
        self.clerk.jwks.get_jwks()  # makes the key
        with server.store.read() as tx:
            self._key = keys.signing_key(tx)

    @property
    def settings(self) -> dict[str, Any]:
        return {"secret_key": self.server.secret_key, "api_url": self.server.origin}

    def token(self, organization: bool = False) -> str:
        """What a browser would send."""
        session = self.server.store.sign_in(
            self.user, organization_id=self.organization if organization else None
        )
        made = self.clerk.sessions.create_token(session_id=session["session_id"])
        assert made.jwt is not None
        return made.jwt

    def mint(self, **claims: Any) -> str:
        """A token with these claims, signed with the instance's key."""
        now = int(time.time())
        plain = {"sub": self.user, "sid": "sess_1", "iat": now, "exp": now + 60, "v": 2}
        plain = {**plain, "sts": "active", "azp": "https://app.example.com", **claims}
        return minting.mint_public(self._key, plain)

    def expired(self) -> str:
        now = int(time.time())
        return self.mint(iat=now - 120, exp=now - 60)

    def pending(self) -> str:
        return self.mint(sts="pending")


@pytest.fixture(scope="session")
def instance() -> Iterator[Instance]:
    with Server() as server:
        instance = Instance(server)
        with instance.clerk:
            yield instance


@pytest.fixture
def environment(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """The settings of the instance in the environment, as an application finds them."""
    for name, value in instance.settings.items():
        monkeypatch.setenv(f"CLERK_{name.upper()}", value)
    return instance


ODD_HEADERS: list[list[tuple[str, str]]] = [
    [("authorization", value)]
    for value in (
        "", "Bearer", "Bearer ", "bearer x", "Bearer a.b.c", "Bearer " + "A" * 5000, "Basic YTpi",
        "Bearer ..", "Bearer \xe4\xf6", "Bearer a b c", "Bearer null", "x" * 300,
    )
] + [
    [("cookie", value)]
    for value in (
        "", ";", "=", "__session", "__session=", "__session=;__session=x", '__session="x"',
        'a={"b": [1, 2]}; __session={"x"}', "\xe4=\xf6", "a" * 4000, "__session=a.b; __session_x=y",
    )
]  # fmt: skip


@pytest.fixture(params=ODD_HEADERS, ids=lambda pairs: repr(pairs[0])[:40])
def odd(request: pytest.FixtureRequest) -> list[tuple[str, str]]:
    """Headers that no honest client sends."""
    pairs: list[tuple[str, str]] = request.param
    return pairs


Outcomes = list[tuple[str, dict[str, str], int, str]]


@pytest.fixture
def outcomes(instance: Instance) -> Callable[[], Outcomes]:
    """What is asked for, with which headers, the status and the code in the answer.

    An application has to answer at /me for whoever is signed in, at /admin for administrators
    of an organization, at /open for everybody.
    """

    def made() -> Outcomes:
        plain, admin = instance.token(), instance.token(organization=True)
        member = instance.mint(org_id="org_1", o={"id": "org_1", "rol": "member"})
        return [
            ("/me", bearer(plain), 200, ""),
            ("/me", {"Cookie": f"a=b; __session={plain}"}, 200, ""),
            ("/me", {"AUTHORIZATION": f"bearer {plain}"}, 200, ""),
            ("/me", {}, 401, "session-token-missing"),
            ("/me", bearer(plain[:-6] + "AAAAAA"), 401, "token-invalid-signature"),
            ("/me", bearer(instance.expired()), 401, "token-expired"),
            ("/me", bearer(instance.pending()), 401, "session-pending"),
            ("/me", bearer("ak_secret"), 401, "token-type-not-supported"),
            ("/me", bearer("nonsense"), 401, "token-invalid"),
            ("/admin", bearer(admin), 200, ""),
            ("/admin", {"Cookie": f"__session={admin}"}, 200, ""),
            ("/admin", bearer(plain), 403, "not-allowed"),
            ("/admin", bearer(member), 403, "not-allowed"),
            ("/admin", {}, 401, "session-token-missing"),
            ("/open", {}, 200, ""),
            ("/open", bearer(plain), 200, ""),
            ("/open", bearer(instance.expired()), 200, ""),
        ]

    return made


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


CHALLENGES = {
    "session-token-missing": 'Bearer realm="clerk"',
    "not-allowed": 'Bearer realm="clerk", error="insufficient_scope", error_description=',
    "": 'Bearer realm="clerk", error="invalid_token", error_description=',
}


@pytest.fixture
def judge() -> Callable[[int, str, Any, dict[str, str]], None]:
    """Holds a refusal against what it has to be."""

    def judge(status: int, code: str, body: Any, headers: dict[str, str]) -> None:
        (error,) = body["errors"]
        assert error["code"] == code
        assert error["message"]
        challenge = headers["www-authenticate"]
        assert challenge.startswith(CHALLENGES.get(code, CHALLENGES[""]))
        assert (code in CHALLENGES or status == 401) and challenge.count('"') % 2 == 0
        assert headers["cache-control"] == "no-store"

    return judge
