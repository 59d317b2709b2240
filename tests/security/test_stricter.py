"""Where authentication differs from the reference on purpose: each row about it in
docs/differences.md, with what the reference does beside it."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from typing import Any

import clerk_backend_api.security as theirs
import jwt
import pytest
from clerk_backend_api.security import authenticaterequest as their_module
from clerk_backend_api.security import types as their_types
from issuing import Clock, Endpoint, Signer

import clerk_c.security as ours

NOW = int(time.time())


class Request:
    def __init__(self, headers: Any) -> None:
        self.headers = headers


def outcome(package: Any, request: Any, options: dict[str, Any]) -> Any:
    """True when signed in, the code of a reason, or the name of what is raised."""
    try:
        given = package.AuthenticateRequestOptions(**options)
        state = package.authenticate_request(request, given)
    except Exception as error:
        return type(error).__name__
    return state.is_signed_in or state.reason.value[0]


def both(headers: Any, **options: Any) -> tuple[Any, Any]:
    request = Request(headers)
    our = outcome(ours, request, options)

    async def ask() -> Any:
        given = ours.AuthenticateRequestOptions(**options)
        state = await ours.authenticate_request_async(request, given)
        return state.is_signed_in or state.reason.value[0]  # type: ignore[union-attr]

    assert asyncio.run(ask()) == our
    return outcome(theirs, request, options), our


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_without_end(signer: Signer) -> None:
    assert both(bearer(signer.token(exp=None)), jwt_key=signer.pem) == (True, "token-invalid")


@pytest.mark.parametrize(
    "kind", [{"typ": "at+jwt"}, {"typ": "application/at+jwt"}, {"typ": "AT+JWT"}]
)
def test_a_jwt_of_an_oauth_application(signer: Signer, kind: dict[str, str]) -> None:
    headers = bearer(signer.token(headers=kind))
    refused = (True, "token-type-not-supported")
    assert both(headers, jwt_key=signer.pem, accepts_token=["session_token"]) == refused
    accepts = ["session_token", "m2m_token", "api_key"]
    assert both(headers, jwt_key=signer.pem, accepts_token=accepts) == refused
    accepts = ["session_token", "oauth_token"]
    assert both(headers, jwt_key=signer.pem, accepts_token=accepts) == (True, True)
    assert both(headers, jwt_key=signer.pem) == (True, True)


def test_a_jwt_of_a_machine(signer: Signer) -> None:
    headers = bearer(signer.token(sub="mch_1"))
    refused = (True, "token-type-not-supported")
    for accepts in (["session_token"], ["session_token", "oauth_token"]):
        assert both(headers, jwt_key=signer.pem, accepts_token=accepts) == refused
    for accepts in (["session_token", "m2m_token"], ["session_token", "machine_token"], ["any"]):
        assert both(headers, jwt_key=signer.pem, accepts_token=accepts) == (True, True)


@pytest.mark.parametrize(
    ("claims", "their"),
    [
        ({"v": 2, "o": "org_1"}, "AttributeError"),
        ({"v": 2, "o": ["org_1"]}, "AttributeError"),
        ({"v": 2, "o": 5}, "AttributeError"),
        ({"v": 2, "o": {"id": 5}}, True),
        ({"v": 2, "o": {"id": "org_1", "rol": ["admin"]}}, True),
        ({"v": 2, "o": {"id": "o", "per": "p", "fpm": "1"}, "fea": 5}, "AttributeError"),
        ({"v": 2, "o": {"id": "o", "per": "p", "fpm": "1"}, "fea": ["o:a"]}, "AttributeError"),
        ({"exp": str(NOW + 3600)}, True),
        ({"exp": True}, "token-expired"),
    ],
)
def test_claims_of_an_unexpected_type(signer: Signer, claims: dict[str, Any], their: Any) -> None:
    their_outcome, our = both(bearer(signer.token(**claims)), jwt_key=signer.pem)
    assert their_outcome == their
    assert our == "token-invalid"


def test_iat_that_is_a_number_in_quotes(signer: Signer) -> None:
    found = both(bearer(signer.token(iat=str(NOW))), jwt_key=signer.pem)
    assert found == (True, "token-iat-in-the-future")


def test_parties_as_one_text(signer: Signer) -> None:
    """The reference looks for the origin anywhere in it."""
    for azp, their, our in (
        ("https://app.example", True, True),
        ("https://app", True, "token-invalid-authorized-parties"),
        ("", True, "token-invalid-authorized-parties"),
    ):
        found = both(
            bearer(signer.token(azp=azp)),
            jwt_key=signer.pem,
            authorized_parties="https://app.example",
        )
        assert found == (their, our)


def test_accepts_token_as_one_text(signer: Signer) -> None:
    headers = bearer("mt_x")
    assert both(headers, accepts_token="not_m2m_token_at_all")[1] == "token-type-not-supported"
    headers = bearer(signer.token())
    for accepts in ("session_token", ours.verifytoken.TokenType.SESSION_TOKEN):
        assert both(headers, jwt_key=signer.pem, accepts_token=accepts)[1] is True


@pytest.mark.parametrize(
    ("headers", "their"),
    [
        ({"Authorization": "Basic dXNlcjpwYXNz", "cookie": "__session={}"}, "token-invalid"),
        ({"Authorization": "Bearer", "cookie": "__session={}"}, "token-invalid"),
        ({"Authorization": "", "cookie": "__session={}"}, "token-invalid"),
        ({"Authorization": "bearer {}"}, "token-invalid"),
        ({"authorization": "Bearer {}"}, "session-token-missing"),
        ({"AUTHORIZATION": "Bearer {}"}, "session-token-missing"),
        ({"Cookie": "__session={}"}, "session-token-missing"),
        ({"cookie": 'odd={{"a":"b"}}; __session={}'}, "session-token-missing"),
        ({"cookie": "a@b=c d; __session={}"}, "session-token-missing"),
        ({"cookie": "__sessionx=a; __session={}"}, "token-invalid"),
        ({"cookie": "__session={}; __session=x"}, "token-invalid"),
        ({"cookie": "__session=; __session_AbCdEfGh={}"}, "token-invalid"),
    ],
)
def test_finding_the_token(signer: Signer, headers: dict[str, str], their: str) -> None:
    token = signer.token()
    filled = {name: value.format(token) for name, value in headers.items()}
    assert both(filled, jwt_key=signer.pem) == (their, True)


def test_other_schemes_alone() -> None:
    found = both({"Authorization": "Basic dXNlcjpwYXNz"}, jwt_key="x")
    assert found == ("token-invalid", "session-token-missing")


def test_requests_without_the_attribute(signer: Signer) -> None:
    for request in ([(b"authorization", b"Bearer " + signer.token().encode())], {"headers": []}):
        assert outcome(theirs, request, {"jwt_key": signer.pem}) == "AttributeError"
        assert outcome(ours, request, {"jwt_key": signer.pem}) in (True, "session-token-missing")


def test_pending_sessions(signer: Signer) -> None:
    headers = bearer(signer.token(sts="pending", v=2))
    assert both(headers, jwt_key=signer.pem) == (True, True)
    options: dict[str, Any] = {"jwt_key": signer.pem, "treat_pending_as_signed_out": True}
    assert outcome(ours, Request(headers), options) == "session-pending"
    active = bearer(signer.token(sts="active", v=2))
    assert outcome(ours, Request(active), options) is True


def test_secrets_are_not_shown(signer: Signer) -> None:
    token = signer.token()
    for package, shown in ((theirs, True), (ours, False)):
        options = package.AuthenticateRequestOptions(
            secret_key="sk_test_hidden", machine_secret_key="ak_hidden", jwt_key=signer.pem
        )
        verify = package.VerifyTokenOptions(secret_key="sk_test_hidden")
        state = package.authenticate_request(Request(bearer(token)), options)
        for what in (repr(options), repr(verify), str(options)):
            assert ("hidden" in what) is shown
        assert (token in repr(state)) is shown
        assert ("user_1" in repr(state)) is shown


# --- keys from the endpoint -----------------------------------------------------


@pytest.fixture
def remote(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    made = functools.partial(their_types.VerifyTokenOptions, api_url=endpoint.url)
    monkeypatch.setattr(their_module, "VerifyTokenOptions", made)
    own = functools.partial(ours.AuthenticateRequestOptions, api_url=endpoint.url)
    monkeypatch.setattr(ours, "AuthenticateRequestOptions", own)
    return {"secret_key": "sk_test_secret"}


@pytest.mark.parametrize(
    "jwk",
    [
        {"kid": "ins_one", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kid": "ins_one", "kty": "oct", "k": "c2VjcmV0"},
        {"kid": "ins_one"},
    ],
)
def test_keys_that_are_none(
    signer: Signer, endpoint: Endpoint, remote: dict[str, Any], jwk: dict[str, Any]
) -> None:
    endpoint.serve(jwk)
    their, our = both(bearer(signer.token()), **remote)
    assert (their, our) == ("InvalidKeyError", "jwk-failed-to-resolve")


@pytest.mark.parametrize("content", [b"[]", b"5", b'{"keys": 5}', b'{"keys": [5]}'])
def test_answers_that_are_none(
    signer: Signer, endpoint: Endpoint, remote: dict[str, Any], content: bytes
) -> None:
    endpoint.answers["/jwks"] = (200, content)
    their, our = both(bearer(signer.token()), **remote)
    assert their in ("AttributeError", "TypeError")
    assert our in ("jwk-remote-invalid", "jwk-kid-mismatch")


def test_random_kids(
    signer: Signer, endpoint: Endpoint, remote: dict[str, Any], clock: Clock
) -> None:
    endpoint.serve(signer)
    secret = remote["secret_key"]
    ours.use_keeper(ours.JwksKeeper(secret, endpoint.url, clock=clock), secret, endpoint.url)
    for number in range(10):
        found = both(bearer(signer.token(headers={"kid": f"k{number}"})), **remote)
        assert found == ("jwk-kid-mismatch", "jwk-kid-mismatch")
    assert endpoint.fetches() == 10 + 1


def test_after_a_rotation_other_refusals_still_count(
    signer: Signer, other: Signer, endpoint: Endpoint, remote: dict[str, Any]
) -> None:
    """A key changed under its name, and the token expired meanwhile: the reference raises what
    its JWT library raises."""
    expired = other.token(headers={"kid": "ins_one"}, exp=NOW - 600)
    endpoint.serve(signer)
    secret = f"sk_test_{time.monotonic_ns()}"
    valid = both(bearer(signer.token()), secret_key=secret)
    assert valid == (True, True)
    endpoint.serve(other.jwk(kid="ins_one"))
    ours.keeper_for(secret, endpoint.url)._next_fetch = float("-inf")
    found = both(bearer(expired), secret_key=secret)
    assert found == ("ExpiredSignatureError", "token-expired")


def test_the_options_stay_as_they_are(signer: Signer) -> None:
    """The reference's client writes its key into the caller's options."""
    import clerk_backend_api

    client = clerk_backend_api.Clerk(bearer_auth="sk_test_secret")
    options: Any = theirs.AuthenticateRequestOptions()
    client.authenticate_request(Request({}), options)
    assert options.secret_key == "sk_test_secret"


# --- no exceptions, whatever is signed ------------------------------------------


ODD = [None, True, False, 0, -1, 1.5, 1e308, 2**80, "", "x", [], [1], ["x"], {}, {"a": 1}]
NAMES = ["exp", "iat", "nbf", "aud", "azp", "sub", "sid", "iss", "jti", "v", "o", "fea", "pla",
         "fva", "sts", "org_id", "org_role", "org_permissions", "role", "act"]  # fmt: skip


def test_odd_claims_never_raise(signer: Signer) -> None:
    options = ours.AuthenticateRequestOptions(
        jwt_key=signer.pem, treat_pending_as_signed_out=True, audience=["x"],
        authorized_parties=["x"],
    )  # fmt: skip
    plain = ours.AuthenticateRequestOptions(jwt_key=signer.pem)
    wanted = {"role": "a", "permission": "b", "feature": "c", "plan": "d", "reverification": "lax"}
    signed_in = 0
    for name in NAMES:
        for value in ODD:
            claims = {"sub": "user_1", "exp": NOW + 3600, "v": 2, name: value}
            token = jwt.api_jws.encode(
                json.dumps(claims).encode(), signer.private, "RS256", {"kid": "k"}
            )
            for given in (options, plain):
                state = ours.authenticate_request(Request(bearer(token)), given)
                if state.is_signed_in:
                    signed_in += 1
                    auth = state.to_auth()
                    assert not any(auth.has(**{key: what}) for key, what in wanted.items())
                else:
                    assert state.message
    assert signed_in > 100
