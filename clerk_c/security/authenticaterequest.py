"""Authenticates requests: finds the token, verifies it, says who is asking or why nobody is."""

from __future__ import annotations

from typing import Any

from . import verifytoken as _verifytoken
from ._claims import enrich
from ._finding import find_token
from .machine import get_token_type, is_machine_token
from .types import (
    API_URL,
    API_VERSION,
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
    session_claims,
    session_claims_async,
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
    secret_key, root, version = place
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


def _find(
    request: RequestLike, options: AuthenticateRequestOptions, place: Place
) -> str | RequestState:
    """A token that may be verified, or the state when there is none."""
    token = find_token(request, options.publishable_key)
    if token is None:
        return _signed_out(AuthErrorReason.SESSION_TOKEN_MISSING)
    accepted = options.accepts_token
    is_simple = accepted == _ANY or (accepted == _SESSIONS and not is_machine_token(token))
    if not is_simple and _refused(token, options):
        return _signed_out(AuthErrorReason.TOKEN_TYPE_NOT_SUPPORTED)
    if not (options.jwt_key or place[0] or is_machine_token(token)):
        return _signed_out(AuthErrorReason.SECRET_KEY_MISSING)
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


def _place(options: AuthenticateRequestOptions) -> Place:
    version = options.api_version
    root = options.api_url or API_URL
    return options.secret_key, root, API_VERSION if version is None else version


def decide(request: RequestLike, options: AuthenticateRequestOptions, place: Place) -> RequestState:
    """`authenticate_request` with a key and a server that need not be those of the options."""
    token = _find(request, options, place)
    if not isinstance(token, str):
        return token
    try:
        if verify_token is not _own_verify or is_machine_token(token):
            claims = verify_token(token, _verify_options(token, options, place))
            enrich(claims)
        else:
            only = options.accepts_token == _SESSIONS
            claims = session_claims(token, options, options.jwt_key or None, place, only, enrich)
        return _state(token, claims, options)
    except TokenVerificationError as error:
        return _signed_out(error.reason)


async def decide_async(
    request: RequestLike, options: AuthenticateRequestOptions, place: Place
) -> RequestState:
    """The same for tasks of asyncio or trio."""
    token = _find(request, options, place)
    if not isinstance(token, str):
        return token
    try:
        if verify_token_async is not _own_verify_async or is_machine_token(token):
            claims = await verify_token_async(token, _verify_options(token, options, place))
            enrich(claims)
        else:
            only = options.accepts_token == _SESSIONS
            key = options.jwt_key or None
            claims = await session_claims_async(token, options, key, place, only, enrich)
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
    return decide(request, options, _place(options))


async def authenticate_request_async(
    request: RequestLike, options: AuthenticateRequestOptions
) -> RequestState:
    """`authenticate_request` for tasks of asyncio or trio."""
    return await decide_async(request, options, _place(options))
