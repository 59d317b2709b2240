"""clerk_c.table: what may be given to it, its columns, what it hides, times, errors."""

from __future__ import annotations

import datetime
import warnings
from typing import Any

import pytest
from table_rows import ADDRESSES, BASE, CREATED, user

import clerk_c
from clerk_c import UNSET, Clerk, models, paginate, table
from clerk_c.testing import Server

UTC = datetime.timezone.utc
DEFAULT = ("id", "full_name", "primary_email_address", "primary_phone_number", "username",
           "banned", "locked", "created_at")  # fmt: skip


def test_it_is_imported_when_it_is_named() -> None:
    assert clerk_c.Table is type(table([])) and "table" in clerk_c.__all__


# --- rows ---------------------------------------------------------------


def organizations() -> Any:
    return models.Organizations(data=[], total_count=0)


@pytest.mark.parametrize(
    "results",
    [
        [user()],
        (user(),),
        iter([user()]),
        user(),
        dict(BASE),
        [dict(BASE)],
        {"data": [dict(BASE)], "total_count": 1},
        table([user()]),
    ],
    ids=["list", "tuple", "iterator", "model", "dict", "dicts", "page", "table"],
)
def test_what_may_be_given(results: Any) -> None:
    made = table(results, ["id", "full_name"])
    assert made.to_dicts() == [{"id": "user_1", "full_name": "Ada Lovelace"}]
    assert len(made) == 1 and list(made) == made.to_dicts()


def test_a_page_is_its_elements_also_without_any() -> None:
    made = table(organizations())
    assert len(made) == 0 and made.columns[:3] == ("id", "name", "slug")


def test_a_page_whose_elements_are_of_several_kinds() -> None:
    """Without rows, the columns of every kind that there may be."""
    made = table(models.SAMLConnections(data=[], total_count=0), "all")
    assert {"idp_entity_id", "domains", "domain"} <= set(made.columns)


def test_pages_of_an_operation() -> None:
    with (
        Server() as server,
        Clerk(bearer_auth=server.secret_key, server_url=server.url) as clerk,
    ):
        for name in ("ada", "grace"):
            clerk.users.create(email_address=[f"{name}@example.com"], first_name=name.title())
        made = table(paginate(clerk.users.list, limit=1), ["first_name"])
        assert sorted(row["first_name"] for row in made) == ["Ada", "Grace"]
        assert table(paginate(clerk.users.list, query="nobody")).columns == DEFAULT
        nothing = table(paginate(clerk.organizations.list))
        assert len(nothing) == 0 and nothing.columns[:2] == ("id", "name")


async def rows_later() -> Any:
    yield user()


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (None, "results must be models, dicts, .* not 'NoneType'"),
        ("text", "not 'str'"),
        (b"text", "not 'bytes'"),
        (5, "not 'int'"),
        (rows_later(), "is asynchronous"),
        ([user(), 5], r"results\[1\] must be a model or a dict, not 'int'"),
        ([None], r"results\[0\]"),
        ([{1: 2}], r"results\[0\]: keys must be str, not 'int'"),
    ],
)
def test_what_may_not_be_given(results: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        table(results)


def test_a_coroutine_is_named() -> None:
    async def later() -> list[Any]:
        return []

    waiting: Any = later()
    with pytest.raises(TypeError, match="must be awaited"):
        table(waiting)
    waiting.close()


def test_rows_of_several_kinds_have_the_columns_of_each() -> None:
    link = models.IdentificationLink(type="oauth_google", id="idn_9")
    made = table([link, {"id": "x", "colour": "red"}], ["id", "type", "colour"])
    assert made.to_dicts() == [
        {"id": "idn_9", "type": "oauth_google", "colour": None},
        {"id": "x", "type": None, "colour": "red"},
    ]
    assert table([link, {"id": "x", "colour": "red"}], "all").columns == ("type", "id", "colour")


# --- columns ---------------------------------------------------------------


def test_the_columns_nobody_chose() -> None:
    assert table([user()]).columns == DEFAULT
    assert table([dict(BASE)]).columns == DEFAULT
    assert table([{"x": 1, "y": [1]}]).columns == ("x",)
    assert table([{"y": [1]}]).columns == ("y",)
    assert table([]).columns == () and table([{}]).columns == ()


def test_every_model_has_columns_and_knows_them() -> None:
    """At most eight are chosen; all are of the schema."""
    count = 0
    for name in models.__all__:
        cls = getattr(models, name)
        if not isinstance(cls, type) or not hasattr(cls, "__clerk_row__"):
            continue
        count += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # some classes are deprecated
            row = cls.model_construct()
        chosen = table([row]).columns
        assert len(chosen) <= 8, name
        assert table([row], list(chosen)).columns == chosen if chosen else True
        for path in table([row], "all", show_private=True).columns:
            table([row], [path], show_private=True)
    assert count > 600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "user_1"),
        ("full_name", "Ada Lovelace"),
        ("primary_email_address", "ada@example.com"),
        ("primary_phone_number", None),
        ("email_addresses.0.email_address", "old@example.com"),
        ("email_addresses.-1.email_address", "ada@example.com"),
        ("email_addresses.7.email_address", None),
        ("email_addresses.*.email_address", ["old@example.com", "ada@example.com"]),
        ("email_addresses.0.verification.status", "verified"),
        ("public_metadata.plan", "pro"),
        ("public_metadata.deep.er", [1, {"x": None}]),
        ("public_metadata.deep.er.1", {"x": None}),
        ("public_metadata.a.dot", 1),
        ("public_metadata.missing.too", None),
        ("object", "user"),
        ("locale", None),
        ("profile_image_url", None),
    ],
)
@pytest.mark.parametrize("as_dict", [False, True])
def test_dotted_names(name: str, value: Any, as_dict: bool) -> None:
    metadata = {"plan": "pro", "deep": {"er": [1, {"x": None}]}, "a.dot": 1}
    row: Any = user(public_metadata=metadata)
    if as_dict:
        row = {**BASE, "email_addresses": ADDRESSES, "public_metadata": metadata}
        row |= {"locale": None, "profile_image_url": None}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a deprecated field is read without a word
        assert table([row], [name]).to_dicts() == [{name: value}]


def test_names_on_the_wire_and_in_python() -> None:
    payment = models.CommerceSubscriptionNextPayment.model_construct(date_=CREATED)
    assert table(payment, ["date"]).to_dicts() == [{"date": CREATED}]
    assert table(payment, ["date_"]).to_dicts() == [{"date_": CREATED}]
    assert "date" in table(payment, "all").columns


def test_all_columns() -> None:
    rows = [
        user(public_metadata={"plan": "pro", "n": {"a": 1}}),
        user(public_metadata={"n": {"b": 2}, "wide": {str(key): 1 for key in range(101)}}),
    ]
    made = table(rows, "all")
    assert [name for name in made.columns if name.startswith("public_metadata")] == [
        "public_metadata.plan",
        "public_metadata.n.a",
        "public_metadata.n.b",
        "public_metadata.wide",
    ]
    assert "scim.directory_id" in made.columns and "email_addresses" in made.columns
    assert len(made.columns) == len(set(made.columns))
    first, second = made
    assert first["email_addresses"][1]["email_address"] == "ada@example.com"
    assert second["public_metadata.n.a"] is None and second["public_metadata.n.b"] == 2
    assert table([{"a": {"b": 1}}, {"a": 5}], "all").columns == ("a", "a.b")
    assert table([{"a": {1: 2}}], "all").to_dicts() == [{"a": {"1": 2}}]  # no name reaches 1


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["emial"], "'emial' is unknown: User has no 'emial'; nearest: .*'primary_email_address'"),
        (["first"], "nearest: 'first_name'"),
        (["First_Name"], "nearest: 'first_name'"),
        (["email_addresses.0.emial"], "nearest: 'email_addresses.0.email_address'"),
        (["email_addresses.email_address"], "a list at 'email_addresses' has no"),
        (["id.x"], r"a value \(str\) at 'id' has no 'x'"),
        (["zzzz"], "there is id, object"),
        ([""], "User has no ''"),
        (["id", "id"], "'id' is there twice"),
        ([], "one at least"),
        (["private_metadata"], "'private_metadata' is private: it needs show_private=True"),
        (["x" * 10_000], "…"),
    ],
)
def test_columns_that_cannot_be(columns: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        table([user()], columns)
    assert len(str(caught.value)) < 600


def test_columns_of_dicts_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="these dicts has no 'colr'; nearest: 'color'"):
        table([{"color": 1}], ["colr"])
    assert table([], ["anything"]).columns == ("anything",)


@pytest.mark.parametrize("columns", ["id", b"id", 5, [5], [None]])
def test_columns_of_another_type(columns: Any) -> None:
    with pytest.raises(TypeError, match="columns must be"):
        table([user()], columns)


# --- what is hidden ---------------------------------------------------------------


def test_private_metadata_and_secrets_are_hidden() -> None:
    row = user(private_metadata={"note": "hush"}, public_metadata={"token": "hush", "x": 1})
    for made in (table([row]), table([row], "all"), table([row], ["public_metadata"])):
        shown = [str(made), made.to_html(), made.to_csv(), made.to_jsonl(), str(made.to_dicts())]
        assert "hush" not in "".join(shown)
    assert table([row], ["public_metadata"]).to_dicts() == [
        {"public_metadata": {"token": "**********", "x": 1}}
    ]
    with pytest.raises(ValueError, match="private"):
        table([row], ["public_metadata.token"])
    asked = table([row], "all", show_private=True).to_dicts()[0]
    assert asked["private_metadata.note"] == "hush" and asked["public_metadata.token"] == "hush"


def test_secrets_deep_inside_are_stars() -> None:
    row = {"id": "x", "made": [{"secret": "hush", "private_metadata": {"a": "hush"}, "b": [1]}]}
    assert table([row], "all").to_dicts() == [
        {"id": "x", "made": [{"secret": "**********", "private_metadata": "**********", "b": [1]}]}
    ]


def test_addresses_that_sign_somebody_in_are_masked() -> None:
    row = {"url": "https://example.com/v1/tickets/accept?ticket=hush&x=1", "plain": "a?ticket=b"}
    made = table([row], ["url", "plain"])
    assert made.to_dicts()[0]["url"].endswith("ticket=**********&x=1")
    assert made.to_dicts()[0]["plain"] == "a?ticket=b"
    assert table([row], ["url"], show_private=True).to_dicts()[0]["url"] == row["url"]


# --- values and times ---------------------------------------------------------------


def test_values_are_those_of_json() -> None:
    row = {
        "enum": models.UserObject.USER, "unset": UNSET, "bytes": b"a\xff", "set": {1},
        "tuple": (1, (2,)), "model": models.IdentificationLink(type="t", id="i"),
        "other": datetime.timedelta(1), "huge": 10**6000, "date": datetime.date(2024, 2, 29),
    }  # fmt: skip
    made = table([row], list(row)).to_dicts()[0]
    assert made == {
        "enum": "user", "unset": None, "bytes": "a\ufffd", "set": [1], "tuple": [1, [2]],
        "model": {"type": "t", "id": "i"}, "other": "1 day, 0:00:00", "huge": hex(10**6000),
        "date": datetime.date(2024, 2, 29),
    }  # fmt: skip
    assert type(made["enum"]) is str


def test_times() -> None:
    rows = [user(), user(last_sign_in_at=0, public_metadata={"created_at": CREATED})]
    columns = ["created_at", "last_sign_in_at"]
    columns += ["public_metadata.created_at", "email_addresses.0.created_at"]
    plain = table(rows, columns).to_dicts()
    assert plain[0]["created_at"] == CREATED and plain[1]["last_sign_in_at"] == 0
    made = table(rows, columns, timestamps="datetime").to_dicts()
    moment = datetime.datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)
    assert made[0]["created_at"] == made[0]["email_addresses.0.created_at"] == moment
    assert made[0]["last_sign_in_at"] is None
    assert made[1]["last_sign_in_at"] == datetime.datetime(1970, 1, 1, tzinfo=UTC)
    assert made[1]["public_metadata.created_at"] == CREATED  # free-form: nobody knows what it is
    assert "2023-11-14 22:13:20Z" in table(rows, columns).to_text(200)


def test_a_column_that_is_not_all_times_stays_as_it_is() -> None:
    rows = [{"created_at": CREATED}, {"created_at": 10**17}, {"created_at": None}]
    assert table(rows, timestamps="datetime").to_dicts() == rows
    rows[1]["created_at"] = float("nan")
    assert table(rows, timestamps="datetime").to_dicts()[0] == rows[0]
    assert "2023-11-14" in str(table(rows))


def test_whole_milliseconds_are_ints() -> None:
    """The API documents those of keys as floats."""
    assert str(table([{"created_at": float(CREATED)}]).to_dicts()) == str([{"created_at": CREATED}])
    odd = [{"created_at": True, "updated_at": "x"}]
    assert table(odd, "all", timestamps="datetime").to_dicts() == odd


@pytest.mark.parametrize("timestamps", ["s", None, 5, "x" * 1000])
def test_timestamps_of_another_kind(timestamps: Any) -> None:
    with pytest.raises(ValueError, match='timestamps must be "ms" or "datetime"'):
        table([], timestamps=timestamps)


def test_rows_inside_of_themselves_are_refused() -> None:
    row: dict[str, Any] = {"id": "x"}
    row["self"] = [row]
    with pytest.raises(ValueError, match=r"results\[0\] is nested too deeply, or in itself"):
        table([row], "all").to_dicts()


def test_deep_rows() -> None:
    deep: Any = {"leaf": 1}
    for _ in range(150):
        deep = {"a": deep}
    made = table([deep], "all")
    assert made.columns == (".".join(["a"] * 9),)
    assert '"leaf":1' in made.to_csv().replace('""', '"')
