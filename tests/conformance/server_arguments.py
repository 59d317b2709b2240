"""What every operation of the reference needs to be called, by the names of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from server_world import World

from clerk_c.testing import credentials

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
IMAGE = {"file_name": "logo.png", "content": PNG, "content_type": "image/png"}
LATER = "2099-01-01T00:00:00Z"

Maker = Callable[[World], Any]

# Arguments by the name of their parameter or field.
BY_NAME: dict[str, Maker] = {
    "user_id": lambda w: w.user.id,
    "user_ids": lambda w: [w.user.id],
    "organization_id": lambda w: w.organization.id,
    "email_address": lambda w: "fresh@example.com",
    "phone_number": lambda w: "+15555550199",
    "email_address_id": lambda w: w.email.id,
    "phone_number_id": lambda w: w.phone.id,
    "session_id": lambda w: w.session["session_id"],
    "client_id": lambda w: w.session["client_id"],
    "template_name": lambda w: w.jwt_template().name,
    "template_type": lambda w: "email",
    "slug": lambda w: "verification_code",
    "role": lambda w: "org:member",
    "identifier": lambda w: "someone@example.com",
    "machine_id": lambda w: w.machine.id,
    "to_machine_id": lambda w: w.other_machine.id,
    "previous_token_ttl": lambda w: 60,
    "api_key_id": lambda w: w.api_key.id,
    "secret": lambda w: w.api_key.secret,
    "subject": lambda w: w.user.id,
    "m2m_token_id": lambda w: w.m2m_token.id,
    "oauth_application_id": lambda w: w.application.id,
    "enterprise_connection_id": lambda w: w.connection.id,
    "scim_directory_id": lambda w: w.directory.id,
    "mapping_id": World.mapping,
    "role_id": lambda w: w.store.role_id("org:member"),
    "organization_role_id": lambda w: w.role.id,
    "permission_id": lambda w: w.permission.id,
    "role_set_key_or_id": lambda w: w.role_set.key,
    "default_role_key": lambda w: "org:member",
    "creator_role_key": lambda w: "org:admin",
    "roles": lambda w: ["org:admin", "org:member"],
    "role_keys": lambda w: [w.role.key],
    "dest_role_set_key": lambda w: "role_set:default",
    "role_key": lambda w: "org:member",
    "to_role_key": lambda w: "org:admin",
    "plan_id": lambda w: w.plan,
    "statement_id": World.statement,
    "subscription_item_id": lambda w: w.paid,
    "from_price_id": lambda w: w.clerk.billing.list_prices(plan_id=w.plan).data[-1].id,
    "to_price_id": lambda w: w.price.id,
    "extend_to": lambda w: LATER,
    "actor": lambda w: {"sub": w.other_user.id},
    "on_behalf_of": lambda w: {"user_id": w.user.id},
    "file": lambda w: IMAGE,
    "provider": lambda w: "saml_custom",
    "domain": lambda w: "corp.example.org",
    "domains": lambda w: ["corp.example.org"],
    "claims": lambda w: {"plan": "pro"},
    "redirect_url": lambda w: "https://example.com/after",
    "url": lambda w: "https://example.com/callback",
    "home_url": lambda w: "https://example.com",
    "expired_token": World.expired_token,
    "refresh_token": lambda w: w.store.refresh_token(w.session["session_id"]),
    "request_origin": lambda w: "https://example.com",
    "password": lambda w: "correct horse battery",
    "sign_in_token_id": lambda w: w.made("sign_in_tokens", user_id=w.user.id),
    "actor_token_id": lambda w: w.made(
        "actor_tokens", user_id=w.user.id, actor={"sub": w.other_user.id}
    ),
    "agent_task_id": lambda w: w.made(
        "agent_tasks",
        field="agent_task_id",
        on_behalf_of={"user_id": w.user.id},
        permissions="*",
        agent_name="helper",
        task_description="tidy up",
        redirect_url="https://example.com",
    ),
    "waitlist_entry_id": lambda w: w.made("waitlist_entries", email_address="later@example.com"),
    "saml_connection_id": lambda w: w.made(
        "saml_connections", name="c", provider="saml_custom", domain="saml.example.com"
    ),
    "template_id": lambda w: w.jwt_template().id,
    "admin_portal_link_token_id": lambda w: (
        w.clerk.admin_portal_link_tokens.create_admin_portal_link_token().id
    ),
    "trusted_device_id": lambda w: w.store.add_trusted_device(w.user.id, platform="ios"),
    "passkey_identification_id": lambda w: w.store.add_passkey(w.user.id),
    "web3_wallet_identification_id": lambda w: w.user.web3_wallets[0].id,
    "external_account_id": lambda w: w.store.add_external_account(w.user.id, "oauth_google", "1"),
    "proxy_url": lambda w: "https://example.com/__clerk",
    "order_by": lambda w: "-created_at",
    "active_organization_id": lambda w: w.organization.id,
    "org_id": lambda w: w.organization.id,
    "inviter_user_id": lambda w: w.user.id,
    "requesting_user_id": lambda w: w.user.id,
    "created_by": lambda w: w.user.id,
    "scoped_machines": lambda w: [w.other_machine.id],
    "permissions": lambda w: [w.permission.id],
    "created_at": lambda w: "2020-01-01T00:00:00Z",
    "legal_accepted_at": lambda w: "2020-01-01T00:00:00Z",
    "locale": lambda w: "en-GB",
    "username": lambda w: "grace_h",
    "web3_wallet": lambda w: "0x" + "2e" * 20,
    "totp_secret": lambda w: "JBSWY3DPEHPK3PXP",
    "enrollment_mode": lambda w: "automatic_invitation",
    "verified": lambda w: True,
    "redirect_uris": lambda w: ["https://example.com/callback"],
    "callback_url": lambda w: "https://example.com/callback",
    "support_email": lambda w: "help@example.com",
    "development_origin": lambda w: "http://localhost:3000",
    "allowed_origins": lambda w: ["my-app://localhost"],
    "signing_algorithm": lambda w: "HS256",
    "creator_role_id": lambda w: w.store.role_id("org:admin"),
    "domains_default_role_id": lambda w: w.store.role_id("org:member"),
    "primary_email_address_id": lambda w: w.user.primary_email_address_id,
    "primary_phone_number_id": lambda w: w.user.primary_phone_number_id,
    "primary_web3_wallet_id": lambda w: w.user.primary_web3_wallet_id,
    "domains_enrollment_modes": lambda w: ["automatic_invitation"],
    "role_set_key": lambda w: w.role_set.key,
}

# Where the same name means something else: group.operation.name.
BY_PLACE: dict[str, Maker] = {
    "invitations.revoke.invitation_id": lambda w: w.made(
        "invitations", email_address="i@example.com"
    ),
    "allowlist_identifiers.delete.identifier_id": lambda w: w.made(
        "allowlist_identifiers", identifier="a@example.com"
    ),
    "blocklist_identifiers.delete.identifier_id": lambda w: w.made(
        "blocklist_identifiers", identifier="a@example.com"
    ),
    "redirect_urls.get.id": lambda w: w.made("redirect_urls", url="https://example.com"),
    "redirect_urls.delete.id": lambda w: w.made("redirect_urls", url="https://example.com"),
    "sign_ups.get.id": lambda w: w.store.add_sign_up(),
    "sign_ups.update.id": lambda w: w.store.add_sign_up(),
    "domains.delete.domain_id": lambda w: (
        w.clerk.domains.add(request={"name": "satellite.example.com"}).id
    ),
    "agent_tasks.create.permissions": lambda w: "*",
    "organization_domains.list.verified": lambda w: "true",
    "organization_domains.list_all.verified": lambda w: "true",
    "users.create.phone_number": lambda w: ["+15555550188"],
    "domains.update.domain_id": lambda w: w.clerk.domains.list().data[0].id,
    "domains.add.name": lambda w: "satellite.example.com",
    "domains.update.name": lambda w: "renamed.example.com",
    "proxy_checks.verify.domain_id": lambda w: w.clerk.domains.list().data[0].id,
    "organization_roles.create.key": lambda w: "org:reviewer",
    "organization_roles.update.key": lambda w: "org:reviewer",
    "organization_permissions.create.key": lambda w: "org:invoices:create",
    "organization_permissions.update.key": lambda w: "org:invoices:create",
    "role_sets.create.key": lambda w: "role_set:mine",
    "role_sets.update.key": lambda w: "role_set:mine",
    "organization_domains.create.name": lambda w: "members.example.com",
    "m2m.list_tokens.subject": lambda w: w.machine.id,
    "m2m.verify_token.token": lambda w: w.m2m_token.token,
    "oauth_access_tokens.verify.access_token": lambda w: w.oauth_token,
    "oauth_applications.revoke_token.token": lambda w: w.oauth_token,
    "clients.verify.token": lambda w: w.session["token"],
    "organizations.create.slug": lambda w: "a-slug",
    "organizations.update.slug": lambda w: "a-slug",
    "scim_directories.create_group_role_mapping.scim_group_id": lambda w: w.directory and "editors",
    "billing.extend_subscription_item_free_trial.subscription_item_id": lambda w: w.trial,
    "machines.delete_scope.other_machine_id": lambda w: w.other_machine.id,
    "users.get_o_auth_access_token.provider": lambda w: "oauth_google",
    "email_addresses.attempt_verification.verification_id": lambda w: w.verification[0],
    "email_addresses.attempt_verification.code": lambda w: w.verification[1],
    "phone_numbers.attempt_verification.verification_id": lambda w: w.phone_verification[0],
    "phone_numbers.attempt_verification.code": lambda w: w.phone_verification[1],
    "scim_directories.create.provider": lambda w: "okta",
}


def _join(world: World) -> str:
    """The other user, as a member of the organization."""
    organization, user = world.organization.id, world.other_user.id
    world.clerk.organization_memberships.create(
        organization_id=organization, user_id=user, role="org:member"
    )
    return str(user)


def _invite(world: World) -> str:
    invite = world.clerk.organization_invitations.create
    organization = world.organization.id
    return str(
        invite(
            organization_id=organization, email_address="guest@example.com", role="org:member"
        ).id
    )


def _domain(world: World) -> str:
    create = world.clerk.organization_domains.create
    return str(create(organization_id=world.organization.id, name="own.example.com").id)


def _granted(world: World) -> str:
    key = {"organization_role_id": world.role.id, "permission_id": world.permission.id}
    world.clerk.organization_roles.assign_permission(**key)
    return str(world.permission.id)


def _external_account(world: World) -> str:
    return world.store.add_external_account(world.user.id, "oauth_google", "1", token="ya29")


def _totp(world: World) -> str:
    return credentials.totp("JBSWY3DPEHPK3PXP", world.store.clock.now()) if world.user else ""


for _operation in ("update", "delete", "update_metadata"):
    BY_PLACE[f"organization_memberships.{_operation}.user_id"] = _join
for _operation in ("get", "revoke"):
    BY_PLACE[f"organization_invitations.{_operation}.invitation_id"] = _invite
for _operation in ("update", "delete", "verify_ownership"):
    BY_PLACE[f"organization_domains.{_operation}.domain_id"] = _domain
BY_PLACE |= {
    "organization_memberships.create.user_id": lambda w: w.other_user.id,
    "organization_roles.remove_permission.permission_id": _granted,
    "users.verify_totp.code": _totp,
}

# What has to be done before an operation can succeed.
BEFORE: dict[str, Maker] = {
    "users.delete_profile_image": lambda w: w.clerk.users.set_profile_image(
        user_id=w.user.id, file=IMAGE
    ),
    "organizations.delete_logo": lambda w: w.clerk.organizations.upload_logo(
        organization_id=w.organization.id, file=IMAGE
    ),
    "users.get_billing_subscription": lambda w: w.paid,
    "users.get_o_auth_access_token": _external_account,
    "organizations.get_billing_subscription": lambda w: w.store.subscribe(
        w.organization.id, w.store.add_plan("Team", payer_type="org")
    ),
    "webhooks.delete_svix_app": lambda w: w.clerk.webhooks.create_svix_app(),
    "webhooks.generate_svix_auth_url": lambda w: w.clerk.webhooks.create_svix_app(),
    "machines.delete_scope": lambda w: w.clerk.machines.create_scope(
        machine_id=w.machine.id, to_machine_id=w.other_machine.id
    ),
}
# These are for production instances.
PRODUCTION = {
    "beta_features.update_production_instance_domain",
    "instance_settings.change_domain",
    "domains.add",
    "domains.update",
}
# Arguments that the reference calls optional and the API does not.
NEEDED = {
    "users.create": {"email_address"},
    "users.set_profile_image": {"file"},
    "instance_settings.change_domain": {"home_url"},
    "organization_domains.create": {"name"},
    "proxy_checks.verify": {"domain_id", "proxy_url"},
    "oauth_access_tokens.verify": {"access_token"},
}
# Optional arguments that exclude others, or that ask for what is not there.
OMITTED: dict[str, set[str]] = {
    "users.create": {"password_digest", "password_hasher"},
    "users.update": {"password_digest", "password_hasher", "profile_image_id"},
    "users.list": {"provider", "provider_user_id"},
    "enterprise_connections.create": {"oidc"},
}
