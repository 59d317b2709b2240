"""Sessions and tokens of the embedded server, also as the reference verifies them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkErrors
from clerk_backend_api.security import authenticate_request, verify_token
from clerk_backend_api.security.types import (
    AuthenticateRequestOptions,
    TokenVerificationError,
    VerifyTokenOptions,
)

from clerk_c.testing import Server, rsa


@pytest.fixture
def server(server: Server) -> Iterator[Server]:
    yield server
    server.store.clock.reset()


@pytest.fixture
def clerk(reference: Clerk, server: Server) -> Clerk:
    return reference


@pytest.fixture
def user(clerk: Clerk) -> models.User:
    return clerk.users.create(
        email_address=["ada@example.com"],
        first_name="Ada",
        last_name="Lovelace",
        public_metadata={"plan": {"name": "pro"}, "seats": 3},
    )


def refused(call: Any, **given: Any) -> tuple[int, str]:
    with pytest.raises(ClerkErrors) as info:
        call(**given)
    return info.value.status_code, info.value.data.errors[0].code


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def test_life_of_a_session(clerk: Clerk, server: Server, user: models.User) -> None:
    made = clerk.sessions.create(request={"user_id": user.id})
    assert (made.user_id, made.status.value) == (user.id, "active")
    assert clerk.sessions.get(session_id=made.id) == made
    other = server.store.sign_in(user.id)
    listed = clerk.sessions.list
    assert {s.id for s in listed(user_id=user.id)} == {made.id, other["session_id"]}
    assert [s.id for s in listed(client_id=other["client_id"])] == [other["session_id"]]
    assert clerk.sessions.revoke(session_id=made.id).status.value == "revoked"
    assert [s.id for s in listed(status="revoked")] == [made.id]
    assert clerk.clients.get(client_id=made.client_id).last_active_session_id is None
    assert refused(clerk.sessions.create_token, session_id=made.id)[0] == 404
    server.store.clock.advance(8 * 24 * 3600)
    assert [s.id for s in listed(status="expired")] == [other["session_id"]]
    assert refused(clerk.sessions.get, session_id="sess_none") == (404, "resource_not_found")
    assert refused(clerk.sessions.create, request={"user_id": "user_none"})[0] == 404


def test_tokens_verify_by_the_key_set(clerk: Clerk, server: Server, user: models.User) -> None:
    session = clerk.sessions.create(request={"user_id": user.id})
    token = clerk.sessions.create_token(session_id=session.id, expires_in_seconds=120).jwt
    options = VerifyTokenOptions(secret_key=server.secret_key, api_url=server.origin)
    payload = verify_token(token, options)
    assert (payload["sub"], payload["sid"]) == (user.id, session.id)
    assert payload["exp"] - payload["iat"] == 120
    (key,) = clerk.jwks.get_jwks().keys
    assert (key.kty, key.alg) == ("RSA", "RS256")
    head, body, signature = token.split(".")
    forged = ".".join((head, body, signature[:-8] + "AAAAAAAA"))
    with pytest.raises(TokenVerificationError):
        verify_token(forged, options)


def test_a_request_is_authenticated(clerk: Clerk, server: Server, user: models.User) -> None:
    session = clerk.sessions.create(request={"user_id": user.id})
    token = clerk.sessions.create_token(session_id=session.id).jwt
    request = httpx.Request("GET", "https://example.com", headers={"authorization": token})
    options = AuthenticateRequestOptions(secret_key=server.secret_key)
    options.jwt_key = _pem(clerk)
    state = authenticate_request(request, options)
    assert state.is_signed_in, state.reason
    assert state.payload["sub"] == user.id


def _pem(clerk: Clerk) -> str:
    from cryptography.hazmat.primitives import serialization
    from jwt.algorithms import RSAAlgorithm

    (key,) = clerk.jwks.get_jwks().keys
    public = RSAAlgorithm.from_jwk({"kty": key.kty, "n": key.n, "e": key.e})
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


def test_the_active_organization_is_in_the_token(clerk: Clerk, user: models.User) -> None:
    keys = ("org:reports:read", "org:reports:write", "org:teams:read")
    for key in keys:
        clerk.organization_permissions.create(name=key, key=key)
    clerk.organization_roles.create(
        name="Editor", key="org:editor", permissions=list(keys), include_in_initial_role_set=True
    )
    acme = clerk.organizations.create(request={"name": "Acme"})
    create = clerk.sessions.create
    given = {"user_id": user.id, "active_organization_id": acme.id}
    assert refused(create, request=given)[0] == 404
    clerk.organization_memberships.create(
        organization_id=acme.id, user_id=user.id, role="org:editor"
    )
    session = create(request=given)
    assert session.last_active_organization_id == acme.id
    payload = claims(clerk.sessions.create_token(session_id=session.id).jwt)
    assert payload["fea"] == "o:reports,o:teams"
    assert payload["o"] == {
        "id": acme.id,
        "slg": "acme",
        "rol": "editor",
        "per": "read,write",
        "fpm": "3,1",
    }


def test_tokens_are_refreshed(clerk: Clerk, server: Server, user: models.User) -> None:
    session = server.store.sign_in(user.id)["session_id"]
    old = clerk.sessions.create_token(session_id=session).jwt
    refresh = server.store.refresh_token(session)
    server.store.clock.advance(3600)
    given = {
        "session_id": session,
        "expired_token": old,
        "refresh_token": refresh,
        "request_origin": "https://example.com",
    }
    fresh = clerk.sessions.refresh(**given)
    assert claims(fresh.jwt)["exp"] > claims(old)["exp"]
    cookies = clerk.sessions.refresh(**given, format_="cookie").cookies
    assert cookies[0].startswith("__session=")
    wrong = {
        **given,
        "refresh_token": server.store.refresh_token(server.store.sign_in(user.id)["session_id"]),
    }
    assert refused(clerk.sessions.refresh, **wrong) == (400, "form_param_value_invalid")
    forged = {**given, "expired_token": old[:-4] + "AAAA"}
    assert refused(clerk.sessions.refresh, **forged) == (400, "form_param_value_invalid")


def test_templates(clerk: Clerk, server: Server, user: models.User) -> None:
    # The reference's model of claims has no members, so it would send none.
    made = _send(
        server,
        "POST",
        "/jwt_templates",
        {
            "name": "hasura",
            "claims": {
                "email": "{{user.primary_email_address}}",
                "seats": "{{user.public_metadata.seats}}",
                "hello": "Hello {{user.full_name}}, {{user.public_metadata.plan.name}}",
                "nested": {"list": ["{{user.nothing}}", 1]},
            },
            "lifetime": 300,
        },
    )
    session = clerk.sessions.create(request={"user_id": user.id})
    create = clerk.sessions.create_token_from_template
    given = {"session_id": session.id, "template_name": "hasura"}
    payload = claims(create(**given).jwt)
    assert payload["email"] == "ada@example.com"
    assert payload["seats"] == 3
    assert payload["hello"] == "Hello Ada Lovelace, pro"
    assert payload["nested"] == {"list": [None, 1]}
    assert payload["exp"] - payload["iat"] == 300
    key = {"custom_signing_key": True, "signing_algorithm": "HS512", "signing_key": "a secret"}
    changes = {"name": "hasura", "claims": {"a": 1}, **key}
    _send(server, "PATCH", f"/jwt_templates/{made['id']}", changes)
    token = create(**given, expires_in_seconds=60).jwt
    signed, _, signature = token.rpartition(".")
    expected = hmac.new(b"a secret", signed.encode(), hashlib.sha512).digest()
    assert base64.urlsafe_b64decode(signature + "==") == expected
    assert (claims(token)["a"], "email" in claims(token)) == (1, False)
    assert refused(create, session_id=session.id, template_name="none")[0] == 404
    taken = {"name": "hasura", "claims": {}}
    assert refused(clerk.jwt_templates.create, request=taken)[1] == "form_identifier_exists"
    reserved = {"name": "other", "claims": {"sub": "someone else"}}
    problem = _send(server, "POST", "/jwt_templates", reserved)["errors"][0]
    assert problem["code"] == "form_param_value_invalid"
    assert [t.id for t in clerk.jwt_templates.list()] == [made["id"]]
    assert clerk.jwt_templates.delete(template_id=made["id"]).deleted
    assert clerk.jwt_templates.list() == []


def test_sign_in_tokens(clerk: Clerk, server: Server, user: models.User) -> None:
    made = clerk.sign_in_tokens.create(request={"user_id": user.id, "expires_in_seconds": 60})
    assert (made.status.value, made.token in made.url) == ("pending", True)
    session = server.store.redeem_ticket(made.token)["session_id"]
    assert clerk.sessions.get(session_id=session).user_id == user.id
    revoke = clerk.sign_in_tokens.revoke
    assert refused(revoke, sign_in_token_id=made.id)[0] == 400
    other = clerk.sign_in_tokens.create(request={"user_id": user.id})
    gone = revoke(sign_in_token_id=other.id)
    assert (gone.status.value, gone.token) == ("revoked", None)
    with pytest.raises(Exception, match="not valid"):
        server.store.redeem_ticket(other.token)


def test_actor_tokens(clerk: Clerk, server: Server, user: models.User) -> None:
    given = {"user_id": user.id, "actor": {"sub": "user_support", "reason": "a ticket"}}
    made = clerk.actor_tokens.create(request=given)
    session = server.store.redeem_ticket(made.token)["session_id"]
    shown = json.loads(httpx.get(f"{server.url}/sessions/{session}", headers=_key(server)).text)
    assert shown["actor"] == given["actor"]
    again = clerk.actor_tokens.create(request=given)
    assert clerk.actor_tokens.revoke(actor_token_id=again.id).status.value == "revoked"


def _send(server: Server, method: str, path: str, body: Any) -> Any:
    answer = httpx.request(method, server.url + path, json=body, headers=_key(server))
    return answer.json()


def _key(server: Server) -> dict[str, str]:
    return {"authorization": f"Bearer {server.secret_key}"}


def test_sign_ups(clerk: Clerk, server: Server) -> None:
    key = server.store.add_sign_up(username="ada", unsafe_metadata={"a": 1})
    shown = clerk.sign_ups.get(id=key)
    assert (shown.username, shown.status.value) == ("ada", "missing_requirements")
    clerk.sign_ups.update(id=key, external_id="ext_1", custom_action=True)
    assert clerk.sign_ups.get(id=key).external_id == "ext_1"


def test_the_interstitial_is_public(server: Server) -> None:
    answer = httpx.get(f"{server.url}/public/interstitial")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_signatures() -> None:
    key = rsa.new_key()
    signature = rsa.sign(key, b"message")
    assert rsa.verify(key, b"message", signature)
    assert not rsa.verify(key, b"massage", signature)
    assert not rsa.verify(key, b"message", signature[1:])
    assert not rsa.verify(rsa.new_key(), b"message", signature)
    assert int.from_bytes(signature, "big").bit_length() <= rsa.BITS
