"""From an accepted token to the object that says who is asking."""

from __future__ import annotations

from typing import Any

from .machine import get_token_type
from .types import (
    APIKeyMachineAuthObject,
    AuthObject,
    AuthStatus,
    M2MMachineAuthObject,
    OAuthMachineAuthObject,
    RequestState,
    SessionAuthObjectV1,
    SessionAuthObjectV2,
    TokenType,
)

_V2_CLAIMS = (
    *("exp", "iat", "iss", "sid", "sub", "v", "jti", "role", "fva", "nbf", "email", "azp"),
    *("org_id", "org_slug", "org_role", "org_permissions"),
)


def _session(payload: dict[str, Any]) -> AuthObject:
    get = payload.get
    made: SessionAuthObjectV1 | SessionAuthObjectV2
    if get("v") == 2:
        made = SessionAuthObjectV2(*map(get, _V2_CLAIMS))
    else:
        made = SessionAuthObjectV1(
            session_id=get("sid"),
            user_id=get("sub"),
            org_id=get("org_id"),
            org_role=get("org_role"),
            org_permissions=get("org_permissions"),
            factor_verification_age=get("fva"),
            claims=payload,
        )
    vars(made)["_claims"] = payload
    return made


def _oauth(payload: dict[str, Any]) -> AuthObject:
    get = payload.get
    return OAuthMachineAuthObject(
        id=get("id"),
        user_id=get("subject"),
        client_id=get("client_id"),
        name=get("name"),
        scopes=get("scopes"),
    )


def _api_key(payload: dict[str, Any]) -> AuthObject:
    get = payload.get
    subject = get("subject")
    text = subject if isinstance(subject, str) else ""
    return APIKeyMachineAuthObject(
        id=get("id"),
        user_id=subject if text.startswith("user_") else None,
        org_id=subject if text.startswith("org_") else None,
        name=get("name"),
        scopes=get("scopes"),
        claims=get("claims"),
    )


def _machine(payload: dict[str, Any]) -> AuthObject:
    get = payload.get
    return M2MMachineAuthObject(
        id=get("id"),
        machine_id=get("subject"),
        client_id=get("client_id"),
        name=get("name"),
        scopes=get("scopes"),
        claims=get("claims"),
    )


_MAKERS = {
    TokenType.SESSION_TOKEN: _session,
    TokenType.OAUTH_TOKEN: _oauth,
    TokenType.API_KEY: _api_key,
    TokenType.MACHINE_TOKEN: _machine,
    TokenType.MACHINE_TOKEN_V2: _machine,
}


def auth_object(state: RequestState) -> AuthObject:
    """See `RequestState.to_auth`."""
    if state.status is not AuthStatus.SIGNED_IN:
        raise ValueError("the request is signed out: there is nobody to tell about")
    if state.payload is None:
        raise ValueError("payload must be set for a request that is signed in")
    if state.token is None:
        raise ValueError("token must be set for a request that is signed in")
    return _MAKERS[get_token_type(state.token)](state.payload)
