"""Where clerk_c differs from the reference on purpose: each row of docs/differences.md that a
program can meet, with what the reference does beside it. A row whose two sides agree has to go."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import importlib
import json
import math
import pickle
import weakref
from pathlib import Path
from typing import Any

import clerk_backend_api
import pytest
from compare import KEY, Outcome, Pair
from recorder import Recorded, Recorder, reply

import clerk_c
from clerk_c import ValidationError, _transport_options, models
from clerk_c.exceptions import ClientClosed, InvalidURL

THEIRS = clerk_backend_api.models
USERS_GET = {"group": "users", "name": "get"}


def get_user(pair: Pair, **given: Any) -> tuple[Outcome, Outcome]:
    """Users.get through both; the server has nothing good to say about it."""
    pair.server.answer = reply(500)
    return pair.both(USERS_GET, lambda _: {"user_id": "user_1", "retries": None} | given)


def targets(outcome: Outcome) -> list[str]:
    return [request.target for request in outcome.requests]


# --- requests ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "theirs_sent", "ours_sent"),
    [
        ("a/b", "/v1/users/a/b", "/v1/users/a%2Fb"),
        ("a?b=c", "/v1/users/a", "/v1/users/a%3Fb=c"),
        ("a#b", "/v1/users/a", "/v1/users/a%23b"),
        ("a%2Fb", "/v1/users/a%2Fb", "/v1/users/a%252Fb"),
    ],
)
def test_path_parameters(pair: Pair, given: str, theirs_sent: str, ours_sent: str) -> None:
    theirs, ours = get_user(pair, user_id=given)
    assert (targets(theirs), targets(ours)) == ([theirs_sent], [ours_sent])


@pytest.mark.parametrize(("given", "theirs_sent"), [("", "/v1/users/"), ("..", "/v1")])
def test_path_parameters_that_name_no_segment(pair: Pair, given: str, theirs_sent: str) -> None:
    theirs, ours = get_user(pair, user_id=given)
    assert targets(theirs) == [theirs_sent]
    assert targets(ours) == []
    assert type(ours.error) is ValueError


def test_headers_that_differ_in_case(pair: Pair) -> None:
    theirs, ours = get_user(pair, http_headers={"authorization": "Basic x", "ACCEPT": "x"})
    (their,), (our,) = theirs.requests, ours.requests
    assert their.all("authorization") == [f"Bearer {KEY}", "Basic x"]
    assert their.all("accept") == ["application/json", "x"]
    assert (our.all("authorization"), our.all("accept")) == (["Basic x"], ["x"])


@pytest.mark.parametrize("end", ["?a=b", "#a", "/a b"])
def test_odd_servers(pair: Pair, end: str) -> None:
    theirs, ours = get_user(pair, server_url=pair.server.url + end)
    assert len(theirs.requests) == 1
    assert isinstance(ours.error, InvalidURL)


@pytest.mark.parametrize("given", [0, True, 2500.5])
def test_odd_time_limits(pair: Pair, given: Any) -> None:
    theirs, ours = get_user(pair, timeout_ms=given)
    assert theirs.error is not None
    assert isinstance(ours.error, (TypeError, ValueError))
    assert ours.requests == []


def test_ca_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Theirs are counted, of ours it is known where they are."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    client: Any = clerk_backend_api.Clerk("sk_test").sdk_configuration.client
    loaded = client._transport._pool._ssl_context.get_ca_certs()
    certifi = Path(importlib.import_module("certifi").where())
    assert len(loaded) == certifi.read_text(encoding="utf-8").count("BEGIN CERTIFICATE")
    source, file, folder = _transport_options.ca_source()
    if source != "certifi":
        assert source in ("libcurl", "system")
        assert str(certifi) not in (file, folder)


def test_cookies(pair: Pair) -> None:
    def with_cookie(request: Recorded) -> bytes:
        return reply(500).replace(b"Content-Length", b"Set-Cookie: a=b\r\nContent-Length")

    pair.server.answer = with_cookie
    make = {"user_id": "user_1", "retries": None}
    for client, wanted in ((pair.theirs, "a=b"), (pair.ours, None)):
        pair.call(client, USERS_GET, lambda _: make)
        again = pair.call(client, USERS_GET, lambda _: make)
        assert again.requests[0].one("cookie") == wanted
    pair.theirs.sdk_configuration.client.cookies.clear()


@pytest.mark.parametrize("given", [{}, {"any": "dict"}])
def test_a_dict_is_not_unset(pair: Pair, given: Any) -> None:
    theirs, ours = pair.both(
        {"group": "enterprise_connections", "name": "update"},
        lambda _: {
            "enterprise_connection_id": "x",
            "sync_user_attributes": given,
            "retries": None,
        },
    )
    assert theirs.requests[0].body == b"{}"  # dropped without a word
    assert isinstance(ours.error, ValidationError)
    assert "sync_user_attributes" in str(ours.error)
    assert ours.requests == []


def test_a_dict_that_needs_conversion_is_kept() -> None:
    texts = ("id", "instance_id", "source_role_set_id", "trigger_type", "status")
    given: dict[str, Any] = dict.fromkeys(texts, "x")
    given |= dict.fromkeys(("migrated_members", "created_at", "updated_at"), 1)
    given |= {"object": "role_set_migration", "mappings": {"a": b"b"}}
    assert THEIRS.RoleSetMigration(**given).model_dump(exclude_unset=True).get("mappings") is None
    assert models.RoleSetMigration(**given).mappings == {"a": "b"}


def test_unset_inside_free_form_data(pair: Pair) -> None:
    theirs, ours = pair.both(
        {"group": "users", "name": "update_metadata"},
        lambda package: {
            "user_id": "user_1",
            "public_metadata": {"plan": package.types.UNSET},
            "retries": None,
        },
    )
    assert b"~?~unset~?~sentinel~?~" in theirs.requests[0].body  # and so stored at Clerk's
    assert isinstance(ours.error, TypeError)
    assert ours.requests == []


def test_positions_of_files(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    positions = []
    for package, sdk in ((clerk_backend_api, clerk_backend_api.Clerk), (clerk_c, clerk_c.Clerk)):
        with Recorder() as server, sdk(bearer_auth=KEY, server_url=server.url) as clerk:
            server.answer = reply(500)
            with path.open("rb") as stream:
                stream.seek(1)
                file = package.models.File(file_name="a", content=stream)
                with pytest.raises(package.models.SDKError):
                    clerk.users.set_profile_image(user_id="a", file=file, retries=None)
                positions.append(stream.tell())
            assert b"\r\n\r\nabc\r\n" in server.take().body
    assert positions == [3, 1]


def test_contents_that_only_we_take(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    for content in (path, [b"a", b"bc"], clerk_c.Upload(b"abc")):
        with pytest.raises(ValueError, match="content"):
            THEIRS.File(file_name="a", content=content)  # type: ignore[arg-type]
        assert models.File(file_name="a", content=content).content is content  # type: ignore


def test_content_types_of_files(pair: Pair) -> None:
    theirs, ours = pair.both(
        {"group": "users", "name": "set_profile_image"},
        lambda _: {
            "user_id": "user_1",
            "file": {"file_name": "a", "content": b"", "content_type": "a\r\nX-Evil: 1"},
            "retries": None,
        },
    )
    assert b"\r\nX-Evil: 1\r\n" in theirs.requests[0].body
    assert isinstance(ours.error, ValueError)
    assert ours.requests == []


def test_arguments_of_asynchronous_calls(pair: Pair) -> None:
    pair.server.answer = reply(200, {})

    async def changed_meanwhile(package: Any) -> Any:
        metadata = {"a": 1}
        async with package.Clerk(KEY, server_url=pair.server.url) as client:
            call = client.users.update_metadata_async(
                user_id="user_1", public_metadata=metadata, retries=None
            )
            metadata["a"] = 2
            with contextlib.suppress(Exception):  # about the answer
                await call
        return pair.server.take().json()

    sent = [asyncio.run(changed_meanwhile(package)) for package in (clerk_backend_api, clerk_c)]
    assert sent == [{"public_metadata": {"a": 2}}, {"public_metadata": {"a": 1}}]


# --- clients ----------------------------------------------------------------


def test_use_after_close() -> None:
    theirs = clerk_backend_api.Clerk(bearer_auth="x", server_url="http://127.0.0.1:9")
    with theirs:
        pass
    with pytest.raises(AttributeError, match="NoneType"):
        theirs.users.get(user_id="a")
    with clerk_c.Clerk("x", server_url="http://127.0.0.1:9") as ours:
        pass
    with pytest.raises(ClientClosed):
        ours.users.get(user_id="a")


# --- models -----------------------------------------------------------------


def test_models_in_notebooks() -> None:
    given = {"type": "oauth_google", "id": "idn_1"}
    theirs = THEIRS.IdentificationLink.model_validate(given)
    ours = models.IdentificationLink.model_validate(given)
    assert not hasattr(theirs, "_repr_html_")
    assert "idn_1" in ours._repr_html_()
    assert repr(ours) == repr(theirs)


def test_secrets_in_reprs() -> None:
    assert "hunter2" in repr(THEIRS.Security(bearer_auth="hunter2"))
    assert repr(models.Security(bearer_auth="hunter2")) == "Security(bearer_auth='**********')"


def test_values_in_errors() -> None:
    given = {"password": ["hunter2"]}
    with pytest.raises(ValueError, match="hunter2"):
        THEIRS.CreateUserRequestBody(**given)
    with pytest.raises(ValidationError) as caught:
        models.CreateUserRequestBody(**given)
    assert "hunter2" not in str(caught.value)


def test_places_of_errors() -> None:
    given = {"password": 1}
    with pytest.raises(ValueError, match="validation error") as caught:
        THEIRS.CreateUserRequestBody(**given)
    theirs: Any = caught.value
    assert [e["loc"] for e in theirs.errors()] == [
        ("password", "nullable[str]"),
        ("password", "Unset"),
    ]
    with pytest.raises(ValidationError) as ours:
        models.CreateUserRequestBody(**given)
    assert [e["loc"] for e in ours.value.errors()] == [("password",)]


def test_tags_of_variants() -> None:
    """A member of an enum is as good a tag as its text, and an instance needs none."""
    variant = {"status": "verified", "strategy": "admin", "attempts": None, "expire_at": None}
    base = {"object": "phone_number", "phone_number": "+15550100", "reserved": False}
    base |= {"linked_to": [], "created_at": 1, "updated_at": 2}
    with pytest.raises(ValueError, match="tag"):
        THEIRS.PhoneNumber(**base, verification=THEIRS.VerificationAdmin(**variant))
    member = models.VerificationAdminVerificationPhoneNumberObject.VERIFICATION_ADMIN
    for given in (models.VerificationAdmin(**variant), {**variant, "object": member}):
        made = models.PhoneNumber(**base, verification=given)
        assert isinstance(made.verification, models.VerificationAdmin)


def test_new_fields_in_subclasses() -> None:
    their_class = type("Mine", (THEIRS.DeletedObject,), {"__annotations__": {"note": str}})
    assert their_class(object="a", deleted=True, note="b").note == "b"
    with pytest.raises(TypeError, match="note"):
        type("Mine", (models.DeletedObject,), {"__annotations__": {"note": str}})


def test_weak_references() -> None:
    theirs = THEIRS.DeletedObject(object="a", deleted=True)
    assert weakref.ref(theirs)() is theirs
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(models.DeletedObject(object="a", deleted=True))
    mine = type("Mine", (models.DeletedObject,), {})(object="a", deleted=True)
    assert weakref.ref(mine)() is mine


def test_time_zones() -> None:
    text = json.dumps({"object": "a", "id": "b", "payer_id": "c", "source_type": "d",
                       "source_id": "e", "created_at": "2024-01-02T03:04:05Z",
                       "amount": {"amount": 1, "amount_formatted": "a", "currency": "b",
                                  "currency_symbol": "c"}})  # fmt: skip
    theirs = THEIRS.CommerceCreditLedgerResponse.model_validate_json(text)
    ours = models.CommerceCreditLedgerResponse.model_validate_json(text)
    assert ours.created_at == theirs.created_at
    assert type(ours.created_at.tzinfo).__name__ == "timezone"
    assert type(theirs.created_at.tzinfo).__name__ == "TzInfo"


def test_infinity_in_json_mode() -> None:
    given = {"m2m_tokens": [], "total_count": math.inf}
    theirs = THEIRS.GetM2MTokensResponseBody(**given).model_dump(mode="json")
    ours = models.GetM2MTokensResponseBody(**given).model_dump(mode="json")
    assert (theirs["total_count"], ours["total_count"]) == (math.inf, None)


def test_defaults_of_floats() -> None:
    assert "offset" not in THEIRS.GetAPIKeysRequest(subject="a").model_dump()
    assert models.GetAPIKeysRequest(subject="a").model_dump()["offset"] == 0


def test_contents_of_files() -> None:
    theirs, ours = (package.File(file_name="a", content=b"x") for package in (THEIRS, models))
    assert theirs.model_dump(by_alias=True)["content"] is None
    assert ours.model_dump(by_alias=True)["content"] == b"x"


@pytest.mark.parametrize("travel", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_unset_that_travelled(travel: Any) -> None:
    assert travel(clerk_backend_api.types.UNSET) is not clerk_backend_api.types.UNSET
    assert travel(clerk_c.types.UNSET) is clerk_c.types.UNSET


def test_a_charset_that_is_none(pair: Pair) -> None:
    pair.server.answer = reply(200, {"object": "user", "id": "a", "deleted": True},
                               "application/json; charset=zlib")  # fmt: skip
    theirs, ours = pair.both(
        {"group": "users", "name": "delete"}, lambda _: {"user_id": "a", "retries": None}
    )
    assert isinstance(theirs.error, AssertionError)
    assert ours.value.deleted is True
