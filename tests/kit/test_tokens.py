"""Tokens and webhooks of the kit, as clerk_c and the reference see them."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import pytest

from clerk_c import AuthenticateRequestOptions, Clerk, WebhookVerificationError, verify_webhook
from clerk_c.security import authenticate_request, authenticate_request_async
from clerk_c.testing import Server
from clerk_c.webhook_events import UserEvent


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def ask(server: Server, token: str, **options: Any) -> Any:
    settings: dict[str, Any] = {"secret_key": server.secret_key, "api_url": server.origin}
    given = AuthenticateRequestOptions(**{**settings, **options})
    state = authenticate_request(server.tokens.headers(token), given)
    again = asyncio.run(authenticate_request_async(server.tokens.headers(token), given))
    assert (again.status, again.reason) == (state.status, state.reason)
    return state


def reason(server: Server, token: str, **options: Any) -> str:
    state = ask(server, token, **options)
    assert not state.is_signed_in
    return str(state.reason.value[0])


def test_plain_session(server: Server) -> None:
    state = ask(server, server.tokens.session())
    assert state.payload["sub"] == "user_test"
    assert state.payload["v"] == 2
    assert "org_id" not in state.payload


@pytest.mark.parametrize("version", [1, 2])
def test_organizations(server: Server, version: int) -> None:
    token = server.tokens.session(
        "user_1",
        version=version,
        organization="org_1",
        slug="acme",
        role="org:admin",
        permissions=["org:invoices:read", "org:invoices:pay", "org:reports:read"],
    )
    state = ask(server, token)
    payload = state.payload
    assert (payload["org_id"], payload["org_slug"]) == ("org_1", "acme")
    assert payload.get("v", 1) == version
    assert set(payload["org_permissions"]) == {
        "org:invoices:read", "org:invoices:pay", "org:reports:read",
    }  # fmt: skip
    auth = state.to_auth()
    assert auth.has(role="admin")
    assert auth.has(permission="org:invoices:pay")
    assert not auth.has(permission="org:reports:pay")


def test_features_and_plans(server: Server) -> None:
    auth = ask(
        server,
        server.tokens.session(
            features=["user:export", "org:sso"], plans=["org:team"], permissions=["org:a:b"]
        ),
    ).to_auth()
    assert auth.has(feature="user:export") and auth.has(feature="org:sso")
    assert auth.has(plan="org:team") and auth.has(permission="org:a:b")
    assert not auth.has(feature="user:sso") and not auth.has(plan="user:team")


def test_objects_with_ids(server: Server) -> None:
    with Clerk(server.secret_key, server_url=server.url, proxy="") as clerk:
        user = clerk.users.create(username="ada_lovelace")
        acme = clerk.organizations.create(request={"name": "Acme", "created_by": user.id})
    state = ask(server, server.tokens.session(user, organization=acme))
    assert (state.payload["sub"], state.payload["org_id"]) == (user.id, acme.id)


def test_tokens_that_are_refused(server: Server) -> None:
    tokens = server.tokens
    assert reason(server, tokens.session(expires_in=-30)) == "token-expired"
    assert reason(server, tokens.forged()) == "token-invalid-signature"
    pending = tokens.session(status="pending")
    assert reason(server, pending, treat_pending_as_signed_out=True) == "session-pending"
    assert ask(server, pending).is_signed_in
    other = tokens.session(claims={"azp": "https://evil.example.com"})
    parties = ["https://app.example.com"]
    assert reason(server, other, authorized_parties=parties) == "token-invalid-authorized-parties"
    assert reason(server, tokens.session(claims={"exp": None})) == "token-invalid"
    old = ask(server, tokens.session(factor_ages=[30, -1])).to_auth()
    assert old.has(reverification="moderate") and not old.has(reverification="strict")


def test_keys(server: Server) -> None:
    jwt = pytest.importorskip("jwt")
    token = server.tokens.session("user_1")
    state = authenticate_request(
        server.tokens.headers(token),
        AuthenticateRequestOptions(jwt_key=server.tokens.public_key),
    )
    assert state.is_signed_in
    assert jwt.decode(token, server.tokens.public_key, algorithms=["RS256"])["sub"] == "user_1"
    with Clerk(server.secret_key, server_url=server.url, proxy="") as clerk:
        (served,) = clerk.jwks.get_jwks().model_dump()["keys"]
    assert served.items() >= server.tokens.jwks["keys"][0].items()


KINDS = {"machine": "m2m_token", "api_key": "api_key", "oauth": "oauth_token"}


@pytest.mark.parametrize("kind", KINDS)
def test_opaque_tokens(server: Server, kind: str) -> None:
    make = getattr(server.tokens, kind)
    assert ask(server, make(), accepts_token=[KINDS[kind]]).is_signed_in
    assert reason(server, make(), accepts_token=["session_token"]) == "token-type-not-supported"
    for ended in (make(revoked=True), make(expires_in=-1)):
        assert reason(server, ended, accepts_token=["any"]) == "token-invalid"
    assert ask(server, make(expires_in=None)).is_signed_in


def test_what_opaque_tokens_say(server: Server) -> None:
    with Clerk(server.secret_key, server_url=server.url, proxy="") as clerk:
        user = clerk.users.create(username="grace_hopper")
        machine = clerk.machines.create(request={"name": "worker"})
    key = ask(server, server.tokens.api_key(user, scopes=["read"], claims={"a": 1})).payload
    assert (key["subject"], key["scopes"], key["claims"]) == (user.id, ["read"], {"a": 1})
    token = ask(server, server.tokens.machine(machine, claims={"b": [2]})).payload
    assert (token["subject"], token["claims"]) == (machine.id, {"b": [2]})
    granted = ask(server, server.tokens.oauth(user, scopes=["email"])).payload
    assert (granted["subject"], granted["scopes"]) == (user.id, ["email"])


def test_signed_machine_tokens(server: Server) -> None:
    token = server.tokens.machine(token_format="jwt", claims={"role": "worker"})
    state = ask(server, token, accepts_token=["m2m_token", "session_token"])
    assert state.payload["sub"].startswith("mch_")
    assert state.payload["role"] == "worker"
    assert reason(server, token, accepts_token=["session_token"]) == "token-type-not-supported"


def test_nothing_is_recorded(server: Server) -> None:
    server.requests.clear()
    server.faults.unavailable(times=None)
    try:
        server.tokens.machine()
        server.tokens.api_key()
    finally:
        server.faults.clear()
    assert list(server.requests) == []


def test_the_reference_accepts_them(server: Server) -> None:
    security = pytest.importorskip("clerk_backend_api.security")
    types = pytest.importorskip("clerk_backend_api.security.types")
    options = types.VerifyTokenOptions(secret_key=server.secret_key, api_url=server.origin)
    for token in (
        server.tokens.session("user_1", role="org:admin", permissions=["org:a:b"]),
        server.tokens.session("user_1", version=1, organization="org_1"),
    ):
        assert security.verify_token(token, options)["sub"] == "user_1"
    for bad in (server.tokens.session(expires_in=-30), server.tokens.forged()):
        with pytest.raises(types.TokenVerificationError):
            security.verify_token(bad, options)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the reference closes no client
def test_the_reference_asks_about_them(server: Server) -> None:
    security = pytest.importorskip("clerk_backend_api.security")
    types = pytest.importorskip("clerk_backend_api.security.types")
    options = types.VerifyTokenOptions(secret_key=server.secret_key, api_url=server.origin)
    assert security.verify_token(server.tokens.api_key(), options)["object"] == "api_key"
    gc.collect()  # here, where the warning does no harm


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"version": 3}, "version must be 1 or 2"),
        ({"status": "odd"}, "status must be one of active, pending"),
        ({"user": 5}, "user must be an id or have one"),
        ({"user": ""}, "user must be an id"),
        ({"organization": object()}, "organization must be an id"),
        ({"permissions": "org:a:b"}, "permissions must be a list"),
        ({"permissions": ["a:b"]}, "permissions: 'a:b' is not of the form"),
        ({"features": ["export"]}, "features: 'export' is not of the form"),
        ({"features": [1]}, "features must hold str"),
        ({"plans": ["user:pro"], "version": 1}, "only tokens of version 2"),
        ({"expires_in": "1"}, "expires_in must be a number"),
        ({"expires_in": float("nan")}, "expires_in must be finite"),
        ({"factor_ages": [1]}, "factor_ages must be two numbers"),
        ({"factor_ages": (0, -2)}, "factor_ages must be two numbers"),
        ({"factor_ages": 5}, "factor_ages must be two whole numbers, not 'int'"),
        ({"factor_ages": [True, 1.5]}, "factor_ages must hold whole numbers"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_slips(server: Server, settings: dict[str, Any], text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text):
        server.tokens.session(**settings)


def test_slips_with_opaque_tokens(server: Server) -> None:
    with pytest.raises(ValueError, match="token_format must be"):
        server.tokens.machine(token_format="x")
    with pytest.raises(ValueError, match="move the clock"):
        server.tokens.machine(token_format="jwt", expires_in=-1)
    with pytest.raises(Exception, match="user_unknown"):
        server.tokens.api_key("user_unknown")
    with pytest.raises(TypeError, match="machine must be an id"):
        server.tokens.machine(5)


def test_webhooks(server: Server) -> None:
    with Clerk(server.secret_key, server_url=server.url, proxy="") as clerk:
        user = clerk.users.create(email_address=["hook@example.com"])
    body, headers = server.webhooks.sign("user.created", user)
    event = verify_webhook(body, headers, server.webhooks.secret)
    assert isinstance(event, UserEvent)
    assert event.data.email_addresses[0].email_address == "hook@example.com"
    assert event.instance_id == server.store.instance_id
    plain = server.webhooks.sign("email.created", {"id": "ema_1"}, id="msg_1")
    assert verify_webhook(*plain, server.webhooks.secret).id == "msg_1"
    server.clock.advance(-1000)
    with pytest.raises(WebhookVerificationError):
        verify_webhook(*server.webhooks.sign("a.b", {}), server.webhooks.secret)
    server.clock.reset()
    with pytest.raises(TypeError, match="data must be a dict or a model, not 'int'"):
        server.webhooks.sign("a.b", 5)
    with pytest.raises(TypeError, match="type must be a str"):
        server.webhooks.sign("", {})
