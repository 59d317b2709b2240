"""Scripted faults, and what clients make of them; recorded requests for assertions."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clerk_c import Clerk, RetryPolicy, models
from clerk_c.exceptions import NetworkError, ReadError, ReadTimeout, RemoteProtocolError
from clerk_c.testing import Server


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def server(shared: Server) -> Server:
    shared.reset()
    return shared


@pytest.fixture
def clerk(server: Server) -> Iterator[Clerk]:
    with Clerk(server.secret_key, server_url=server.url, retry_config=None, proxy="") as client:
        yield client


def test_rate_limit(server: Server, clerk: Clerk) -> None:
    fault = server.faults.rate_limit(retry_after=7)
    with pytest.raises(models.SDKError) as caught:
        clerk.users.count()
    assert (caught.value.status_code, caught.value.headers["retry-after"]) == (429, "7")
    assert "scripted" in caught.value.body
    assert clerk.users.count().total_count == 0
    assert (fault.happened, fault.left, server.faults.pending) == (1, 0, [])
    server.faults.rate_limit(retry_after=None)
    with pytest.raises(models.SDKError) as caught:
        clerk.users.count()
    assert "retry-after" not in caught.value.headers
    assert [request.fault for request in server.requests] == ["answer", None, "answer"]


def test_unavailable_and_retries(server: Server) -> None:
    server.faults.unavailable(times=3, path="/users/count")
    policy = RetryPolicy(max_attempts=4, initial_ms=1, max_ms=1, jitter_ms=0)
    with Clerk(server.secret_key, server_url=server.url, retry_config=policy, proxy="") as clerk:
        assert clerk.users.count().total_count == 0
    assert [request.status for request in server.requests] == [503, 503, 503, 200]


def test_where(server: Server, clerk: Clerk) -> None:
    user = clerk.users.create(username="ada_lovelace")
    server.faults.unavailable(times=None, method="get", path="/users/{user_id}")
    server.faults.answer(200, [], path="/v1/invitations", times=2)
    assert clerk.users.count().total_count == 1
    for _ in range(3):
        with pytest.raises(models.SDKError):
            clerk.users.get(user_id=user.id)
    clerk.users.update(user_id=user.id, first_name="Ada")
    assert clerk.invitations.list() == []
    server.faults.clear()
    assert clerk.users.get(user_id=user.id).first_name == "Ada"
    server.faults.unavailable(path=f"/users/{user.id}")
    assert [fault.name for fault in server.faults.pending] == ["answer"]
    with pytest.raises(models.SDKError):
        clerk.users.get(user_id=user.id)


def test_the_first_that_fits_happens(server: Server, clerk: Clerk) -> None:
    server.faults.answer(418, times=2)
    server.faults.answer(502, times=2)
    found = []
    for _ in range(4):
        with pytest.raises(models.SDKError) as caught:
            clerk.users.count()
        found.append(caught.value.status_code)
    assert found == [418, 418, 502, 502]
    assert clerk.users.count().total_count == 0


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("kind", ["reset", "hang_up"])
def test_broken_connections(server: Server, clerk: Clerk, kind: str, carried_out: bool) -> None:
    server.faults.inject(kind, carried_out=carried_out, method="POST")
    with pytest.raises((NetworkError, RemoteProtocolError)):
        clerk.users.create(username="ada_lovelace")
    assert clerk.users.count().total_count == int(carried_out)
    record = server.requests.one("POST", "/users")
    assert (record.fault, record.status) == (kind, None)


def test_kept_connections_that_break(server: Server, clerk: Clerk) -> None:
    """On a kept one a request whose answer never began is sent once more, by libcurl."""
    clerk.users.count()
    server.faults.reset(times=2)
    with pytest.raises((NetworkError, RemoteProtocolError)):
        clerk.users.count()
    assert server.faults.pending == []


def test_cut_off(server: Server, clerk: Clerk) -> None:
    server.faults.cut_off(times=2)
    for _ in range(2):
        with pytest.raises((RemoteProtocolError, ReadError)):
            clerk.users.count()
    assert clerk.users.count().total_count == 0


def test_hold(server: Server, clerk: Clerk) -> None:
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(clerk.users.count().total_count))
    with server.faults.hold(path="/users/count") as held:
        thread.start()
        held.wait()
        assert (held.arrived, done) == (1, [])
        assert clerk.invitations.list() == []  # others are answered
    thread.join(60)
    assert done == [0]
    assert held.fault.happened == 1
    with pytest.raises(TimeoutError, match="1 of 2 requests came"):
        held.wait(2, timeout=0)


def test_hold_outlasts_a_time_limit(server: Server) -> None:
    with Clerk(server.secret_key, server_url=server.url, retry_config=None, proxy="") as clerk:
        clerk.users.count()  # a connection is there: no time goes into making one
        hold = server.faults.hold()
        with pytest.raises(ReadTimeout):
            clerk.users.count(timeout_ms=500)
    hold.wait()


def test_hold_in_a_task(server: Server) -> None:
    async def main() -> tuple[int, bool]:
        async with Clerk(
            server.secret_key, server_url=server.url, retry_config=None, proxy=""
        ) as clerk:
            held = server.faults.hold(times=3)
            calls = [asyncio.create_task(clerk.users.count_async()) for _ in range(3)]
            await asyncio.to_thread(held.wait, 3)
            waited = not any(call.done() for call in calls)
            calls.pop().cancel()
            held.release()
            counts = await asyncio.gather(*calls)
            return sum(count.total_count for count in counts), waited

    assert asyncio.run(main()) == (0, True)


def test_closing_a_server_that_holds() -> None:
    failures: list[BaseException] = []
    with Server() as server:
        held = server.faults.hold()

        def call() -> None:
            with Clerk(
                server.secret_key, server_url=server.url, retry_config=None, proxy=""
            ) as clerk:
                try:
                    clerk.users.count()
                except Exception as error:  # the server may be gone first
                    failures.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        held.wait()
    thread.join(60)
    assert not thread.is_alive()


def test_malformed(server: Server, clerk: Clerk) -> None:
    server.faults.malformed()
    with pytest.raises(models.ResponseValidationError):
        clerk.users.count()


def test_unknown_enum_and_missing(server: Server, clerk: Clerk) -> None:
    clerk.invitations.create(request={"email_address": "ada@example.com", "notify": False})
    server.faults.unknown_enum("status")
    (found,) = clerk.invitations.list()
    assert found.status == "of_the_future"
    server.faults.unknown_enum("status", "odd")
    server.faults.missing("email_address")
    strict = clerk.replace(response_validation="strict")
    with strict:
        for _ in range(2):
            with pytest.raises(models.ResponseValidationError):
                strict.invitations.list()
        assert len(strict.invitations.list()) == 1


def test_places_in_an_answer(server: Server, clerk: Clerk) -> None:
    user = clerk.users.create(email_address=["ada@example.com"])
    server.faults.unknown_enum("email_addresses.verification.status", path="/users/{id}")
    found = clerk.users.get(user_id=user.id)
    verification: Any = found.email_addresses[0].verification
    assert verification.status == "of_the_future"
    server.faults.missing("id")
    assert clerk.users.get(user_id=user.id).id is None
    assert {difference.operation for difference in clerk.drift} == {"Users.get"}


def test_edit(server: Server, clerk: Clerk) -> None:
    server.faults.edit(lambda answer: {**answer, "total_count": 5})
    server.faults.edit(lambda answer: answer.update(total_count=6))
    assert [clerk.users.count().total_count for _ in range(3)] == [5, 6, 0]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        (lambda faults: faults.missing("colour"), "LookupError: the answer has no 'colour'"),
        (lambda faults: faults.unknown_enum("a.b"), "LookupError: the answer has no 'a.b'"),
        (lambda faults: faults.edit(lambda answer: 1 / 0), "ZeroDivisionError"),
        (lambda faults: faults.edit(lambda answer: object()), "TypeError"),
    ],
)
def test_a_fault_that_fails_says_so(
    server: Server, clerk: Clerk, script: Callable[[Any], None], text: str
) -> None:
    script(server.faults)
    with pytest.raises(models.SDKError, match=text) as caught:
        clerk.users.count()
    assert caught.value.status_code == 500


def test_an_answer_that_is_no_json(server: Server, clerk: Clerk) -> None:
    server.faults.missing("id")
    answer = clerk.sdk_configuration.client.send(
        clerk.sdk_configuration.client.build_request("GET", f"{server.origin}/images/user_1")
    )
    assert answer.status_code == 500
    assert "the fault missing failed: " in answer.text


@pytest.mark.parametrize(
    ("name", "settings", "text"),
    [
        ("explode", {}, "there is no fault 'explode'; there are answer, cut_off, edit"),
        ("clear", {}, "there is no fault 'clear'"),
        ("reset", {"times": 0}, "times must be at least 1"),
        ("reset", {"times": True}, "times must be int"),
        ("reset", {"path": "/user"}, r"no operation has '/user'; is /users"),
        ("reset", {"path": 5}, "path must be str"),
        ("reset", {"method": "FETCH"}, "method must be one of DELETE, GET"),
        ("reset", {"colour": "red"}, "colour"),
        ("rate_limit", {"retry_after": -1}, "retry_after must be a whole number"),
        ("unavailable", {"status": 404}, "status must be from 500 on"),
        ("answer", {"status": 99}, "status must be an int from 200"),
        ("answer", {"status": 204, "body": b"x"}, "body: an answer with status 204 has none"),
        ("answer", {"status": 200, "body": object()}, "not JSON serializable"),
        ("answer", {"status": 200, "headers": {"x": "a\r\nb: c"}}, "headers: 'x' cannot be sent"),
        ("answer", {"status": 200, "headers": {"x": 1}}, "headers must be a mapping of str"),
        ("edit", {"change": "x"}, "change must be callable"),
        ("missing", {"member": "a..b"}, "member must be a name"),
        ("unknown_enum", {"member": 1}, "member must be str"),
    ],
)
def test_slips(server: Server, name: str, settings: dict[str, Any], text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text):
        server.faults.inject(name, **settings)
    assert server.faults.pending == []


def test_reset(server: Server, clerk: Clerk) -> None:
    clerk.users.create(username="ada_lovelace")
    server.faults.unavailable()
    server.clock.advance(5000)
    key = server.secret_key
    server.reset()
    assert (server.faults.pending, list(server.requests)) == ([], [])
    assert server.clock.time() < time.time() + 1
    assert (clerk.users.count().total_count, server.secret_key) == (0, key)


# Recorded requests


def test_finding_requests(server: Server, clerk: Clerk) -> None:
    user = clerk.users.create(username="ada_lovelace", password="a very secret one")
    clerk.users.get(user_id=user.id)
    clerk.users.list(request={"limit": 5})
    log = server.requests
    created = log.one("POST", "/users")
    assert created.json()["username"] == "ada_lovelace"
    assert log.one("GET", "/users/{user_id}").path == f"/v1/users/{user.id}"
    assert log.one("get", "/v1/users").query[0] == ("limit", "5")
    assert len(log.find("GET")) == 2
    assert len(log.find()) == 3
    with pytest.raises(AssertionError, match=r"3 requests, not one, for any method any path") as no:
        log.one()
    assert f"  GET /v1/users/{user.id}" in str(no.value)
    with pytest.raises(AssertionError, match=r"0 requests, not one, for DELETE /users/\{user_id\}"):
        log.one("DELETE", "/users/{user_id}")
    with pytest.raises(ValueError, match="no operation has"):
        log.one("DELETE", "/userz")
    log.clear()
    with pytest.raises(AssertionError, match="There came: nothing"):
        log.one()


def test_no_secret_is_shown(server: Server, clerk: Clerk) -> None:
    clerk.users.count(http_headers={"cookie": "__session=of_a_user", "x-plain": "shown"})
    request = server.requests.one()
    assert request.headers["authorization"] == f"Bearer {server.secret_key}"
    for shown in (repr(request), repr(request.headers), repr(request.header_list), str(request)):
        assert server.secret_key not in shown
        assert "of_a_user" not in shown
    assert "shown" in repr(request.headers)
    assert ("x-plain", "shown") in request.header_list
