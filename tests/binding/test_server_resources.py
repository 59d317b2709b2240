"""The other resources of the embedded server: lists, domains, connections, templates, billing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkBaseError
from clerk_backend_api.utils import BackoffStrategy, RetryConfig

from clerk_c.testing import Server

# The reference touches deprecated fields of its own.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

ONCE = RetryConfig("backoff", BackoffStrategy(1, 1, 1, -1), False)
DAY = 24 * 60 * 60


@pytest.fixture
def clerk(reference: Clerk, server: Server) -> Clerk:
    return reference


@pytest.fixture
def user(clerk: Clerk) -> models.User:
    return clerk.users.create(email_address=["ada@example.com"], first_name="Ada")


def status(call: Any, **given: Any) -> int:
    with pytest.raises(ClerkBaseError) as info:
        call(**given)
    return info.value.status_code


def send(server: Server, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {server.secret_key}"}
    return httpx.request(method, server.url + path, json=body, headers=headers)


# What every resource does


def test_redirect_urls(clerk: Clerk) -> None:
    urls = clerk.redirect_urls
    made = [urls.create(request={"url": f"https://example.com/{n}"}) for n in range(3)]
    assert urls.get(id=made[0].id) == made[0]
    assert [u.id for u in urls.list()] == [u.id for u in reversed(made)]
    assert [u.id for u in urls.list(limit=1, offset=1)] == [made[1].id]
    assert len(urls.list(limit=1, paginated=False)) == 3
    assert status(urls.create, request={"url": made[0].url}) in (400, 422)
    assert status(urls.create, request={"url": "nonsense"}) in (400, 422)
    gone = urls.delete(id=made[0].id)
    assert (gone.object, gone.id, gone.deleted) == ("redirect_url", made[0].id, True)
    assert status(urls.get, id=made[0].id) == 404


@pytest.mark.parametrize(
    ("body", "code", "name"),
    [
        ({}, "form_param_missing", "name"),
        ({"name": 1}, "form_param_type_invalid", "name"),
        ({"name": "x", "extra": 1}, "form_param_unknown", "extra"),
        ({"name": "x" * 300}, "form_param_max_length_exceeded", "name"),
        ({"name": "x", "max_allowed_memberships": 1.5}, "form_param_type_invalid", None),
        ({"name": "x", "public_metadata": []}, "form_param_type_invalid", "public_metadata"),
        ({"name": "x", "created_at": "soon"}, "form_param_invalid_time", "created_at"),
        ({"name": "x", "created_at": "2099-01-01T00:00:00Z"}, "form_disallow_future_date", None),
    ],
)
def test_bodies_are_checked(server: Server, body: Any, code: str, name: str | None) -> None:
    answer = send(server, "POST", "/organizations", body)
    problem = answer.json()["errors"][0]
    assert (answer.status_code // 100, problem["code"]) == (4, code)
    assert name in (None, problem["meta"]["param_name"])
    assert send(server, "GET", "/organizations").json() == {"data": [], "total_count": 0}


def test_queries_are_checked(server: Server) -> None:
    for query in ("limit=0", "limit=501", "offset=-1", "limit=x", "order_by=data", "order_by=--"):
        assert send(server, "GET", f"/organizations?{query}").status_code in (400, 422), query
    assert send(server, "GET", "/waitlist_entries?status=none").status_code in (400, 422)
    assert send(server, "GET", "/organizations?query=%25").json()["total_count"] == 0


def test_bodies_of_another_form(server: Server) -> None:
    for body in ([], "text", None, 1):
        assert send(server, "POST", "/redirect_urls", body).status_code in (400, 422), body
    assert send(server, "POST", "/waitlist_entries/bulk", {}).status_code == 400


# Who may come in


def test_allowlist_and_blocklist(clerk: Clerk, server: Server) -> None:
    allow = clerk.allowlist_identifiers
    made = allow.create(request={"identifier": "a@example.com", "notify": True})
    assert made.identifier_type.value == "email_address"
    assert clerk.invitations.list()[0].id == made.invitation_id
    kinds = {"+15555550100": "phone_number", "*@example.com": "email_address"}
    for identifier, kind in {**kinds, "0x" + "1" * 40: "web3_wallet"}.items():
        blocked = clerk.blocklist_identifiers.create(request={"identifier": identifier})
        assert blocked.identifier_type.value == kind
    page = clerk.blocklist_identifiers.list()
    assert (page.total_count, len(page.data)) == (3, 3)
    assert status(allow.create, request={"identifier": "a@example.com"}) in (400, 422)
    assert status(allow.create, request={"identifier": "nobody"}) in (400, 422)
    assert allow.delete(identifier_id=made.id).deleted
    assert allow.list() == []
    assert status(allow.delete, identifier_id=made.id) == 404


def test_waitlist(clerk: Clerk, server: Server) -> None:
    entries = clerk.waitlist_entries
    made = entries.create(request={"email_address": "a@example.com"})
    assert entries.create(request={"email_address": "A@example.com"}).id == made.id
    others = [{"email_address": f"{n}@example.com", "notify": False} for n in range(2)]
    assert len(entries.bulk_create(request=others)) == 2
    assert status(entries.bulk_create, request=[others[0], others[0]]) in (400, 422)
    assert [m["slug"] for m in server.store.messages()] == ["waitlist_confirmation"]
    invited = entries.invite(waitlist_entry_id=made.id)
    assert (invited.status.value, invited.invitation.status.value) == ("invited", "pending")
    assert status(entries.delete, waitlist_entry_id=made.id) in (404, 409, 422)
    server.store.accept_invitation(invited.invitation.id)
    assert [e.id for e in entries.list(status="completed").data] == [made.id]
    last = entries.list(query="1@").data[0]
    assert entries.reject(waitlist_entry_id=last.id).status.value == "rejected"
    assert [e.email_address for e in entries.list(status="pending").data] == ["0@example.com"]
    assert entries.list(order_by="email_address").total_count == 3


# The instance


def test_domains_of_the_instance() -> None:
    with Server(environment="production") as server:
        given = {"bearer_auth": server.secret_key, "server_url": server.url}
        with Clerk(**given, retry_config=ONCE) as clerk:
            (primary,) = clerk.domains.list().data
            assert not primary.is_satellite
            made = clerk.domains.add(request={"name": "satellite.example.com"})
            assert (made.is_satellite, made.cname_targets[0].required) == (True, True)
            proxy = "https://example.com/__clerk"
            changed = clerk.domains.update(domain_id=made.id, proxy_url=proxy)
            assert changed.frontend_api_url == proxy
            check = clerk.proxy_checks.verify(request={"domain_id": made.id, "proxy_url": proxy})
            assert check.successful
            assert clerk.domains.list().total_count == 2
            assert status(clerk.domains.delete, domain_id=primary.id) == 403
            assert clerk.domains.delete(domain_id=made.id).deleted


def test_beta_settings_are_the_settings(clerk: Clerk, server: Server) -> None:
    given = {"restricted_to_allowlist": True, "from_email_address": "hello"}
    shown = clerk.beta_features.update_instance_settings(request=given)
    assert (shown.restricted_to_allowlist, shown.from_email_address) == (True, "hello")
    restrictions = clerk.instance_settings.update_restrictions(request={})
    assert restrictions.allowlist


def test_webhooks(clerk: Clerk) -> None:
    assert status(clerk.webhooks.generate_svix_auth_url) == 400
    first = clerk.webhooks.create_svix_app().svix_url
    second = clerk.webhooks.generate_svix_auth_url().svix_url
    assert first.partition("#")[0] == second.partition("#")[0]
    assert status(clerk.webhooks.create_svix_app) == 400
    clerk.webhooks.delete_svix_app()
    assert status(clerk.webhooks.delete_svix_app) == 400


def test_message_templates(clerk: Clerk, server: Server) -> None:
    get = clerk.email_sms_templates.get
    key = {"template_type": "email", "slug": "verification_code"}
    known = get(**key)
    assert (known.can_revert, known.delivered_by_clerk) == (False, True)
    changed = clerk.email_and_sms_templates.upsert(**key, subject="Hi {{otp_code}}", body="b")
    assert (changed.subject, changed.can_revert) == ("Hi {{otp_code}}", True)
    assert get(**key) == changed
    preview = send(server, "POST", "/templates/email/verification_code/preview", {"body": "{{x}}"})
    assert (preview.json()["subject"], preview.json()["body"]) == ("Hi 424242", "x")
    toggled = clerk.email_sms_templates.toggle_template_delivery(**key, delivered_by_clerk=False)
    assert (toggled.delivered_by_clerk, toggled.subject) == (False, "Hi {{otp_code}}")
    assert clerk.email_sms_templates.revert(**key) == known
    own = clerk.email_and_sms_templates.upsert(template_type="sms", slug="mine", body="Hello")
    assert own.can_delete
    slugs = [t.slug for t in clerk.email_sms_templates.list(template_type="sms")]
    assert slugs[-1] == "mine"
    assert status(get, template_type="email", slug="none") == 404


def test_testing_tokens_differ(clerk: Clerk, server: Server) -> None:
    one, two = (clerk.testing_tokens.create() for _ in range(2))
    assert one.token != two.token
    assert one.expires_at * 1000 > server.store.clock.now()


def test_agent_tasks(clerk: Clerk, user: models.User) -> None:
    given = {
        "permissions": "*",
        "agent_name": "helper",
        "task_description": "tidy up",
        "redirect_url": "https://example.com",
    }
    create = clerk.agent_tasks.create
    one = create(request={**given, "on_behalf_of": {"user_id": user.id}})
    two = create(request={**given, "on_behalf_of": {"identifier": "ADA@example.com"}})
    assert (one.agent_id == two.agent_id, one.agent_task_id == two.agent_task_id) == (True, False)
    assert clerk.agent_tasks.revoke(agent_task_id=one.agent_task_id).url is None
    assert status(clerk.agent_tasks.revoke, agent_task_id=one.agent_task_id) == 400
    assert status(create, request={**given, "on_behalf_of": {"user_id": "user_none"}}) in (404, 422)


# Enterprise


def test_saml_connections(clerk: Clerk) -> None:
    acme = clerk.organizations.create(request={"name": "Acme"})
    saml = clerk.saml_connections
    made = saml.create(
        request={
            "name": "Okta",
            "domain": "corp.example.com",
            "provider": "saml_okta",
            "organization_id": acme.id,
            "attribute_mapping": {"first_name": "fn"},
        }
    )
    assert (made.domains, made.active, made.attribute_mapping.first_name) == (
        ["corp.example.com"],
        False,
        "fn",
    )
    one = {"saml_connection_id": made.id}
    changed = saml.update(**one, active=True, domains=["a.example.com", "b.example.com"])
    assert (changed.active, changed.domain, changed.name) == (True, "a.example.com", "Okta")
    assert saml.get(**one) == changed
    again = {"name": "x", "domain": "b.example.com", "provider": "saml_custom"}
    assert status(saml.create, request=again) in (400, 409, 422)
    nowhere = {**again, "domain": "c.example.com", "organization_id": "org_none"}
    assert status(saml.create, request=nowhere) in (400, 404, 422)
    assert saml.list(organization_id=[acme.id]).total_count == 1
    assert saml.list(organization_id=[f"-{acme.id}"]).total_count == 0
    assert saml.delete(**one).deleted
    assert saml.list().total_count == 0


def test_enterprise_connections_and_directories(clerk: Clerk, server: Server) -> None:
    connections = clerk.enterprise_connections
    made = connections.create(
        request={
            "name": "Corp",
            "provider": "saml_okta",
            "domains": ["corp.example.com"],
            "active": True,
            "saml": {"idp_entity_id": "https://idp.example.com"},
        }
    )
    assert made.saml_connection.idp_entity_id == "https://idp.example.com"
    key = {"enterprise_connection_id": made.id}
    oidc = connections.create(
        request={
            "name": "OIDC",
            "provider": "oidc_custom",
            "domains": ["oidc.example.com"],
            "oidc": {"client_id": "abc"},
        }
    )
    assert (oidc.oauth_config.client_id, oidc.saml_connection) == ("abc", None)
    assert [c.id for c in connections.list(active=True).data] == [made.id]
    assert connections.create_test_run(**key).url.startswith(server.origin)
    runs = connections.list_test_runs(**key, status=["pending"])
    assert [run.connection_type.value for run in runs.data] == ["saml"]
    scim = clerk.scim_directories
    directory = scim.create(request={**key, "provider": "okta"})
    one = {"scim_directory_id": directory.id}
    assert scim.get(**one).api_key is None
    assert scim.rotate_api_key(**one).api_key != directory.api_key
    role = server.store.role_id("org:member")
    mapping = {"scim_group_id": "staff", "role_id": role}
    assert status(scim.create_group_role_mapping, **one, **mapping) in (400, 409, 422)
    scim.update(**one, group_role_mapping_enabled=True, attribute_mapping={"a": "b", "c": None})
    first = scim.create_group_role_mapping(**one, **mapping)
    assert (first.precedence, first.role.key) == (1, "org:member")
    groups = [{"scim_group_id": name, "role_id": role} for name in ("x", "y", "z")]
    scim.replace_group_role_mappings(**one, mappings=groups)
    listed = scim.list_group_role_mappings(**one)
    assert [(m.scim_group_id, m.precedence) for m in listed.data] == [("x", 1), ("y", 2), ("z", 3)]
    scim.delete_group_role_mapping(**one, mapping_id=listed.data[0].id)
    assert scim.list_group_role_mappings(**one).total_count == 2
    assert scim.get(**one).attribute_mapping == {"a": "b"}
    connections.delete(**key)
    assert scim.list().total_count == 0


# Billing


def test_subscriptions(clerk: Clerk, server: Server, user: models.User) -> None:
    billing = clerk.billing
    free, pro = server.store.add_plan("Free"), server.store.add_plan("Pro", 900)
    assert status(clerk.users.get_billing_subscription, user_id=user.id) == 404
    server.store.subscribe(user.id, free)
    item = server.store.subscribe(user.id, pro)
    shown = clerk.users.get_billing_subscription(user_id=user.id)
    assert [i.plan.name for i in shown.subscription_items] == ["Free", "Pro"]
    assert [i.id for i in billing.list_subscription_items().data] == [item]
    assert billing.list_subscription_items(include_free=True).total_count == 2
    (statement,) = billing.list_statements().data
    assert statement.totals.grand_total.amount == 900
    paid = billing.get_statement_payment_attempts(statement_id=statement.id)
    assert [(p.amount.amount, p.subscription_item_id) for p in paid.data] == [(900, item)]
    price = billing.create_price(plan_id=pro, amount=1500)
    old = next(p.id for p in billing.list_prices(plan_id=pro).data if p.is_default)
    moved = billing.create_price_transition(
        subscription_item_id=item, from_price_id=old, to_price_id=price.id
    )
    assert moved.transition.previous_subscription_item_id == item
    fresh = moved.subscription_item.id
    ended = billing.list_subscription_items(status="ended").data
    assert [i.id for i in ended] == [item]
    gone = billing.cancel_subscription_item(subscription_item_id=fresh)
    assert (gone.status.value, gone.canceled_at is None) == ("canceled", False)
    clerk.users.delete(user_id=user.id)
    assert billing.list_subscription_items(include_free=True).total_count == 0


def test_free_trials(clerk: Clerk, server: Server, user: models.User) -> None:
    item = server.store.subscribe(user.id, server.store.add_plan("Pro", 900), trial_days=7)
    extend = clerk.billing.extend_subscription_item_free_trial
    longer = extend(subscription_item_id=item, extend_to="2099-01-01T00:00:00Z")
    assert longer.period_end == 4070908800000
    assert status(extend, subscription_item_id=item, extend_to="2026-01-01T00:00:00Z") == 422
    listed = clerk.billing.list_subscription_items(status="free_trial")
    assert [i.id for i in listed.data] == [item]
    assert clerk.billing.list_statements().total_count == 0


def test_credits_of_an_organization(clerk: Clerk) -> None:
    acme = clerk.organizations.create(request={"name": "Acme"})
    key = {"organization_id": acme.id}
    adjust = clerk.organizations.adjust_billing_credit_balance
    entry = adjust(**key, amount=500, action="increase", idempotency_key="one")
    assert (entry.payer_id, entry.amount.amount) == (acme.id, 500)
    assert adjust(**key, amount=500, action="increase", idempotency_key="one").id == entry.id
    adjust(**key, amount=200, action="decrease", idempotency_key="two")
    balance = clerk.organizations.get_billing_credit_balance(**key).balance
    assert balance.amount == 300
    lower = {"amount": 301, "action": "decrease", "idempotency_key": "three"}
    assert status(adjust, **key, **lower) in (400, 422)


# Phone numbers


def test_phone_numbers(clerk: Clerk, server: Server, user: models.User) -> None:
    phones = clerk.phone_numbers
    made = phones.create(request={"user_id": user.id, "phone_number": "+15555550123"})
    key = {"phone_number_id": made.id}
    proof = phones.prepare_verification(**key)
    assert (proof.strategy, proof.status) == ("phone_code", "unverified")
    done = phones.attempt_verification(**key, verification_id=proof.id, code="424242")
    assert done.status == "verified"
    changed = phones.update(**key, primary=True, reserved_for_second_factor=True)
    assert (changed.reserved_for_second_factor, changed.default_second_factor) == (True, True)
    owner = clerk.users.get(user_id=user.id)
    assert (owner.primary_phone_number_id, owner.two_factor_enabled) == (made.id, True)
    other = phones.replace_for_user(user_id=user.id, phone_number="+15555550124")
    assert status(phones.get, **key) == 404
    assert clerk.users.get(user_id=user.id).primary_phone_number_id == other.id
    assert phones.delete(phone_number_id=other.id).deleted
