"""Claims of version 2 tokens, which tell of the organization in a compressed form."""

from __future__ import annotations

from typing import Any

from .types import TokenVerificationError, TokenVerificationErrorReason


def _invalid() -> TokenVerificationError:
    return TokenVerificationError(TokenVerificationErrorReason.TOKEN_INVALID)


def _granted(mapping: str, permissions: list[str]) -> list[str]:
    """The permissions whose bits are set in a decimal number, lowest bit first."""
    try:
        bits = abs(int(mapping))
    except ValueError:
        return []
    return [name for place, name in enumerate(permissions) if bits >> place & 1]


def org_permissions(claims: dict[str, Any]) -> list[str]:
    """Permissions in the active organization, as "org:feature:permission".

    `fea` lists features with their scopes, `o.per` names permissions, and `o.fpm` has for each
    feature a number whose bits say which of them it grants.
    """
    organization = claims.get("o") or {}
    features = claims.get("fea")
    permissions, numbers = organization.get("per"), organization.get("fpm")
    if features is None or not isinstance(permissions, str) or not isinstance(numbers, str):
        return []
    if not isinstance(features, str):
        raise _invalid()
    names = permissions.split(",")
    found = []
    for feature, number in zip(features.split(","), numbers.split(",")):
        scope, _, own = feature.partition(":")
        if feature.count(":") == 1 and "o" in scope:
            found += [f"org:{own}:{name}" for name in _granted(number, names)]
    return found


def enrich(claims: dict[str, Any] | None) -> None:
    """Adds org_id, org_slug, org_role and org_permissions to the claims of a version 2 token.

    Raises:
        TokenVerificationError: a claim about the organization is of an unexpected type.
    """
    if claims is None or claims.get("v") != 2:
        return
    organization = claims.get("o")
    if not organization:
        return
    if not isinstance(organization, dict):
        raise _invalid()
    for name, short in (("org_id", "id"), ("org_slug", "slg"), ("org_role", "rol")):
        value = organization.get(short)
        if value is not None and not isinstance(value, str):
            raise _invalid()
        claims[name] = value
    permissions = org_permissions(claims)
    if permissions:
        claims["org_permissions"] = permissions
