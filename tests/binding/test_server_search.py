"""Listing and counting users: filters, orders and pages, through the reference client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from clerk_backend_api import Clerk
from clerk_backend_api.models import ClerkErrors

from clerk_c.testing import Server

pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

WALLETS = ["0x" + digit * 40 for digit in "abc"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(seed=1) as running:  # so that ids hold the same short texts each time
        yield running


@pytest.fixture(scope="module")
def clerk(server: Server) -> Iterator[Clerk]:
    """A client of an instance with three users: ada, grace and hedy."""
    with Clerk(bearer_auth=server.secret_key, server_url=server.url) as client:
        people = [("ada", "Ada", "Lovelace"), ("grace", "Grace", "Hopper"), ("hedy", "Hedy", "L_%")]
        for index, (name, first, last) in enumerate(people):
            user = client.users.create(
                email_address=[f"{name}@example.com", f"{name}@work.example"],
                phone_number=[f"+1555555010{index}"],
                web3_wallet=[WALLETS[2 - index]],
                username=f"user_{name}",
                external_id=f"ext_{name}",
                first_name=first,
                last_name=last,
                created_at=f"202{index}-01-01T00:00:00Z",
                banned=name == "hedy",
            )
            if name != "hedy":
                server.store.add_external_account(user.id, "oauth_google", f"g-{name}")
                server.store.sign_in(user.id)
        yield client


def found(clerk: Clerk, **request: Any) -> str:
    """First letters of the names found, in order; the count has to agree."""
    users = clerk.users.list(request=request)
    filters = {k: v for k, v in request.items() if k not in ("limit", "offset", "order_by")}
    if not {"limit", "offset"} & set(request):
        assert clerk.users.count(request=filters).total_count == len(users)
    return "".join(user.first_name[0] for user in users)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, "HGA"),
        ({"email_address": ["ADA@work.example", "hedy@example.com", "no@example.com"]}, "HA"),
        ({"phone_number": ["+15555550101"]}, "G"),
        ({"web3_wallet": [WALLETS[0].upper().replace("X", "x")]}, "H"),
        ({"username": ["user_ada", "USER_GRACE"]}, "GA"),
        ({"external_id": ["ext_ada", "+ext_hedy"]}, "HA"),
        ({"external_id": ["-ext_ada"]}, "HG"),
        ({"external_id": ["ext_ada", "ext_grace", "-ext_grace"]}, "A"),
        ({"organization_id": ["org_1"]}, ""),
        ({"organization_id": ["-org_1"]}, "HGA"),
        ({"query": "lovelac"}, "A"),
        ({"query": "GRACE"}, "G"),
        ({"query": "work.exam"}, "HGA"),
        ({"query": "5550102"}, "H"),
        ({"query": "ada lovelace"}, "A"),
        ({"query": "0xbbb"}, "G"),
        ({"query": "%"}, "H"),
        ({"query": "_%"}, "H"),
        ({"query": "' OR 1=1 --"}, ""),
        ({"email_address_query": "DA@ex"}, "A"),
        ({"phone_number_query": "0100"}, "A"),
        ({"username_query": "R_G"}, "G"),
        ({"name_query": "hop"}, "G"),
        ({"banned": True}, "H"),
        ({"banned": False}, "GA"),
        ({"created_at_before": 1609459200000}, "A"),
        ({"created_at_after": 1609459200000}, "H"),
        ({"last_sign_in_at_after": 1}, "GA"),
        ({"last_sign_in_at_before": 1}, ""),
        ({"last_active_at_after": 1}, "GA"),
        ({"last_active_at_since": 1}, "GA"),
        ({"last_active_at_before": 9999999999999}, "GA"),
        ({"provider": "oauth_google", "provider_user_id": ["g-ada", "g-none"]}, "A"),
        ({"provider": "oauth_github", "provider_user_id": ["g-ada"]}, ""),
        ({"query": "example", "banned": False, "username": ["user_ada"]}, "A"),
    ],
)
def test_filters(clerk: Clerk, request_: dict[str, Any], expected: str) -> None:
    assert found(clerk, **request_) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("created_at", "AGH"),
        ("+created_at", "AGH"),
        ("-created_at", "HGA"),
        ("email_address", "AGH"),
        ("-email_address", "HGA"),
        ("web3wallet", "HGA"),
        ("first_name", "AGH"),
        ("-last_name", "AHG"),
        ("phone_number", "AGH"),
        ("-username", "HGA"),
        ("-last_sign_in_at", "GAH"),
        ("-last_active_at", "GAH"),
        ("-updated_at", "HGA"),
    ],
)
def test_orders(clerk: Clerk, order: str, expected: str) -> None:
    assert found(clerk, order_by=order) == expected


def test_by_id(clerk: Clerk) -> None:
    hedy, grace, ada = (user.id for user in clerk.users.list(request={}))
    assert found(clerk, user_id=[ada, f"+{hedy}"]) == "HA"
    assert found(clerk, user_id=[f"-{grace}"]) == "HA"
    assert found(clerk, query=grace[5:20]) == found(clerk, query=grace) == "G"
    assert found(clerk, query=grace[-3:]) == ""
    assert found(clerk, query="user_") == "HGA"


def test_pages(clerk: Clerk) -> None:
    assert found(clerk, limit=2) == "HG"
    assert found(clerk, limit=2, offset=2) == "A"
    assert found(clerk, limit=500, offset=3) == ""
    assert found(clerk, limit=None, offset=None, order_by=None) == "HGA"


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"offset": -1}, "offset"),
        ({"order_by": "password_digest"}, "order_by"),
        ({"order_by": "created_at; DROP TABLE users"}, "order_by"),
        ({"user_id": ["user_1"] * 101}, "user_id"),
        ({"provider": "oauth_google"}, "provider_user_id"),
        ({"provider_user_id": ["1"]}, "provider"),
        ({"created_at_after": 10**30}, "created_at_after"),
    ],
)
def test_refused(clerk: Clerk, request_: dict[str, Any], param: str) -> None:
    with pytest.raises(ClerkErrors) as info:
        clerk.users.list(request=request_)
    assert info.value.status_code == 422
    assert info.value.data.errors[0].meta == {"param_name": param}


def test_default_page_has_ten() -> None:
    with Server() as server, Clerk(server.secret_key, server_url=server.url) as clerk:
        for index in range(12):
            clerk.users.create(username=f"user_{index}")
        names = [user.username for user in clerk.users.list(request={})]
        assert names == [f"user_{index}" for index in range(11, 1, -1)]
        assert len(clerk.users.list(request={"limit": 500})) == 12
