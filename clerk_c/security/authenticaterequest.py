"""Authenticates requests: finds the token, verifies it, says who is asking or why nobody is."""

from __future__ import annotations

from typing import Any

from . import verifytoken as _verifytoken
from ._claims import enrich
from ._finding import find_token
from ._opaque import verify as opaque_claims
from ._opaque import verify_async as opaque_claims_async
from ._place import place_of, place_of_async
from .machine import OPAQUE, get_token_type, is_machine_token
from .types import (
    AuthenticateRequestOptions,
    AuthErrorReason,
    AuthStatus,
    Place,
    Requestish,
    RequestLike,
    RequestState,
    TokenType,
    TokenVerificationError,
    TokenVerificationErrorReason,
    VerifyTokenOptions,
)
from .verifytoken import (
    claims_by_jwks,
    claims_by_jwks_async,
    claims_by_pem,
    verify_token,
    verify_token_async,
)

__all__ = [
    "AuthErrorReason",
    "AuthStatus",
    "AuthenticateRequestOptions",
    "RequestState",
    "Requestish",
    "TokenVerificationError",
    "VerifyTokenOptions",
    "authenticate_request",
    "authenticate_request_async",
    "get_token_type",
    "is_machine_token",
    "verify_token",
    "verify_token_async",
]

_SIGNED_IN = AuthStatus.SIGNED_IN
_ANY = ["any"]
_SESSIONS = ["session_token"]
_JSON = "ey"  # how it begins in Base64: the sooner told
_OF_MACHINES = ("machine_token", "m2m_token")

# A program may put another function in the place of verify_token.
_own_verify, _own_verify_async = verify_token, verify_token_async


def _signed_out(reason: AuthErrorReason | TokenVerificationErrorReason) -> RequestState:
    if reason is TokenVerificationErrorReason.INVALID_TOKEN_TYPE:
        reason = AuthErrorReason.TOKEN_TYPE_NOT_SUPPORTED
    return RequestState(AuthStatus.SIGNED_OUT, reason)


def _accepted(options: AuthenticateRequestOptions) -> list[str]:
    """The names in accepts_token, from names or members of TokenType."""
    given: Any = options.accepts_token
    if isinstance(given, (str, TokenType)):
        given = [given]
    if not isinstance(given, (list, tuple, set, frozenset)):
        raise TypeError(f"accepts_token must be a list of str, not {type(given).__name__!r}")
    names = [item.value if isinstance(item, TokenType) else item for item in given]
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"accepts_token must hold str, not {type(name).__name__!r}")
    return names


def _refused(token: str, options: AuthenticateRequestOptions) -> bool:
    names = _accepted(options)
    return "any" not in names and get_token_type(token).value not in names


def _is_foreign(token: str, claims: dict[str, Any], options: AuthenticateRequestOptions) -> bool:
    """Is it a JWT of an OAuth application or a machine, where these are not accepted?"""
    names = _accepted(options)
    if "any" in names or is_machine_token(token):
        return False
    if str(claims.get("sub", "")).startswith("mch_"):
        return not any(kind in names for kind in _OF_MACHINES)
    return "oauth_token" not in names and _verifytoken.is_oauth(token)


def _verify_options(
    token: str, options: AuthenticateRequestOptions, place: Place
) -> VerifyTokenOptions:
    secret_key, root, version, _ = place
    if is_machine_token(token):
        return VerifyTokenOptions(
            secret_key=secret_key,
            machine_secret_key=options.machine_secret_key,
            api_url=root,
            api_version=version,
        )
    return VerifyTokenOptions(
        audience=options.audience,
        authorized_parties=options.authorized_parties,
        clock_skew_in_ms=options.clock_skew_in_ms,
        jwt_key=options.jwt_key or None,
        secret_key=None if options.jwt_key else secret_key,
        api_url=root,
        api_version=version,
    )


def _find(request: RequestLike, options: AuthenticateRequestOptions) -> str | RequestState:
    """A token of a kind that is accepted, or the state when there is none."""
    token = find_token(request, options.publishable_key)
    if token is None:
        return _signed_out(AuthErrorReason.SESSION_TOKEN_MISSING)
    accepted = options.accepts_token
    is_simple = accepted == _ANY or (
        accepted == _SESSIONS and (token[:2] == _JSON or not token.startswith(OPAQUE))
    )
    if not is_simple and _refused(token, options):
        return _signed_out(AuthErrorReason.TOKEN_TYPE_NOT_SUPPORTED)
    return token


def _state(token: str, claims: dict[str, Any], options: AuthenticateRequestOptions) -> RequestState:
    """The state of a token that was verified."""
    if claims is not None:
        accepted = options.accepts_token
        if accepted != _ANY and accepted != _SESSIONS and _is_foreign(token, claims, options):
            return _signed_out(AuthErrorReason.TOKEN_TYPE_NOT_SUPPORTED)
        if options.treat_pending_as_signed_out and claims.get("sts") == "pending":
            return _signed_out(AuthErrorReason.SESSION_PENDING)
    return RequestState(_SIGNED_IN, None, token, claims)


def decide(
    request: RequestLike, options: AuthenticateRequestOptions, clerk: Any = None
) -> RequestState:
    """`authenticate_request`; a client gives what the options leave open."""
    token = _find(request, options)
    if not isinstance(token, str):
        return token
    is_opaque, pem = token[:2] != _JSON and token.startswith(OPAQUE), options.jwt_key
    only = options.accepts_token == _SESSIONS
    try:
        if pem and not is_opaque and verify_token is _own_verify:
            return _state(token, claims_by_pem(token, options, pem, only, enrich), options)
        place = place_of(options, clerk)
        if not (pem or is_opaque or place[0]):
            return _signed_out(AuthErrorReason.SECRET_KEY_MISSING)
        if not is_opaque and verify_token is _own_verify:
            claims = claims_by_jwks(token, options, place, only, enrich)
            return _state(token, claims, options)
        given = _verify_options(token, options, place)
        if verify_token is not _own_verify or place[3] is None:
            claims = verify_token(token, given)
        else:
            claims = opaque_claims(token, given, get_token_type(token), place[3])
        enrich(claims)
        return _state(token, claims, options)
    except TokenVerificationError as error:
        return _signed_out(error.reason)


async def decide_async(
    request: RequestLike, options: AuthenticateRequestOptions, clerk: Any = None
) -> RequestState:
    """The same for tasks of asyncio or trio."""
    token = _find(request, options)
    if not isinstance(token, str):
        return token
    is_opaque, pem = token[:2] != _JSON and token.startswith(OPAQUE), options.jwt_key
    only = options.accepts_token == _SESSIONS
    try:
        if pem and not is_opaque and verify_token_async is _own_verify_async:
            return _state(token, claims_by_pem(token, options, pem, only, enrich), options)
        place = await place_of_async(options, clerk)
        if not (pem or is_opaque or place[0]):
            return _signed_out(AuthErrorReason.SECRET_KEY_MISSING)
        if not is_opaque and verify_token_async is _own_verify_async:
            claims = await claims_by_jwks_async(token, options, place, only, enrich)
            return _state(token, claims, options)
        given = _verify_options(token, options, place)
        if verify_token_async is not _own_verify_async or place[3] is None:
            claims = await verify_token_async(token, given)
        else:
            claims = await opaque_claims_async(token, given, get_token_type(token), place[3])
        enrich(claims)
        return _state(token, claims, options)
    except TokenVerificationError as error:
        return _signed_out(error.reason)


def authenticate_request(request: RequestLike, options: AuthenticateRequestOptions) -> RequestState:
    """Who is asking?

    Nothing is fetched for a session token where `options.jwt_key` is given, and otherwise only
    when the instance's keys are not at hand.

    Args:
        request: anything with headers, or headers: see `Requestish`.
        options: how to decide.

    Raises:
        TypeError, ValueError: an argument makes no sense. What the request holds never raises.
    """
    return decide(request, options)


async def authenticate_request_async(
    request: RequestLike, options: AuthenticateRequestOptions
) -> RequestState:
    """`authenticate_request` for tasks of asyncio or trio."""
    return await decide_async(request, options)
