"""E-mail addresses and invitations of the embedded server, through the reference client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkErrors, SDKError

from clerk_c.testing import Server

pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

DAY = 24 * 60 * 60


@pytest.fixture
def clerk(reference: Clerk, server: Server) -> Clerk:
    return reference


@pytest.fixture
def user(clerk: Clerk) -> models.User:
    return clerk.users.create(email_address=["ada@example.com"])


def refused(call: Callable[..., Any], **given: Any) -> tuple[int, str]:
    with pytest.raises(ClerkErrors) as info:
        call(**given)
    return info.value.status_code, info.value.data.errors[0].code


# E-mail addresses


def add(clerk: Clerk, user: models.User, address: str, **more: Any) -> models.EmailAddress:
    request = {"user_id": user.id, "email_address": address, **more}
    return clerk.email_addresses.create(request=request)


def test_create_and_get(clerk: Clerk, user: models.User) -> None:
    plain = add(clerk, user, "second@example.com")
    assert plain.verification is None
    assert clerk.email_addresses.get(email_address_id=plain.id) == plain
    first = add(clerk, user, "third@example.com", verified=True, primary=True)
    assert first.verification.strategy == "admin"
    later = clerk.users.get(user_id=user.id)
    assert later.primary_email_address_id == first.id
    assert [e.id for e in later.email_addresses] == [
        user.email_addresses[0].id,
        plain.id,
        first.id,
    ]


def test_create_refuses(clerk: Clerk, user: models.User) -> None:
    create = clerk.email_addresses.create
    for request, expected in (
        ({"user_id": "user_none", "email_address": "a@example.com"}, (404, "resource_not_found")),
        ({"user_id": user.id, "email_address": "?"}, (422, "form_param_format_invalid")),
        (
            {"user_id": user.id, "email_address": "ADA@example.com"},
            (422, "form_identifier_exists"),
        ),
        (
            {"user_id": user.id, "email_address": "b@example.com", "primary": True},
            (422, "form_param_value_invalid"),
        ),
    ):
        assert refused(create, request=request) == expected


def test_unverified_addresses_may_be_shared(clerk: Clerk, user: models.User) -> None:
    other = clerk.users.create(username="other")
    one = add(clerk, user, "shared@example.com")
    two = add(clerk, other, "shared@example.com")
    clerk.email_addresses.update(email_address_id=two.id, verified=True)
    update = clerk.email_addresses.update
    with pytest.raises(SDKError) as info:
        update(email_address_id=one.id, verified=True)
    assert info.value.status_code == 422
    assert "form_identifier_exists" in info.value.body


def test_update(clerk: Clerk, user: models.User, server: Server) -> None:
    second = add(clerk, user, "second@example.com")
    update = clerk.email_addresses.update
    with pytest.raises(SDKError) as info:
        update(email_address_id=second.id, primary=True)
    assert info.value.status_code == 422
    changed = update(
        email_address_id=second.id,
        verified=True,
        primary=True,
        notify_primary_email_address_changed=True,
    )
    assert changed.verification.status == "verified"
    assert clerk.users.get(user_id=user.id).primary_email_address_id == second.id
    assert [m["recipient"] for m in server.store.messages()] == ["ada@example.com"]
    assert update(email_address_id=second.id, verified=False).verification is None
    assert refused(update, email_address_id="idn_none", verified=True)[0] == 404


def test_delete(clerk: Clerk, user: models.User, server: Server) -> None:
    first = user.email_addresses[0]
    second = add(clerk, user, "second@example.com", verified=True)
    delete = clerk.email_addresses.delete
    gone = delete(email_address_id=first.id)
    assert (gone.object, gone.id, gone.deleted) == ("email_address", first.id, True)
    assert clerk.users.get(user_id=user.id).primary_email_address_id == second.id
    assert refused(delete, email_address_id=first.id) == (404, "resource_not_found")
    assert refused(clerk.email_addresses.get, email_address_id=first.id)[0] == 404
    account = server.store.add_external_account(
        user.id, "oauth_google", "g-1", email_address="Second@example.com"
    )
    linked = clerk.email_addresses.get(email_address_id=second.id).linked_to
    assert [link.type for link in linked] == ["oauth_google"]
    assert refused(delete, email_address_id=second.id) == (409, "resource_conflict")
    update = clerk.email_addresses.update
    assert refused(update, email_address_id=second.id, verified=False)[0] == 409
    replace = clerk.email_addresses.replace_for_user
    assert refused(replace, user_id=user.id, email_address="new@example.com")[0] == 400
    clerk.users.delete_external_account(user_id=user.id, external_account_id=account)
    assert delete(email_address_id=second.id).deleted
    assert clerk.users.get(user_id=user.id).primary_email_address_id is None


def test_verification_by_code(clerk: Clerk, user: models.User, server: Server) -> None:
    email = add(clerk, user, "second@example.com")
    started = clerk.email_addresses.prepare_verification(email_address_id=email.id)
    assert (started.status, started.strategy, started.attempts) == ("unverified", "email_code", 0)
    (message,) = server.store.messages("second@example.com")
    given = {"email_address_id": email.id, "verification_id": started.id}
    attempt = clerk.email_addresses.attempt_verification
    wrong = f"{(int(message['code']) + 1) % 1_000_000:06}"
    assert attempt(**given, code=wrong).status == "unverified"
    done = attempt(**given, code=message["code"])
    assert (done.id, done.status, done.attempts) == (started.id, "verified", 2)
    proof = clerk.email_addresses.get(email_address_id=email.id).verification
    assert (proof.status, proof.strategy) == ("verified", "email_code")
    repeated = refused(attempt, **given, code=message["code"])
    assert repeated == (400, "verification_already_verified")
    other = {**given, "email_address_id": user.email_addresses[0].id}
    assert refused(attempt, **other, code="1")[0] == 404


def test_verification_fails_and_expires(clerk: Clerk, user: models.User, server: Server) -> None:
    email = add(clerk, user, "second@example.com")
    prepare = clerk.email_addresses.prepare_verification
    attempt = clerk.email_addresses.attempt_verification
    first = prepare(email_address_id=email.id)
    given = {"email_address_id": email.id, "verification_id": first.id}
    code = server.store.messages()[-1]["code"]
    states = [attempt(**given, code="no").status for _ in range(3)]
    assert states == ["unverified", "unverified", "failed"]
    assert attempt(**given, code=code).status == "failed"
    second = prepare(email_address_id=email.id)
    server.store.clock.advance(601)
    code = server.store.messages()[-1]["code"]
    late = attempt(email_address_id=email.id, verification_id=second.id, code=code)
    assert (late.status, late.attempts) == ("expired", 0)
    assert clerk.email_addresses.get(email_address_id=email.id).verification is None
    assert refused(prepare, email_address_id="idn_none")[0] == 404


def test_fixed_code_of_test_mode(clerk: Clerk, user: models.User) -> None:
    email = add(clerk, user, "second+clerk_test@example.com")
    started = clerk.email_addresses.prepare_verification(email_address_id=email.id)
    done = clerk.email_addresses.attempt_verification(
        email_address_id=email.id, verification_id=started.id, code="424242"
    )
    assert done.status == "verified"


@pytest.mark.parametrize("status", ["verified", "reserved", "unverified"])
def test_replace(clerk: Clerk, user: models.User, server: Server, status: str) -> None:
    add(clerk, user, "second@example.com")
    email = clerk.email_addresses.replace_for_user(
        user_id=user.id,
        email_address="new@example.com",
        identification_status=status,
        notify_primary_email_address_changed=True,
    )
    assert (email.verification is not None) == (status == "verified")
    assert email.reserved == (status == "reserved")
    later = clerk.users.get(user_id=user.id)
    assert later.email_addresses == [email]
    assert later.primary_email_address_id == email.id
    assert [m["recipient"] for m in server.store.messages()] == ["ada@example.com"]
    other = clerk.users.create(username="other")
    if status != "unverified":
        replace = clerk.email_addresses.replace_for_user
        taken = refused(replace, user_id=other.id, email_address="new@example.com")
        assert taken == (422, "form_identifier_exists")
        assert refused(replace, user_id="user_none", email_address="x@example.com")[0] == 404


# Invitations


def invite(clerk: Clerk, address: str, **more: Any) -> models.Invitation:
    return clerk.invitations.create(request={"email_address": address, **more})


def addresses(clerk: Clerk, **given: Any) -> list[str]:
    return [item.email_address.partition("@")[0] for item in clerk.invitations.list(**given)]


def test_invite_and_accept(clerk: Clerk, server: Server) -> None:
    import httpx

    redirect = "https://app.example.com/welcome?a=1"
    metadata = {"team": "red"}
    sent = invite(clerk, "new@example.com", public_metadata=metadata, redirect_url=redirect)
    assert (sent.status, sent.public_metadata, sent.revoked) == ("pending", metadata, False)
    assert sent.expires_at - sent.created_at == 30 * DAY * 1000
    (message,) = server.store.messages("new@example.com")
    assert message["invitation_id"] == sent.id
    followed = httpx.get(sent.url)
    assert followed.status_code == 303
    location = f"{redirect}&__clerk_ticket={sent.id}&__clerk_status=sign_up"
    assert followed.headers["location"] == location
    user = clerk.users.get(user_id=server.store.accept_invitation(sent.id))
    assert user.public_metadata == metadata
    assert user.email_addresses[0].verification.strategy == "ticket"
    assert [i.status for i in clerk.invitations.list(status="accepted")] == ["accepted"]
    assert httpx.get(sent.url).status_code == 400
    revoke = clerk.invitations.revoke
    assert refused(revoke, invitation_id=sent.id) == (400, "invitation_already_accepted")


def test_invitations_are_not_repeated(clerk: Clerk, user: models.User) -> None:
    create = clerk.invitations.create
    invite(clerk, "new@example.com", notify=False)
    request = {"email_address": "NEW@example.com"}
    assert refused(create, request=request) == (400, "duplicate_record")
    assert invite(clerk, "new@example.com", ignore_existing=True).status == "pending"
    request = {"email_address": "ada@example.com"}
    assert refused(create, request=request) == (422, "form_identifier_exists")
    assert invite(clerk, "ada@example.com", ignore_existing=True).status == "pending"


def test_invitation_refused(clerk: Clerk, server: Server) -> None:
    create = clerk.invitations.create
    for request, code in (
        ({"email_address": "?"}, "form_param_format_invalid"),
        ({"email_address": "a@example.com", "expires_in_days": 0}, "form_param_value_invalid"),
        (
            {"email_address": "a@example.com", "redirect_url": "javascript:alert(1)"},
            "form_param_format_invalid",
        ),
    ):
        assert refused(create, request=request) == (422, code)
    assert server.store.messages() == []


def test_expired_invitation(clerk: Clerk, server: Server) -> None:
    sent = invite(clerk, "new@example.com", expires_in_days=2)
    server.store.clock.advance(2 * DAY + 1)
    (listed,) = clerk.invitations.list()
    assert (listed.id, listed.status, listed.url) == (sent.id, "expired", None)
    assert addresses(clerk, status="pending") == []
    assert addresses(clerk, status="expired") == ["new"]
    assert invite(clerk, "new@example.com").status == "pending"


def test_revoke(clerk: Clerk) -> None:
    sent = invite(clerk, "new@example.com")
    revoke = clerk.invitations.revoke
    gone = revoke(invitation_id=sent.id)
    assert (gone.id, gone.status, gone.REVOKED) == (sent.id, "revoked", True)
    assert addresses(clerk) == []
    assert addresses(clerk, status="revoked") == ["new"]
    assert refused(revoke, invitation_id=sent.id) == (400, "invitation_already_revoked")
    assert refused(revoke, invitation_id="inv_none") == (404, "resource_not_found")
    assert invite(clerk, "new@example.com").status == "pending"


def test_bulk(clerk: Clerk, user: models.User) -> None:
    create = clerk.invitations.bulk_create
    items = [{"email_address": f"n{index}@example.com"} for index in range(10)]
    assert [i.email_address for i in create(request=items)] == [i["email_address"] for i in items]
    many = [{"email_address": f"m{index}@example.com"} for index in range(11)]
    assert refused(create, request=many) == (400, "bulk_size_exceeded")
    mixed = [{"email_address": "fresh@example.com"}, {"email_address": "n1@example.com"}]
    assert refused(create, request=mixed) == (400, "duplicate_record")
    assert "fresh" not in addresses(clerk, limit=500)
    existing = [{"email_address": "ada@example.com", "ignore_existing": True}]
    assert refused(create, request=existing) == (422, "form_identifier_exists")
    twice = [{"email_address": "twice@example.com"}] * 2
    assert refused(create, request=twice) == (400, "duplicate_record")
    assert refused(create, request=[]) == (400, "request_body_invalid")


def test_list(clerk: Clerk) -> None:
    for index, name in enumerate(("bob", "cid", "amy")):
        invite(clerk, f"{name}@example.com", expires_in_days=9 - index)
    assert addresses(clerk) == ["amy", "cid", "bob"]
    assert addresses(clerk, order_by="created_at") == ["bob", "cid", "amy"]
    assert addresses(clerk, order_by="email_address") == ["amy", "bob", "cid"]
    assert addresses(clerk, order_by="+expires_at") == ["amy", "cid", "bob"]
    assert addresses(clerk, limit=1, offset=1) == ["cid"]
    assert addresses(clerk, limit=1, paginated=False) == ["amy", "cid", "bob"]
    assert addresses(clerk, query="Y@EX") == ["amy"]
    sent = clerk.invitations.list()[0]
    assert addresses(clerk, query=sent.id) == ["amy"]
    with pytest.raises(SDKError) as info:
        clerk.invitations.list(order_by="status")
    assert info.value.status_code == 422
