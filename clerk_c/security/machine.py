"""Tells kinds of tokens apart by how they begin."""

from __future__ import annotations

from .types import TokenPrefix, TokenType

MACHINE_TOKEN_PREFIXES = [
    TokenPrefix.MACHINE_TOKEN_PREFIX,
    TokenPrefix.OAUTH_TOKEN_PREFIX,
    TokenPrefix.API_KEY_PREFIX,
    TokenPrefix.MACHINE_TOKEN_PREFIX_V2,
]

_TYPES = {
    TokenPrefix.MACHINE_TOKEN_PREFIX.value: TokenType.MACHINE_TOKEN,
    TokenPrefix.API_KEY_PREFIX.value: TokenType.API_KEY,
    TokenPrefix.OAUTH_TOKEN_PREFIX.value: TokenType.OAUTH_TOKEN,
    TokenPrefix.MACHINE_TOKEN_PREFIX_V2.value: TokenType.MACHINE_TOKEN_V2,
}
OPAQUE = tuple(_TYPES)  # how tokens begin that only the API can check


def is_machine_token(token: str) -> bool:
    """Is it an opaque token, which only the API can check?"""
    return token.startswith(OPAQUE)


def get_token_type(token: str) -> TokenType:
    """The kind of `token`; what has no known beginning counts as a session token."""
    if token.startswith(OPAQUE):
        return _TYPES[token[: token.index("_") + 1]]
    return TokenType.SESSION_TOKEN
