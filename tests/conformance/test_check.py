"""Reading JSON into every model: both packages take the same texts and make the same of them, or
refuse them for the same reasons, named in the same order and words."""

from __future__ import annotations

import inspect
from collections import Counter
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

import pytest
from clerk_backend_api import models
from clerk_backend_api.types import BaseModel
from clerk_backend_api.types.basemodel import Unset
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from clerk_c import _core
from clerk_c.types import UNSET

from .texts import Maker

# Deprecated fields warn in both packages when they are read.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SEEDS = range(8)


@cache
def model_names() -> list[str]:
    found = {name: getattr(models, name) for name in dir(models)}
    return sorted(
        name
        for name, value in found.items()
        if inspect.isclass(value) and issubclass(value, BaseModel) and name != "BaseModel"
    )


@cache
def adapter(name: str) -> TypeAdapter[Any]:
    model = getattr(models, name.removeprefix("List[").removesuffix("]"))
    return TypeAdapter(list[model] if name.startswith("List[") else model)  # type: ignore[valid-type]


def theirs(name: str, text: str) -> Any:
    """A value, a list of what is wrong, or the text of another refusal."""
    try:
        return adapter(name).validate_python(from_json(text))
    except ValidationError as error:
        return [(e["type"], e["loc"], e["msg"]) for e in error.errors()]
    except ValueError as error:
        return str(error)


def ours(name: str, text: str) -> Any:
    try:
        return _core.read_json(name, text)
    except ValueError as error:
        return [(e["type"], e["loc"], e["msg"]) for e in error.errors()]  # type: ignore[attr-defined]


def without_tags(found: list[Any]) -> list[Any]:
    """The sentence about an unknown tag names a function of the reference."""
    return [(kind, loc, "" if kind == "union_tag_invalid" else msg) for kind, loc, msg in found]


def same_field(our: Any, their: Any, default: Any) -> bool:
    # An object where something else or UNSET is due is UNSET to them, absent to us.
    if isinstance(their, Unset):
        return our is UNSET or our == default
    return same(our, their)


def same(our: Any, their: Any) -> bool:
    if isinstance(their, BaseModel):
        fields = type(their).model_fields
        return type(our).__name__ == type(their).__name__ and all(
            same_field(getattr(our, name), getattr(their, name), field.default)
            for name, field in fields.items()
        )
    if isinstance(their, Enum):
        return type(our).__name__ == type(their).__name__ and our.value == their.value
    if isinstance(their, list):
        return type(our) is list and len(our) == len(their) and all(map(same, our, their))
    if isinstance(their, dict):
        return (
            type(our) is dict
            and list(our) == list(their)
            and all(same(our[key], their[key]) for key in their)
        )
    if isinstance(their, (date, datetime)):
        return isinstance(our, type(their)) and our.isoformat() == their.isoformat()
    if isinstance(their, float):
        return type(our) is float and repr(our) == repr(their)
    if isinstance(their, bytes):
        return our in (their, their.decode())
    return type(our) is type(their) and our == their


def compare(name: str, text: str) -> str:
    """Asserts that both agree; returns what they agree on."""
    expected, got = theirs(name, text), ours(name, text)
    if isinstance(expected, str):
        # They give up with a plain ValueError where no tag is found.
        assert isinstance(got, list), (name, text)
        assert any(kind == "union_tag_not_found" for kind, _, _ in got), (name, text)
        return "no tag"
    if isinstance(expected, list) and expected and isinstance(expected[0], tuple):
        assert isinstance(got, list), (name, text, expected)
        assert without_tags(got) == without_tags(expected), (name, text)
        return "refused"
    assert not (isinstance(got, list) and got and isinstance(got[0], tuple)), (name, text, got)
    assert same(got, expected), (name, text, got, expected)
    return "taken"


@pytest.mark.parametrize("seed", SEEDS)
def test_models(seed: int) -> None:
    maker = Maker(seed)
    counts = Counter(compare(name, maker.text(getattr(models, name))) for name in model_names())
    assert len(model_names()) > 600
    assert counts["taken"] > 200 and counts["refused"] > 100, counts


# Unions, tags, dates, extras and constants are rare, so these come more often.
RICH = [
    "EmailAddress", "PhoneNumber", "Web3Wallet", "SAMLAccount", "EnterpriseAccount", "User",
    "ExternalAccountWithVerification", "SignUp", "SignUpVerification", "AddDomainRequestBody",
    "InvitationRevoked", "CommerceCreditLedgerResponse", "CommerceSubscriptionItem",
    "ExtendFreeTrialRequest", "SCIMDirectory", "CreateActorTokenActor", "File",
]  # fmt: skip


@pytest.mark.parametrize("name", RICH)
def test_rich_models(name: str) -> None:
    maker = Maker(1)
    counts = Counter(compare(name, maker.text(getattr(models, name))) for _ in range(200))
    assert counts["taken"] > 10 and counts["refused"] > 10, counts


def test_lists() -> None:
    maker = Maker(2)
    counts = Counter(
        compare("List[EmailAddress]", maker.text(list[models.EmailAddress])) for _ in range(300)
    )
    assert counts["taken"] > 10 and counts["refused"] > 10, counts


EMAIL = (
    '"object":"email_address","email_address":"a@b.c","reserved":%s,"verification":null,'
    '"linked_to":[],"created_at":%s,"updated_at":1'
)
VALUES = [
    "null", "true", "false", "0", "1", "2", "-1", "0.0", "-0.0", "1.0", "1.5", "1e2", "1e18",
    "1e19", "9007199254740993", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808.0", "9223372036854774784.0", "1e400", "-1e400", "NaN", "Infinity", "[]",
    "{}", '""', '" "', '"1"', '" 1 "', '"+1"', '"-1"', '"--1"', '"1_000"', '"1__0"', '"_1"',
    '"1_"', '"01"', '"1.0"', '"1.00_0"', '"1."', '".5"', '"1e3"', '"0x10"', '"0-17"', '"-0"',
    '"\\u0661"', '"\\u00a01\\u2003"', '"1\\u0000"', '"nan"', '"-inf"', '"1_0.5"', '"infinity"',
    '"1e400"', '"true"', '"True"', '" true"', '"t"', '"Y"', '"off"', '"on"', '"2"',
    '"' + "9" * 4300 + '"', '"' + "9" * 4301 + '"', '"-' + "0" * 5000 + '1"', "9" * 400,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:24])
def test_values(value: str) -> None:
    """Each as a bool, an integer, a float, a text, a constant, an enum, a date and a date-time."""
    compare("EmailAddress", "{" + EMAIL % (value, 1) + "}")
    compare("EmailAddress", "{" + EMAIL % ("true", value) + "}")
    compare("IdentificationLink", f'{{"type":"x","id":{value}}}')
    compare("AddDomainRequestBody", f'{{"name":"","is_satellite":{value},"proxy_url":{value}}}')
    for name, field in (
        ("ResponseBody1", "created_at"),
        ("User", "object"),
        ("EmailAddress", "object"),
        ("CommerceCreditLedgerResponse", "created_at"),
        ("CommerceSubscriptionItem", "proration_date"),
        ("SCIMDirectory", "attribute_mapping"),
    ):
        compare(name, f'{{"{field}":{value}}}')


@pytest.mark.parametrize(
    "text",
    [
        '{"verification":{}}',
        '{"verification":[]}',
        '{"verification":5}',
        '{"verification":{"object":"verification_otp"}}',
        '{"verification":{"object":"unheard of"}}',
        '{"verification":{"object":null}}',
        '{"verification":{"object":1.5}}',
        '{"verification":{"object":"verification_otp\\u0000"}}',
        '{"verification":{"a":{"object":"verification_otp"}}}',
        '{"verification":{"a":[1,{"object":"verification_otp"}]}}',
        '{"verification":{"a":[[{"object":"verification_otp"}]]}}',
        '{"verification":[{"object":"verification_otp"}]}',
        '{"verification":{"a":{"object":1},"b":{"object":"verification_otp"},"a":{}}}',
        '{"verification":{"b":{"object":"verification_otp"},"a":{"object":1}}}',
    ],
)
def test_tags(text: str) -> None:
    assert compare("EmailAddress", text) in ("refused", "no tag")


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"","is_satellite":true,"IS_SATELLITE":false}',
        '{"name":"","IS_SATELLITE":false,"is_satellite":true}',
        '{"name":"","IS_SATELLITE":true,"is_satellite":false}',
        '{"name":"","IS_SATELLITE":false}',
        '{"name":5,"IS_SATELLITE":true,"name":""}',
        '{"name":"","name":5}',
        '{"name":"","proxy_url":{"a":1}}',
        '{"name":"","proxy_url":[]}',
    ],
)
def test_names(text: str) -> None:
    compare("AddDomainRequestBody", text)
