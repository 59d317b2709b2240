"""Servers that stall, reset and lie: a documented error each time, and a client that works on."""

from __future__ import annotations

import json
import socket
import threading
from functools import partial
from typing import Any

import faces
import pytest
import wire_answers
from faces import PATIENCE_MS
from wire_answers import HEAD

from clerk_c import Clerk, exceptions, models

SECRET = "sk_test_never_shown_anywhere"


@pytest.fixture
def clerk(loopback: Any) -> Any:
    with Clerk(
        bearer_auth=SECRET,
        server_url=loopback.url,
        timeout_ms=PATIENCE_MS,
        response_validation="strict",
        retry_config=None,
    ) as client:
        yield client


def misbehave_once(loopback: Any, data: bytes, *, stall: bool = False, reset: bool = False) -> None:
    """The first request gets these bytes and the given end; later ones are served well."""

    over = threading.Event()

    def script(connection: socket.socket) -> None:
        if over.is_set():
            loopback.serve_user(connection)
            return
        if loopback.request(connection) is None:
            return  # given up while it was made
        over.set()
        connection.sendall(data)
        if stall:
            connection.recv(1)  # until the other side gives up
        if reset:
            wire_answers.reset(connection)

    loopback.script = script


def fails(clerk: Any, kind: type[BaseException], **limit: int) -> Any:
    """The error of a call, with the secret in none of its faces; the next call succeeds."""
    error = faces.fails(kind, partial(clerk.users.get, user_id="user_1"), limit)
    shown = [str(error), repr(error), repr(vars(error)), repr(getattr(error, "headers", None))]
    request = getattr(error, "request", None)
    shown += [repr(request), repr(getattr(request, "headers", None))]
    assert not any(SECRET in text for text in shown)
    return error


def recovers(clerk: Any) -> None:
    assert clerk.users.get(user_id="user_2").id == "user_2"


USER = json.dumps({"id": "user_1"}).encode()

BROKEN = [
    ("nothing at all", b"", {}, exceptions.RemoteProtocolError),
    ("garbage", b"\x16\x03\x01 what is this?\r\n\r\n", {}, exceptions.RemoteProtocolError),
    ("half a head", HEAD, {}, exceptions.TransportError),
    ("a short body", HEAD + b"Content-Length: 100\r\n\r\n{", {}, exceptions.RemoteProtocolError),
    (
        "a broken chunk",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        {},
        exceptions.TransportError,
    ),
    ("a reset", HEAD + b"Content-Length: 100\r\n\r\n{", {"reset": True}, exceptions.TransportError),
    ("silence", b"", {"stall": True}, exceptions.ReadTimeout),
    (
        "silence in the body",
        HEAD + b"Content-Length: 100\r\n\r\n{",
        {"stall": True},
        exceptions.ReadTimeout,
    ),
    (
        "an unknown encoding's bytes",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        {},
        exceptions.DecodingError,
    ),
]


@pytest.mark.parametrize(
    ("data", "end", "kind"), [pytest.param(*row[1:], id=row[0]) for row in BROKEN]
)
def test_broken_answer(
    loopback: Any, clerk: Any, data: bytes, end: dict[str, bool], kind: type[Exception]
) -> None:
    misbehave_once(loopback, data, **end)
    error = fails(clerk, kind, **({"timeout_ms": 500} if end.get("stall") else {}))
    if issubclass(kind, exceptions.TransportError):
        assert isinstance(error, models.NoResponseError)
    recovers(clerk)


ODD = [
    ("no JSON", b"<html>maintenance</html>", "application/json", models.ResponseValidationError),
    ("truncated JSON", b'{"id": "user_1"', "application/json", models.ResponseValidationError),
    ("an array", b"[]", "application/json", models.ResponseValidationError),
    ("nothing", b"", "application/json", models.ResponseValidationError),
    ("not UTF-8", b'{"id": "\xff"}', "application/json", models.ResponseValidationError),
    ("deep", b"[" * 100_000, "application/json", models.ResponseValidationError),
    ("another content type", b"<html></html>", "text/html", models.SDKError),
]


@pytest.mark.parametrize(
    ("body", "content_type", "kind"), [pytest.param(*row[1:], id=row[0]) for row in ODD]
)
def test_odd_body(
    loopback: Any, clerk: Any, body: bytes, content_type: str, kind: type[Exception]
) -> None:
    misbehave_once(loopback, loopback.answer(body, kind=content_type))
    error = fails(clerk, kind)
    assert error.status_code == 200
    recovers(clerk)


@pytest.mark.parametrize("body", [b"<html>", b'{"id": "user_1"', b"", b"[]", b"[" * 100_000])
def test_tolerant_reading_has_its_limits(loopback: Any, body: bytes) -> None:
    with Clerk(bearer_auth=SECRET, server_url=loopback.url, retry_config=None) as clerk:
        misbehave_once(loopback, loopback.answer(body))
        fails(clerk, models.ResponseValidationError)
        recovers(clerk)


def test_endless_body_is_cut(loopback: Any, clerk: Any) -> None:
    def endless(connection: socket.socket) -> None:
        if loopback.connections > 1:
            loopback.serve_user(connection)
            return
        loopback.request(connection)
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    loopback.script = endless
    fails(clerk, exceptions.ResponseTooLarge)
    recovers(clerk)


def test_endless_headers_are_cut(loopback: Any, clerk: Any) -> None:
    def endless(connection: socket.socket) -> None:
        if loopback.connections > 1:
            loopback.serve_user(connection)
            return
        loopback.request(connection)
        connection.sendall(HEAD)
        while True:
            connection.sendall(b"X-More: " + b"y" * 4000 + b"\r\n")

    loopback.script = endless
    fails(clerk, exceptions.TransportError)
    recovers(clerk)


def test_refused_connection(refusing: int) -> None:
    url = f"http://127.0.0.1:{refusing}"
    with Clerk(bearer_auth=SECRET, server_url=url, retry_config=None) as clerk:
        for _ in range(3):
            assert isinstance(fails(clerk, exceptions.ConnectError), models.NoResponseError)


def test_name_that_does_not_resolve() -> None:
    with Clerk(bearer_auth=SECRET, server_url="http://nowhere.invalid", retry_config=None) as clerk:
        assert "nowhere.invalid" in str(fails(clerk, exceptions.ConnectError))


def test_use_after_close(loopback: Any) -> None:
    with Clerk(bearer_auth=SECRET, server_url=loopback.url, retry_config=None) as clerk:
        recovers(clerk)
        users = clerk.users
    for use in (lambda: clerk.users.get(user_id="a"), lambda: users.get(user_id="a")):
        with pytest.raises(exceptions.ClientClosed, match="closed"):
            use()
    clerk.close()  # twice does no harm
    assert len(loopback.requests) == 1


def test_the_secret_is_nowhere_but_in_the_header(loopback: Any, clerk: Any) -> None:
    recovers(clerk)
    assert f"Bearer {SECRET}".encode() in loopback.requests[0]
    shown = [repr(clerk), str(clerk), repr(clerk.users), repr(clerk.users.get), repr(dir(clerk))]
    shown.append(repr(getattr(clerk, "__dict__", {})))
    assert not any(SECRET in text for text in shown)
