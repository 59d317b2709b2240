"""The client's life: settings, closing, threads, and that it keeps its secret."""

from __future__ import annotations

import gc
import threading
import traceback
import weakref
from typing import Any

import pytest
from recorder import KEY, Recorded, Recorder, reply

from clerk_c import Clerk, models
from clerk_c.exceptions import ClientClosed
from clerk_c.testing import Server


@pytest.mark.parametrize(
    ("given", "kind", "word"),
    [
        ({"bearer_auth": 7}, TypeError, "bearer_auth"),
        ({"bearer_auth": b"sk"}, TypeError, "bearer_auth"),
        ({"server_url": 7}, TypeError, "server_url"),
        ({"server_idx": "0"}, TypeError, "server_idx"),
        ({"server_idx": 1}, IndexError, "server_idx"),
        ({"timeout_ms": "1"}, TypeError, "timeout_ms"),
        ({"timeout_ms": True}, TypeError, "timeout_ms"),
        ({"timeout_ms": 0}, ValueError, "timeout_ms"),
        ({"secret_key": "sk"}, TypeError, "secret_key"),
    ],
)
def test_settings_that_make_no_sense(
    given: dict[str, Any], kind: type[Exception], word: str
) -> None:
    with pytest.raises(kind, match=word):
        Clerk(**given)


def test_settings_by_position(recorder: Recorder) -> None:
    recorder.answer = reply(500)
    host = recorder.url.removeprefix("http://")
    with Clerk("sk", 0, {"host": host}, "http://{host}/", None, None, None) as clerk:
        with pytest.raises(models.SDKError):
            clerk.users.get(user_id="a")
        assert recorder.take().target == "/v1/users/a"


def test_groups_are_kept(clerk: Clerk) -> None:
    assert clerk.users is clerk.users
    assert set(clerk._groups()) <= set(dir(clerk))
    assert len(clerk._groups()) == 43


def test_a_group_keeps_its_client(recorder: Recorder) -> None:
    recorder.answer = reply(500)
    users = Clerk("sk", server_url=recorder.url, retry_config=None).users
    gc.collect()
    with pytest.raises(models.SDKError):
        users.get(user_id="a")


def test_a_client_can_go() -> None:
    clerk = Clerk("sk")
    assert repr(clerk.users) == "<Users>"
    gone = weakref.ref(clerk)
    del clerk
    gc.collect()
    assert gone() is None


def test_a_subclass(recorder: Recorder) -> None:
    class Mine(Clerk):
        def __init__(self, name: str) -> None:
            super().__init__("sk", server_url=recorder.url, retry_config=None)
            self.name = name

        def first(self) -> Any:
            return self.users.get(user_id=self.name)

    recorder.answer = reply(500)
    with Mine("ada") as mine:
        with pytest.raises(models.SDKError):
            mine.first()
        assert recorder.take().target == "/v1/users/ada"
        assert repr(mine) == "<Mine open>"


def test_a_subclass_that_forgets_its_base(recorder: Recorder) -> None:
    class Forgets(Clerk):
        def __init__(self) -> None:
            pass

    with pytest.raises(RuntimeError, match="__init__"):
        Forgets().users.get(user_id="a")


# --- closing ----------------------------------------------------------------


def test_use_after_close(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = reply(500)
    with pytest.raises(models.SDKError):
        clerk.users.get(user_id="a")
    assert not clerk.closed
    clerk.close()
    clerk.close()
    assert clerk.closed
    for _ in range(2):
        with pytest.raises(ClientClosed, match="closed"):
            clerk.users.get(user_id="a")
    assert len(recorder.requests) == 1


def test_close_before_the_first_call(recorder: Recorder) -> None:
    clerk = Clerk("sk", server_url=recorder.url, retry_config=None)
    clerk.close()
    with pytest.raises(ClientClosed):
        clerk.users.get(user_id="a")


def test_with(recorder: Recorder) -> None:
    clerk = Clerk("sk", server_url=recorder.url, retry_config=None)
    with clerk as entered:
        assert entered is clerk
    assert clerk.closed
    with clerk, pytest.raises(ClientClosed):  # a second time it is entered, but still closed
        clerk.users.get(user_id="a")


def test_with_passes_errors_on(recorder: Recorder) -> None:
    clerk = Clerk("sk", server_url=recorder.url, retry_config=None)
    with pytest.raises(LookupError), clerk:
        raise LookupError
    assert clerk.closed


def test_close_while_another_thread_calls(clerk: Clerk, recorder: Recorder) -> None:
    arrived, over = threading.Event(), threading.Event()
    caught: list[BaseException] = []

    def late(request: Recorded) -> bytes:
        arrived.set()
        over.wait(60)
        return reply(500)

    def call() -> None:
        try:
            clerk.users.get(user_id="a", timeout_ms=60_000)
        except BaseException as error:
            caught.append(error)

    recorder.answer = late
    thread = threading.Thread(target=call)
    thread.start()
    assert arrived.wait(60)
    clerk.close()
    thread.join(60)
    over.set()
    assert not thread.is_alive()
    assert [type(error) for error in caught] == [ClientClosed]


def test_close_from_a_callable_key(recorder: Recorder) -> None:
    def key() -> str:
        clerk.close()
        return "sk"

    clerk = Clerk(key, server_url=recorder.url, retry_config=None)
    with pytest.raises(ClientClosed):
        clerk.users.get(user_id="a")
    assert recorder.requests == []


# --- threads ----------------------------------------------------------------


def test_threads_share_a_client(recorder: Recorder) -> None:
    def echo(request: Recorded) -> bytes:
        name = request.path.rpartition("/")[2]
        return reply(200, {"object": "user", "id": name, "deleted": True})

    recorder.answer = echo
    found: dict[str, str | None] = {}
    start = threading.Barrier(8)

    def call(name: str) -> None:
        start.wait(60)
        for turn in range(20):
            key = f"{name}-{turn}"
            found[key] = clerk.users.delete(user_id=key).id

    with Clerk("sk", server_url=recorder.url, retry_config=None) as clerk:
        threads = [threading.Thread(target=call, args=(f"t{i}",)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert found == {f"t{i}-{turn}": f"t{i}-{turn}" for i in range(8) for turn in range(20)}


def test_threads_read_one_model(recorder: Recorder) -> None:
    """First access makes the value; all threads have to see the same one."""
    members = {f"k{i}": [i] for i in range(50)}
    body = {"organization_id": "o", "user_id": "u", "public_metadata": members}
    with Clerk("sk", server_url=recorder.url, retry_config=None) as clerk:
        for _ in range(20):
            recorder.answer = reply(200, {"object": "client", "sessions": [], **body})
            session = clerk.clients.get(client_id="a")
            start = threading.Barrier(4)
            seen: list[Any] = []

            def read(start: Any = start, seen: Any = seen, session: Any = session) -> None:
                start.wait(60)
                seen.append(session.sessions)

            threads = [threading.Thread(target=read) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert len(seen) == 4
            assert all(value is seen[0] for value in seen)


# --- secrets ----------------------------------------------------------------


def everything_about(error: BaseException) -> str:
    parts = ["".join(traceback.format_exception(error)), repr(error), str(error), repr(error.args)]
    parts += [f"{name}={value!r}" for name, value in vars(error).items()]
    return "\n".join(parts)


def test_the_key_is_not_shown(clerk: Clerk, recorder: Recorder) -> None:
    shown = [repr(clerk), str(clerk), repr(clerk.users), repr(vars(clerk))]
    answers = [reply(500, b"no"), reply(200, b"{"), reply(401, {"errors": []}), reply(200, [1])]
    for answer in answers:
        recorder.answer = answer
        with pytest.raises(models.ClerkBaseError) as caught:
            clerk.users.get(user_id="a")
        shown.append(everything_about(caught.value))
        shown.append(repr(caught.value.raw_response))
        shown.append(repr(caught.value.raw_response.request))
    for wrong in ({"user_id": 1}, {"user_id": "a", "http_headers": {"x": "\n"}}):
        with pytest.raises((TypeError, ValueError)) as refused:
            clerk.users.get(**wrong)
        shown.append(everything_about(refused.value))
    recorder.close()
    clerk.close()
    with pytest.raises(ClientClosed) as closed:
        clerk.users.get(user_id="a")
    shown.append(everything_about(closed.value))
    assert KEY not in "\n".join(shown)
    assert len(shown) == 4 + 3 * len(answers) + 3


def test_a_key_that_is_no_header_is_not_shown(recorder: Recorder) -> None:
    with Clerk("sk_secret\r\nX-Evil: 1", server_url=recorder.url, retry_config=None) as clerk:
        with pytest.raises(ValueError, match=r"[Aa]uthorization") as caught:
            clerk.users.get(user_id="a")
        assert "sk_secret" not in everything_about(caught.value)
    assert recorder.requests == []


# --- the embedded server ----------------------------------------------------


def test_against_the_embedded_server() -> None:
    with Server() as server, Clerk(server.secret_key, server_url=server.url) as clerk:
        made = clerk.users.create(email_address=["ada@example.com"], skip_password_requirement=True)
        assert isinstance(made, models.User)
        assert clerk.users.get(user_id=made.id).id == made.id
        assert [user.id for user in clerk.users.list(request={"limit": 5})] == [made.id]
        with pytest.raises(models.ClerkErrors) as caught:
            clerk.users.get(user_id="user_nobody")
        assert caught.value.status_code == 404
        assert caught.value.data.errors[0].code == "resource_not_found"
        assert clerk.users.delete(user_id=made.id).deleted is True
    assert [request.method for request in server.requests] == [
        "POST",
        "GET",
        "GET",
        "GET",
        "DELETE",
    ]
