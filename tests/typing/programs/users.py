"""Operations on users, their arguments and results."""

from pathlib import Path

import clerk_c
from clerk_c import Clerk, models
from clerk_c.types import UNSET


def names(clerk: Clerk) -> list[str]:
    users = clerk.users.list(request={"limit": 20, "email_address": ["ada@example.com"]})
    users += clerk.users.list(request=models.GetUserListRequest(limit=20, order_by="-updated_at"))
    users += clerk.users.list()
    return [user.first_name or user.id for user in users]


def create(clerk: Clerk) -> models.User:
    return clerk.users.create(
        external_id="crm-17",
        first_name="Ada",
        last_name=None,
        locale=UNSET,
        email_address=["ada@example.com"],
        public_metadata={"role": "reader", "since": 1843},
        skip_password_checks=False,
        create_organizations_limit=3,
        server_url="https://api.clerk.com/v1",
        timeout_ms=2_000,
        http_headers={"X-Request-Id": "17"},
    )


def upload(clerk: Clerk, user_id: str, picture: bytes) -> None:
    with open("picture.png", "rb") as stream:
        clerk.users.set_profile_image(
            user_id=user_id, file={"file_name": "picture.png", "content": stream}
        )
    file = models.File(file_name="picture.png", content=picture, content_type="image/png")
    user: models.User = clerk.users.set_profile_image(user_id=user_id, file=file)
    print(user.image_url, user.username)
    show = clerk_c.Upload(Path("picture.png"), progress=lambda sent, total: print(sent / total))
    clerk.users.set_profile_image(user_id=user_id, file=show)
    for content in (Path("picture.png"), [b"a", b"b"], show):
        models.File(file_name="picture.png", content=content)


def memberships(clerk: Clerk, user_id: str) -> int:
    page = clerk.users.get_organization_memberships(user_id=user_id, limit=20, offset=10)
    for membership in page.data:
        print(membership.id, membership.role)
    return page.total_count


def invitations(clerk: Clerk, user_id: str) -> None:
    status = clerk_c.UsersGetOrganizationInvitationsQueryParamStatus.PENDING
    clerk.users.get_organization_invitations(user_id=user_id, status=status)


def credit(clerk: Clerk, user_id: str) -> None:
    balance: models.CommerceCreditBalanceResponse = clerk.users.get_billing_credit_balance(
        user_id=user_id
    )
    print(balance)
    clerk.users.adjust_billing_credit_balance(
        user_id=user_id, amount=500, action=clerk_c.Action.DECREASE, idempotency_key="17"
    )
    clerk.billing.list_plans(paginated=True, payer_type=clerk_c.PayerType.ORG)


def count(clerk: Clerk) -> int:
    request: models.GetUsersCountRequestTypedDict = {"query": "ada", "user_id": ["user_1"]}
    return clerk.users.count(request=request).total_count or 0


def invite(clerk: Clerk) -> list[models.Invitation]:
    made = clerk.invitations.create(request={"email_address": "ada@example.com", "notify": None})
    many = clerk.invitations.bulk_create(
        request=[{"email_address": "ada@example.com"}, {"email_address": "bob@example.com"}]
    )
    bodies = [models.RequestBody(email_address="eve@example.com")]
    return [made, *many, *clerk.invitations.bulk_create(request=bodies)]
