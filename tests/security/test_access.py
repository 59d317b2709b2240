"""auth.has(): role, permission, feature, plan, reverification."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from clerk_c.security import AuthStatus, RequestState
from clerk_c.security._claims import enrich
from clerk_c.security.types import APIKeyMachineAuthObject, SessionAuthObjectV2

V1 = {
    "sub": "user_1", "sid": "sess_1", "org_id": "org_1", "org_role": "org:admin",
    "org_permissions": ["org:invoices:read"], "fva": [5, 20],
}  # fmt: skip
V2 = {
    "v": 2, "sub": "user_1", "sid": "sess_1", "fva": [5, 20],
    "fea": "o:invoices,u:export,uo:both", "pla": "u:pro,o:team",
    "o": {"id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "1,0,2"},
}  # fmt: skip


def auth(claims: dict[str, Any], **changes: Any) -> Any:
    payload = {**claims, **changes}
    payload = {name: value for name, value in payload.items() if value is not ...}
    enrich(payload)
    return RequestState(AuthStatus.SIGNED_IN, None, "a.b.c", payload).to_auth()


@pytest.mark.parametrize("claims", [V1, V2])
@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        ({"role": "org:admin"}, True),
        ({"role": "admin"}, True),
        ({"role": "org:org:admin"}, True),
        ({"role": "member"}, False),
        ({"role": "Admin"}, False),
        ({"permission": "org:invoices:read"}, True),
        ({"permission": "invoices:read"}, True),
        ({"permission": "invoices:write"}, False),
        ({"permission": "invoices"}, False),
        ({"role": "admin", "permission": "invoices:read"}, True),
        ({"role": "admin", "permission": "invoices:write"}, False),
        ({"role": "member", "permission": "invoices:read"}, False),
        ({"role": "admin", "reverification": "strict"}, False),
        ({"role": "admin", "reverification": "moderate"}, True),
        ({"role": "member", "reverification": "moderate"}, False),
    ],
)
def test_organizations(claims: dict[str, Any], wanted: dict[str, str], holds: bool) -> None:
    assert auth(claims).has(**wanted) is holds


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        ({"feature": "invoices"}, True),
        ({"feature": "export"}, True),
        ({"feature": "both"}, True),
        ({"feature": "org:invoices"}, True),
        ({"feature": "o:invoices"}, True),
        ({"feature": "organization:both"}, True),
        ({"feature": "user:invoices"}, False),
        ({"feature": "user:export"}, True),
        ({"feature": "u:both"}, True),
        ({"feature": "org:export"}, False),
        ({"feature": "none"}, False),
        ({"plan": "pro"}, True),
        ({"plan": "org:pro"}, False),
        ({"plan": "org:team"}, True),
        ({"plan": "user:team"}, False),
        ({"plan": "invoices"}, False),
        ({"feature": "export", "plan": "team"}, True),
        ({"feature": "export", "plan": "none"}, False),
        ({"feature": "export", "role": "member"}, False),
    ],
)
def test_features_and_plans(wanted: dict[str, str], holds: bool) -> None:
    assert auth(V2).has(**wanted) is holds
    assert auth(V1).has(**wanted) is False  # such tokens do not tell


AGES = (-1, 0, 5, 9, 10, 11, 59, 60, 1439, 1440)
NAMED = {
    "strict_mfa": ("multi_factor", 10),
    "strict": ("second_factor", 10),
    "moderate": ("second_factor", 60),
    "lax": ("second_factor", 1440),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_reverifications(name: str) -> None:
    level, minutes = NAMED[name]
    for first, second in itertools.product(AGES, AGES):
        first_holds, second_holds = -1 < first < minutes, -1 < second < minutes
        if second == -1:
            expected = first_holds
        elif level == "second_factor":
            expected = second_holds
        else:
            expected = first_holds and second_holds
        made = auth(V2, fva=[first, second])
        assert made.has(reverification=name) is expected, (first, second)
        given = {"level": level, "after_minutes": minutes}
        assert made.has(reverification=given) is expected
        assert made.has(reverification={"level": level, "afterMinutes": minutes}) is expected
        assert made.has(
            reverification={"level": "first_factor", "after_minutes": minutes}
        ) is first_holds  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        *(
            {"fva": ages}
            for ages in (..., None, [], [1], [1, 2, 3], "12", 5, [None, None], ["1", 2])
        ),
        *({"fva": ages} for ages in ([True, False], [-2, -1], [1.5, "x"], {"a": 1, "b": 2})),
    ],
)
def test_without_ages_nobody_is_verified(changes: dict[str, Any]) -> None:
    made = auth(V2, **changes)
    assert made.has(reverification="lax") is False
    assert made.has(role="admin", reverification="lax") is False
    assert made.has(role="admin") is True


@pytest.mark.parametrize(
    "changes",
    [
        *({"org_id": value} for value in (..., None, "")),
        *({"org_role": value} for value in (..., None, 5, ["org:admin"])),
        *({"sub": value} for value in (..., None, "")),
    ],
)
def test_without_an_organization_there_is_no_role(changes: dict[str, Any]) -> None:
    made = auth(V1, **changes)
    assert made.has(role="admin") is False
    assert made.has(permission="invoices:read") is False


@pytest.mark.parametrize("value", [..., None, [], "org:invoices:read", [5, None], 7, {"a": 1}])
def test_odd_permissions(value: Any) -> None:
    assert auth(V1, org_permissions=value).has(permission="invoices:read") is False


@pytest.mark.parametrize(
    "claim", [..., None, 5, ["o:invoices"], "", ",,", "invoices", "x:invoices"]
)
def test_odd_features(claim: Any) -> None:
    assert auth(V2, fea=claim, o=...).has(feature="invoices") is False
    assert auth(V2, pla=claim).has(plan="invoices") is False


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({}, ValueError),
        ({"role": None}, ValueError),
        ({"role": ""}, ValueError),
        ({"role": 5}, TypeError),
        ({"permission": ["a"]}, TypeError),
        ({"feature": "team:x"}, ValueError),
        ({"feature": "org:"}, ValueError),
        ({"plan": b"x"}, TypeError),
        ({"reverification": "weak"}, ValueError),
        ({"reverification": 5}, TypeError),
        ({"reverification": {}}, ValueError),
        ({"reverification": {"level": "third_factor", "after_minutes": 1}}, ValueError),
        ({"reverification": {"level": "first_factor", "after_minutes": 0}}, ValueError),
        ({"reverification": {"level": "first_factor", "after_minutes": "5"}}, ValueError),
        ({"reverification": {"level": "first_factor", "after_minutes": True}}, ValueError),
        ({"reverification": {"level": "first_factor", "after_minutes": float("nan")}}, ValueError),
    ],
)
def test_conditions_that_make_no_sense(wanted: dict[str, Any], error: type[Exception]) -> None:
    for made in (auth(V2), APIKeyMachineAuthObject(), SessionAuthObjectV2()):
        with pytest.raises(error, match="|".join(wanted) or "at least one"):
            made.has(**wanted)


def test_machines_have_nothing() -> None:
    state = RequestState(AuthStatus.SIGNED_IN, None, "ak_x", dict(V1))
    assert state.to_auth().has(role="admin") is False
    assert SessionAuthObjectV2(sub="user_1", org_role="admin").has(role="admin") is False


def test_claims_are_no_field() -> None:
    made = auth(V2)
    assert made == SessionAuthObjectV2(**dataclasses.asdict(made))
    assert "_claims" not in repr(made) and "pla" not in dataclasses.asdict(made)
    assert dataclasses.replace(made).has(role="admin") is False
