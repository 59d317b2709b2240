"""Keys of the embedded server: API keys, machines and their tokens, OAuth applications."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkBaseError
from clerk_backend_api.security import verify_token
from clerk_backend_api.security.types import TokenVerificationError, VerifyTokenOptions
from clerk_backend_api.utils import BackoffStrategy, RetryConfig

from clerk_c.testing import Server

# The reference touches deprecated fields of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

ONCE = RetryConfig("backoff", BackoffStrategy(1, 1, 1, -1), False)


def client(server: Server, key: str) -> Clerk:
    return Clerk(bearer_auth=key, server_url=server.url, retry_config=ONCE)


@pytest.fixture
def clerk(server: Server) -> Iterator[Clerk]:
    with client(server, server.secret_key) as made:
        yield made


@pytest.fixture
def user(clerk: Clerk) -> models.User:
    return clerk.users.create(email_address=["ada@example.com"])


def status(call: Any, **given: Any) -> int:
    with pytest.raises(ClerkBaseError) as info:
        call(**given)
    return info.value.status_code


def test_life_of_an_api_key(clerk: Clerk, server: Server, user: models.User) -> None:
    keys = clerk.api_keys
    made = keys.create_api_key(
        name="ci", subject=user.id, claims={"a": 1}, scopes=["read"], seconds_until_expiration=60
    )
    assert keys.get_api_key_secret(api_key_id=made.id).secret == made.secret
    shown = keys.verify_api_key(secret=made.secret)
    assert (shown.id, shown.claims, shown.scopes, shown.expired) == (
        made.id,
        {"a": 1},
        ["read"],
        False,
    )
    assert shown.last_used_at is not None
    changed = keys.update_api_key(api_key_id=made.id, scopes=["write"], description="for CI")
    assert (changed.scopes, changed.description, changed.expiration) == (
        ["write"],
        "for CI",
        made.expiration,
    )
    server.store.clock.advance(61)
    assert keys.get_api_key(api_key_id=made.id).expired
    assert status(keys.verify_api_key, secret=made.secret) == 400
    other = keys.create_api_key(name="other", subject=user.id)
    assert [key.id for key in keys.get_api_keys(subject=user.id).data] == [other.id]
    assert keys.get_api_keys(subject=user.id, include_invalid="true").total_count == 2
    gone = keys.revoke_api_key(api_key_id=other.id, revocation_reason="lost")
    assert (gone.revoked, gone.revocation_reason) == (True, "lost")
    assert status(keys.verify_api_key, secret=other.secret) == 400
    assert status(keys.verify_api_key, secret="ak_none") == 404
    assert keys.delete_api_key(api_key_id=made.id).id == made.id
    assert status(keys.get_api_key, api_key_id=made.id) == 404
    clerk.users.delete(user_id=user.id)
    assert status(keys.get_api_key, api_key_id=other.id) == 404


def test_keys_of_organizations(clerk: Clerk, user: models.User) -> None:
    acme = clerk.organizations.create(request={"name": "Acme", "created_by": user.id})
    made = clerk.api_keys.create_api_key(name="k", subject=acme.id, created_by=user.id)
    assert clerk.api_keys.get_api_keys(subject=acme.id).data[0].id == made.id
    assert status(clerk.api_keys.create_api_key, name="k", subject="org_none") == 404


def test_machine_tokens(clerk: Clerk, server: Server) -> None:
    worker = clerk.machines.create(request={"name": "worker", "default_token_ttl": 60})
    api = clerk.machines.create(request={"name": "api", "scoped_machines": [worker.id]})
    other = clerk.machines.create(request={"name": "other"})
    assert [machine.id for machine in api.scoped_machines] == [worker.id]
    with client(server, api.secret_key) as own:
        made = own.m2m.create_token(claims={"job": 1})
        assert (made.subject, made.claims, made.scopes) == (api.id, {"job": 1}, [api.id, worker.id])
        again = own.m2m.create_token(claims={"job": 1}, min_remaining_ttl_seconds=30)
        assert again.token == made.token
        assert own.m2m.create_token(claims={"job": 2}).token != made.token
        assert own.m2m.list_tokens(subject=api.id).total_count == 2
        assert status(own.m2m.list_tokens, subject=worker.id) == 403
        assert status(own.users.count) == 401
    with client(server, worker.secret_key) as scoped:
        assert scoped.m2m.verify_token(token=made.token).id == made.id
    with client(server, other.secret_key) as foreign:
        assert status(foreign.m2m.verify_token, token=made.token) == 404
        assert status(foreign.m2m.revoke_token, m2m_token_id=made.id) == 404
    assert status(clerk.m2m.create_token) == 401
    assert clerk.m2m.revoke_token(m2m_token_id=made.id).revoked
    assert status(clerk.m2m.verify_token, token=made.token) == 400
    assert clerk.m2m.list_tokens(subject=api.id, revoked=True).total_count == 1
    server.store.clock.advance(3700)
    assert clerk.m2m.list_tokens(subject=api.id, expired=True).total_count == 1
    assert clerk.m2m.list_tokens(subject=api.id).total_count == 0


def test_machine_tokens_that_anybody_can_read(clerk: Clerk, server: Server) -> None:
    machine = clerk.machines.create(request={"name": "worker"})
    with client(server, machine.secret_key) as own:
        made = own.m2m.create_token(token_format="jwt", claims={"job": 1})
    assert made.token.count(".") == 2
    assert clerk.m2m.verify_token(token=made.token).id == made.id


def test_secret_keys_are_rotated(clerk: Clerk, server: Server) -> None:
    machine = clerk.machines.create(request={"name": "worker"})
    rotate = clerk.machines.rotate_secret_key
    fresh = rotate(machine_id=machine.id, previous_token_ttl=60).secret
    assert clerk.machines.get_secret_key(machine_id=machine.id).secret == fresh
    for key in (machine.secret_key, fresh):
        with client(server, key) as own:
            assert own.m2m.create_token().subject == machine.id
    server.store.clock.advance(61)
    with client(server, machine.secret_key) as late:
        assert status(late.m2m.create_token) == 401


def test_machines(clerk: Clerk) -> None:
    machines = clerk.machines
    one, two = (machines.create(request={"name": name}) for name in ("one", "two"))
    assert [m.name for m in machines.list(order_by="name").data] == ["one", "two"]
    assert [m.id for m in machines.list(query="tw").data] == [two.id]
    scope = {"machine_id": one.id, "to_machine_id": two.id}
    assert machines.create_scope(**scope).to_machine_id == two.id
    assert status(machines.create_scope, **scope) in (409, 422)
    assert status(machines.create_scope, machine_id=one.id, to_machine_id=one.id) == 422
    assert machines.update(machine_id=one.id, name="first").scoped_machines[0].id == two.id
    machines.delete(machine_id=two.id)
    assert machines.get(machine_id=one.id).scoped_machines == []
    assert status(machines.delete_scope, machine_id=one.id, other_machine_id=two.id) == 404


def test_oauth_applications(clerk: Clerk, server: Server, user: models.User) -> None:
    apps = clerk.oauth_applications
    made = apps.create(request={"name": "App", "redirect_uris": ["https://example.com/cb"]})
    assert (made.callback_url, made.scopes, made.public) == (
        "https://example.com/cb",
        "profile email",
        False,
    )
    assert "client_secret" not in apps.get(oauth_application_id=made.id).model_dump()
    one = {"oauth_application_id": made.id}
    assert apps.rotate_secret(**one).client_secret != made.client_secret
    changed = apps.update(**one, name="Renamed", scopes="profile")
    assert (changed.name, changed.scopes, changed.client_id) == (
        "Renamed",
        "profile",
        made.client_id,
    )
    assert apps.list(name_query="ren").total_count == 1
    token = server.store.add_oauth_token(made.id, user.id, scopes=["profile"])
    verify = clerk.oauth_access_tokens.verify
    shown = verify(access_token=token)
    assert (shown.subject, shown.client_id, shown.scopes) == (user.id, made.client_id, ["profile"])
    assert apps.revoke_token(**one, token=token) is None
    assert status(verify, access_token=token) == 400
    assert status(verify, access_token="oat_none") == 404
    brief = server.store.add_oauth_token(made.id, user.id, seconds=1)
    server.store.clock.advance(2)
    assert status(verify, secret=brief) == 400
    assert apps.delete(**one).deleted
    assert status(verify, access_token=token) == 404


# It leaves its connections for the garbage collector, which has to come by while this holds.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_reference_verifies_machine_tokens(
    clerk: Clerk, server: Server, user: models.User
) -> None:
    """By paths that have no version in them."""
    key = clerk.api_keys.create_api_key(name="k", subject=user.id)
    app = clerk.oauth_applications.create(request={"name": "App"})
    machine = clerk.machines.create(request={"name": "worker"})
    with client(server, machine.secret_key) as own:
        token = own.m2m.create_token().token
    options = VerifyTokenOptions(secret_key=server.secret_key, api_url=server.origin)
    granted = server.store.add_oauth_token(app.id, user.id)
    for secret, subject in ((key.secret, user.id), (token, machine.id), (granted, user.id)):
        assert verify_token(secret, options)["subject"] == subject
        with pytest.raises(TokenVerificationError):
            verify_token(secret[:-4] + "none", options)
    gc.collect()


def test_other_keys_are_refused(server: Server) -> None:
    for key in ("ak_none", "sk_test_none", ""):
        for path in ("/v1/m2m_tokens?subject=a", "/m2m_tokens/verify", "/v1/m2m_tokensX"):
            answer = httpx.get(server.origin + path, headers={"authorization": f"Bearer {key}x"})
            assert answer.status_code in (401, 404)
            assert answer.status_code == 401 or path.endswith("X")


def test_admin_portal_links(clerk: Clerk, user: models.User) -> None:
    acme = clerk.organizations.create(request={"name": "Acme"})
    links = clerk.admin_portal_link_tokens
    made = links.create_admin_portal_link_token(organization_id=acme.id, scopes=["sso"])
    assert (made.organization_id, made.scopes, made.expired) == (acme.id, ["sso"], False)
    revoke = links.revoke_admin_portal_link_token
    gone = revoke(admin_portal_link_token_id=made.id, revocation_reason="done")
    assert (gone.revoked, gone.revocation_reason) == (True, "done")
