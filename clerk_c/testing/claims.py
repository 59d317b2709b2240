"""The claims of session tokens, in both versions that Clerk has."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

_SCOPES = {"org": "o", "user": "u"}
_STATUSES = ("active", "pending")


def session_claims(
    now: int,
    user: object,
    *,
    expires_in: float = 60,
    version: int = 2,
    organization: object = None,
    slug: str | None = None,
    role: str | None = None,
    permissions: Iterable[str] = (),
    features: Iterable[str] = (),
    plans: Iterable[str] = (),
    status: str = "active",
    session: str = "sess_test",
    factor_ages: Iterable[int] = (0, -1),
    claims: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """See `Tokens.session`; `now` in seconds since 1970."""
    if version not in (1, 2):
        raise ValueError("version must be 1 or 2")
    if status not in _STATUSES:
        raise ValueError(f"status must be one of {', '.join(_STATUSES)}")
    if isinstance(expires_in, bool) or not isinstance(expires_in, (int, float)):
        raise TypeError(f"expires_in must be a number, not {type(expires_in).__name__!r}")
    if not math.isfinite(expires_in):
        raise ValueError("expires_in must be finite")
    begun = now + min(0, math.floor(expires_in) - 60)
    result: dict[str, Any] = {
        "iss": "https://clerk.example.com",
        "sub": identifier("user", user),
        "sid": session,
        "iat": begun,
        "nbf": begun - 10,
        "exp": now + math.floor(expires_in),
        "fva": _ages(factor_ages),
        "sts": status,
    }
    held = _texts("permissions", permissions)
    if organization is None and (role is not None or held or slug is not None):
        organization = "org_test"
    add = _version_2 if version == 2 else _version_1
    key = None if organization is None else identifier("organization", organization)
    add(result, key, slug, role or "org:member", held, _texts("features", features),
        _texts("plans", plans))  # fmt: skip
    result |= {} if claims is None else claims
    return {name: value for name, value in result.items() if value is not None}


def identifier(name: str, value: object) -> str:
    """The id of an object, or the id itself."""
    found = getattr(value, "id", value)
    if not isinstance(found, str) or not found:
        raise TypeError(f"{name} must be an id or have one, not {type(value).__name__!r}")
    return found


def _texts(name: str, values: object) -> list[str]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name} must be a list of str, not {type(values).__name__!r}")
    found = list(values)
    if not all(isinstance(value, str) for value in found):
        raise TypeError(f"{name} must hold str")
    return found


def _ages(values: object) -> list[int]:
    """Two numbers of minutes: claims of any other form are those of no session."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"factor_ages must be two whole numbers, not {type(values).__name__!r}")
    found = list(values)
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in found):
        raise TypeError("factor_ages must hold whole numbers")
    if len(found) != 2 or min(found) < -1:
        raise ValueError("factor_ages must be two numbers of minutes, -1 where there is none")
    return found


def _version_1(
    claims: dict[str, Any],
    organization: str | None,
    slug: str | None,
    role: str,
    permissions: list[str],
    features: list[str],
    plans: list[str],
) -> None:
    if features or plans:
        raise ValueError("features and plans: only tokens of version 2 have them")
    if organization is not None:
        claims |= {"org_id": organization, "org_slug": slug, "org_role": role}
        claims["org_permissions"] = permissions


def _version_2(
    claims: dict[str, Any],
    organization: str | None,
    slug: str | None,
    role: str,
    permissions: list[str],
    features: list[str],
    plans: list[str],
) -> None:
    claims["v"] = 2
    held = _by_feature(permissions)
    # Those of the organization first, which the numbers in `fpm` stand for in this order.
    listed = [f"o:{feature}" for feature in sorted(held)]
    listed += [each for each in _scoped("features", features) if each not in listed]
    claims["fea"] = ",".join(listed) or None
    claims["pla"] = ",".join(_scoped("plans", plans)) or None
    if organization is not None:
        claims["o"] = {"id": organization, "rol": role.removeprefix("org:")}
        if slug is not None:
            claims["o"]["slg"] = slug
        claims["o"] |= compressed(held)


def compressed(held: Mapping[str, set[str]]) -> dict[str, str]:
    """Permissions by feature: all names once, and for each feature, in alphabetical order, the
    number whose bits say which of them it has.
    """
    if not held:
        return {}
    names = sorted(set().union(*held.values()))
    masks = [sum(1 << n for n, name in enumerate(names) if name in held[f]) for f in sorted(held)]
    return {"per": ",".join(names), "fpm": ",".join(map(str, masks))}


def _by_feature(permissions: list[str]) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for key in permissions:
        parts = key.split(":")
        if len(parts) != 3 or parts[0] != "org" or not all(parts) or "," in key:
            raise ValueError(f"permissions: {key!r} is not of the form 'org:feature:permission'")
        held.setdefault(parts[1], set()).add(parts[2])
    return held


def _scoped(name: str, values: list[str]) -> list[str]:
    found = []
    for value in values:
        scope, _, own = value.partition(":")
        if scope not in _SCOPES or not own or "," in own:
            raise ValueError(f"{name}: {value!r} is not of the form 'org:name' or 'user:name'")
        found.append(f"{_SCOPES[scope]}:{own}")
    return found
