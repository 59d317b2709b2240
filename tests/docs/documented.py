"""The Python snippets of the SDK's public documentation, each as the call or expression that it is
about.

`<id>` and `<value>` are the documentation's own place holders; ids such as usr_test123 are its too.
What surrounds a call there is the same everywhere: `with Clerk(bearer_auth=...) as clerk:` before,
`print(res)` after it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """A documented call. `SDK` stands for the package's name."""

    text: str
    answers: str  # the model of what comes back

    @property
    def name(self) -> str:
        return self.text.partition("(")[0].removeprefix("clerk.")


CALLS = (
    Call('clerk.clients.verify(request={"token": "jwt_token_example"})', "Client"),
    Call('clerk.email_addresses.get(email_address_id="email_address_id_example")', "EmailAddress"),
    Call("clerk.instance_settings.get()", "Instance"),
    Call("clerk.instance_settings.get_instance_protect()", "InstanceProtect"),
    Call(
        'clerk.users.get_organization_invitations(user_id="<id>", limit=20, offset=10,'
        " status=SDK.UsersGetOrganizationInvitationsQueryParamStatus.PENDING)",
        "OrganizationInvitationsWithPublicOrganizationData",
    ),
    Call(
        "clerk.users.get_instance_organization_memberships("
        'order_by="<value>", limit=20, offset=10)',
        "OrganizationMemberships",
    ),
    Call(
        'clerk.users.get_organization_memberships(user_id="usr_1234567890", limit=20, offset=10)',
        "OrganizationMemberships",
    ),
    Call(
        'clerk.users.get_billing_credit_balance(user_id="<id>")',
        "CommerceCreditBalanceResponse",
    ),
    Call('clerk.users.get_billing_subscription(user_id="<id>")', "CommerceSubscription"),
    Call(
        'clerk.users.adjust_billing_credit_balance(user_id="<id>", amount=562473,'
        ' action=SDK.Action.DECREASE, idempotency_key="<value>",'
        ' currency="New Israeli Sheqel", note="<value>")',
        "CommerceCreditLedgerResponse",
    ),
    Call(
        'clerk.users.get_o_auth_access_token(user_id="user_123", provider="oauth_google",'
        " paginated=True, limit=20, offset=10)",
        "list",
    ),
    Call('clerk.users.delete_profile_image(user_id="usr_test123")', "User"),
    Call(
        'clerk.users.set_profile_image(user_id="usr_test123",'
        ' file={"file_name": "example.file", "content": open("example.file", "rb")})',
        "User",
    ),
    Call(
        "clerk.users.count(request={"
        '"email_address": ["user@example.com"], "phone_number": ["+1234567890"],'
        ' "external_id": ["external-id-123"], "username": ["username123"],'
        ' "web3_wallet": ["0x123456789abcdef"], "user_id": ["user-id-123"],'
        ' "organization_id": ["John Doe"], "query": "<value>", "email_address_query": "<value>",'
        ' "phone_number_query": "<value>", "username_query": "<value>", "name_query": "<value>",'
        ' "banned": True, "last_active_at_before": 1700690400000,'
        ' "last_active_at_after": 1700690400000, "last_active_at_since": 1700690400000,'
        ' "created_at_before": 1730160000000, "created_at_after": 1730160000000,'
        ' "last_sign_in_at_before": 1700690400000, "last_sign_in_at_after": 1700690400000,'
        ' "provider": "<value>", "provider_user_id": ["<value 1>", "<value 2>"]})',
        "TotalCount",
    ),
    Call(
        'clerk.users.create(external_id="ext-id-001", first_name="John", last_name="Doe",'
        ' locale="en", email_address=["john.doe@example.com"], phone_number=["+12345678901"],'
        ' web3_wallet=["0x123456789abcdef0x123456789abcdef"], username="johndoe123",'
        ' password="Secure*Pass4", password_digest="$argon2i$v=19$m=4096,t=3,p=1'
        "$4t6CL3P7YiHBtwESXawI8Hm20zJj4cs7/4/G3c187e0"
        '$m7RQFczcKr5bIR0IIxbpO2P0tyrLjf3eUW3M3QSwnLc", password_hasher="<value>",'
        " skip_password_checks=False, skip_password_requirement=False,"
        ' totp_secret="base32totpsecretkey", backup_codes=["123456", "654321"],'
        ' public_metadata={"role": "user"}, private_metadata={"internal_id": "789"},'
        ' unsafe_metadata={"preferences": {"theme": "dark"}}, delete_self_enabled=True,'
        ' legal_accepted_at="<value>", skip_legal_checks=False, skip_user_requirement=True,'
        " create_organization_enabled=None, create_organizations_limit=81560,"
        ' created_at="2023-03-15T07:15:20.902Z", bypass_client_trust=True, banned=True,'
        " locked=False)",
        "User",
    ),
    Call(
        'clerk.billing.create_price_transition(subscription_item_id="<id>",'
        ' from_price_id="<id>", to_price_id="<id>")',
        "CommercePriceTransitionResponse",
    ),
    Call(
        "clerk.billing.list_plans(paginated=True, limit=20, offset=10,"
        " payer_type=SDK.PayerType.ORG)",
        "PaginatedCommercePlanResponse",
    ),
)

# Members of enums, each with the value that it stands for.
MEMBERS = {
    "VerificationWeb3VerificationStrategy.WEB3_METAMASK_SIGNATURE": "web3_metamask_signature",
    "VerificationScimVerificationStatus.VERIFIED": "verified",
    "VerificationScimVerificationStrategy.SCIM": "scim",
    "CreateAdminPortalLinkTokenObject.ADMIN_PORTAL_LINK_TOKEN": "admin_portal_link_token",
    "SAMLConnectionObject.SAML_CONNECTION": "saml_connection",
    "SAMLConnection2Object.SAML_CONNECTION": "saml_connection",
    "Provider.SAML_CUSTOM": "saml_custom",
}

# Models that annotate a variable in the documentation, the value of which it leaves open.
MODELS = ("One", "Two", "ErrorClerkError")
