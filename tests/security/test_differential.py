"""authenticate_request and verify_token beside the reference's: the same status, reason, payload
and object for tokens that are fine, odd, mutated or malformed, by PEM and by JWKS, sync and async.
Where the two differ on purpose is in test_stricter.py."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import random
from typing import Any

import clerk_backend_api.security as theirs
import pytest
import trio
from cases import CLAIMS, NOW, OPTIONS, ORGANIZATION, PERMISSIONS, malformed
from clerk_backend_api.security import authenticaterequest as their_module
from clerk_backend_api.security import types as their_types
from clerk_backend_api.security import verifytoken as their_verifytoken
from issuing import Endpoint, Signer

import clerk_c.security as ours
from clerk_c.security import machine as our_machine
from clerk_c.security import types as our_types

SECRET = "sk_test_secret"
OWN_OPTIONS = ("publishable_key", "treat_pending_as_signed_out", "api_url", "api_version")


class Request:
    def __init__(self, headers: Any) -> None:
        self.headers = headers


def shown(state: Any) -> dict[str, Any]:
    """Everything that a state says, without the texts for people."""
    reason = None if state.reason is None else (type(state.reason).__name__, state.reason.value[0])
    told: Any = None
    try:
        made = state.to_auth()
        told = (type(made).__name__, dataclasses.asdict(made))
        if "token_type" in told[1]:
            told[1]["token_type"] = told[1]["token_type"].value
    except ValueError:
        told = "ValueError"
    return {
        "status": state.status.value,
        "signed in": (state.is_signed_in, state.is_authenticated),
        "reason": reason,
        "has message": state.message is not None,
        "token": state.token,
        "payload": state.payload,
        "auth": told,
    }


def both(request: Any, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    their = theirs.authenticate_request(request, theirs.AuthenticateRequestOptions(**options))
    given = ours.AuthenticateRequestOptions(**options)
    before = dict(vars(given))
    our = ours.authenticate_request(request, given)
    assert vars(given) == before
    again = ours.authenticate_request(request, given)  # from what is remembered by now
    in_asyncio = asyncio.run(ours.authenticate_request_async(request, given))
    assert shown(again) == shown(our) == shown(in_asyncio)
    return shown(their), shown(our)


def agree(token: str, **options: Any) -> str | None:
    """The reason's code, when both give the same state."""
    their, our = both(Request({"Authorization": f"Bearer {token}"}), **options)
    assert their == our
    return None if our["reason"] is None else our["reason"][1]


@pytest.fixture
def remote(endpoint: Endpoint, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Options for keys from the endpoint. The reference's authenticate_request knows of no other
    server than Clerk's own; it is told here. Its keys are forgotten."""
    endpoint.serve(signer)
    options = functools.partial(their_types.VerifyTokenOptions, api_url=endpoint.url)
    monkeypatch.setattr(their_module, "VerifyTokenOptions", options)
    own = functools.partial(ours.AuthenticateRequestOptions, api_url=endpoint.url)
    monkeypatch.setattr(ours, "AuthenticateRequestOptions", own)
    return {"secret_key": SECRET}


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("claims", CLAIMS)
def test_claims(signer: Signer, claims: str, options: str) -> None:
    agree(signer.token(**CLAIMS[claims]), jwt_key=signer.pem, **OPTIONS[options])


@pytest.mark.parametrize("options", ["none", "audience", "sessions"])
def test_claims_with_keys_from_the_endpoint(
    signer: Signer, remote: dict[str, Any], options: str
) -> None:
    for claims in CLAIMS.values():
        agree(signer.token(**claims), **remote, **OPTIONS[options])


@pytest.mark.parametrize(("features", "permissions", "mapping"), PERMISSIONS)
def test_permissions(signer: Signer, features: Any, permissions: Any, mapping: Any) -> None:
    organization = {"id": "org_1", "slg": "s", "rol": "r", "per": permissions, "fpm": mapping}
    token = signer.token(v=2, o=organization, fea=features)
    assert agree(token, jwt_key=signer.pem) is None


def test_permissions_at_random(signer: Signer) -> None:
    """Against the reference's own function: signing costs too much for so many."""
    from clerk_c.security._claims import org_permissions

    draw = random.Random(7)
    for _ in range(5000):
        count = draw.randrange(6)
        claims = {
            "fea": ",".join(
                draw.choice(["o", "u", "uo", ""]) + draw.choice([":", ":", ":", "", "::"]) + "f"
                for _ in range(count)
            ),
            "o": {
                "per": ",".join("pqrst"[: draw.randrange(6)]),
                "fpm": ",".join(
                    draw.choice(["", "x", "-1", str(draw.randrange(64))])
                    for _ in range(draw.randrange(6))
                ),
            },
        }
        assert org_permissions(claims) == their_module._compute_org_permissions(claims), claims


# --- tokens that are none -----------------------------------------------------


def test_malformed_tokens(signer: Signer) -> None:
    for token in malformed(signer):
        assert agree(token, jwt_key=signer.pem) is not None


def test_malformed_tokens_with_keys_from_the_endpoint(
    signer: Signer, remote: dict[str, Any]
) -> None:
    for token in malformed(signer):
        assert agree(token, **remote) is not None


def test_signed_but_odd(signer: Signer) -> None:
    """What the instance's key has signed, but is no set of claims."""
    import jwt

    bodies = (b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff", b'{"exp": 1}x', b"[" * 3000)
    for body in bodies:
        token = jwt.api_jws.encode(body, signer.private, "RS256", {"kid": "ins_one"})
        assert agree(token, jwt_key=signer.pem) == "token-invalid"


def test_each_byte_flipped(signer: Signer) -> None:
    token = signer.token(v=2, o=ORGANIZATION)
    draw = random.Random(3)
    for place in draw.sample(range(len(token)), 150):
        other = draw.choice([c for c in "ABCabc012-_.=+/ ~" if c != token[place]])
        agree(token[:place] + other + token[place + 1 :], jwt_key=signer.pem)


def test_each_part_missing(signer: Signer) -> None:
    token = signer.token()
    for length in range(0, len(token), 17):
        agree("x" + token[:length], jwt_key=signer.pem)
        if length:
            agree(token[:length], jwt_key=signer.pem)


# --- keys ---------------------------------------------------------------------


def test_keys(signer: Signer, other: Signer) -> None:
    token = signer.token()
    folded = signer.pem.replace("\n", "")
    for pem in (signer.pem, folded, signer.pem.replace("\n", "\r\n"), signer.pem.strip()):
        assert agree(token, jwt_key=pem) is None
    assert agree(token, jwt_key=other.pem) == "token-invalid-signature"
    for bad in ("x", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"):
        assert agree(token, jwt_key=bad) == "jwk-failed-to-resolve"
    assert agree("a.b.c", jwt_key="x") == "token-invalid"
    assert agree(token) == "secret-key-missing"
    assert agree(token, jwt_key="", secret_key="") == "secret-key-missing"
    assert agree(token, machine_secret_key="ak_x") == "secret-key-missing"
    assert agree(token, jwt_key=signer.pem, secret_key="sk_x") is None


def test_unknown_kids(signer: Signer, other: Signer, remote: dict[str, Any]) -> None:
    assert agree(other.token(), **remote) == "jwk-kid-mismatch"
    assert agree(other.token(headers={"kid": "ins_one"}), **remote) == "token-invalid-signature"
    assert agree(signer.token(headers={"kid": ""}), **remote) == "jwk-kid-mismatch"


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (500, b"{}", "jwk-failed-to-load"),
        (401, b"{}", "jwk-failed-to-load"),
        (404, b"", "jwk-failed-to-load"),
        (200, b"{", "jwk-failed-to-load"),
        (200, b"{}", "jwk-remote-invalid"),
        (200, b'{"keys": null}', "jwk-remote-invalid"),
        (200, b'{"keys": []}', "jwk-kid-mismatch"),
    ],
)
def test_endpoints(
    signer: Signer,
    endpoint: Endpoint,
    remote: dict[str, Any],
    status: int,
    content: bytes,
    code: str,
) -> None:
    endpoint.answers["/jwks"] = (status, content)
    assert agree(signer.token(), **remote) == code
    assert agree(signer.token(exp=NOW - 600), **remote) == code
    assert agree("a.b.c", **remote) == "token-invalid"


def test_keys_without_a_name(unnamed: Signer, endpoint: Endpoint, remote: dict[str, Any]) -> None:
    endpoint.serve(unnamed)
    assert agree(unnamed.token(), **remote) is None


# --- headers ------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        *({}, {"X": "y"}, {"Authorization": "Bearer a.b.c"}, {"Authorization": "a.b.c"}),
        *({"cookie": "__session=a.b.c"}, {"cookie": "a=b; __session=a.b.c; c=d"}),
        *({"cookie": "a=b"}, {"cookie": ""}, {"cookie": "__client_uat=1; x=y"}),
        *({"cookie": '__session="a.b.c"'}, {"cookie": "__session_abcdefgh=a.b.c"}),
        {"Authorization": "Bearer a.b.c", "cookie": "__session=d.e.f"},
    ],
)
def test_headers(signer: Signer, headers: dict[str, str]) -> None:
    their, our = both(Request(headers), jwt_key=signer.pem)
    assert their == our


def test_cookies_that_are_accepted(signer: Signer) -> None:
    token = signer.token()
    for cookie in (f"__session={token}", f"a=b; __session_AbC={token}; __client_uat=0"):
        their, our = both(Request({"cookie": cookie}), jwt_key=signer.pem)
        assert their == our and our["token"] == token


# --- verify_token -------------------------------------------------------------


def code_of(verify: Any, *given: Any) -> Any:
    try:
        return verify(*given)
    except (theirs.TokenVerificationError, ours.TokenVerificationError) as error:
        return error.reason.value[0]


def test_verify_token(signer: Signer, endpoint: Endpoint) -> None:
    endpoint.serve(signer)
    named: dict[str, Any] = {"api_url": endpoint.url}
    for token in (signer.token(), signer.token(exp=NOW - 60), "a.b.c", signer.token(aud="x")):
        for given in (
            *({"jwt_key": signer.pem}, {"secret_key": SECRET}, {}, {"jwt_key": ""}),
            {"jwt_key": signer.pem, "secret_key": SECRET, "audience": "x"},
        ):
            their = code_of(theirs.verify_token, token, theirs.VerifyTokenOptions(**given | named))
            options = ours.VerifyTokenOptions(**given | named)
            our = code_of(ours.verify_token, token, options)
            assert their == our, given

            async def ask(token: str = token, options: Any = options) -> Any:
                return await ours.verify_token_async(token, options)

            assert code_of(asyncio.run, ask()) == our
            assert code_of(trio.run, ask) == our


# --- what is there ------------------------------------------------------------


def test_kinds_of_tokens() -> None:
    from clerk_backend_api.security import machine as their_machine

    for token in ("m2m_x", "mt_x", "ak_x", "oat_x", "x", "", "m2m", "MT_x", " mt_x", "mt_", "a.b"):
        assert our_machine.get_token_type(token).name == their_machine.get_token_type(token).name
        assert our_machine.is_machine_token(token) == their_machine.is_machine_token(token)
    assert [item.value for item in our_machine.MACHINE_TOKEN_PREFIXES] == [
        item.value for item in their_machine.MACHINE_TOKEN_PREFIXES
    ]


def test_enums_and_classes() -> None:
    for name in ("TokenVerificationErrorReason", "AuthErrorReason"):
        our, their = getattr(our_types, name), getattr(their_types, name)
        for member in their:
            assert our[member.name].value[0] == member.value[0]
        assert {item.name for item in our} - {item.name for item in their} <= {"SESSION_PENDING"}
    for name in ("AuthStatus", "TokenType", "TokenPrefix"):
        our, their = getattr(our_types, name), getattr(their_types, name)
        assert [(item.name, item.value) for item in our] == [
            (item.name, item.value) for item in their
        ]
    for name, their in vars(their_types).items():
        if not dataclasses.is_dataclass(their):
            continue
        our = getattr(our_types, name)
        fields = [(item.name, item.default) for item in dataclasses.fields(our)]
        if name == "AuthenticateRequestOptions":
            assert {item[0] for item in fields} > set(OWN_OPTIONS)
            fields = [item for item in fields if item[0] not in OWN_OPTIONS]
        assert shown_fields(fields) == shown_fields(
            [(item.name, item.default) for item in dataclasses.fields(their)]
        )
        assert our.__eq__ is not object.__eq__


def shown_fields(fields: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [
        (name, "missing" if default is dataclasses.MISSING else str(default))
        for name, default in fields
    ]


def test_their_verification_paths_are_ours() -> None:
    from clerk_c.security import verifytoken

    assert {kind.name: path for kind, path in verifytoken.verification_apis.items()} == {
        kind.name: path for kind, path in their_verifytoken.verification_apis.items()
    }
