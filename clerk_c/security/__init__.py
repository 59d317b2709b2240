"""Authentication of requests: who is asking, by a session token or a machine's."""

from __future__ import annotations

from .authenticaterequest import authenticate_request, authenticate_request_async
from .jwks import JwksCounters, JwksKeeper, keeper_for, prewarm, prewarm_async, use_keeper
from .types import (
    AuthenticateRequestOptions,
    AuthErrorReason,
    AuthStatus,
    Requestish,
    RequestState,
)
from .verifytoken import (
    TokenVerificationError,
    TokenVerificationErrorReason,
    VerifyTokenOptions,
    token_cache,
    verify_token,
    verify_token_async,
)

__all__ = [
    "AuthErrorReason",
    "AuthStatus",
    "AuthenticateRequestOptions",
    "JwksCounters",
    "JwksKeeper",
    "RequestState",
    "Requestish",
    "TokenVerificationError",
    "TokenVerificationErrorReason",
    "VerifyTokenOptions",
    "authenticate_request",
    "authenticate_request_async",
    "keeper_for",
    "prewarm",
    "prewarm_async",
    "token_cache",
    "use_keeper",
    "verify_token",
    "verify_token_async",
]
