"""Organizations of the embedded server: members, invitations, domains, roles."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models import ClerkErrors

from clerk_c.testing import Server

# The reference touches a deprecated field of its own whenever it lists users.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


@pytest.fixture
def clerk(reference: Clerk, server: Server) -> Clerk:
    return reference


def user(clerk: Clerk, name: str) -> models.User:
    return clerk.users.create(email_address=[f"{name}@example.com"], first_name=name.title())


@pytest.fixture
def ada(clerk: Clerk) -> models.User:
    return user(clerk, "ada")


@pytest.fixture
def bob(clerk: Clerk) -> models.User:
    return user(clerk, "bob")


@pytest.fixture
def acme(clerk: Clerk, ada: models.User) -> models.Organization:
    return clerk.organizations.create(request={"name": "Acme Inc", "created_by": ada.id})


def refused(call: Any, **given: Any) -> tuple[int, str]:
    with pytest.raises(ClerkErrors) as info:
        call(**given)
    return info.value.status_code, info.value.data.errors[0].code


def join(clerk: Clerk, organization: Any, user: Any, role: str = "org:member") -> Any:
    create = clerk.organization_memberships.create
    return create(organization_id=organization.id, user_id=user.id, role=role)


def test_life_of_an_organization(clerk: Clerk, ada: models.User, acme: Any) -> None:
    assert (acme.slug, acme.created_by, acme.max_allowed_memberships) == ("acme-inc", ada.id, 5)
    get = clerk.organizations.get
    assert get(organization_id=acme.id) == get(organization_id="acme-inc") == acme
    assert get(organization_id=acme.id, include_members_count=True).members_count == 1
    changed = clerk.organizations.update(organization_id=acme.id, name="Acme Ltd", slug="acme")
    assert (changed.name, changed.slug, changed.created_at) == ("Acme Ltd", "acme", acme.created_at)
    assert refused(get, organization_id="acme-inc") == (404, "resource_not_found")
    gone = clerk.organizations.delete(organization_id=acme.id)
    assert (gone.object, gone.id, gone.deleted) == ("organization", acme.id, True)
    assert refused(get, organization_id=acme.id) == (404, "resource_not_found")
    assert clerk.users.get_organization_memberships(user_id=ada.id).total_count == 0


def test_slugs_are_unique(clerk: Clerk, acme: Any) -> None:
    again = clerk.organizations.create(request={"name": "Acme Inc"})
    assert again.slug.startswith("acme-inc-")
    create = clerk.organizations.create
    assert refused(create, request={"name": "x", "slug": "acme-inc"}) == (
        422,
        "form_identifier_exists",
    )
    assert refused(create, request={"name": "x", "slug": "Not A Slug"}) == (
        422,
        "form_param_format_invalid",
    )
    assert refused(create, request={"name": "x", "created_by": "user_none"}) == (
        422,
        "form_resource_not_found",
    )


def test_metadata(clerk: Clerk, acme: Any) -> None:
    merge, replace = clerk.organizations.merge_metadata, clerk.organizations.replace_metadata
    merge(organization_id=acme.id, public_metadata={"a": {"b": 1, "c": 2}})
    merged = merge(
        organization_id=acme.id,
        public_metadata={"a": {"b": None, "d": 3}},
        private_metadata={"secret": True},
    )
    assert merged.public_metadata == {"a": {"c": 2, "d": 3}}
    assert merged.private_metadata == {"secret": True}
    replaced = replace(organization_id=acme.id, public_metadata={"x": 1})
    assert (replaced.public_metadata, replaced.private_metadata) == ({"x": 1}, {"secret": True})
    large = {"text": "x" * 9000}
    assert refused(merge, organization_id=acme.id, public_metadata=large) == (
        422,
        "form_param_exceeds_allowed_size",
    )


def test_list_of_organizations(clerk: Clerk, ada: Any, bob: Any, acme: Any) -> None:
    other = clerk.organizations.create(request={"name": "Beta", "created_by": bob.id})
    join(clerk, acme, bob)
    listed = clerk.organizations.list

    def names(**given: Any) -> list[str]:
        return [organization.name for organization in listed(**given).data]

    assert names() == ["Beta", "Acme Inc"]
    assert names(order_by="name") == ["Acme Inc", "Beta"]
    assert names(order_by="-members_count") == ["Acme Inc", "Beta"]
    assert names(query="acm") == names(query=acme.id) == ["Acme Inc"]
    assert names(query=acme.id[-5:]) == []  # ids are random: by chance they hold any short text
    assert names(user_id=[ada.id]) == ["Acme Inc"]
    assert names(user_id=[f"-{ada.id}"]) == ["Beta"]
    assert names(organization_id=[other.id]) == ["Beta"]
    page = listed(limit=1, offset=1, include_members_count=True)
    assert ([o.members_count for o in page.data], page.total_count) == ([2], 2)
    assert [u.id for u in clerk.users.list(request={"organization_id": [other.id]})] == [bob.id]


def test_logo(clerk: Clerk, acme: Any) -> None:
    file = {"file_name": "logo.png", "content": PNG, "content_type": "image/png"}
    shown = clerk.organizations.upload_logo(organization_id=acme.id, file=file)
    assert shown.has_image
    assert clerk.organizations.get(organization_id=acme.id).image_url == shown.image_url
    without = clerk.organizations.delete_logo(organization_id=acme.id)
    assert (without.has_image, without.image_url == shown.image_url) == (False, False)
    assert refused(clerk.organizations.delete_logo, organization_id=acme.id) == (
        404,
        "image_not_found",
    )


def test_life_of_a_membership(clerk: Clerk, acme: Any, bob: models.User) -> None:
    made = join(clerk, acme, bob)
    assert made.public_user_data.identifier == "bob@example.com"
    assert (made.role, made.role_name, made.organization.members_count) == (
        "org:member",
        "Member",
        2,
    )
    assert "org:sys_memberships:read" in made.permissions
    key = {"organization_id": acme.id, "user_id": bob.id}
    raised = clerk.organization_memberships.update(**key, role="org:admin")
    assert "org:sys_memberships:manage" in raised.permissions
    merged = clerk.organization_memberships.update_metadata(**key, public_metadata={"team": "a"})
    assert merged.public_metadata == {"team": "a"}
    own = clerk.users.get_organization_memberships(user_id=bob.id)
    assert [m.id for m in own.data] == [made.id]
    assert clerk.users.get_instance_organization_memberships().total_count == 2
    assert clerk.organization_memberships.delete(**key).id == made.id
    assert refused(clerk.organization_memberships.delete, **key) == (404, "resource_not_found")


def test_members_are_refused(clerk: Clerk, ada: Any, acme: Any, bob: Any) -> None:
    assert refused(join, clerk=clerk, organization=acme, user=ada) == (
        400,
        "already_a_member_in_organization",
    )
    assert refused(join, clerk=clerk, organization=acme, user=bob, role="org:none") == (
        404,
        "resource_not_found",
    )
    key = {"organization_id": acme.id, "user_id": ada.id}
    needed = (422, "organization_minimum_permissions_needed")
    assert refused(clerk.organization_memberships.delete, **key) == needed
    assert refused(clerk.organization_memberships.update, **key, role="org:member") == needed
    clerk.organizations.update(organization_id=acme.id, max_allowed_memberships=1)
    assert refused(join, clerk=clerk, organization=acme, user=bob) == (
        403,
        "organization_membership_quota_exceeded",
    )


def test_members_are_found_by_their_user(clerk: Clerk, acme: Any, ada: Any, bob: Any) -> None:
    join(clerk, acme, bob)
    listed = clerk.organization_memberships.list

    def found(**given: Any) -> list[str]:
        page = listed(organization_id=acme.id, **given)
        assert page.total_count == len(page.data)
        return [member.public_user_data.user_id for member in page.data]

    assert found() == [bob.id, ada.id]
    assert found(order_by="email_address") == [ada.id, bob.id]
    assert found(role=["org:admin"]) == [ada.id]
    assert found(query="bob@ex") == found(name_query="BO") == [bob.id]
    assert found(user_id=[f"-{bob.id}"]) == [ada.id]
    assert found(email_address=["BOB@example.com"]) == [bob.id]
    clerk.users.delete(user_id=bob.id)
    assert found() == [ada.id]


def test_life_of_an_invitation(clerk: Clerk, server: Server, acme: Any, ada: Any, bob: Any) -> None:
    key = {"organization_id": acme.id}
    made = clerk.organization_invitations.create(
        **key,
        email_address="Bob@example.com",
        role="org:member",
        inviter_user_id=ada.id,
        public_metadata={"from": "test"},
    )
    assert (made.status, made.role_name, made.inviter_id) == ("pending", "Member", ada.id)
    assert made.public_inviter_data.user_id == ada.id
    assert server.store.messages("Bob@example.com")[0]["invitation_id"] == made.id
    assert clerk.organization_invitations.list_pending(**key).total_count == 1
    own = clerk.users.get_organization_invitations(user_id=bob.id)
    assert [i.public_organization_data.slug for i in own.data] == ["acme-inc"]
    again = {"email_address": "bob@example.com", "role": "org:member"}
    create = clerk.organization_invitations.create
    assert refused(create, **key, **again) == (400, "duplicate_record")
    server.store.accept_organization_invitation(made.id, bob.id)
    assert clerk.organization_invitations.get(**key, invitation_id=made.id).status == "accepted"
    (member, _) = clerk.organization_memberships.list(**key).data
    assert (member.public_user_data.user_id, member.public_metadata) == (bob.id, {"from": "test"})
    assert refused(create, **key, **again) == (400, "already_a_member_in_organization")


def test_links_and_pictures_lead_somewhere(clerk: Clerk, acme: Any) -> None:
    made = clerk.organization_invitations.create(
        organization_id=acme.id,
        email_address="x@example.com",
        role="org:member",
        redirect_url="https://example.com/join?a=1",
    )
    answer = httpx.get(made.url)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("https://example.com/join?a=1&__clerk_ticket=")
    assert ">AI<" in httpx.get(acme.image_url).text


def test_invitations_end(clerk: Clerk, server: Server, acme: Any) -> None:
    key = {"organization_id": acme.id}
    items = [{"email_address": f"{n}@example.com", "role": "org:member"} for n in range(3)]
    items[2]["expires_in_days"] = 1
    many = clerk.organization_invitations.bulk_create(**key, request_body=items)
    assert many.total_count == 3
    first = many.data[0].id
    assert clerk.organization_invitations.revoke(**key, invitation_id=first).status == "revoked"
    assert refused(clerk.organization_invitations.revoke, **key, invitation_id=first)[0] == 400
    server.store.clock.advance(2 * 24 * 3600)
    listed = clerk.organization_invitations.list
    states = {i.email_address: i.status for i in listed(**key).data}
    assert states == {
        "0@example.com": "revoked",
        "1@example.com": "pending",
        "2@example.com": "expired",
    }
    for status in ("revoked", "pending", "expired"):
        (only,) = listed(**key, status=status).data
        assert states[only.email_address] == status
    assert clerk.organization_invitations.get_all(status="expired").total_count == 1


def test_a_bulk_of_invitations_is_all_or_none(clerk: Clerk, acme: Any) -> None:
    item = {"email_address": "x@example.com", "role": "org:member"}
    bulk = clerk.organization_invitations.bulk_create
    given = {"organization_id": acme.id, "request_body": [item, item]}
    assert refused(bulk, **given) == (400, "duplicate_record")
    assert clerk.organization_invitations.get_all().total_count == 0
    given["request_body"] = [{**item, "email_address": f"{n}@example.com"} for n in range(11)]
    assert refused(bulk, **given) == (400, "bulk_size_exceeded")


def test_domains(clerk: Clerk, acme: Any) -> None:
    key = {"organization_id": acme.id}
    made = clerk.organization_domains.create(**key, name="Acme.com")
    assert (made.name, made.verification.status) == ("acme.com", "verified")
    open_ = clerk.organization_domains.create(**key, name="open.example.com", verified=False)
    assert open_.verification is None
    one = {**key, "domain_id": open_.id}
    mode = "automatic_invitation"
    changed = clerk.organization_domains.update(**one, enrollment_mode=mode, verified=True)
    assert (changed.enrollment_mode.value, changed.verification.status) == (mode, "verified")
    owned = clerk.organization_domains.verify_ownership(**one)
    assert owned.ownership_verification.strategy == "manual_override"
    assert clerk.organization_domains.verify_ownership(**one) == owned
    listed = clerk.organization_domains.list_all
    assert listed(query="acme").total_count == listed(domains=["acme.com"]).total_count == 1
    assert listed(query=acme.id, enrollment_mode=[f"-{mode}"]).data[0].id == made.id
    assert clerk.organization_domains.list(**key, verified="false").total_count == 0
    assert clerk.organization_domains.delete(**one).deleted
    assert [domain.id for domain in listed().data] == [made.id]


def test_roles_and_permissions(clerk: Clerk, acme: Any, bob: Any) -> None:
    permission = clerk.organization_permissions.create(name="Read", key="org:reports:read")
    role = clerk.organization_roles.create(
        name="Editor", key="org:editor", permissions=[permission.id]
    )
    assert [p.key for p in role.permissions] == ["org:reports:read"]
    outside = (422, "form_param_value_invalid")
    joining = {"clerk": clerk, "organization": acme, "user": bob, "role": "org:editor"}
    assert refused(join, **joining) == outside
    clerk.role_sets.add_roles(role_set_key_or_id="role_set:default", role_keys=["org:editor"])
    assert join(**joining).permissions == ["org:reports:read"]
    delete = clerk.organization_roles.delete
    assert refused(delete, organization_role_id=role.id) == (422, "resource_conflict")
    clerk.organization_roles.update(organization_role_id=role.id, key="org:writer")
    listed = clerk.organization_memberships.list(organization_id=acme.id, role=["org:writer"])
    assert [m.role for m in listed.data] == ["org:writer"]
    one = {"organization_role_id": role.id, "permission_id": permission.id}
    assert clerk.organization_roles.remove_permission(**one).permissions == []
    assert len(clerk.organization_roles.assign_permission(**one).permissions) == 1
    clerk.organization_permissions.delete(permission_id=permission.id)
    assert clerk.organization_roles.get(organization_role_id=role.id).permissions == []
    assert clerk.organization_roles.list(query="writer").total_count == 1


def test_system_permissions_stay(clerk: Clerk) -> None:
    found = clerk.organization_permissions.list(query="org:sys_billing:read").data[0]
    assert refused(clerk.organization_permissions.delete, permission_id=found.id)[0] == 403


def test_role_sets(clerk: Clerk, acme: Any, bob: Any) -> None:
    join(clerk, acme, bob)
    clerk.organization_roles.create(name="Guest", key="org:guest")
    made = clerk.role_sets.create(
        name="Small teams",
        default_role_key="org:guest",
        creator_role_key="org:admin",
        roles=["org:admin", "org:guest"],
        type_="initial",
    )
    assert (made.key, made.default_role.key) == ("role_set:small_teams", "org:guest")
    get = clerk.role_sets.get
    old = get(role_set_key_or_id="role_set:default")
    assert (old.type.value, [r.members_count for r in old.roles]) == ("custom", [1, 1])
    fresh = clerk.organizations.create(request={"name": "New"})
    assert fresh.role_set_key == "role_set:small_teams"
    replace = clerk.role_sets.replace
    given = {"role_set_key_or_id": old.id, "dest_role_set_key": made.key}
    assert refused(replace, **given) == (422, "form_conditional_param_missing")
    moved = replace(**given, reassignment_mappings={"org:member": "org:guest"})
    assert moved.deleted
    assert clerk.organizations.get(organization_id=acme.id).role_set_key == made.key
    roles = {m.role for m in clerk.organization_memberships.list(organization_id=acme.id).data}
    assert roles == {"org:admin", "org:guest"}
    change = clerk.role_sets.replace_role
    changed = change(role_set_key_or_id=made.key, role_key="org:guest", to_role_key="org:member")
    assert [role.key for role in changed.roles] == ["org:admin", "org:member"]
    assert changed.default_role.key == "org:member"
    assert clerk.role_sets.list().total_count == 1
