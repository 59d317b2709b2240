"""Signing keys and questions about opaque tokens travel as the client's own requests do: through
its proxy, with its certificates, or by the HTTP client that the program gave it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import httpx
import pytest
from issuing import Endpoint, Signer

from clerk_c import Clerk, security
from clerk_c.integrations.starlette import ClerkAuth
from clerk_c.security import AuthenticateRequestOptions, JwksKeeper, RequestState
from clerk_c.security._way import way_of

NOWHERE = "http://api.example.invalid/v1"  # no such host: only a proxy can answer for it
OPTIONS = AuthenticateRequestOptions()


def states(clerk: Clerk, token: str) -> list[RequestState]:
    request = {"authorization": f"Bearer {token}"}
    return [
        clerk.authenticate_request(request, OPTIONS),
        asyncio.run(clerk.authenticate_request_async(request, OPTIONS)),
    ]


def reasons(clerk: Clerk, token: str) -> set[str]:
    found = {state.reason for state in states(clerk, token)}
    return {"in" if reason is None else reason.value[0] for reason in found}


def test_through_the_clients_proxy(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    endpoint.answers["/verify"] = (200, b'{"id": "1", "subject": "mch_1"}')
    with Clerk("sk_proxied", server_url=NOWHERE, proxy=endpoint.url) as clerk:
        assert reasons(clerk, signer.token()) == {"in"}
        assert reasons(clerk, "mt_x") == {"in"}
    assert endpoint.fetches() == 1
    asked = {path for _, path, _, _ in endpoint.requests}
    assert asked == {f"{NOWHERE}/jwks", f"{NOWHERE[:-3]}/m2m_tokens/verify"}


def test_clients_with_the_same_settings_share_the_keys(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    for _ in range(3):
        with Clerk("sk_shared", server_url=NOWHERE, proxy=endpoint.url) as clerk:
            assert reasons(clerk, signer.token()) == {"in"}
    assert endpoint.fetches() == 1
    again = Clerk("sk_shared", server_url=NOWHERE, proxy=endpoint.url, http2=False)
    assert reasons(again, signer.token()) == {"in"}
    assert endpoint.fetches() == 2
    # also after the client was closed: connections of its own have no part in it
    clerk.close()
    assert reasons(clerk, signer.token()) == {"in"}
    assert endpoint.fetches() == 2


def test_plain_clients_have_one_way() -> None:
    assert way_of(Clerk("a", server_url=NOWHERE, timeout_ms=5)) is None
    assert way_of(Clerk("a", http2=False)) is way_of(Clerk("b", http2=False)) is not None
    way = way_of(Clerk("a", proxy="http://ada:s3cret@proxy.example:1"))
    assert "s3cret" not in repr(way) + repr(security.keeper_for("sk_1", client=Clerk("a")))


def test_the_programs_own_client(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    endpoint.answers["/verify"] = (200, b'{"id": "1"}')
    sent: list[str] = []
    with httpx.Client(event_hooks={"request": [lambda request: sent.append(str(request.url))]},
                      proxy=endpoint.url, trust_env=False) as own:  # fmt: skip
        clerk = Clerk("sk_own_client", server_url=NOWHERE, client=own)
        assert clerk.authenticate_request([("cookie", f"__session={signer.token()}")], OPTIONS)
        assert clerk.authenticate_request({"authorization": "Bearer oat_1"}, OPTIONS).is_signed_in
    assert sent == [f"{NOWHERE}/jwks", f"{NOWHERE[:-3]}/oauth_applications/access_tokens/verify"]
    assert [headers["authorization"] for _, _, headers, _ in endpoint.requests] == [
        "Bearer sk_own_client"
    ] * 2


def test_the_programs_own_asynchronous_client(endpoint: Endpoint) -> None:
    endpoint.answers["/verify"] = (200, b'{"id": "1"}')

    async def main() -> RequestState:
        async with httpx.AsyncClient(proxy=endpoint.url, trust_env=False) as own:
            clerk = Clerk("sk_1", server_url=NOWHERE, async_client=own)
            headers = {"authorization": "Bearer ak_1"}
            return await clerk.authenticate_request_async(headers, OPTIONS)

    assert asyncio.run(main()).is_signed_in


class Odd:
    """An HTTP client that fails in its own way."""

    def build_request(self, *given: Any, **named: Any) -> Any:
        return given

    def send(self, request: Any) -> Any:
        raise LookupError("no such thing")

    def close(self) -> None:
        pass




def test_clients_that_fail(signer: Signer) -> None:
    assert reasons(Clerk("sk_odd", client=Odd()), signer.token()) == {"jwk-failed-to-load"}
    clerk = Clerk("sk_odd", client=Odd())
    assert clerk.authenticate_request({"authorization": "ak_1"}, OPTIONS).reason is (
        security.TokenVerificationErrorReason.SERVER_ERROR
    )
    refused = Clerk("sk_odd", server_url=NOWHERE, proxy="http://127.0.0.1:1")
    assert reasons(refused, signer.token()) == {"jwk-failed-to-load"}
    assert reasons(refused, "ak_1") == {"server-error"}


def test_a_client_that_is_gone_is_not_kept(signer: Signer) -> None:
    own = Odd()
    keeper = security.keeper_for("sk_gone", client=Clerk("sk_gone", client=own))
    gone = weakref.ref(own)
    del own
    gc.collect()
    assert gone() is None
    assert not keeper.prewarm()
    assert keeper.counters.failures == 1
    fresh = Odd()  # may well have the other one's id
    assert security.keeper_for("sk_gone", client=Clerk("sk_gone", client=fresh)) is not keeper


def test_a_client_that_is_given_later(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    clerk = Clerk("sk_later", server_url=NOWHERE)
    assert way_of(clerk) is None
    clerk.sdk_configuration.client = own = Odd()
    way = way_of(clerk)
    assert way is not None and way.supplied(False) is own
    with httpx.Client(proxy=endpoint.url, trust_env=False) as other:
        clerk.sdk_configuration.client = other
        assert way_of(clerk) is not way
        assert reasons(clerk, signer.token()) == {"in"}


def test_copies_have_their_own(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    clerk = Clerk("sk_copied", server_url=NOWHERE)
    assert way_of(clerk) is None
    assert reasons(clerk.replace(proxy=endpoint.url), signer.token()) == {"in"}
    clerk.__init__("sk_copied", server_url=NOWHERE, proxy=endpoint.url)  # type: ignore[misc]
    assert reasons(clerk, signer.token()) == {"in"}
    assert endpoint.fetches() == 1


def test_a_keeper_that_was_chosen_serves_all_clients(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    clerk = Clerk("sk_chosen", server_url=NOWHERE, proxy="http://127.0.0.1:1")
    root = NOWHERE[:-3]
    assert not security.prewarm("sk_chosen", root, client=clerk)
    through = Clerk("sk_chosen", server_url=NOWHERE, proxy=endpoint.url)
    keeper = JwksKeeper("sk_chosen", root, client=through)
    security.use_keeper(keeper, "sk_chosen", root)
    assert security.keeper_for("sk_chosen", root) is keeper
    assert security.keeper_for("sk_chosen", root, client=clerk) is keeper
    assert reasons(clerk, signer.token()) == {"in"}
    assert asyncio.run(security.prewarm_async("sk_chosen", root, client=clerk))
    assert endpoint.fetches() == 1


# --- helpers of frameworks ------------------------------------------------------------------------


def test_helpers_take_a_client(
    endpoint: Endpoint, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_of_the_environment")
    monkeypatch.setenv("CLERK_API_URL", "http://127.0.0.1:1")
    endpoint.serve(signer)
    with Clerk(lambda: "sk_helped", server_url=NOWHERE, proxy=endpoint.url) as clerk:
        auth = ClerkAuth(client=clerk)
        assert auth.options.secret_key is None
        assert auth.prewarm() and asyncio.run(auth.prewarm_async())
        headers = {"authorization": f"Bearer {signer.token()}"}
        assert auth.authenticate(headers).is_signed_in
        assert asyncio.run(auth.authenticate_async(headers)).is_signed_in
    assert endpoint.fetches() == 1
    assert endpoint.requests[0][2]["authorization"] == "Bearer sk_helped"


def test_helpers_with_a_client_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "JWT_KEY", "MACHINE_SECRET_KEY"):
        monkeypatch.delenv(f"CLERK_{name}", raising=False)
    with pytest.raises(ValueError, match="there is no key"):
        ClerkAuth(client=Clerk())
    with pytest.raises(TypeError, match="client must be a Clerk or None, not 'Odd'"):
        ClerkAuth(client=Odd())  # type: ignore[arg-type]
    assert ClerkAuth(client=Clerk(), jwt_key="x").prewarm()
