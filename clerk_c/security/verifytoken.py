"""Verifies tokens: session tokens here, by their signature; opaque ones by asking the API."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .. import _core
from . import _opaque
from ._opaque import verification_apis
from .jwks import keeper_at, keepers
from .machine import get_token_type, is_machine_token
from .types import (
    AuthenticateRequestOptions,
    Place,
    TokenType,
    TokenVerificationError,
    TokenVerificationErrorReason,
    VerifyTokenOptions,
)

__all__ = [
    "TokenType",
    "TokenVerificationError",
    "TokenVerificationErrorReason",
    "VerifyTokenOptions",
    "get_token_type",
    "verification_apis",
    "verify_token",
    "verify_token_async",
]

_Reason = TokenVerificationErrorReason
_REASONS = {reason.value[0]: reason for reason in _Reason}
_BAD_SIGNATURE = "token-invalid-signature"
_WORTH_A_FETCH = (_BAD_SIGNATURE, "jwk-kid-mismatch")
_MAX_PEMS = 256

# Seconds since 1970. Tests may put another function in its place: see docs/testing.md.
clock = time.time
# Tokens whose signature was valid. A size of 0 switches it off.
token_cache = _core.TokenCache(4096)
# Public keys by their PEM, read once.
_pem_keys: dict[str, Any] = {}

Options = VerifyTokenOptions | AuthenticateRequestOptions
# What `verify_jwt` calls once with the claims of a token, to add to them.
Complete = Callable[[dict[str, Any]], None]


def _refuse(code: str) -> TokenVerificationError:
    return TokenVerificationError(_REASONS.get(code, _Reason.TOKEN_INVALID))


def _header(token: str) -> dict[str, Any]:
    """The token's header, unverified. Its claims do not matter here, not even whether they can
    be read."""
    read = _core.decode_token(f"{token.partition('.')[0]}.e30.AA")
    if isinstance(read, str):
        raise _refuse(read)
    return read[0]


def _kid(token: str) -> str | None:
    kid: str | None = _header(token).get("kid")
    return kid


def _check(
    token: str, keys: Any, options: Options, session_only: bool, complete: Complete | None
) -> Any:
    """The claims, or the code of a reason. `keys` is one, or a dict of them by kid."""
    return _core.verify_jwt(
        token,
        keys,
        clock() * 1000,
        options.clock_skew_in_ms,
        options.audience,
        options.authorized_parties,
        token_cache,
        True,  # a token without exp would never end
        session_only,
        complete,
    )


def _pem_key(token: str, jwt_key: str) -> Any:
    if not isinstance(jwt_key, str):
        raise TypeError(f"jwt_key must be str or None, not {type(jwt_key).__name__!r}")
    try:
        key = _core.VerifyKey.from_pem(jwt_key)
    except ValueError:
        if _header(token).get("alg") != "RS256":
            raise _refuse("token-invalid") from None
        raise _refuse("jwk-failed-to-resolve") from None
    if len(_pem_keys) >= _MAX_PEMS:
        _pem_keys.clear()
    _pem_keys[jwt_key] = key
    return key


def _finish(outcome: Any) -> dict[str, Any]:
    if type(outcome) is str:
        raise _refuse(outcome)
    claims: dict[str, Any] = outcome
    return claims


def claims_by_pem(
    token: str,
    options: Options,
    jwt_key: str,
    session_only: bool = False,
    complete: Complete | None = None,
) -> dict[str, Any]:
    """The claims of a session token, verified with a key in PEM.

    Args:
        session_only: is a JWT of an OAuth application or of a machine refused?
        complete: adds to the claims. One function for all calls: what it did is remembered.

    Raises:
        TokenVerificationError: the token is not accepted; `reason` says why.
    """
    key = _pem_keys.get(jwt_key)
    if key is None:
        key = _pem_key(token, jwt_key)
    outcome = _check(token, key, options, session_only, complete)
    return outcome if type(outcome) is dict else _finish(outcome)


def claims_by_jwks(
    token: str,
    options: Options,
    place: Place,
    session_only: bool = False,
    complete: Complete | None = None,
) -> dict[str, Any]:
    """The same with the keys that are kept there, fetched if need be."""
    keeper = keepers.get(place) or keeper_at(place)
    keys = keeper.peek() or {}
    outcome = _check(token, keys, options, session_only, complete)
    if type(outcome) is dict:
        return outcome
    if outcome not in _WORTH_A_FETCH:
        raise _refuse(outcome)
    kid = _kid(token)
    key = keeper.key(kid)
    if key is not keys.get(kid):
        outcome = _check(token, key, options, session_only, complete)
    if outcome == _BAD_SIGNATURE:
        fresh = keeper.key(kid, rejected=key)
        if fresh is not key:
            outcome = _check(token, fresh, options, session_only, complete)
    return _finish(outcome)


async def claims_by_jwks_async(
    token: str,
    options: Options,
    place: Place,
    session_only: bool = False,
    complete: Complete | None = None,
) -> dict[str, Any]:
    """The same for a task of asyncio or trio."""
    keeper = keepers.get(place) or keeper_at(place)
    keys = keeper.peek() or {}
    outcome = _check(token, keys, options, session_only, complete)
    if type(outcome) is dict:
        return outcome
    if outcome not in _WORTH_A_FETCH:
        raise _refuse(outcome)
    kid = _kid(token)
    key = await keeper.key_async(kid)
    if key is not keys.get(kid):
        outcome = _check(token, key, options, session_only, complete)
    if outcome == _BAD_SIGNATURE:
        fresh = await keeper.key_async(kid, rejected=key)
        if fresh is not key:
            outcome = _check(token, fresh, options, session_only, complete)
    return _finish(outcome)


def _place(options: VerifyTokenOptions) -> Place:
    return options.secret_key, options.api_url, options.api_version, None


def _require_text(token: object) -> None:
    if not isinstance(token, str):
        raise TypeError(f"token must be str, not {type(token).__name__!r}")


def verify_token(token: str, options: VerifyTokenOptions) -> dict[str, Any]:
    """The claims of a session token, or what the API says of another one.

    Nothing is fetched for a session token where `options.jwt_key` is given, and otherwise only
    when the instance's keys are not at hand.

    Raises:
        TokenVerificationError: the token is not accepted; `reason` says why.
        TypeError, ValueError: an option makes no sense.
    """
    _require_text(token)
    if is_machine_token(token):
        return _opaque.verify(token, options, get_token_type(token))
    if options.jwt_key is not None:
        return claims_by_pem(token, options, options.jwt_key)
    return claims_by_jwks(token, options, _place(options))


async def verify_token_async(token: str, options: VerifyTokenOptions) -> dict[str, Any]:
    """`verify_token` for tasks of asyncio or trio: waiting for the API blocks no others."""
    _require_text(token)
    if is_machine_token(token):
        return await _opaque.verify_async(token, options, get_token_type(token))
    if options.jwt_key is not None:
        return claims_by_pem(token, options, options.jwt_key)
    return await claims_by_jwks_async(token, options, _place(options))


def is_oauth(token: str) -> bool:
    """Is it a JWT that an OAuth application got (RFC 9068)? Its header says so."""
    kind = _header(token).get("typ")
    return isinstance(kind, str) and kind.lower() in ("at+jwt", "application/at+jwt")
