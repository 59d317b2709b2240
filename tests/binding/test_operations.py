"""What operations put on the wire besides their arguments, and how they describe themselves."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
import threading
from collections.abc import Iterator
from typing import Any

import clerk_backend_api
import pytest
from held import Held
from recorder import KEY, Recorded, Recorder, reply

from clerk_c import Clerk, models
from clerk_c.exceptions import InvalidURL, ReadTimeout, TransportError
from clerk_c.types import UNSET

GROUPS = ["users", "email_addresses", "invitations", "clients", "instance_settings"]


def get_user(clerk: Clerk, recorder: Recorder, **given: Any) -> Recorded:
    """The request of one call. The server has nothing good to say about it."""
    recorder.answer = reply(500, b"no", "text/plain")
    with pytest.raises(models.SDKError):
        clerk.users.get(**({"user_id": "user_1"} | given))
    return recorder.take()


# --- the path ---------------------------------------------------------------


@pytest.mark.parametrize("given", ["", ".", ".."])
def test_path_parameters_that_name_no_segment(clerk: Clerk, recorder: Recorder, given: str) -> None:
    with pytest.raises(ValueError, match="user_id"):
        clerk.users.get(user_id=given)
    with pytest.raises(ValueError, match="external_account_id"):
        clerk.users.delete_external_account(user_id="a", external_account_id=given)
    assert recorder.requests == []


@pytest.mark.parametrize(
    ("given", "segment"),
    [
        ("a/../b", "a%2F..%2Fb"),
        ("a?x=1&y", "a%3Fx=1&y"),
        ("a#b", "a%23b"),
        ("é", "%C3%A9"),
        (" ", "%20"),
        ("%2F", "%252F"),
        ("a\nb", "a%0Ab"),
        ("-._~", "-._~"),
        ("..a", "..a"),
    ],
)
def test_path_parameters_are_one_segment(
    clerk: Clerk, recorder: Recorder, given: str, segment: str
) -> None:
    request = get_user(clerk, recorder, user_id=given)
    assert request.target == f"/v1/users/{segment}"


def test_a_lone_surrogate_has_no_url(clerk: Clerk, recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        clerk.users.get(user_id="\ud800")
    assert recorder.requests == []


# --- headers ----------------------------------------------------------------


def test_headers_of_a_call(clerk: Clerk, recorder: Recorder) -> None:
    request = get_user(clerk, recorder, http_headers={"X-Request-Id": "7", "X-Text": "a b\t=;,"})
    assert (request.one("x-request-id"), request.one("x-text")) == ("7", "a b\t=;,")
    assert request.one("accept") == "application/json"
    assert (request.one("user-agent") or "").startswith("clerk_c/")


def test_headers_merge_whatever_their_case(clerk: Clerk, recorder: Recorder) -> None:
    given = {"ACCEPT": "text/x", "authorization": "Basic x", "user-AGENT": "mine"}
    request = get_user(clerk, recorder, http_headers=given)
    assert request.all("accept") == ["text/x"]
    assert request.all("authorization") == ["Basic x"]
    assert request.all("user-agent") == ["mine"]


def test_fixed_headers_are_fixed(clerk: Clerk, recorder: Recorder) -> None:
    given = {"clerk-api-version": "1999-01-01", "X-CLERK-SDK": "mine"}
    request = get_user(clerk, recorder, http_headers=given)
    assert request.all("clerk-api-version") == ["2025-11-10"]
    assert request.all("x-clerk-sdk") == ["python/7.0.0"]


@pytest.mark.parametrize(
    "given",
    [
        {"X-A": "b\r\nX-Evil: 1"},
        {"X-A\r\nX-Evil": "1"},
        {"X-A": "nul\0"},
        {"": "empty"},
        {"X A": "blank"},
        {"X-A:": "colon"},
        {"X-A": "\x7f"},
        {"é": "name"},
    ],
)
def test_headers_that_would_break_out(
    clerk: Clerk, recorder: Recorder, given: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match="header"):
        clerk.users.get(user_id="a", http_headers=given)
    assert recorder.requests == []


def test_a_mapping_that_fails(clerk: Clerk, recorder: Recorder) -> None:
    class Fails(dict[str, str]):
        def items(self) -> Any:
            raise LookupError("no items")

    with pytest.raises(LookupError, match="no items"):
        clerk.users.get(user_id="a", http_headers=Fails(a="b"))
    assert recorder.requests == []


# --- authorization ----------------------------------------------------------


@pytest.mark.parametrize(
    ("bearer", "sent"),
    [
        ("sk_1", "Bearer sk_1"),
        ("Bearer sk_1", "Bearer sk_1"),
        ("bearer sk_1", "bearer sk_1"),
        ("BEARER sk_1", "BEARER sk_1"),
        ("bearersk", "Bearer bearersk"),
        (None, None),
        (lambda: "sk_2", "Bearer sk_2"),
        (lambda: "bearer sk_2", "bearer sk_2"),
        (lambda: None, None),
    ],
)
def test_bearer(recorder: Recorder, bearer: Any, sent: str | None) -> None:
    with Clerk(bearer_auth=bearer, server_url=recorder.url, retry_config=None) as clerk:
        assert get_user(clerk, recorder).one("authorization") == sent


def test_a_callable_is_asked_once_per_call(recorder: Recorder) -> None:
    keys = iter(["one", "two", "three"])
    with Clerk(bearer_auth=lambda: next(keys), server_url=recorder.url, retry_config=None) as clerk:
        assert get_user(clerk, recorder).one("authorization") == "Bearer one"
        assert get_user(clerk, recorder).one("authorization") == "Bearer two"


@pytest.mark.parametrize(
    ("answer", "kind"), [(7, TypeError), (b"sk", TypeError), ("a\nb", ValueError)]
)
def test_a_callable_with_a_wrong_answer(recorder: Recorder, answer: Any, kind: Any) -> None:
    with Clerk(bearer_auth=lambda: answer, server_url=recorder.url, retry_config=None) as clerk:
        with pytest.raises(kind) as caught:
            clerk.users.get(user_id="a")
        assert "sk" not in str(caught.value).replace("bearer", "")
    assert recorder.requests == []


def test_a_callable_that_raises(recorder: Recorder) -> None:
    def fails() -> str:
        raise LookupError("no key today")

    with Clerk(bearer_auth=fails, server_url=recorder.url, retry_config=None) as clerk:
        with pytest.raises(LookupError, match="no key today"):
            clerk.users.get(user_id="a")
        assert recorder.requests == []


def test_an_operation_without_authorization(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = reply(200, b"<html>", "text/html")
    assert clerk.miscellaneous.get_public_interstitial() is None
    request = recorder.take()
    assert request.one("authorization") is None
    assert request.one("accept") == "*/*"


# --- the server -------------------------------------------------------------


@pytest.fixture
def other() -> Iterator[Recorder]:
    with Recorder() as server:
        server.answer = reply(500, b"no", "text/plain")
        yield server


def test_server_of_a_call(clerk: Clerk, recorder: Recorder, other: Recorder) -> None:
    with pytest.raises(models.SDKError):
        clerk.users.get(user_id="a", server_url=other.url.removesuffix("/v1"))
    assert other.take().target == "/users/a"
    assert recorder.requests == []
    assert get_user(clerk, recorder, server_url=None).target == "/v1/users/user_1"


@pytest.mark.parametrize("end", ["", "/"])
def test_one_slash_at_the_end_is_dropped(clerk: Clerk, recorder: Recorder, end: str) -> None:
    request = get_user(clerk, recorder, server_url=recorder.url + "/x%20é" + end)
    assert request.target == "/v1/x%20%C3%A9/users/user_1"


@pytest.mark.parametrize(
    "server_url",
    [
        "http://127.0.0.1:1/v1?a=b",
        "http://127.0.0.1:1/v1#a",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1:1",
        "",
        "http://",
        "http://a b/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1\r\n/",
        "http://127.0.0.1\0/",
    ],
)
def test_servers_that_cannot_be(clerk: Clerk, recorder: Recorder, server_url: str) -> None:
    with pytest.raises(InvalidURL):
        clerk.users.get(user_id="a", server_url=server_url)
    assert recorder.requests == []


# --- time limits ------------------------------------------------------------


@pytest.mark.parametrize("given", [0, -1, 2**100])
def test_timeouts_that_make_no_sense(clerk: Clerk, recorder: Recorder, given: int) -> None:
    with pytest.raises(ValueError, match="timeout_ms"):
        clerk.users.get(user_id="a", timeout_ms=given)
    assert recorder.requests == []


# The first one, in microseconds, is 384 more than 2**64.
@pytest.mark.parametrize("given", [18446744073709552, 2**63 // 1000 + 1, 2**63 - 1])
@pytest.mark.parametrize("is_async", [False, True])
def test_very_long_timeouts(held: Held, given: int, is_async: bool) -> None:
    def release() -> None:
        held.arrived.get()
        over.wait(0.05)  # longer than 384 microseconds
        held.release()

    over = threading.Event()
    threading.Thread(target=release).start()
    with Clerk(KEY, server_url=held.url, retry_config=None, timeout_ms=given) as clerk:
        user = (
            asyncio.run(clerk.users.get_async(user_id="user_1"))
            if is_async
            else clerk.users.get(user_id="user_1")
        )
    assert user.id == "user_1"


def test_timeout_of_a_call(clerk: Clerk, recorder: Recorder) -> None:
    over = threading.Event()

    def late(request: Recorded) -> bytes:
        over.wait(60)
        return reply(500)

    recorder.answer = reply(200, {"id": "user_1", "object": "user"})
    clerk.users.get(user_id="first")  # so that there is a connection
    assert recorder.take().target == "/v1/users/first"
    recorder.answer = late
    with pytest.raises(ReadTimeout):
        clerk.users.get(user_id="a", timeout_ms=50)
    over.set()
    assert recorder.take().target == "/v1/users/a"


# --- descriptions -----------------------------------------------------------


def methods(cls: type, ours: bool) -> list[str]:
    return [
        name
        for name in dir(cls)
        if not name.startswith("_")
        and name not in ("do_request", "do_request_async", "sdk_configuration", "parent_ref")
        and (ours or inspect.isfunction(getattr(cls, name)))
    ]


def both_groups() -> list[Any]:
    theirs = clerk_backend_api.Clerk(bearer_auth="x")
    ours = Clerk("x")
    found = [
        pytest.param(type(getattr(theirs, name)), type(getattr(ours, name)), id=name)
        for name in ours._groups()
    ]
    theirs.__exit__(None, None, None)
    return found


@pytest.mark.parametrize(("theirs", "ours"), both_groups())
def test_signatures(theirs: type, ours: type) -> None:
    """Equal in names, order, kinds and defaults."""
    names = methods(theirs, False)
    assert [name for name in methods(ours, True) if name in names] == names
    for name in names:
        wanted = inspect.signature(getattr(theirs, name)).parameters
        found = inspect.signature(getattr(ours, name)).parameters
        assert list(found) == list(wanted), name
        for parameter in found.values():
            assert parameter.kind is wanted[parameter.name].kind
            same_default(parameter.default, wanted[parameter.name].default)


def same_default(ours: Any, theirs: Any) -> None:
    if type(theirs).__name__ == "Unset":
        assert ours is UNSET
    elif isinstance(theirs, clerk_backend_api.types.BaseModel):
        assert repr(ours) == repr(theirs)
    elif theirs is inspect.Parameter.empty:
        assert ours is inspect.Parameter.empty
    else:
        assert ours == theirs
        assert type(ours).__name__ == type(theirs).__name__


@pytest.mark.parametrize("group", GROUPS)
def test_help(clerk: Clerk, group: str) -> None:
    text = pydoc.plain(pydoc.render_doc(getattr(clerk, group)))
    for name in methods(type(getattr(clerk, group)), True):
        assert f"{name}(" in text


def test_help_on_an_operation(clerk: Clerk) -> None:
    text = pydoc.plain(pydoc.render_doc(clerk.users.get))
    assert "user_id: 'str'," in text
    assert "GET /users/{user_id}" in text
    assert "models.ClerkErrors" in text


def test_operations_are_methods(clerk: Clerk) -> None:
    method = clerk.users.get
    assert method.__name__ == "get"
    assert method.__qualname__ == "Users.get"
    assert method.__self__ is clerk.users
    assert repr(type(clerk.users).get) == "<operation Users.get: GET /users/{user_id}>"
    assert callable(method)
    assert inspect.isroutine(type(clerk.users).get) or callable(type(clerk.users).get)


@pytest.mark.parametrize("name", ["nothing", "Users", "users_", "_users"])
def test_unknown_groups(clerk: Clerk, name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        getattr(clerk, name)


def test_unknown_operations(clerk: Clerk) -> None:
    with pytest.raises(AttributeError, match="fetch"):
        clerk.users.fetch()


def test_refused_connection(recorder: Recorder) -> None:
    recorder.close()
    with (
        Clerk("sk", server_url=recorder.url, retry_config=None) as clerk,
        pytest.raises(TransportError),
    ):
        clerk.users.get(user_id="a")
