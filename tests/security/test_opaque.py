"""Tokens that only the API can check: what it is asked, with which key, what its answers mean."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import types
from collections.abc import Iterator
from typing import Any

import clerk_backend_api.security as theirs
import httpx
import pytest
import trio
from clerk_backend_api.security import authenticaterequest as their_module
from clerk_backend_api.security import types as their_types
from clerk_backend_api.security import verifytoken as their_verifytoken
from issuing import Endpoint
from test_differential import shown

import clerk_c.security as ours

PATHS = {
    "m2m_x": "/m2m_tokens/verify",
    "mt_x": "/m2m_tokens/verify",
    "oat_x": "/oauth_applications/access_tokens/verify",
    "ak_x": "/api_keys/verify",
}
CLAIMS: dict[str, Any] = {
    "id": "mt_1", "subject": "mch_1", "client_id": "c", "name": "n", "scopes": ["a"],
    "claims": {"x": 1}, "revoked": False, "expired": False, "active": True,
}  # fmt: skip


@pytest.fixture
def api(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The reference knows of no other server than Clerk's own, and it leaves its clients open:
    both is mended here."""
    made = functools.partial(their_types.VerifyTokenOptions, api_url=endpoint.url)
    monkeypatch.setattr(their_module, "VerifyTokenOptions", made)
    with contextlib.ExitStack() as clients:
        names = dict(vars(httpx))
        names["Client"] = lambda **given: clients.enter_context(httpx.Client(**given))
        monkeypatch.setattr(their_verifytoken, "httpx", types.SimpleNamespace(**names))
        endpoint.answers["/verify"] = (200, json.dumps(CLAIMS).encode())
        yield endpoint


class Request:
    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}"}


def our_states(api: Endpoint, token: str, **given: Any) -> list[Any]:
    """From the three ways to ask."""
    options = ours.AuthenticateRequestOptions(api_url=api.url, **given)
    request = Request(token)

    async def ask() -> ours.RequestState:
        return await ours.authenticate_request_async(request, options)

    return [ours.authenticate_request(request, options), asyncio.run(ask()), trio.run(ask)]


def agree(api: Endpoint, token: str, **given: Any) -> str | None:
    their = theirs.authenticate_request(Request(token), theirs.AuthenticateRequestOptions(**given))
    for our in our_states(api, token, **given):
        assert shown(our) == shown(their)
    return None if their.reason is None else str(their.reason.value[0])


@pytest.mark.parametrize("token", PATHS)
@pytest.mark.parametrize(
    "keys", [{"secret_key": "sk_1"}, {"machine_secret_key": "ak_1"}], ids=["instance", "machine"]
)
def test_the_question(api: Endpoint, token: str, keys: dict[str, str]) -> None:
    assert agree(api, token, **keys) is None
    their, *our = api.requests
    assert len(our) == 3
    for method, path, headers, body in our:
        assert (method, path) == their[:2] == ("POST", PATHS[token])
        assert json.loads(body) == json.loads(their[3]) == {"secret": token}
        for name in ("authorization", "content-type"):
            assert headers[name] == their[2][name]


@pytest.mark.parametrize("token", PATHS)
@pytest.mark.parametrize("accepts", ["session_token", "machine_token", "m2m_token", "api_key",
                                     "oauth_token", "any", "other"])  # fmt: skip
def test_what_is_accepted(api: Endpoint, token: str, accepts: str) -> None:
    code = agree(api, token, secret_key="sk_1", accepts_token=[accepts])
    assert code in (None, "token-type-not-supported")
    assert len(api.requests) == (4 if code is None else 0)


@pytest.mark.parametrize("subject", ["user_1", "org_1", "mch_1", "", None])
@pytest.mark.parametrize("token", PATHS)
def test_objects(api: Endpoint, token: str, subject: str | None) -> None:
    api.answers["/verify"] = (200, json.dumps(CLAIMS | {"subject": subject}).encode())
    agree(api, token, secret_key="sk_1")
    api.answers["/verify"] = (200, b"{}")
    assert agree(api, token, secret_key="sk_1") is None


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 403, 404, 422, 429, 500, 503])
def test_refusals(api: Endpoint, status: int) -> None:
    api.answers["/verify"] = (status, json.dumps(CLAIMS).encode() if status != 204 else b"")
    assert agree(api, "mt_x", secret_key="sk_1") == "token-invalid"


def test_no_answer(api: Endpoint) -> None:
    api.answers["/verify"] = (0, b"")
    assert agree(api, "ak_x", secret_key="sk_1") == "server-error"


@pytest.mark.parametrize("claims", [{"v": 2, "o": {"id": "org_1"}}, {"sts": "pending"}])
def test_answers_that_look_like_session_claims(api: Endpoint, claims: dict[str, Any]) -> None:
    api.answers["/verify"] = (200, json.dumps(CLAIMS | claims).encode())
    assert agree(api, "ak_x", secret_key="sk_1") is None


# --- where clerk_c is stricter --------------------------------------------------


def code(states: list[Any]) -> str | None:
    codes = {None if state.reason is None else state.reason.value[0] for state in states}
    assert len(codes) == 1
    found: str | None = codes.pop()
    return found


def test_a_machine_asks_with_its_own_key(api: Endpoint) -> None:
    keys = {"secret_key": "sk_1", "machine_secret_key": "ak_machine"}
    for token, used in (("mt_x", "ak_machine"), ("m2m_x", "ak_machine"), ("oat_x", "sk_1")):
        api.requests.clear()
        assert code(our_states(api, token, **keys)) is None
        assert {request[2]["authorization"] for request in api.requests} == {f"Bearer {used}"}


def test_without_a_key_nothing_is_asked(api: Endpoint) -> None:
    assert code(our_states(api, "mt_x")) == "secret-key-missing"
    assert api.requests == []


@pytest.mark.parametrize(
    "claims", [{"active": False}, {"revoked": True}, {"expired": True}, {"active": False, "v": 2}]
)
def test_tokens_that_are_over(api: Endpoint, claims: dict[str, Any]) -> None:
    api.answers["/verify"] = (200, json.dumps(CLAIMS | claims).encode())
    assert code(our_states(api, "oat_x", secret_key="sk_1")) == "token-invalid"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"5", b"\xff", b"[" * 100_000])
def test_answers_that_say_nothing(api: Endpoint, content: bytes) -> None:
    api.answers["/verify"] = (200, content)
    assert code(our_states(api, "ak_x", secret_key="sk_1")) == "server-error"


def test_odd_subjects(api: Endpoint) -> None:
    for subject in (5, ["user_1"], {"a": 1}, True):
        api.answers["/verify"] = (200, json.dumps(CLAIMS | {"subject": subject}).encode())
        (made, *_) = (state.to_auth() for state in our_states(api, "ak_x", secret_key="sk_1"))
        assert (made.user_id, made.org_id) == (None, None)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"secret_key": "sk_1\n"}, "secret_key"),
        ({"machine_secret_key": "a b"}, "machine_secret_key"),
        ({"secret_key": "sk_1", "api_url": "example.com"}, "api_url"),
    ],
)
def test_bad_options(api: Endpoint, options: dict[str, Any], text: str) -> None:
    given = ours.VerifyTokenOptions(**{"api_url": api.url} | options)
    with pytest.raises(ValueError, match=text):
        ours.verify_token("mt_x", given)
    assert api.requests == []


def test_odd_tokens_are_sent_as_they_are(api: Endpoint) -> None:
    for token in ('mt_"}', "ak_ü€", "oat_\\"):
        api.requests.clear()
        assert code(our_states(api, token, secret_key="sk_1")) is None
        assert {json.loads(request[3])["secret"] for request in api.requests} == {token}
