"""The secret key goes to its own origin and, whatever that one answers, no further."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from faces import Face
from faults import FINE, SECRET
from tls import PLENTY_MS

from clerk_c import Clerk, exceptions

KEY = SECRET.encode()
PATH = "/v1/users/user_9"


@pytest.fixture
def other(loopback: Any) -> Iterator[Any]:
    """Another origin: the same host, another port. It wants to know the key."""
    server = type(loopback)()
    server.script = lambda connection: answers(server, connection)
    yield server
    server.close()


def answers(server: Any, connection: socket.socket) -> None:
    while server.request(connection) is not None:
        connection.sendall(FINE)


def redirects(server: Any, location: str, status: int = 302) -> None:
    """The first request is sent elsewhere, the next ones are answered."""

    def script(connection: socket.socket) -> None:
        while server.request(connection) is not None:
            if len(server.requests) == 1:
                head = f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
                connection.sendall(head.encode("latin-1"))
            else:
                connection.sendall(FINE)

    server.script = script


def client(url: str, **given: Any) -> Clerk:
    return Clerk(SECRET, server_url=url, timeout_ms=PLENTY_MS, retry_config=None, **given)


def port(server: Any) -> int:
    number: int = server.listener.getsockname()[1]
    return number


HOME = [
    PATH,
    "user_9",
    "../users/user_9",
    "?again=1",
    "//127.0.0.1:{home}" + PATH,
    "http://127.0.0.1:{home}" + PATH,
    "HTTP://127.0.0.1:{home}" + PATH,
    "http://127.0.0.1:{home}/{away}/@127.0.0.1:{away}/",
    "http://someone:else@127.0.0.1:{home}" + PATH,
]

AWAY = [
    "http://127.0.0.1:{away}" + PATH,
    "//127.0.0.1:{away}" + PATH,
    "http://127.0.0.1:{home}@127.0.0.1:{away}" + PATH,
    "http://127.0.0.1%3A{home}@127.0.0.1:{away}" + PATH,
    "http://127.0.0.1:{home}:@127.0.0.1:{away}" + PATH,
    "http://sk:pw@127.0.0.1:{away}" + PATH,
    "http://localhost:{away}" + PATH,
    "http://LOCALHOST:{home}" + PATH,
    "http://127.0.0.2:{away}" + PATH,
    "http://127.1:{away}" + PATH,
    "http://2130706433:{away}" + PATH,
    "http://0x7f.1:{away}" + PATH,
    "http:\\\\127.0.0.1:{away}\\",
    "/\\127.0.0.1:{away}/",
    "http://127.0.0.1:{home}\\@127.0.0.1:{away}" + PATH,
    "http://127.0.0.1:{home}#@127.0.0.1:{away}" + PATH,
    "http://127.0.0.1:{home}?@127.0.0.1:{away}" + PATH,
    "http:///127.0.0.1:{away}" + PATH,
    "http:127.0.0.1:{away}" + PATH,
    "http://127.0.0.1:{away} " + PATH,
    "http://127.0.0.1\t:{away}" + PATH,
    "http://[::ffff:127.0.0.1]:{away}" + PATH,
]


def check(server: Any, other: Any) -> None:
    """Nobody but the first server was told, and that one only as itself."""
    for request in other.requests:
        assert KEY not in request
        assert b"authorization" not in request.lower()
        assert b"cookie" not in request.lower()
    for request in server.requests:
        host = request.lower().partition(b"\r\nhost: ")[2].partition(b"\r\n")[0]
        if KEY in request:
            assert host == f"127.0.0.1:{port(server)}".encode()


@pytest.mark.parametrize("location", HOME)
def test_home(kind: str, loopback: Any, other: Any, location: str) -> None:
    redirects(loopback, location.format(home=port(loopback), away=port(other)))
    with client(loopback.url) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert all(KEY in request for request in loopback.requests)
    assert all(b"else" not in request for request in loopback.requests)
    assert not other.requests


@pytest.mark.parametrize(
    ("location", "status"),
    [
        *((location, status) for location in AWAY for status in (302, 307)),
        *((AWAY[0], status) for status in (301, 303, 308)),
    ],
)
def test_away(kind: str, loopback: Any, other: Any, location: str, status: int) -> None:
    redirects(loopback, location.format(home=port(loopback), away=port(other)), status)
    with client(loopback.url) as clerk:
        headers = {"Cookie": f"a={SECRET}"}
        # Some of these are no URLs: then nothing more is sent, to anybody.
        with suppress(exceptions.RemoteProtocolError, exceptions.ConnectError):
            assert Face(clerk, kind).get("user_1", http_headers=headers).id == "user_1"
    check(loopback, other)


def test_away_and_back(kind: str, loopback: Any, other: Any) -> None:
    """Once taken off the key stays off: the server in between could have chosen the path."""
    redirects(loopback, f"http://127.0.0.1:{port(other)}{PATH}")
    redirects(other, f"http://127.0.0.1:{port(loopback)}{PATH}")
    with client(loopback.url) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert [KEY in request for request in loopback.requests] == [True, False]
    check(loopback, other)


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
def test_a_key_of_the_calls_own(kind: str, loopback: Any, other: Any, name: str) -> None:
    redirects(loopback, f"http://127.0.0.1:{port(other)}{PATH}")
    with client(loopback.url) as clerk:
        headers = {name: f"Bearer {SECRET}"}
        assert Face(clerk, kind).get("user_1", http_headers=headers).id == "user_1"
    check(loopback, other)


def test_from_tls_to_plain_http(
    kind: str, loopback: Any, other: Any, good: ssl.SSLContext, authority: Any
) -> None:
    location = f"http://127.0.0.1:{port(other)}{PATH}"

    def script(connection: socket.socket) -> None:
        with good.wrap_socket(connection, server_side=True) as secure:
            if loopback.request(secure) is not None:
                head = f"HTTP/1.1 302 Go\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
                secure.sendall(head.encode())

    loopback.script = script
    with client(loopback.url.replace("http:", "https:"), ca_file=authority.file) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert KEY in loopback.requests[0]
    assert len(other.requests) == 1
    check(loopback, other)


def test_from_plain_http_to_tls_on_another_port(
    kind: str, loopback: Any, other: Any, good: ssl.SSLContext, authority: Any
) -> None:
    def script(connection: socket.socket) -> None:
        with good.wrap_socket(connection, server_side=True) as secure:
            answers(other, secure)

    other.script = script
    redirects(loopback, f"https://127.0.0.1:{port(other)}{PATH}")
    with client(loopback.url, ca_file=authority.file) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert len(other.requests) == 1
    check(loopback, other)


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "dict://127.0.0.1/", "a:b"],
)
def test_only_http(kind: str, loopback: Any, location: str) -> None:
    redirects(loopback, location)
    with client(loopback.url) as clerk:
        error = Face(clerk, kind).fails(exceptions.TransportError, "user_1")
        assert isinstance(error, exceptions.UnsupportedProtocol | exceptions.RemoteProtocolError)
    assert len(loopback.requests) == 1


def test_proxy_of_another_origin_is_not_told(kind: str, loopback: Any, other: Any) -> None:
    """A redirect cannot choose a proxy, and credentials for one go to it alone."""
    with client(loopback.url, proxy=f"http://user:{SECRET}2@127.0.0.1:{port(other)}") as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    (request,) = other.requests
    assert request.startswith(b"GET http://127.0.0.1:")
    assert b"\r\nProxy-Authorization: Basic " in request
    assert not loopback.requests
