"""Tokens that say nothing by themselves, of machines, OAuth applications and API keys: the API
is asked about each one."""

from __future__ import annotations

import json
from typing import Any

from ._http import api_root, check_secret, exchange, exchange_async
from ._way import Way
from .types import (
    TokenType,
    TokenVerificationError,
    TokenVerificationErrorReason,
    VerifyTokenOptions,
)

_Reason = TokenVerificationErrorReason
_TIMEOUT_MS = 5000

verification_apis = {
    TokenType.MACHINE_TOKEN: "/m2m_tokens/verify",
    TokenType.MACHINE_TOKEN_V2: "/m2m_tokens/verify",
    TokenType.OAUTH_TOKEN: "/oauth_applications/access_tokens/verify",
    TokenType.API_KEY: "/api_keys/verify",
}
_OF_MACHINES = (TokenType.MACHINE_TOKEN, TokenType.MACHINE_TOKEN_V2)


def _secret(options: VerifyTokenOptions, kind: TokenType) -> str:
    """Which key asks: a machine's own for tokens of machines, otherwise the instance's."""
    names = ["secret_key", "machine_secret_key"]
    if kind in _OF_MACHINES:
        names.reverse()
    for name in names:
        secret = getattr(options, name)
        if secret:
            check_secret(name, secret)
            text: str = secret
            return text
    raise TokenVerificationError(_Reason.SECRET_KEY_MISSING)


def _question(
    token: str, options: VerifyTokenOptions, kind: TokenType
) -> tuple[str, str, str, bytes, int]:
    secret = _secret(options, kind)
    url = api_root(options.api_url) + verification_apis[kind]
    body = json.dumps({"secret": token}).encode()
    return "POST", url, secret, body, _TIMEOUT_MS


def _claims(answer: tuple[int, bytes] | None) -> dict[str, Any]:
    if answer is None:
        raise TokenVerificationError(_Reason.SERVER_ERROR)
    status, content = answer
    if status != 200:
        raise TokenVerificationError(_Reason.TOKEN_INVALID)
    try:
        claims = json.loads(content)
    except (ValueError, RecursionError):
        raise TokenVerificationError(_Reason.SERVER_ERROR) from None
    if not isinstance(claims, dict):
        raise TokenVerificationError(_Reason.SERVER_ERROR)
    if (
        claims.get("active") is False
        or claims.get("revoked") is True
        or claims.get("expired") is True
    ):
        raise TokenVerificationError(_Reason.TOKEN_INVALID)
    return claims


def verify(
    token: str, options: VerifyTokenOptions, kind: TokenType, way: Way | None = None
) -> dict[str, Any]:
    """What the API says of the token."""
    return _claims(exchange(*_question(token, options, kind), way))


async def verify_async(
    token: str, options: VerifyTokenOptions, kind: TokenType, way: Way | None = None
) -> dict[str, Any]:
    """The same for a task of asyncio or trio."""
    return _claims(await exchange_async(*_question(token, options, kind), way))
