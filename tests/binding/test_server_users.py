"""Users of the embedded server, driven by the reference client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkErrors, SDKError

from clerk_c.testing import Server

# The reference touches a deprecated field of its own whenever it lists users.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

WALLET = "0x" + "aB" * 20


@pytest.fixture
def clerk(reference: Clerk, server: Server) -> Clerk:
    return reference


def create(clerk: Clerk, name: str = "ada", **more: Any) -> models.User:
    return clerk.users.create(email_address=[f"{name}@example.com"], **more)


def problem(info: pytest.ExceptionInfo[ClerkErrors]) -> tuple[int, str, str | None]:
    """Status, code and parameter of the first problem of an answer."""
    first = info.value.data.errors[0]
    assert first.message
    assert first.long_message
    assert '"clerk_trace_id"' in info.value.body
    return info.value.status_code, first.code, (first.meta or {}).get("param_name")


def test_create_with_everything(clerk: Clerk, server: Server) -> None:
    user = clerk.users.create(
        external_id="ext_1",
        first_name="Ada",
        last_name="Lovelace",
        locale="en-GB",
        email_address=["ada@example.com", "countess@example.com"],
        email_address_identification_status=["verified", "reserved"],
        phone_number=["+15555550100"],
        web3_wallet=[WALLET],
        username="ada_l",
        password="correct horse battery",
        totp_secret="JBSWY3DPEHPK3PXP",
        backup_codes=["one", "two"],
        public_metadata={"role": "analyst"},
        private_metadata={"nested": {"null": None, "list": [1, 2.5, True]}},
        unsafe_metadata={"text": "žluťoučký \u0000 🐎"},
        delete_self_enabled=False,
        create_organization_enabled=False,
        create_organizations_limit=3,
        legal_accepted_at="2020-10-20T07:15:20.902Z",
        created_at="2019-12-10T00:00:00+01:00",
        bypass_client_trust=True,
        banned=True,
        locked=True,
    )
    assert user.id.startswith("user_")
    assert len(user.id) == 32
    ticking = {"lockout_expires_in_seconds"}
    again = clerk.users.get(user_id=user.id)
    assert again.model_dump(exclude=ticking) == user.model_dump(exclude=ticking)
    assert (user.external_id, user.first_name, user.last_name) == ("ext_1", "Ada", "Lovelace")
    assert (user.locale, user.username) == ("en-GB", "ada_l")
    verified, reserved = user.email_addresses
    assert (verified.email_address, verified.reserved) == ("ada@example.com", False)
    assert verified.verification.status == "verified"
    assert (reserved.email_address, reserved.reserved) == ("countess@example.com", True)
    assert reserved.verification is None
    assert user.primary_email_address_id == verified.id
    assert [phone.phone_number for phone in user.phone_numbers] == ["+15555550100"]
    assert user.primary_phone_number_id == user.phone_numbers[0].id
    assert user.web3_wallets[0].web3_wallet == WALLET
    assert user.primary_web3_wallet_id == user.web3_wallets[0].id
    assert user.password_enabled
    assert user.totp_enabled
    assert user.two_factor_enabled
    assert user.backup_code_enabled
    assert user.public_metadata == {"role": "analyst"}
    assert user.private_metadata == {"nested": {"null": None, "list": [1, 2.5, True]}}
    assert user.unsafe_metadata == {"text": "žluťoučký \u0000 🐎"}
    assert not user.delete_self_enabled
    assert not user.create_organization_enabled
    assert user.create_organizations_limit == 3
    assert user.legal_accepted_at == 1603178120902
    assert user.created_at == 1575932400000
    assert user.bypass_client_trust
    assert user.banned
    assert user.locked
    assert user.lockout_expires_in_seconds == 3600


def test_passwords_are_not_kept(clerk: Clerk, server: Server) -> None:
    create(clerk, password="correct horse battery", first_name="plain to see")
    assert b"correct horse battery" in server.requests[0].body
    files = [file.read_bytes() for file in Path(server.store.path).parent.iterdir()]
    assert any(b"plain to see" in content for content in files)
    assert not any(b"correct horse battery" in content for content in files)


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({}, "form_data_missing", None),
        ({"email_address": ["no address"]}, "form_param_format_invalid", "email_address"),
        ({"email_address": ["a@b"]}, "form_param_format_invalid", "email_address"),
        ({"phone_number": ["5550100"]}, "form_param_format_invalid", "phone_number"),
        ({"web3_wallet": ["0x12"]}, "form_param_format_invalid", "web3_wallet"),
        ({"username": "ada"}, "form_username_invalid_length", "username"),
        ({"username": "ada lovelace"}, "form_username_invalid_character", "username"),
        ({"username": "123456"}, "form_username_needs_non_number_char", "username"),
        ({"username": "good", "locale": "!"}, "form_param_format_invalid", "locale"),
        ({"username": "good", "password": "short"}, "form_password_length_too_short", "password"),
        ({"username": "good", "password": "x" * 73}, "form_password_length_too_long", "password"),
        ({"username": "good", "password": "password123"}, "form_password_pwned", "password"),
        ({"username": "good", "first_name": "x" * 257}, "form_param_max_length_exceeded", None),
        ({"username": "good", "created_at": "tomorrow"}, "form_param_invalid_time", "created_at"),
        (
            {"username": "good", "created_at": "2999-01-01T00:00:00Z"},
            "form_disallow_future_date",
            "created_at",
        ),
        ({"username": "good", "totp_secret": "1"}, "invalid_totp_secret_code", None),
        (
            {"username": "good", "public_metadata": {"k": "x" * 9000}},
            "form_param_exceeds_allowed_size",
            "public_metadata",
        ),
        (
            {"username": "good", "password_digest": "abc"},
            "form_conditional_param_missing",
            "password_hasher",
        ),
        (
            {"username": "good", "password_digest": "abc", "password_hasher": "md5"},
            "form_password_digest_invalid_code",
            "password_digest",
        ),
        (
            {"username": "good", "password_digest": "abc", "password_hasher": "rot13"},
            "form_param_value_invalid",
            "password_hasher",
        ),
        (
            {"username": "good", "create_organizations_limit": -1},
            "form_param_value_invalid",
            "create_organizations_limit",
        ),
        (
            {
                "email_address": ["a@example.com", "b@example.com"],
                "email_address_identification_status": ["verified"],
            },
            "form_param_value_invalid",
            "email_address_identification_status",
        ),
    ],
)
def test_create_refuses(clerk: Clerk, given: dict[str, Any], code: str, param: str | None) -> None:
    with pytest.raises(ClerkErrors) as info:
        clerk.users.create(**given)
    status, found, name = problem(info)
    assert (status, found) == (422, code)
    assert param is None or name == param
    assert clerk.users.count(request={}).total_count == 0


def test_all_problems_are_reported_together(clerk: Clerk) -> None:
    with pytest.raises(ClerkErrors) as info:
        clerk.users.create(email_address=["?"], phone_number=["?"], username="?")
    names = [error.meta["param_name"] for error in info.value.data.errors]
    assert names == ["email_address", "phone_number", "username"]


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        ({"email_address": ["ADA@Example.com"]}, "email_address"),
        ({"phone_number": ["+15555550100"]}, "phone_number"),
        ({"web3_wallet": [WALLET.lower()]}, "web3_wallet"),
        ({"username": "ADA_L"}, "username"),
        ({"username": "other", "external_id": "ext"}, "external_id"),
    ],
)
def test_identifiers_are_unique(clerk: Clerk, taken: dict[str, Any], name: str) -> None:
    create(
        clerk,
        phone_number=["+15555550100"],
        web3_wallet=[WALLET],
        username="ada_l",
        external_id="ext",
    )
    with pytest.raises(ClerkErrors) as info:
        clerk.users.create(**taken)
    assert problem(info) == (422, "form_identifier_exists", name)
    assert clerk.users.count(request={}).total_count == 1


def test_user_without_identifier_when_not_required(clerk: Clerk) -> None:
    user = clerk.users.create(skip_user_requirement=True)
    assert user.email_addresses == []
    assert user.primary_email_address_id is None


def test_update(clerk: Clerk) -> None:
    user = create(clerk, first_name="Ada", last_name="L", username="ada_l", external_id="e")
    later = clerk.users.update(
        user_id=user.id,
        first_name="Augusta",
        last_name=None,
        username="",
        external_id=None,
        locale="fr-FR",
        password="another good one",
        delete_self_enabled=False,
        create_organizations_limit=2,
        created_at="2019-12-10T00:00:00Z",
        legal_accepted_at="2019-12-11T00:00:00Z",
        bypass_client_trust=True,
    )
    assert (later.first_name, later.last_name, later.username) == ("Augusta", None, None)
    assert (later.external_id, later.locale) == (None, "fr-FR")
    assert later.password_enabled
    assert not later.delete_self_enabled
    assert later.create_organizations_limit == 2
    assert (later.created_at, later.legal_accepted_at) == (1575936000000, 1576022400000)
    assert later.bypass_client_trust
    assert later.updated_at >= user.updated_at
    assert later.email_addresses == user.email_addresses
    assert clerk.users.get(user_id=user.id) == later


def test_update_without_changes_keeps_everything(clerk: Clerk) -> None:
    user = create(clerk, first_name="Ada", public_metadata={"a": 1}, password="correct horse")
    later = clerk.users.update(user_id=user.id)
    assert later.model_dump(exclude={"updated_at"}) == user.model_dump(exclude={"updated_at"})


def test_update_primary_email(clerk: Clerk, server: Server) -> None:
    user = clerk.users.create(
        email_address=["one@example.com", "two@example.com"],
    )
    one, two = user.email_addresses
    later = clerk.users.update(
        user_id=user.id,
        primary_email_address_id=two.id,
        notify_primary_email_address_changed=True,
    )
    assert later.primary_email_address_id == two.id
    (message,) = server.store.messages()
    assert message["recipient"] == "one@example.com"
    assert message["new_email_address"] == "two@example.com"
    clerk.email_addresses.update(email_address_id=one.id, verified=False)
    with pytest.raises(ClerkErrors) as info:
        clerk.users.update(user_id=user.id, primary_email_address_id=one.id)
    assert problem(info) == (422, "form_param_value_invalid", "primary_email_address_id")
    foreign = create(clerk, "other").email_addresses[0].id
    with pytest.raises(ClerkErrors) as info:
        clerk.users.update(user_id=user.id, primary_email_address_id=foreign)
    assert problem(info) == (422, "form_resource_not_found", "primary_email_address_id")


def test_update_refuses_what_another_user_has(clerk: Clerk) -> None:
    create(clerk, "first", username="first", external_id="first")
    second = create(clerk, "second", username="second", external_id="second")
    for given in ({"username": "first"}, {"external_id": "first"}):
        with pytest.raises(ClerkErrors) as info:
            clerk.users.update(user_id=second.id, **given)
        assert problem(info)[:2] == (422, "form_identifier_exists")
    same = clerk.users.update(user_id=second.id, username="second", external_id="second")
    assert same.username == "second"


def test_delete(clerk: Clerk) -> None:
    user = create(clerk, external_id="ext")
    gone = clerk.users.delete(user_id=user.id)
    assert (gone.object, gone.id, gone.deleted, gone.external_id) == ("user", user.id, True, "ext")
    for call in (clerk.users.get, clerk.users.delete):
        with pytest.raises(ClerkErrors) as info:
            call(user_id=user.id)
        assert problem(info) == (404, "resource_not_found", None)
    assert create(clerk).id != user.id


def test_metadata_merge_and_replace(clerk: Clerk) -> None:
    user = create(clerk, public_metadata={"a": {"b": 1, "c": 2}, "d": [1]}, private_metadata={})
    merged = clerk.users.update_metadata(
        user_id=user.id,
        public_metadata={"a": {"b": None, "e": {"f": None, "g": 3}}, "d": [2], "h": 4},
        unsafe_metadata={"x": 1},
    )
    assert merged.public_metadata == {"a": {"c": 2, "e": {"g": 3}}, "d": [2], "h": 4}
    assert merged.private_metadata == {}
    assert merged.unsafe_metadata == {"x": 1}
    replaced = clerk.users.replace_metadata(user_id=user.id, public_metadata={"only": None})
    assert replaced.public_metadata == {"only": None}
    assert replaced.unsafe_metadata == {"x": 1}
    first, second = ({"k" * 3000 + end: "x" * 3000} for end in "12")
    clerk.users.update_metadata(user_id=user.id, private_metadata=first)
    with pytest.raises(ClerkErrors) as info:
        clerk.users.update_metadata(user_id=user.id, private_metadata=second)
    assert problem(info) == (422, "form_param_exceeds_allowed_size", "private_metadata")
    for call in (clerk.users.update_metadata, clerk.users.replace_metadata):
        with pytest.raises(ClerkErrors) as info:
            call(user_id="user_none", public_metadata={})
        assert problem(info)[0] == 404


def test_ban_and_unban(clerk: Clerk, server: Server) -> None:
    user = create(clerk)
    session = server.store.sign_in(user.id)
    assert clerk.users.ban(user_id=user.id).banned
    client = clerk.clients.get(client_id=session["client_id"])
    assert [s.status for s in client.sessions] == ["revoked"]
    assert not clerk.users.unban(user_id=user.id).banned
    for call in (clerk.users.ban, clerk.users.unban, clerk.users.lock, clerk.users.unlock):
        with pytest.raises(SDKError) as info:
            call(user_id="user_none")
        assert info.value.status_code == 404


def test_bulk_ban(clerk: Clerk) -> None:
    users = [create(clerk, name) for name in ("one", "two", "three")]
    ids = [user.id for user in reversed(users[:2])]
    assert [(u.id, u.banned) for u in clerk.users.bulk_ban(user_ids=ids)] == [
        (key, True) for key in ids
    ]
    assert not clerk.users.get(user_id=users[2].id).banned
    assert [u.banned for u in clerk.users.bulk_unban(user_ids=ids)] == [False, False]
    with pytest.raises(ClerkErrors) as info:
        clerk.users.bulk_ban(user_ids=[users[2].id, "user_none"])
    assert problem(info) == (400, "form_resource_not_found", "user_ids")
    assert not clerk.users.get(user_id=users[2].id).banned
    with pytest.raises(ClerkErrors) as info:
        clerk.users.bulk_unban(user_ids=["user_1"] * 101)
    assert problem(info)[:2] == (400, "bulk_size_exceeded")


def test_lock_expires(clerk: Clerk, server: Server) -> None:
    user = create(clerk)
    assert clerk.users.lock(user_id=user.id).locked
    assert not clerk.users.unlock(user_id=user.id).locked
    assert clerk.users.lock(user_id=user.id).lockout_expires_in_seconds == 3600
    server.store.clock.advance(3601)
    later = clerk.users.get(user_id=user.id)
    assert not later.locked
    assert later.lockout_expires_in_seconds is None
