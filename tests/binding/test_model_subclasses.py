"""Programs' own subclasses of models, and what may be done to instances."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import pytest

from clerk_c import BaseModel, ValidationError, models
from clerk_c.types import UNSET

LINK = {"type": "t", "id": "i"}


class Link(models.IdentificationLink):  # type: ignore[misc, name-defined, unused-ignore]
    kinds: ClassVar[list[str]] = ["t"]
    _cache: int = 0
    limit = 5

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"type": "t", **values})

    @property
    def label(self) -> str:
        return f"{self.type}/{self.id}"

    @label.setter
    def label(self, value: str) -> None:
        self.type, self.id = value.split("/")

    @property
    def fixed(self) -> int:
        return 1


def test_methods_properties_and_class_attributes() -> None:
    made = Link(id="i")
    assert made.label == "t/i" and made.limit == 5 and made.kinds == ["t"]
    made.label = "a/b"
    assert (made.type, made.id) == ("a", "b")
    made._cache = 3
    assert made._cache == 3 and Link._cache == 0
    assert made.model_dump() == {"type": "a", "id": "b"}
    assert isinstance(made, BaseModel)


@pytest.mark.parametrize("name", ["limit", "unknown", "typo_of_id"])
def test_only_fields_are_assigned(name: str) -> None:
    for made in (Link(id="i"), models.IdentificationLink(**LINK)):
        with pytest.raises(ValueError, match=f'no field "{name}"'):
            setattr(made, name, 1)
        assert name not in vars(made)
    with pytest.raises(AttributeError):
        Link(id="i").fixed = 2  # type: ignore[misc]


def test_new_fields_are_refused() -> None:
    with pytest.raises(TypeError, match=r"Bad\.extra would be a new field"):

        class Bad(models.User):  # type: ignore[misc, name-defined, unused-ignore]
            extra: int = 1

    with pytest.raises(TypeError, match=r"Worse\.id would be a new field"):

        class Worse(models.User):  # type: ignore[misc, name-defined, unused-ignore]
            id: int

    with pytest.raises(TypeError, match="class arguments"):

        class Frozen(models.User, frozen=True):  # type: ignore[misc, name-defined, call-arg, unused-ignore]
            pass


def test_nested_answers_are_of_our_own_classes() -> None:
    email = models.EmailAddress.model_construct(linked_to=[Link(id="i")])
    again = models.EmailAddress.model_validate(
        {
            "object": "email_address", "email_address": "", "reserved": False,
            "verification": None, "linked_to": email.linked_to, "created_at": 1, "updated_at": 1,
        }
    )  # fmt: skip
    assert type(again.linked_to[0]) is Link
    assert again.model_dump()["linked_to"] == [{"type": "t", "id": "i"}]


def test_post_init_may_fail() -> None:
    class Strict(models.IdentificationLink):  # type: ignore[misc, name-defined, unused-ignore]
        def model_post_init(self, context: Any, /) -> None:
            raise RuntimeError("no")

    for make in (
        lambda: Strict(**LINK),
        lambda: Strict.model_validate(LINK),
        lambda: Strict.model_validate_json('{"type":"t","id":"i"}'),
        lambda: Strict.model_construct(),
    ):
        with pytest.raises(RuntimeError, match="no"):
            make()


def test_two_bases() -> None:
    class Named:
        def name(self) -> str:
            return type(self).__name__

    class Both(Named, models.IdentificationLink):  # type: ignore[misc, name-defined, unused-ignore]
        pass

    assert Both(**LINK).name() == "Both"
    with pytest.raises(TypeError):
        type("Neither", (models.User, models.IdentificationLink), {})


def test_deprecations_point_at_the_program() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        models.SignUpExternalAccount()
        models.SignUpExternalAccount.model_construct()
        made = models.AgentTask.model_construct(task_id="t")
        assert made.task_id == "t"
        made.model_dump()
        repr(made)
        made.dict()
        made.__fields_set__  # noqa: B018
    assert [warning.filename for warning in caught] == [__file__] * 5
    assert {warning.category for warning in caught} == {DeprecationWarning}
    assert models.SignUpExternalAccount.__deprecated__
    assert not hasattr(models.User, "__deprecated__")


def test_subclasses_of_deprecated_models_are_not_deprecated(recwarn: Any) -> None:
    class Account(models.SignUpExternalAccount):
        pass

    Account()
    Account.model_construct()
    assert not recwarn.list
    assert "deprecated" not in Account.model_json_schema()
    assert "__deprecated__" in models.SignUpExternalAccount.__dict__  # pydantic 2.14.4 looks there
    assert models.SignUpExternalAccount.model_json_schema()["deprecated"] is True


def test_options_that_change_checks_are_refused() -> None:
    validate = models.IdentificationLink.model_validate
    for options in ({"strict": True}, {"extra": "forbid"}, {"extra": "allow"}, {"extra": 5}):
        with pytest.raises(TypeError):
            validate(LINK, **options)
        with pytest.raises(TypeError):
            models.IdentificationLink.model_validate_json("{}", **options)
    assert validate(LINK, strict=False, extra="ignore", context={}, by_name=True).id == "i"
    with pytest.raises(TypeError):
        validate(LINK, unknown=1)
    with pytest.raises(TypeError):
        validate()


def test_attributes_that_fail() -> None:
    class Broken:
        type = "t"

        @property
        def id(self) -> str:
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        models.IdentificationLink.model_validate(Broken(), from_attributes=True)
    with pytest.raises(ValidationError) as caught:
        models.IdentificationLink.model_validate(object(), from_attributes=True)
    assert [found["loc"] for found in caught.value.errors()] == [("type",), ("id",)]


def test_fields_set_may_be_assigned() -> None:
    made = models.IdentificationLink(**LINK)
    made.__pydantic_fields_set__ = {"id", "unknown"}
    assert made.model_fields_set == {"id"}
    for bad in (5, [[]]):
        with pytest.raises(TypeError):
            made.__pydantic_fields_set__ = bad
    with pytest.raises(AttributeError):
        del made.__pydantic_fields_set__
    assert made.model_fields_set == {"id"}


def test_the_base_itself_has_no_fields() -> None:
    assert BaseModel.model_fields == {}
    for attempt in (BaseModel, lambda: BaseModel.model_validate({}), BaseModel.model_construct):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError):
        BaseModel.model_json_schema()


def test_pretty_printers_hide_secrets() -> None:
    made = models.OAuthApplicationWithSecret.model_construct(
        id="a", client_secret="hush"
    )
    shown = dict(made.__rich_repr__())
    assert shown["client_secret"] == "**********" and shown["id"] == "a"
    assert "hush" not in repr(made) + "".join(map(str, made.__pretty__(repr)))
    assert dict(made)["client_secret"] == "hush"


def test_legacy_methods() -> None:
    made = models.IdentificationLink(**LINK)
    with pytest.warns(DeprecationWarning, match="model_dump"):
        assert made.dict(exclude={"id"}) == {"type": "t"}
    with pytest.warns(DeprecationWarning, match="model_dump_json"):
        assert made.json(indent=1) == '{\n "type": "t",\n "id": "i"\n}'
    with pytest.warns(DeprecationWarning, match="model_copy"):
        assert dict(made.copy(exclude={"id"})) == {"type": "t"}
    with pytest.warns(DeprecationWarning, match="model_validate_json"):
        assert models.IdentificationLink.parse_raw(b'{"type":"t","id":"i"}') == made
    with (
        pytest.warns(DeprecationWarning, match="model_validate_json"),
        pytest.raises(TypeError, match="only JSON"),
    ):
        models.IdentificationLink.parse_raw(b"", content_type="application/pickle")
    with pytest.warns(DeprecationWarning, match="model_json_schema"):
        assert models.IdentificationLink.schema()["title"] == "IdentificationLink"


def test_assigned_unset_is_not_dumped() -> None:
    made = models.IdentificationLink(**LINK)
    made.id = UNSET
    assert made.model_dump() == {"type": "t"}
    assert made.model_dump_json() == '{"type":"t"}'
