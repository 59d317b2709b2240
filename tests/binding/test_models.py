"""Model instances: construction, attributes, comparison, text, and life in memory."""

from __future__ import annotations

import copy
import json
import warnings
from typing import Any

import clerk_backend_api.models as theirs
import pytest
from emails import EMAIL, both, built, read

from clerk_c import BaseModel, ValidationError, models
from clerk_c.types import UNSET

# --- construction -----------------------------------------------------------


@both
def test_attributes(make: Any) -> None:
    email = make()
    assert email.email_address == "ada@example.com"
    assert email.object is models.EmailAddressObject.EMAIL_ADDRESS
    assert isinstance(email.linked_to[0], models.IdentificationLink)
    assert email.verification.attempts is None
    assert email.verification.verified_at_client is UNSET
    assert email.matches_sso_connection is None


@both
def test_a_value_is_made_once(make: Any) -> None:
    email = make()
    assert email.linked_to is email.linked_to
    assert email.verification is email.verification
    email.linked_to.append("kept")
    assert email.linked_to[-1] == "kept"


def test_names_and_wire_names() -> None:
    for name in ("code_", "code"):
        with pytest.raises(ValidationError):
            models.ClerkError(**{name: "x"})
    by_name = models.File(file_name="a", content=b"", content_type="b")
    by_wire = models.File(**{"fileName": "a", "": b"", "Content-Type": "b"})
    assert by_name == by_wire
    assert models.File(fileName="wire", file_name="name", content=b"").file_name == "wire"


def test_positional_arguments() -> None:
    with pytest.raises(TypeError, match="keyword"):
        models.DeletedObject("user")


def test_unknown_keywords_are_dropped() -> None:
    made = models.DeletedObject(object="user", deleted=True, nothing=1)
    assert not hasattr(made, "nothing")
    assert made.model_extra is None


def test_all_errors_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        models.EmailAddress(
            **{**EMAIL, "reserved": "maybe", "linked_to": [{"type": 1}], "id": None}
        )
    wanted = theirs_refuse(lambda: theirs.EmailAddress(
        **{**EMAIL, "reserved": "maybe", "linked_to": [{"type": 1}], "id": None}))  # fmt: skip
    found = [(e["type"], e["loc"], e["input"]) for e in caught.value.errors()]
    assert found == wanted
    assert set(caught.value.errors()[0]) == {"type", "loc", "msg", "input"}
    assert caught.value.error_count() == len(found)
    assert caught.value.title == "EmailAddress"


def theirs_refuse(make: Any) -> list[Any]:
    with pytest.raises(ValueError, match="validation error") as caught:
        make()
    error: Any = caught.value
    return [(e["type"], e["loc"], e["input"]) for e in error.errors()]


def test_errors_show_no_values() -> None:
    with pytest.raises(ValidationError) as caught:
        models.CreateUserRequestBody(password=["hunter2"])
    assert "hunter2" not in str(caught.value) + repr(caught.value)
    assert "password" in str(caught.value)


def test_validate() -> None:
    email = read()
    assert models.EmailAddress.model_validate(email) is email
    assert models.EmailAddress.model_validate(EMAIL) == email
    assert models.EmailAddress.model_validate_json(json.dumps(EMAIL).encode()) == email
    assert models.EmailAddress.model_validate_json(bytearray(json.dumps(EMAIL).encode())) == email
    for wrong in (None, 1, "text", [EMAIL], built().verification):
        with pytest.raises(ValidationError):
            models.EmailAddress.model_validate(wrong)
    for text in ("", "{", "[]", '{"id":1}', b"\xff", "null"):
        with pytest.raises(ValidationError):
            models.EmailAddress.model_validate_json(text)
    for wrong in (None, 1, EMAIL):
        with pytest.raises((TypeError, ValidationError)):
            models.EmailAddress.model_validate_json(wrong)


def test_the_base_has_no_fields() -> None:
    with pytest.raises(TypeError):
        BaseModel()


def test_given_containers_are_copied() -> None:
    links = [{"type": "a", "id": "b"}]
    email = models.EmailAddress(**{**EMAIL, "linked_to": links})
    links.append({"type": "c", "id": "d"})
    assert len(email.linked_to) == 1


# --- attributes -------------------------------------------------------------


@both
def test_unknown_attributes(make: Any) -> None:
    email = make()
    with pytest.raises(AttributeError, match="nothing"):
        _ = email.nothing
    with pytest.raises(ValueError, match='"EmailAddress" object has no field "nothing"'):
        email.nothing = 1


@both
def test_assignment_is_not_checked(make: Any) -> None:
    email = make()
    email.reserved = "anything"
    email.id = None
    assert (email.reserved, email.id) == ("anything", None)
    assert email.model_dump()["reserved"] == "anything"
    assert make().reserved is False


@both
def test_assignment_counts_as_set(make: Any) -> None:
    email = make()
    assert "matches_sso_connection" not in email.model_fields_set
    email.matches_sso_connection = None
    assert "matches_sso_connection" in email.model_fields_set


def test_what_is_set() -> None:
    assert read().model_fields_set == built().model_fields_set == set(EMAIL)


EXTRA = {
    "CreateActorTokenActor": {"sub": "user_1"},
    "SignUpVerification": {},
    "ExternalAccountWithVerification": {
        "object": "external_account",
        "id": "a",
        "provider": "b",
        "identification_id": "c",
        "provider_user_id": "d",
        "approved_scopes": "e",
        "email_address": "f",
        "first_name": "g",
        "last_name": "h",
        "public_metadata": {},
        "created_at": 1,
        "updated_at": 2,
        "verification": None,
    },
}


@pytest.mark.parametrize("name", EXTRA)
def test_models_that_keep_what_they_do_not_know(name: str) -> None:
    body = {**EXTRA[name], "role": {"name": ["admin"]}}
    cls = getattr(models, name)
    for made in (cls(**body), cls.model_validate(body), cls.model_validate_json(json.dumps(body))):
        assert made.role == {"name": ["admin"]}
        assert made.model_extra == {"role": {"name": ["admin"]}}
        assert "role" in made.model_fields_set
        assert made.model_dump()["role"] == {"name": ["admin"]}
        assert dict(made)["role"] == {"name": ["admin"]}
        assert "role={'name': ['admin']}" in repr(made)
        made.more = 1
        assert made.more == made.model_extra["more"] == 1
        del made.more
        with pytest.raises(AttributeError):
            _ = made.more
        assert made != cls(**{**body, "role": None})


@pytest.mark.parametrize(
    ("name", "field"),
    [("User", "profile_image_url"), ("One", "domain"), ("OrganizationDomain", "verification")],
)
def test_deprecated_fields_warn_on_access(name: str, field: str) -> None:
    made = getattr(models, name).model_construct(**{field: "x"})
    with pytest.warns(DeprecationWarning, match=f"field '{field}' of {name} is deprecated"):
        assert getattr(made, field) == "x"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert f"{field}='x'" in repr(made)
        assert made.model_dump()[field] == "x"
        assert made == copy.copy(made)


# --- comparison and text ----------------------------------------------------


def test_equality() -> None:
    assert read() == built()
    assert (read() != built()) is False
    assert read() != EMAIL
    assert read() != theirs.EmailAddress(**EMAIL)
    other = built()
    other.verification.attempts = 1
    assert read() != other
    unset = models.IdentificationLink(type="a", id="b")
    assert unset == models.IdentificationLink(type="a", id="b")
    with pytest.raises(TypeError):
        _ = read() < built()


def test_equality_is_that_of_the_fields() -> None:
    class Raises:
        def __eq__(self, other: object) -> bool:
            raise LookupError("compared")

    one, two = built(), built()
    one.id, two.id = Raises(), Raises()
    with pytest.raises(LookupError, match="compared"):
        _ = one == two


def test_not_hashable() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(read())


@both
def test_text(make: Any) -> None:
    wanted = theirs.EmailAddress(**EMAIL)
    assert repr(make()) == repr(wanted)
    assert str(make()) == str(wanted)
    assert f"{make()}" == str(wanted)


@both
def test_iteration(make: Any) -> None:
    names = [name for name, _ in make()]
    assert names == list(theirs.EmailAddress.model_fields)
    assert dict(make())["linked_to"] == make().linked_to


def test_text_of_a_cycle() -> None:
    email = built()
    email.id = email
    assert "id=..." in repr(email)
    with pytest.raises(RecursionError):
        email.model_dump()
    assert email == email  # identity is enough for a list's element, and so here


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Security", {"bearer_auth": "hunter2"}),
        ("CreateUserRequestBody", {"password": "hunter2", "totp_secret": "hunter2"}),
        ("CreateUserRequestBody", {"backup_codes": ["hunter2"], "password_digest": "hunter2"}),
        ("UpdateUserRequestBody", {"password": "hunter2"}),
        ("VerifyPasswordRequestBody", {"password": "hunter2"}),
        (
            "RefreshSessionRequestBody",
            {"expired_token": "hunter2", "refresh_token": "hunter2", "request_origin": "a"},
        ),
        ("CreateJWTTemplateRequestBody", {"name": "a", "claims": {}, "signing_key": "hunter2"}),
    ],
)
def test_secrets_are_not_shown(name: str, given: dict[str, Any]) -> None:
    made = getattr(models, name)(**given)
    assert "hunter2" not in repr(made) + str(made) + repr([made])
    assert "'**********'" in repr(made)
    assert "hunter2" in str(made.model_dump().values())


# --- subclasses -------------------------------------------------------------


class MyEmail(models.EmailAddress):
    """A program's own."""

    kind = "mine"

    def domain(self) -> str:
        return str(self.email_address).partition("@")[2]

    @property
    def user(self) -> str:
        return str(self.email_address).partition("@")[0]


def test_subclasses() -> None:
    for made in (MyEmail(**EMAIL), MyEmail.model_validate(EMAIL)):
        assert type(made) is MyEmail
        assert isinstance(made, models.EmailAddress)
        assert (made.domain(), made.user, made.kind) == ("example.com", "ada", "mine")
        assert repr(made).startswith("MyEmail(")
        assert made.model_dump() == built().model_dump()
    assert isinstance(MyEmail.model_validate_json(json.dumps(EMAIL)), models.EmailAddress)


def test_an_instance_of_a_subclass_is_taken_as_it_is() -> None:
    made = MyEmail(**EMAIL)
    user = models.IdentificationLink(type="a", id="b")
    email = models.EmailAddress(**{**EMAIL, "linked_to": [user]})
    assert email.linked_to[0] is user
    assert models.EmailAddress.model_validate(made) is made
