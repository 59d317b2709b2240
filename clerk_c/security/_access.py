"""What `auth.has()` asks, held against the claims of a session. Knows both versions of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Named reverifications: which factors, and how many minutes old they may be.
_NAMED = {
    "strict_mfa": ("multi_factor", 10.0),
    "strict": ("second_factor", 10.0),
    "moderate": ("second_factor", 60.0),
    "lax": ("second_factor", 1440.0),
}
_LEVELS = ("first_factor", "second_factor", "multi_factor")
_SCOPES = {"o": "o", "org": "o", "organization": "o", "u": "u", "user": "u"}


def _text(name: str, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be str or None, not {type(value).__name__!r}")
    if value == "":
        raise ValueError(f"{name} must not be empty")


def _scoped(name: str, value: str | None) -> tuple[str, str] | None:
    """`org:x` as its scope and `x`; the scope is empty where none is given."""
    if value is None:
        return None
    scope, colon, own = value.partition(":")
    if not colon:
        return "", value
    if scope not in _SCOPES:
        raise ValueError(f"{name}: the scope must be 'org' or 'user', not {scope!r}")
    if not own:
        raise ValueError(f"{name} must not be empty after its scope")
    return _SCOPES[scope], own


def _reverification(given: Any) -> tuple[str, float] | None:
    if given is None:
        return None
    if isinstance(given, str):
        if given not in _NAMED:
            raise ValueError(f"reverification must be one of {', '.join(_NAMED)}, not {given!r}")
        return _NAMED[given]
    if not isinstance(given, Mapping):
        raise TypeError(f"reverification must be str or a mapping, not {type(given).__name__!r}")
    level = given.get("level")
    minutes = given.get("after_minutes", given.get("afterMinutes"))
    if level not in _LEVELS:
        raise ValueError(f"reverification: level must be one of {', '.join(_LEVELS)}")
    if not isinstance(minutes, (int, float)) or isinstance(minutes, bool) or not minutes > 0:
        raise ValueError("reverification: after_minutes must be a number above 0")
    return level, minutes


class Wanted:
    """The conditions of one has(), checked."""

    __slots__ = ("feature", "permission", "plan", "reverification", "role")

    def __init__(self, role: Any, permission: Any, feature: Any, plan: Any, again: Any) -> None:
        for name, value in (
            *(("role", role), ("permission", permission)),
            *(("feature", feature), ("plan", plan)),
        ):
            _text(name, value)
        self.role: str | None = role
        self.permission: str | None = permission
        self.feature = _scoped("feature", feature)
        self.plan = _scoped("plan", plan)
        self.reverification = _reverification(again)
        if all(getattr(self, name) is None for name in self.__slots__):
            raise ValueError(f"has() needs at least one of {', '.join(sorted(self.__slots__))}")


def _of_organization(text: str) -> str:
    while text.startswith("org:"):
        text = text[4:]
    return text


def _holds(claim: Any, wanted: tuple[str, str]) -> bool:
    """Is it among `o:a,u:b,uo:c`?"""
    if not isinstance(claim, str):
        return False
    scope, own = wanted
    for part in claim.split(","):
        scopes, _, name = part.strip().partition(":")
        if name == own and scopes in ("o", "u", "uo", "ou") and scope in scopes:
            return True
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _verified(ages: Any, wanted: tuple[str, float]) -> bool:
    """Ages are minutes since each factor; -1: the user has no such factor."""
    level, minutes = wanted
    if not isinstance(ages, (list, tuple)) or len(ages) != 2 or not all(map(_is_number, ages)):
        return False
    first, second = ages
    first_holds: bool = 0 <= first < minutes
    second_holds: bool = 0 <= second < minutes
    if level == "first_factor" or second == -1:
        return first_holds
    return second_holds if level == "second_factor" else first_holds and second_holds


def check(wanted: Wanted, claims: Mapping[str, Any]) -> bool:
    """Do the claims meet every condition?"""
    if not claims.get("sub"):
        return False
    if wanted.role is not None or wanted.permission is not None:
        role, permissions = claims.get("org_role"), claims.get("org_permissions")
        if not claims.get("org_id") or not isinstance(role, str):
            return False
        if wanted.role is not None and _of_organization(role) != _of_organization(wanted.role):
            return False
        if wanted.permission is not None:
            listed = permissions if isinstance(permissions, list) else []
            names = {_of_organization(name) for name in listed if isinstance(name, str)}
            if _of_organization(wanted.permission) not in names:
                return False
    if wanted.feature is not None and not _holds(claims.get("fea"), wanted.feature):
        return False
    if wanted.plan is not None and not _holds(claims.get("pla"), wanted.plan):
        return False
    again = wanted.reverification
    return again is None or _verified(claims.get("fva"), again)
