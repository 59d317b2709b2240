"""What operations make of their arguments, and that nothing is sent when they are wrong."""

from __future__ import annotations

import datetime
import decimal
import fractions
import uuid
from collections import ChainMap, OrderedDict, UserDict, deque
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from recorder import Recorded, Recorder, reply

from clerk_c import Clerk, ValidationError, models
from clerk_c.types import UNSET


class Text(str):
    """A str subclass."""


class Number(int):
    """An int subclass."""


class Plan(str, Enum):
    PRO = "pro"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Users.get() missing 1 required keyword-only argument: 'user_id'"),
        ({"user_id": "a", "x": 1}, "Users.get() got an unexpected keyword argument 'x'"),
        ({"ü": 1}, "Users.get() got an unexpected keyword argument 'ü'"),
        ({"user_id": "a", "timeout_ms": "1"}, "timeout_ms must be int (milliseconds) or None"),
        ({"user_id": "a", "timeout_ms": True}, "timeout_ms must be int (milliseconds) or None"),
        ({"user_id": "a", "server_url": 1}, "server_url must be str or None, not 'int'"),
        ({"user_id": "a", "http_headers": [1]}, "http_headers must be a mapping or None"),
        ({"user_id": "a", "http_headers": {"a": 1}}, "http_headers: names and values must be str"),
    ],
)
def test_wrong_calls(clerk: Clerk, recorder: Recorder, given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        clerk.users.get(**given)
    assert str(caught.value).startswith(message)
    assert recorder.requests == []


def test_several_missing(clerk: Clerk, recorder: Recorder) -> None:
    with pytest.raises(TypeError) as caught:
        clerk.organization_memberships.create()
    assert str(caught.value) == (
        "OrganizationMembershipsSDK.create() missing 3 required keyword-only arguments: "
        "'organization_id', 'user_id', and 'role'"
    )
    with pytest.raises(TypeError, match=r"arguments: 'organization_id' and 'user_id'$"):
        clerk.organization_memberships.create(role="admin")
    assert recorder.requests == []


def test_positional(clerk: Clerk, recorder: Recorder) -> None:
    with pytest.raises(TypeError, match=r"^Users.get\(\) takes 1 positional argument but 2 were"):
        clerk.users.get("user_1")
    with pytest.raises(TypeError, match=r"Users.get\(\) is a method: call it on a client"):
        type(clerk.users).get(user_id="user_1")
    assert recorder.requests == []


@pytest.mark.parametrize(
    ("group", "name", "given", "place"),
    [
        ("users", "get", {"user_id": 1}, ("user_id",)),
        ("users", "get", {"user_id": None}, ("user_id",)),
        ("users", "get", {"user_id": UNSET}, ("user_id",)),
        ("users", "get", {"user_id": b"\xff"}, ("user_id",)),
        ("users", "get", {"user_id": uuid.UUID(int=1)}, ("user_id",)),
        ("users", "update", {"user_id": "a", "first_name": 1}, ("first_name",)),
        ("users", "create", {"email_address": "a@b.c"}, ("email_address",)),
        ("users", "create", {"email_address": b"ab"}, ("email_address",)),
        ("users", "create", {"email_address": {"a": 1}}, ("email_address",)),
        ("users", "create", {"email_address": ["a", 1]}, ("email_address", 1)),
        ("users", "create", {"public_metadata": [1]}, ("public_metadata",)),
        ("users", "create", {"public_metadata": {1: 2}}, ("public_metadata", 1)),
        ("users", "list", {"request": {"limit": "ten"}}, ("request", "limit")),
        ("users", "list", {"request": {"user_id": [None]}}, ("request", "user_id", 0)),
        ("users", "list", {"request": [1]}, ("request",)),
        ("users", "bulk_ban", {"user_ids": None}, ("user_ids",)),
        ("invitations", "list", {"status": "unheard of"}, ("status",)),
        ("invitations", "list", {"limit": 1.5}, ("limit",)),
        ("invitations", "list", {"limit": "1e3"}, ("limit",)),
        ("invitations", "list", {"limit": "\u0661"}, ("limit",)),
        ("invitations", "list", {"paginated": 2}, ("paginated",)),
        ("invitations", "list", {"paginated": " true "}, ("paginated",)),
        (
            "invitations",
            "bulk_create",
            {"request": [{"email_address": "a"}, {"notify": "maybe"}]},
            ("request", 1, "email_address"),
        ),
        ("users", "set_profile_image", {"user_id": "a", "file": {"file_name": 1}}, ("file",)),
    ],
)
def test_wrong_types(
    clerk: Clerk,
    recorder: Recorder,
    group: str,
    name: str,
    given: dict[str, Any],
    place: tuple[str | int, ...],
) -> None:
    with pytest.raises(ValidationError) as caught:
        getattr(getattr(clerk, group), name)(**given)
    found = [finding["loc"] for finding in caught.value.errors()]
    assert place in [loc[: len(place)] for loc in found]
    assert str(place[0]) in str(caught.value)
    assert recorder.requests == []


def test_all_that_is_wrong_at_once(clerk: Clerk, recorder: Recorder) -> None:
    with pytest.raises(ValidationError) as caught:
        clerk.users.update(user_id=1, first_name=2, username="fine", backup_codes=3)
    assert [finding["loc"] for finding in caught.value.errors()] == [
        ("user_id",),
        ("first_name",),
        ("backup_codes",),
    ]
    assert caught.value.error_count() == 3
    assert caught.value.title == "Users.update"
    assert isinstance(caught.value, ValueError)
    assert recorder.requests == []


def sent(clerk: Clerk, recorder: Recorder, operation: str, **given: Any) -> Recorded:
    """What a call sends. The server has nothing good to say about it."""
    group, name = operation.split(".")
    recorder.answer = reply(500, b"no", "text/plain")
    with pytest.raises(models.SDKError):
        getattr(getattr(clerk, group), name)(**given)
    return recorder.take()


def first_name(clerk: Clerk, recorder: Recorder, given: Any) -> Any:
    body = sent(clerk, recorder, "users.update", user_id="a", first_name=given).json()
    assert body.pop("notify_primary_email_address_changed") is False
    return body


TEXTS = [
    ("a", "a"),
    (b"a", "a"),
    (bytearray(b"\xc3\xbc"), "ü"),
    (Text("a"), "a"),
    (Plan.PRO, "pro"),
    ("", ""),
    ("\0", "\0"),
    ("\ud800", "\ud800"),
    ("\U0001f600", "\U0001f600"),
]


@pytest.mark.parametrize(("given", "wanted"), TEXTS)
def test_text(clerk: Clerk, recorder: Recorder, given: Any, wanted: str) -> None:
    assert first_name(clerk, recorder, given) == {"first_name": wanted}


def test_null_and_unset(clerk: Clerk, recorder: Recorder) -> None:
    assert first_name(clerk, recorder, None) == {"first_name": None}
    assert first_name(clerk, recorder, UNSET) == {}
    body = sent(clerk, recorder, "users.update", user_id="a", password_digest=None).json()
    assert "password_digest" not in body  # may be left out, but is never null


SEVENS = [
    *(7, Number(7), "7", " 7 ", "0_7", "7.0", "+7", b"7", bytearray(b"7"), 7.0),
    *(decimal.Decimal(7), decimal.Decimal("7.0"), fractions.Fraction(14, 2)),
]


@pytest.mark.parametrize("given", SEVENS)
def test_integers(clerk: Clerk, recorder: Recorder, given: Any) -> None:
    request = sent(clerk, recorder, "invitations.list", limit=given, offset=True, order_by=None)
    assert request.query == "limit=7&offset=1"


@pytest.mark.parametrize("given", [2**63, -(2**200), str(10**40)])
def test_large_integers(clerk: Clerk, recorder: Recorder, given: Any) -> None:
    request = sent(clerk, recorder, "invitations.list", limit=given, offset=None, order_by=None)
    assert request.query == f"limit={int(given)}"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        *((text, "true") for text in ("true", "YES", "on", "T", "y", "1", b"true")),
        *((text, "false") for text in ("false", "no", "Off", "f", "N", "0")),
        *((1, "true"), (0.0, "false"), (1.0, "true"), (Number(1), "true"), (False, "false")),
    ],
)
def test_booleans(clerk: Clerk, recorder: Recorder, given: Any, wanted: str) -> None:
    request = sent(
        clerk, recorder, "invitations.list", paginated=given, limit=None, offset=None, order_by=None
    )
    assert request.query == f"paginated={wanted}"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (5, "5.0"),
        ("1_0.5", "10.5"),
        (b"1e3", "1000.0"),
        (True, "1.0"),
        (decimal.Decimal("0.1"), "0.1"),
        (float("nan"), "null"),
        ("inf", "null"),
    ],
)
def test_floats(clerk: Clerk, recorder: Recorder, given: Any, wanted: str) -> None:
    request = sent(clerk, recorder, "m2m.create_token", seconds_until_expiration=given)
    assert b'"seconds_until_expiration":' + wanted.encode() + b"}" in request.body


NEW_YEAR = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


def generate(*items: Any) -> Iterator[Any]:
    yield from items


@pytest.mark.parametrize(
    "make",
    [list, tuple, deque, iter, dict.fromkeys, lambda items: dict.fromkeys(items).keys(),
     lambda items: dict.fromkeys(items, "x").keys(), lambda items: generate(*items)],
)  # fmt: skip
def test_lists(clerk: Clerk, recorder: Recorder, make: Any) -> None:
    given = make(["a", "b"])
    if isinstance(given, dict):
        with pytest.raises(ValidationError):
            clerk.users.bulk_ban(user_ids=given)
        assert recorder.requests == []
    else:
        request = sent(clerk, recorder, "users.bulk_ban", user_ids=given)
        assert request.json() == {"user_ids": ["a", "b"]}


def test_a_set_is_a_list(clerk: Clerk, recorder: Recorder) -> None:
    request = sent(clerk, recorder, "users.bulk_ban", user_ids={"a", "b"})
    assert sorted(request.json()["user_ids"]) == ["a", "b"]


def test_an_iterator_that_fails(clerk: Clerk, recorder: Recorder) -> None:
    def fails() -> Iterator[str]:
        yield "a"
        raise LookupError("half way")

    with pytest.raises(LookupError, match="half way"):
        clerk.users.bulk_ban(user_ids=fails())
    assert recorder.requests == []


@pytest.mark.parametrize(
    "make",
    [dict, OrderedDict, UserDict, MappingProxyType, ChainMap],
)
def test_mappings(clerk: Clerk, recorder: Recorder, make: Any) -> None:
    given = make({"plan": make({"name": "pro"})})
    request = sent(clerk, recorder, "users.update_metadata", user_id="a", public_metadata=given)
    assert request.json() == {"public_metadata": {"plan": {"name": "pro"}}}


FREE = [
    (None, "null"),
    (1, "1"),
    (2**70, str(2**70)),
    (1.0, "1.0"),
    (1e22, "1e+22"),
    (0.1, "0.1"),
    (-0.0, "-0.0"),
    (float("inf"), "null"),
    ("ü\u2028", '"\\u00fc\\u2028"'),
    ([[], {}], "[[],{}]"),
    ((1, {"a": None}), '[1,{"a":null}]'),
    ({1: 2, None: 3, 1.5: 4}, '{"1":2,"None":3,"1.5":4}'),
    (decimal.Decimal("1.50"), '"1.50"'),
    (uuid.UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
    (
        NEW_YEAR,
        '"2024-01-01T00:00:00Z"',
    ),
    (datetime.date(2024, 1, 2), '"2024-01-02"'),
    (datetime.timedelta(seconds=90), '"PT1M30S"'),
    (Plan.PRO, '"pro"'),
    (deque([1]), "[1]"),
    (generate(1, 2), "[1,2]"),
]


@pytest.mark.parametrize(("given", "wanted"), FREE)
def test_free_form(clerk: Clerk, recorder: Recorder, given: Any, wanted: str) -> None:
    request = sent(
        clerk, recorder, "users.update_metadata", user_id="a", public_metadata={"x": given}
    )
    assert request.body == b'{"public_metadata":{"x":' + wanted.encode() + b"}}"


@pytest.mark.parametrize("given", [object(), Path("a"), UNSET, 1j, type, len])
def test_free_form_that_has_no_json(clerk: Clerk, recorder: Recorder, given: Any) -> None:
    with pytest.raises(TypeError, match="JSON"):
        clerk.users.update_metadata(user_id="a", public_metadata={"x": [given]})
    assert recorder.requests == []


def test_cycles_end(clerk: Clerk, recorder: Recorder) -> None:
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    with pytest.raises(RecursionError):
        clerk.users.update_metadata(user_id="a", public_metadata=cycle)
    assert recorder.requests == []


def test_arguments_stay_as_they_are(clerk: Clerk, recorder: Recorder) -> None:
    given = {"plan": ["pro"], "odd": Text("x")}
    before = dict(given)
    sent(clerk, recorder, "users.update_metadata", user_id="a", public_metadata=given)
    assert given == before
    assert type(given["odd"]) is Text


@pytest.mark.parametrize("form", [dict, lambda **given: models.GetUserListRequest(**given)])
def test_request(clerk: Clerk, recorder: Recorder, form: Any) -> None:
    request = sent(
        clerk,
        recorder,
        "users.list",
        request=form(user_id=["a", "b c"], limit=3, query="", banned=True),
    )
    assert request.query == (
        "user_id=a&user_id=b+c&query=&banned=true&limit=3&offset=0&order_by=-created_at"
    )


def test_request_none(clerk: Clerk, recorder: Recorder) -> None:
    request = sent(clerk, recorder, "invitations.create", request=None)
    assert (request.body, request.one("content-type")) == (b"", None)


def test_only_one_list_is_joined(clerk: Clerk, recorder: Recorder) -> None:
    row = {"enrollment_mode": ["automatic_invitation", "manual_invitation"]}
    query = sent(clerk, recorder, "organization_domains.list_all", **row).query
    assert "enrollment_mode=automatic_invitation%2Cmanual_invitation" in query


def test_deprecated_operations_warn(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = reply(200, [])
    with pytest.warns(DeprecationWarning, match=r"^Clients.list\(\) is deprecated$") as caught:
        assert clerk.clients.list() == []
    assert caught[0].filename == __file__
