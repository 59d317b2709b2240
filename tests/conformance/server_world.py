"""A world of objects for the arguments of operations, made on demand in the embedded server."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from clerk_backend_api import Clerk

from clerk_c.testing import Server

WALLET = "0x" + "1f" * 20


class World:
    """Objects of an embedded server; each is made when it is first asked for."""

    def __init__(self, server: Server, clerk: Clerk) -> None:
        self.server = server
        self.store = server.store
        self.clerk = clerk

    @cached_property
    def user(self) -> Any:
        return self.clerk.users.create(
            email_address=["ada@example.com"],
            phone_number=["+15555550100"],
            web3_wallet=[WALLET],
            password="correct horse battery",
            totp_secret="JBSWY3DPEHPK3PXP",
        )

    @cached_property
    def other_user(self) -> Any:
        return self.clerk.users.create(email_address=["bob@example.com"])

    @cached_property
    def organization(self) -> Any:
        return self.clerk.organizations.create(request={"name": "Acme", "created_by": self.user.id})

    @cached_property
    def session(self) -> dict[str, str]:
        return self.store.sign_in(self.user.id, organization_id=self.organization.id)

    @cached_property
    def machine(self) -> Any:
        return self.clerk.machines.create(request={"name": "worker"})

    @cached_property
    def other_machine(self) -> Any:
        return self.clerk.machines.create(request={"name": "other"})

    @cached_property
    def m2m_token(self) -> Any:
        with Clerk(bearer_auth=self.machine.secret_key, server_url=self.server.url) as machine:
            return machine.m2m.create_token()

    @cached_property
    def api_key(self) -> Any:
        return self.clerk.api_keys.create_api_key(name="key", subject=self.user.id)

    @cached_property
    def application(self) -> Any:
        return self.clerk.oauth_applications.create(request={"name": "app"})

    @cached_property
    def oauth_token(self) -> str:
        return self.store.add_oauth_token(self.application.id, self.user.id)

    @cached_property
    def connection(self) -> Any:
        given = {"name": "Okta", "provider": "saml_okta", "domains": ["corp.example.com"]}
        return self.clerk.enterprise_connections.create(request=given)

    @cached_property
    def directory(self) -> Any:
        role = {"scim_group_id": "admins", "role_id": self.store.role_id("org:admin")}
        return self.clerk.scim_directories.create(
            request={
                "enterprise_connection_id": self.connection.id,
                "provider": "okta",
                "group_role_mappings": [role],
            }
        )

    @cached_property
    def plan(self) -> str:
        return self.store.add_plan("Pro", 900)

    @cached_property
    def price(self) -> Any:
        return self.clerk.billing.create_price(plan_id=self.plan, amount=1200)

    @cached_property
    def trial(self) -> str:
        return self.store.subscribe(self.user.id, self.plan, trial_days=7)

    @cached_property
    def paid(self) -> str:
        return self.store.subscribe(self.user.id, self.plan)

    @cached_property
    def role(self) -> Any:
        return self.clerk.organization_roles.create(name="Editor", key="org:editor")

    @cached_property
    def role_set(self) -> Any:
        return self.clerk.role_sets.create(
            name="Other",
            default_role_key="org:member",
            creator_role_key="org:admin",
            roles=["org:admin", "org:member"],
        )

    @cached_property
    def permission(self) -> Any:
        return self.clerk.organization_permissions.create(name="Read", key="org:reports:read")

    @cached_property
    def verification(self) -> tuple[str, str]:
        return self.verify(self.clerk.email_addresses, email_address_id=self.email.id)

    @cached_property
    def phone_verification(self) -> tuple[str, str]:
        return self.verify(self.clerk.phone_numbers, phone_number_id=self.phone.id)

    def verify(self, group: Any, **key: str) -> tuple[str, str]:
        made = group.prepare_verification(**key)
        return made.id, self.store.messages()[-1]["code"]

    @cached_property
    def email(self) -> Any:
        given = {"user_id": self.user.id, "email_address": "new@example.com"}
        return self.clerk.email_addresses.create(request=given)

    @cached_property
    def phone(self) -> Any:
        given = {"user_id": self.user.id, "phone_number": "+15555550177"}
        return self.clerk.phone_numbers.create(request=given)

    def statement(self) -> str:
        assert self.paid
        return self.clerk.billing.list_statements().data[0].id

    def mapping(self) -> str:
        found = self.clerk.scim_directories.list_group_role_mappings
        return found(scim_directory_id=self.directory.id).data[0].id

    def expired_token(self) -> str:
        return self.clerk.sessions.create_token(session_id=self.session["session_id"]).jwt

    def made(self, group: str, *, field: str = "id", **request: Any) -> str:
        return str(getattr(getattr(self.clerk, group).create(request=request), field))

    def jwt_template(self) -> Any:
        given = {"name": "mine", "claims": {"a": "{{user.id}}"}}
        return self.clerk.jwt_templates.create(request=given)
