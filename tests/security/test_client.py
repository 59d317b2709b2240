"""Clerk.authenticate_request: the client's key and server, and names that programs replace."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

import clerk_backend_api
import pytest
from issuing import Endpoint, Signer

import clerk_c
from clerk_c import Clerk, security
from clerk_c.security import (
    AuthenticateRequestOptions,
    RequestState,
    TokenVerificationError,
    TokenVerificationErrorReason,
    VerifyTokenOptions,
)
from clerk_c.testing import Server


class Request:
    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}"}


def states(clerk: Clerk, token: str, **given: Any) -> list[RequestState]:
    options = AuthenticateRequestOptions(**given)
    before = dict(vars(options))
    found = [
        clerk.authenticate_request(Request(token), options),
        asyncio.run(clerk.authenticate_request_async(Request(token), options)),
    ]
    assert vars(options) == before
    return found


def keys_sent(endpoint: Endpoint) -> set[str]:
    return {headers["authorization"] for _, _, headers, _ in endpoint.requests}


@pytest.mark.parametrize("bearer", ["sk_own", "Bearer sk_own", "bearer sk_own", lambda: "sk_own"])
def test_the_clients_own_key_and_server(endpoint: Endpoint, signer: Signer, bearer: Any) -> None:
    endpoint.serve(signer)
    with Clerk(bearer_auth=bearer, server_url=f"{endpoint.url}/v1") as clerk:
        for state in states(clerk, signer.token()):
            assert state.is_signed_in
    assert keys_sent(endpoint) == {"Bearer sk_own"}
    assert {path for _, path, _, _ in endpoint.requests} == {"/v1/jwks"}


@pytest.mark.parametrize(
    ("end", "path"), [("", "/jwks"), ("/v2/", "/v2/jwks"), ("/api/v1", "/api/v1/jwks")]
)
def test_servers(endpoint: Endpoint, signer: Signer, end: str, path: str) -> None:
    endpoint.serve(signer)
    with Clerk(bearer_auth="sk_own", server_url=endpoint.url + end) as clerk:
        assert states(clerk, signer.token())[0].is_signed_in
    assert endpoint.requests[0][1] == path


def test_options_come_first(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    called = mock.Mock(return_value="sk_own")
    with Clerk(bearer_auth=called, server_url="http://127.0.0.1:1/v1") as clerk:
        given = {"secret_key": "sk_given", "api_url": endpoint.url, "api_version": "v9"}
        assert states(clerk, signer.token(), **given)[1].is_signed_in
    called.assert_not_called()
    assert keys_sent(endpoint) == {"Bearer sk_given"}
    assert endpoint.requests[0][1] == "/v9/jwks"


def test_a_key_that_is_changed_later(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    with Clerk(bearer_auth="sk_own") as clerk:
        clerk.sdk_configuration.server_url = endpoint.url + "/v1"
        clerk.sdk_configuration.security = clerk_c.models.Security(bearer_auth="sk_changed")
        assert states(clerk, signer.token())[0].is_signed_in
    assert keys_sent(endpoint) == {"Bearer sk_changed"}


def test_a_key_that_is_awaited(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)

    async def key() -> str:
        return "sk_awaited"

    async def main() -> RequestState:
        async with Clerk(bearer_auth=key, server_url=endpoint.url + "/v1") as clerk:  # type: ignore[arg-type]
            return await clerk.authenticate_request_async(
                Request(signer.token()), AuthenticateRequestOptions()
            )

    assert asyncio.run(main()).is_signed_in
    assert keys_sent(endpoint) == {"Bearer sk_awaited"}


def test_without_a_key(signer: Signer) -> None:
    with Clerk() as clerk:
        for state in states(clerk, signer.token()):
            assert state.reason is security.AuthErrorReason.SECRET_KEY_MISSING
        assert all(
            state.is_signed_in for state in states(clerk, signer.token(), jwt_key=signer.pem)
        )


def test_keys_that_are_no_text(signer: Signer) -> None:
    with Clerk(bearer_auth=lambda: 5) as clerk, pytest.raises(TypeError, match="bearer_auth"):  # type: ignore[arg-type,return-value]
        clerk.authenticate_request(Request(signer.token()), AuthenticateRequestOptions())


def test_a_machines_key_beside_the_clients(endpoint: Endpoint) -> None:
    endpoint.answers["/verify"] = (200, b"{}")
    with Clerk(bearer_auth="sk_own", server_url=endpoint.url + "/v1") as clerk:
        states(clerk, "mt_x", machine_secret_key="ak_machine")
        assert keys_sent(endpoint) == {"Bearer ak_machine"}
        endpoint.requests.clear()
        states(clerk, "mt_x")
        assert keys_sent(endpoint) == {"Bearer sk_own"}
    assert endpoint.requests[0][1] == "/m2m_tokens/verify"


def test_signatures_are_the_references() -> None:
    for name in ("authenticate_request", "authenticate_request_async"):
        our, their = getattr(Clerk, name), getattr(clerk_backend_api.Clerk, name)
        assert list(inspect.signature(our).parameters) == list(inspect.signature(their).parameters)
        assert inspect.iscoroutinefunction(our) == inspect.iscoroutinefunction(their)
    for name in clerk_backend_api.security.__all__:
        our, their = getattr(security, name), getattr(clerk_backend_api.security, name)
        assert name in security.__all__
        if inspect.isfunction(their):
            assert list(inspect.signature(our).parameters) == list(
                inspect.signature(their).parameters
            )
            assert inspect.iscoroutinefunction(our) == inspect.iscoroutinefunction(their)


# --- names that programs replace -------------------------------------------------


def test_verify_token_can_be_replaced(signer: Signer) -> None:
    options = AuthenticateRequestOptions(
        secret_key="sk_1", audience="a", authorized_parties=["b"], clock_skew_in_ms=1
    )
    request: Any = Request("dummy.jwt.token")
    place = "clerk_c.security.authenticaterequest.verify_token"
    with mock.patch(place, autospec=True) as verify:
        verify.return_value = {"sub": "user_1", "v": 2, "o": {"id": "org_1"}}
        state = clerk_c.authenticate_request(request, options)
        assert state.payload is verify.return_value and state.payload["org_id"] == "org_1"
        (token, given), named = verify.call_args
        assert (token, named) == ("dummy.jwt.token", {})
        assert given == VerifyTokenOptions(
            secret_key="sk_1", audience="a", authorized_parties=["b"], clock_skew_in_ms=1
        )
        verify.side_effect = TokenVerificationError(TokenVerificationErrorReason.TOKEN_EXPIRED)
        state = clerk_c.authenticate_request(request, options)
        assert state.reason is TokenVerificationErrorReason.TOKEN_EXPIRED
        verify.side_effect = None
        opaque: Any = Request("oat_1")
        assert clerk_c.authenticate_request(opaque, AuthenticateRequestOptions()).is_signed_in
    with mock.patch(f"{place}_async", autospec=True) as verify:
        verify.return_value = {"sub": "user_1"}
        state = asyncio.run(clerk_c.authenticate_request_async(request, options))
        assert state.is_signed_in and verify.call_args.args[0] == "dummy.jwt.token"


def test_under_the_name_of_the_official_package() -> None:
    program = """
import clerk_c
clerk_c.install_as_clerk_backend_api()
from unittest.mock import patch
from clerk_backend_api import Clerk, authenticate_request, AuthenticateRequestOptions, Requestish
from clerk_backend_api.security import RequestState, TokenVerificationError, verify_token_async
from clerk_backend_api.security.authenticaterequest import authenticate_request_async
from clerk_backend_api.security.cache import Cache
from clerk_backend_api.security.machine import get_token_type, is_machine_token
from clerk_backend_api.security.types import AuthErrorReason, TokenType, SessionAuthObjectV2
from clerk_backend_api.security.verifytoken import verify_token, verification_apis
import clerk_backend_api.security.types, clerk_c.security.types
assert clerk_backend_api.security.types is clerk_c.security.types
class Request: headers = {"Authorization": "Bearer a.b.c"}
with patch("clerk_backend_api.security.authenticaterequest.verify_token") as verify:
    verify.return_value = {"sub": "user_1"}
    state = Clerk().authenticate_request(Request(), AuthenticateRequestOptions(secret_key="x"))
assert state.to_auth().user_id == "user_1"
"""
    ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_the_cache_of_the_reference() -> None:
    from clerk_backend_api.security.cache import Cache as Theirs

    from clerk_c.security.cache import Cache

    for made in (Cache(), Theirs()):
        made.set(None, "x")
        made.set("a", "1")
        made.set("b", "2")
        made.delete("b")
        made.delete("c")
        made.delete(None)
        assert [made.get(key) for key in ("a", "b", "c", None)] == ["1", None, None, None]
        with mock.patch("time.time", return_value=1e12):
            assert made.get("a") is None
        assert made.cache == {}
        assert made.expiration_time == 300


def test_the_reference_asks_clerks_own_server(signer: Signer) -> None:
    from clerk_backend_api.security import verifytoken as theirs

    with mock.patch.object(theirs, "_fetch_jwks", return_value={"keys": []}) as fetch:
        client = clerk_backend_api.Clerk(bearer_auth="sk_own", server_url="http://127.0.0.1:1/v1")
        options: Any = clerk_backend_api.AuthenticateRequestOptions()
        client.authenticate_request(Request(signer.token()), options)
    (asked,) = fetch.call_args.args
    assert (asked.api_url, asked.secret_key) == ("https://api.clerk.com", "sk_own")


def test_keys_that_cannot_be_sent(signer: Signer) -> None:
    for key in ("sk_test_x\n", "sk test", "sk_t\xe9st", "\tsk"):
        options = AuthenticateRequestOptions(secret_key=key, api_url="http://127.0.0.1:1")
        with pytest.raises(ValueError, match="secret_key must be a key") as caught:
            clerk_c.authenticate_request(Request(signer.token()), options)
        assert key.strip() not in str(caught.value)


def test_what_is_not_there() -> None:
    from clerk_backend_api.security import verifytoken as theirs

    from clerk_c.security import verifytoken

    for name in ("jwt", "httpx", "_get_remote_jwt_key"):
        assert hasattr(theirs, name) and not hasattr(verifytoken, name)


def test_what_a_caller_does_to_the_payload_stays_with_him(signer: Signer) -> None:
    token = signer.token(v=2, o={"id": "org_1"}, fva=[1, 2])
    options = AuthenticateRequestOptions(jwt_key=signer.pem)
    for _ in range(3):
        payload = clerk_c.authenticate_request(Request(token), options).payload
        assert payload is not None
        assert payload["o"] == {"id": "org_1"} and payload["fva"] == [1, 2]
        assert payload["org_id"] == "org_1"
        payload["o"]["id"] = "org_2"
        payload["fva"].append(3)
        payload["sub"] = "admin"
        payload["org_id"] = "org_3"


# --- the embedded server ----------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_against_the_embedded_server(server: Server) -> None:
    with Clerk(bearer_auth=server.secret_key, server_url=server.url) as clerk:
        user = clerk.users.create(email_address=["a@example.com"])
        session = clerk.sessions.create(request={"user_id": user.id})
        token = clerk.sessions.create_token(session_id=session.id).jwt
        assert token is not None
        for state in states(clerk, token, accepts_token=["session_token"]):
            assert state.is_signed_in, state
            auth: Any = state.to_auth()
            assert user.id in (getattr(auth, "user_id", None), getattr(auth, "sub", None))
        for state in states(clerk, token[:-8] + "AAAAAAAA"):
            assert state.reason is TokenVerificationErrorReason.TOKEN_INVALID_SIGNATURE
        key = clerk.api_keys.create_api_key(name="k", subject=user.id)
        for state in states(clerk, json.loads(key.model_dump_json())["secret"]):
            assert state.is_signed_in
            assert state.to_auth().user_id == user.id  # type: ignore[attr-defined]
        assert states(clerk, "ak_unknown")[0].reason is TokenVerificationErrorReason.TOKEN_INVALID
