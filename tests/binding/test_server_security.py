"""Passwords, second factors, linked accounts and billing of the embedded server's users."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkErrors, SDKError

from clerk_c.testing import Server, credentials

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def clerk(reference: Clerk, server: Server) -> Clerk:
    return reference


def create(clerk: Clerk, **more: Any) -> models.User:
    return clerk.users.create(**{"username": "ada_lovelace", **more})


def refused(call: Callable[..., Any], **given: Any) -> tuple[int, str]:
    """Status and code; several of these operations document no body for their errors."""
    with pytest.raises((ClerkErrors, SDKError)) as info:
        call(**given)
    return info.value.status_code, json.loads(info.value.body)["errors"][0]["code"]


def digests() -> Iterator[tuple[str, str]]:
    """What other systems would have kept for PASSWORD, by hasher."""
    secret, salt = PASSWORD.encode(), b"salt-and-pepper"
    salt64 = base64.b64encode(salt).decode()
    yield "md5", hashlib.md5(secret).hexdigest()
    yield "sha256", hashlib.sha256(secret).hexdigest()
    for name in ("sha1", "sha256", "sha512"):
        key = base64.b64encode(hashlib.pbkdf2_hmac(name, secret, salt, 1000)).decode()
        yield f"pbkdf2_{name}", f"pbkdf2_{name}$1000${salt64}${key}"
    key = base64.b64encode(hashlib.pbkdf2_hmac("sha256", secret, salt, 1000)).decode()
    yield "pbkdf2_sha256_django", f"pbkdf2_sha256$1000${salt.decode()}${key}"
    key = hashlib.pbkdf2_hmac("sha512", secret, salt, 1000).hex()
    yield "pbkdf2_sha512_hex", f"pbkdf2_sha512$1000${salt.hex()}${key}"
    key = hashlib.scrypt(secret, salt=salt, n=1024, r=8, p=1, dklen=64).hex()
    yield "scrypt_werkzeug", f"scrypt:1024:8:1${salt.decode()}${key}"
    raw = hashlib.sha1(secret + salt).digest() + salt
    yield "ldap_ssha", "{SSHA}" + base64.b64encode(raw).decode()


def test_verify_password(clerk: Clerk) -> None:
    user = create(clerk, password=PASSWORD)
    assert clerk.users.verify_password(user_id=user.id, password=PASSWORD).verified
    verify = clerk.users.verify_password
    assert refused(verify, user_id=user.id, password="wrong") == (422, "incorrect_password")
    assert refused(verify, user_id="user_none", password=PASSWORD) == (404, "resource_not_found")
    changed = clerk.users.update(user_id=user.id, password="a new secret phrase")
    assert changed.password_last_updated_at >= user.password_last_updated_at
    assert refused(verify, user_id=user.id, password=PASSWORD) == (422, "incorrect_password")
    assert verify(user_id=user.id, password="a new secret phrase").verified


@pytest.mark.parametrize(("hasher", "digest"), list(digests()), ids=lambda value: value[:12])
def test_digests_from_elsewhere(clerk: Clerk, hasher: str, digest: str) -> None:
    user = create(clerk, password_digest=digest, password_hasher=hasher)
    assert user.password_enabled
    assert clerk.users.verify_password(user_id=user.id, password=PASSWORD).verified
    verify = clerk.users.verify_password
    assert refused(verify, user_id=user.id, password="wrong") == (422, "incorrect_password")
    bad = digest[:-1]
    update = clerk.users.update
    expected = (422, "form_password_digest_invalid_code")
    assert refused(update, user_id=user.id, password_digest=bad, password_hasher=hasher) == expected


@pytest.mark.parametrize(
    ("hasher", "digest"),
    [
        ("scrypt_werkzeug", "scrypt:1099511627776:8:1$salt$" + "00" * 64),
        ("scrypt_werkzeug", "scrypt:0:0:0$salt$" + "00" * 64),
        ("scrypt_werkzeug", "scrypt:x$salt$"),
        ("pbkdf2_sha256", "pbkdf2_sha256$99999999$YQ==$YQ=="),
        ("pbkdf2_sha256", "pbkdf2_sha256$1$$"),
        ("pbkdf2_sha256", "pbkdf2_sha256$-1$YQ==$YQ=="),
        ("pbkdf2_sha512_hex", "pbkdf2_sha512$1$zz$zz"),
        ("ldap_ssha", "{SSHA}YQ=="),
        ("md5", "zz" * 16),
        ("bcrypt", "$2a$10$short"),
    ],
)
def test_digests_that_are_none(clerk: Clerk, hasher: str, digest: str) -> None:
    given = {"username": "ada_lovelace", "password_digest": digest, "password_hasher": hasher}
    expected = (422, "form_password_digest_invalid_code")
    assert refused(clerk.users.create, **given) == expected


def test_digest_that_only_clerk_can_check(clerk: Clerk) -> None:
    digest = "$2a$10$" + "a" * 53
    user = create(clerk, password_digest=digest, password_hasher="bcrypt")
    assert user.password_enabled
    verify = clerk.users.verify_password
    expected = (422, "password_hasher_unavailable")
    assert refused(verify, user_id=user.id, password=PASSWORD) == expected


def test_password_checks_can_be_skipped(clerk: Clerk) -> None:
    assert create(clerk, password="password123", skip_password_checks=True).password_enabled
    clerk.instance_settings.update(request={"hibp": False})
    assert create(clerk, username="other", password="password123").password_enabled


def test_remove_password(clerk: Clerk, server: Server) -> None:
    user = create(clerk, password=PASSWORD)
    client_id = server.store.sign_in(user.id)["client_id"]
    later = clerk.users.remove_password(user_id=user.id)
    assert not later.password_enabled
    assert clerk.clients.get(client_id=client_id).sessions[0].status == "active"
    again = clerk.users.remove_password(user_id=user.id, sign_out_of_other_sessions=True)
    assert again.password_last_updated_at == later.password_last_updated_at
    assert clerk.clients.get(client_id=client_id).sessions[0].status == "revoked"
    verify = clerk.users.verify_password
    assert refused(verify, user_id=user.id, password=PASSWORD) == (400, "no_password_set")
    assert refused(clerk.users.remove_password, user_id="user_none")[0] == 404


def test_sign_out_with_a_new_password(clerk: Clerk, server: Server) -> None:
    user = create(clerk, password=PASSWORD)
    client_id = server.store.sign_in(user.id)["client_id"]
    update = clerk.users.update
    expected = (422, "form_conditional_param_missing")
    assert refused(update, user_id=user.id, sign_out_of_other_sessions=True) == expected
    update(user_id=user.id, password="a new secret phrase", sign_out_of_other_sessions=True)
    client = clerk.clients.get(client_id=client_id)
    assert client.sessions[0].status == "revoked"
    assert client.last_active_session_id is None


def test_compromised_password(clerk: Clerk, server: Server) -> None:
    user = create(clerk, password=PASSWORD)
    client_id = server.store.sign_in(user.id)["client_id"]
    clerk.users.set_password_compromised(user_id=user.id, revoke_all_sessions=True)
    assert server.requests[-1].status == 200
    assert clerk.clients.get(client_id=client_id).sessions[0].status == "revoked"
    assert b'"revoke_all_sessions":true' in server.requests[-2].body
    clerk.users.unset_password_compromised(user_id=user.id)
    plain = create(clerk, username="without")
    for call in (clerk.users.set_password_compromised, clerk.users.unset_password_compromised):
        assert refused(call, user_id=plain.id) == (400, "no_password_set")
        assert refused(call, user_id="user_none") == (404, "resource_not_found")


def test_totp(clerk: Clerk, server: Server) -> None:
    user = create(clerk, totp_secret=SECRET)
    assert user.totp_enabled
    assert user.two_factor_enabled
    assert user.mfa_enabled_at == user.created_at
    now = server.store.clock.now()
    code = credentials.totp(SECRET, now)
    result = clerk.users.verify_totp(user_id=user.id, code=code)
    assert (result.verified, result.code_type) == (True, "totp")
    verify = clerk.users.verify_totp
    # Of codes of hours ago one that is not right again now, or soon.
    near = {credentials.totp(SECRET, now + 30_000 * step) for step in range(-1, 40)}
    old = (credentials.totp(SECRET, now - 3_600_000 * hours) for hours in range(1, 9))
    late = next(code for code in old if code not in near)
    assert refused(verify, user_id=user.id, code=late) == (422, "totp_incorrect_code")
    assert refused(verify, user_id=user.id, code="12") == (422, "totp_invalid_length")
    assert clerk.users.delete_totp(user_id=user.id).user_id == user.id
    later = clerk.users.get(user_id=user.id)
    assert not later.totp_enabled
    assert later.mfa_disabled_at is not None
    assert refused(verify, user_id=user.id, code=code) == (400, "totp_disabled")
    assert refused(verify, user_id="user_none", code=code) == (404, "resource_not_found")


@pytest.mark.parametrize(
    ("moment", "code"),
    # The SHA-1 vectors of RFC 6238, appendix B, cut to six digits.
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_totp_vectors(moment: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert credentials.totp(secret, moment * 1000) == code


def test_backup_codes(clerk: Clerk) -> None:
    user = create(clerk, backup_codes=["alpha-1", "beta-2"])
    assert user.backup_code_enabled
    assert not user.two_factor_enabled
    result = clerk.users.verify_totp(user_id=user.id, code="ALPHA-1")
    assert (result.verified, result.code_type) == (True, "backup_code")
    verify = clerk.users.verify_totp
    assert refused(verify, user_id=user.id, code="alpha-1") == (422, "totp_incorrect_code")
    clerk.users.update(user_id=user.id, backup_codes=["gamma-3"])
    assert refused(verify, user_id=user.id, code="beta-2") == (422, "totp_incorrect_code")
    assert clerk.users.delete_backup_codes(user_id=user.id).user_id == user.id
    assert not clerk.users.get(user_id=user.id).backup_code_enabled


def test_disable_mfa(clerk: Clerk, server: Server) -> None:
    phones = ["+15555550100"]
    user = create(clerk, totp_secret=SECRET, backup_codes=["alpha"], phone_number=phones)
    server.store.set_second_factor(user.id, user.phone_numbers[0].id)
    assert clerk.users.get(user_id=user.id).phone_numbers[0].default_second_factor
    assert clerk.users.disable_mfa(user_id=user.id).user_id == user.id
    later = clerk.users.get(user_id=user.id)
    assert not later.two_factor_enabled
    assert not later.backup_code_enabled
    assert not later.phone_numbers[0].reserved_for_second_factor
    for call in (clerk.users.disable_mfa, clerk.users.delete_totp, clerk.users.delete_backup_codes):
        assert refused(call, user_id="user_none") == (404, "resource_not_found")


def test_passkeys_and_wallets(clerk: Clerk, server: Server) -> None:
    wallets = ["0x" + digit * 40 for digit in "ab"]
    user = create(clerk, web3_wallet=wallets)
    passkey = server.store.add_passkey(user.id, "Laptop")
    now = clerk.users.get(user_id=user.id)
    assert [(p.id, p.name) for p in now.passkeys] == [(passkey, "Laptop")]
    gone = clerk.users.delete_passkey(user_id=user.id, passkey_identification_id=passkey)
    assert (gone.id, gone.deleted) == (passkey, True)
    first, second = user.web3_wallets
    delete = clerk.users.delete_web3_wallet
    assert delete(user_id=user.id, web3_wallet_identification_id=first.id).deleted
    later = clerk.users.get(user_id=user.id)
    assert later.passkeys == []
    assert later.primary_web3_wallet_id == second.id
    other = create(clerk, username="other")
    assert refused(delete, user_id=other.id, web3_wallet_identification_id=second.id)[0] == 404
    delete = clerk.users.delete_passkey
    assert refused(delete, user_id=user.id, passkey_identification_id=passkey)[0] == 404


def test_trusted_devices(clerk: Clerk, server: Server) -> None:
    user = create(clerk)
    device = server.store.add_trusted_device(user.id, platform="ios", name="Phone")
    devices = clerk.users.list_trusted_devices(user_id=user.id)
    assert devices.total_count == 1
    assert (devices.data[0].id, devices.data[0].name) == (device, "Phone")
    revoked = clerk.users.revoke_trusted_device(user_id=user.id, trusted_device_id=device)
    assert (revoked.status, revoked.revoked_at is not None) == ("revoked", True)
    assert clerk.users.list_trusted_devices(user_id=user.id).data == []
    call = clerk.users.revoke_trusted_device
    assert refused(call, user_id=user.id, trusted_device_id=device)[0] == 404
    assert refused(clerk.users.list_trusted_devices, user_id="user_none")[0] == 404


def test_external_accounts_and_their_tokens(clerk: Clerk, server: Server) -> None:
    user = create(clerk)
    get = clerk.users.get_o_auth_access_token
    assert get(user_id=user.id, provider="oauth_google") == []
    account = server.store.add_external_account(
        user.id, "oauth_google", "g-1", token="ya29.t", scopes=["email"], first_name="Ada"
    )
    (token,) = get(user_id=user.id, provider="oauth_google")
    assert (token.token, token.external_account_id) == ("ya29.t", account)
    assert token.scopes == ["email"]
    assert get(user_id=user.id, provider="google", paginated=False) == [token]
    assert get(user_id=user.id, provider="oauth_google", offset=1) == []
    assert get(user_id=user.id, provider="oauth_github") == []
    (linked,) = clerk.users.get(user_id=user.id).external_accounts
    assert (linked.id, linked.first_name, linked.verification.status) == (
        account,
        "Ada",
        "verified",
    )
    assert refused(get, user_id=user.id, provider="No Such!")[0] == 404
    delete = clerk.users.delete_external_account
    assert delete(user_id=user.id, external_account_id=account).id == account
    assert refused(delete, user_id=user.id, external_account_id=account)[0] == 404
    assert get(user_id=user.id, provider="oauth_google") == []


def test_organizations_are_empty(clerk: Clerk) -> None:
    user = create(clerk)
    users = clerk.users
    assert users.get_organization_memberships(user_id=user.id).total_count == 0
    invitations = users.get_organization_invitations(user_id=user.id, status="pending")
    assert (invitations.data, invitations.total_count) == ([], 0)
    everyone = users.get_instance_organization_memberships(order_by="-created_at")
    assert (everyone.data, everyone.total_count) == ([], 0)
    assert refused(users.get_organization_invitations, user_id="user_none")[0] == 404
    assert refused(users.get_instance_organization_memberships, limit=0)[0] == 422
    with pytest.raises(SDKError) as info:
        users.get_organization_memberships(user_id="user_none")
    assert info.value.status_code == 404


def test_billing(clerk: Clerk) -> None:
    user = create(clerk)
    users = clerk.users
    assert refused(users.get_billing_subscription, user_id=user.id)[0] == 404
    assert users.get_billing_credit_balance(user_id=user.id).balance is None
    adjust = users.adjust_billing_credit_balance
    given = {"user_id": user.id, "amount": 1250, "action": "increase", "idempotency_key": "one"}
    entry = adjust(**given, note="welcome")
    assert (entry.amount.amount, entry.amount.amount_formatted) == (1250, "12.50")
    assert (entry.payer_id, entry.note) == (user.id, "welcome")
    assert adjust(**given) == entry
    assert refused(adjust, **{**given, "amount": 1}) == (409, "resource_conflict")
    less = {**given, "action": "decrease", "amount": 250, "idempotency_key": "two"}
    assert adjust(**less).amount.amount == -250
    balance = users.get_billing_credit_balance(user_id=user.id).balance
    assert (balance.amount, balance.currency, balance.currency_symbol) == (1000, "USD", "$")
    too_much = {**less, "amount": 1001, "idempotency_key": "three"}
    assert refused(adjust, **too_much) == (422, "form_param_value_invalid")
    euros = {**given, "idempotency_key": "four", "currency": "EUR"}
    assert refused(adjust, **euros) == (422, "form_param_value_invalid")
    for call in (users.get_billing_subscription, users.get_billing_credit_balance):
        assert refused(call, user_id="user_none")[0] == 404
    assert refused(adjust, **{**given, "user_id": "user_none"})[0] == 404
