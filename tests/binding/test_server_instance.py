"""Clients and settings of the embedded server's instance, through the reference client."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest
from clerk_backend_api import (
    Clerk,
    clients,
    emailaddresses,
    instancesettings_sdk,
    invitations,
    users,
)
from clerk_backend_api.models import ClerkErrors, SDKError

from clerk_c.testing import Server
from clerk_c.testing.errors import ApiError
from clerk_c.testing.routes import ROUTES

# The reference marks the list of clients and a setting as deprecated.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*DEPRECATED:DeprecationWarning", "ignore:.*deprecated:DeprecationWarning"
)


@pytest.fixture
def clerk(reference: Clerk, server: Server) -> Clerk:
    return reference


def refused(call: Callable[..., Any], **given: Any) -> tuple[int, str]:
    with pytest.raises(ClerkErrors) as info:
        call(**given)
    return info.value.status_code, info.value.data.errors[0].code


def test_every_operation_of_the_five_groups_has_a_route() -> None:
    pattern = re.compile(r'_build_request\(\s*method="(\w+)",\s*path="([^"]+)"')

    def shape(method: str, path: str) -> tuple[str, str]:
        return method, re.sub(r"{\w+}", "{}", path)

    wanted = set()
    for module in (users, emailaddresses, invitations, clients, instancesettings_sdk):
        wanted |= {shape(*found) for found in pattern.findall(inspect.getsource(module))}
    assert len(wanted) == 62
    assert wanted <= {shape(method, path) for method, path, _ in ROUTES}


# Clients


def test_clients(clerk: Clerk, server: Server) -> None:
    user = clerk.users.create(username="ada_lovelace")
    assert clerk.clients.list() == []
    first = server.store.sign_in(user.id, strategy="email_code")
    second = server.store.sign_in(user.id)
    again = server.store.sign_in(user.id, client_id=first["client_id"])
    listed = clerk.clients.list()
    assert [client.id for client in listed] == [second["client_id"], first["client_id"]]
    client = clerk.clients.get(client_id=first["client_id"])
    assert client == listed[1]
    assert client.session_ids == [first["session_id"], again["session_id"]]
    assert client.last_active_session_id == again["session_id"]
    assert client.last_authentication_strategy == "password"
    assert [(s.user_id, s.status) for s in client.sessions] == [(user.id, "active")] * 2
    assert clerk.users.get(user_id=user.id).last_sign_in_at is not None
    assert len(clerk.clients.list(limit=1)) == 1
    assert len(clerk.clients.list(limit=1, paginated=False)) == 2
    assert refused(clerk.clients.list, limit=0) == (422, "form_param_value_invalid")
    assert refused(clerk.clients.get, client_id="client_none") == (404, "resource_not_found")


def test_sessions_expire(clerk: Clerk, server: Server) -> None:
    user = clerk.users.create(username="ada_lovelace")
    client_id = server.store.sign_in(user.id)["client_id"]
    server.store.clock.advance(8 * 24 * 60 * 60)
    assert clerk.clients.get(client_id=client_id).sessions[0].status == "expired"


def test_nobody_signs_in_while_banned_or_locked(clerk: Clerk, server: Server) -> None:
    user = clerk.users.create(username="ada_lovelace", banned=True)
    with pytest.raises(ApiError, match="user_banned"):
        server.store.sign_in(user.id)
    clerk.users.unban(user_id=user.id)
    clerk.users.lock(user_id=user.id)
    with pytest.raises(ApiError, match="user_locked"):
        server.store.sign_in(user.id)
    server.store.clock.advance(3601)
    assert server.store.sign_in(user.id)["session_id"].startswith("sess_")
    assert len(clerk.clients.list()) == 1


def test_verify_client(clerk: Clerk, server: Server) -> None:
    user = clerk.users.create(username="ada_lovelace")
    session = server.store.sign_in(user.id)
    verify = clerk.clients.verify
    assert verify(request={"token": session["token"]}).id == session["client_id"]
    head, claims, signature = session["token"].split(".")
    changed = "A" if signature[0] != "A" else "B"
    for token in ("x", "a.b.c", "..", f"{head}.{claims}.{changed}{signature[1:]}", "é.é.é"):
        assert refused(verify, request={"token": token}) == (400, "cookie_invalid")
    assert refused(verify, request={"token": ""}) == (400, "form_param_missing")
    stale = server.store.client_token(session["client_id"], seconds=60)
    foreign = server.store.client_token("client_none")
    assert refused(verify, request={"token": foreign}) == (404, "resource_not_found")
    server.store.clock.advance(61)
    assert refused(verify, request={"token": stale}) == (400, "cookie_invalid")


# Settings


def test_instance(clerk: Clerk, server: Server) -> None:
    settings = clerk.instance_settings
    instance = settings.get()
    assert instance.id == server.store.instance_id
    assert (instance.environment_type, instance.allowed_origins) == ("development", None)
    origins = ["chrome-extension://abc", "http://localhost:3000"]
    settings.update(
        request={
            "test_mode": False,
            "support_email": "help@example.com",
            "allowed_origins": origins,
            "url_based_session_syncing": False,
            "preferred_sign_in_strategy_when_password_required": "otp",
        }
    )
    assert settings.get().allowed_origins == origins
    for request, code in (
        ({"allowed_origins": ["https://example.com"]}, "form_invalid_origin"),
        ({"allowed_origins": ["nothing"]}, "form_invalid_origin"),
        ({"support_email": "nobody"}, "form_param_format_invalid"),
    ):
        assert refused(settings.update, request=request) == (422, code)
    assert settings.get().allowed_origins == origins


def test_test_mode_governs_fixed_codes(clerk: Clerk, server: Server) -> None:
    clerk.instance_settings.update(request={"test_mode": False})
    user = clerk.users.create(email_address=["ada+clerk_test@example.com"])
    email_id = user.email_addresses[0].id
    codes = set()
    for _ in range(4):
        clerk.email_addresses.prepare_verification(email_address_id=email_id)
        codes.add(server.store.messages()[-1]["code"])
    assert codes != {"424242"}


def test_restrictions(clerk: Clerk) -> None:
    update = clerk.instance_settings.update_restrictions
    assert not update(request={}).blocklist
    changed = update(request={"blocklist": True, "block_disposable_email_domains": True})
    assert (changed.blocklist, changed.block_disposable_email_domains) == (True, True)
    kept = update(request={"blocklist": False})
    assert (kept.blocklist, kept.block_disposable_email_domains) == (False, True)


def test_communication(clerk: Clerk) -> None:
    settings = clerk.instance_settings
    assert settings.get_communication().blocked_country_codes == []
    codes = ["de", "FR", "ZZ", "DE", "nowhere"]
    changed = settings.update_communication(request={"blocked_country_codes": codes})
    assert changed.blocked_country_codes == ["DE", "FR"]
    assert settings.update_communication(request={}) == changed
    assert settings.get_communication() == changed
    emptied = settings.update_communication(request={"blocked_country_codes": []})
    assert emptied.blocked_country_codes == []


def test_oauth_application_settings(clerk: Clerk) -> None:
    settings = clerk.instance_settings
    assert settings.get_o_auth_application_settings().default_scopes is None
    changed = settings.update_o_auth_application_settings(
        request={"dynamic_oauth_client_registration": True, "default_scopes": ["email"]}
    )
    assert changed.dynamic_oauth_client_registration
    assert settings.get_o_auth_application_settings() == changed
    cleared = settings.update_o_auth_application_settings(request={"default_scopes": None})
    assert cleared.default_scopes is None
    assert cleared.dynamic_oauth_client_registration


def test_organization_settings(clerk: Clerk, server: Server) -> None:
    settings = clerk.instance_settings
    assert not settings.get_organization_settings().enabled
    update = settings.update_organization_settings
    changed = update(
        request={
            "enabled": True,
            "max_allowed_memberships": 50,
            "domains_enrollment_modes": ["automatic_invitation"],
            "creator_role_id": server.store.role_id("org:member"),
            "domains_default_role_id": "org:admin",
        }
    )
    assert (changed.enabled, changed.max_allowed_memberships) == (True, 50)
    assert (changed.creator_role, changed.domains_default_role) == ("org:member", "org:admin")
    assert changed.domains_enrollment_modes == ["automatic_invitation"]
    assert settings.get_organization_settings() == changed
    assert refused(update, request={"creator_role_id": "role_none"}) == (404, "resource_not_found")
    request = {"domains_enrollment_modes": ["by_post"]}
    assert refused(update, request=request) == (422, "form_param_value_invalid")


def test_protect(clerk: Clerk) -> None:
    settings = clerk.instance_settings
    assert not settings.get_instance_protect().rules_enabled
    changed = settings.update_instance_protect(request={"rules_enabled": True})
    assert (changed.rules_enabled, changed.specter_enabled) == (True, False)
    assert settings.get_instance_protect() == changed


def test_domain_of_a_development_instance(clerk: Clerk) -> None:
    change = clerk.instance_settings.change_domain
    request = {"home_url": "https://www.example.com"}
    assert refused(change, request=request) == (400, "domain_update_forbidden")
    assert refused(change, request={}) == (422, "form_param_missing")
    assert refused(change, request={"home_url": "nowhere"}) == (422, "form_param_format_invalid")


def test_domain_of_a_production_instance() -> None:
    with Server(environment="production") as server:
        assert server.secret_key.startswith("sk_live_")
        with Clerk(bearer_auth=server.secret_key, server_url=server.url) as clerk:
            assert clerk.instance_settings.get().environment_type == "production"
            user = clerk.users.create(username="ada_lovelace")
            client_id = server.store.sign_in(user.id)["client_id"]
            clerk.instance_settings.change_domain(
                request={"home_url": "https://www.example.com", "is_secondary": True}
            )
            assert clerk.clients.get(client_id=client_id).sessions[0].status == "revoked"


def test_errors_of_undocumented_statuses_are_told_apart(clerk: Clerk) -> None:
    with pytest.raises(SDKError) as info:
        clerk.users.count(request={}, http_headers={"Authorization": "Bearer other"})
    assert info.value.status_code == 401
