"""Proxies: which one is used, what it is told, and what becomes of a call when it fails."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from faces import Face
from faults import FINE, SECRET, shown
from tls import PLENTY_MS, serve

from clerk_c import Clerk, exceptions, models

PASSWORD = "s3cret"


def copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def tunnel(proxy: Any, connection: socket.socket) -> None:
    """What a proxy does: for CONNECT a tunnel, for all else the answer of the server itself."""
    request = proxy.request(connection)
    if request is None:
        return
    method, target, _ = request.split(b" ", 2)
    if method != b"CONNECT":
        connection.sendall(FINE)
        return
    host, _, port = target.decode().rpartition(":")
    with socket.create_connection((host, int(port))) as server:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
        back = threading.Thread(target=copy, args=(server, connection), daemon=True)
        back.start()
        copy(connection, server)
        back.join()


@pytest.fixture
def proxy(loopback: Any) -> Iterator[Any]:
    made = type(loopback)()
    made.script = lambda connection: tunnel(made, connection)
    yield made
    made.close()


def at(proxy: Any, scheme: str = "http", user: str = "") -> str:
    return f"{scheme}://{user}127.0.0.1:{proxy.listener.getsockname()[1]}"


def client(url: str, **given: Any) -> Clerk:
    given = {"timeout_ms": PLENTY_MS, "retry_config": None} | given
    return Clerk(SECRET, server_url=url, **given)


def test_plain_http(kind: str, proxy: Any) -> None:
    """The name of the server is the proxy's to look up."""
    with client("http://api.invalid/v1", proxy=at(proxy)) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert proxy.requests[0].startswith(b"GET http://api.invalid/v1/users/user_1 HTTP/1.1\r\n")


def test_tunnel(kind: str, loopback: Any, proxy: Any, good: ssl.SSLContext, authority: Any) -> None:
    """The proxy learns host and port, neither key nor path; its own password stays with it."""
    url = serve(loopback, good)
    given = {"ca_file": authority.file, "proxy": at(proxy, user=f"user:{PASSWORD}@")}
    with client(url, **given) as clerk:
        for _ in range(2):
            assert Face(clerk, kind).get("user_1").id == "user_1"
    (told,) = proxy.requests
    assert told.startswith(b"CONNECT 127.0.0.1:")
    assert b"\r\nProxy-Authorization: Basic " in told
    assert SECRET.encode() not in told
    assert b"user_1" not in told
    assert all(b"roxy" not in request for request in loopback.requests)
    assert len(loopback.requests) == 2


def test_proxy_that_speaks_tls(
    kind: str, loopback: Any, proxy: Any, good: ssl.SSLContext, authority: Any
) -> None:
    url = serve(loopback, good)

    def script(connection: socket.socket) -> None:
        with good.wrap_socket(connection, server_side=True) as secure:
            proxy.request(secure)
            secure.sendall(FINE)

    proxy.script = script
    plain = loopback.url
    with client(plain, ca_file=authority.file, proxy=at(proxy, "https")) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert not loopback.requests
    # A stranger's certificate is no better for a proxy than for a server.
    proxy.requests.clear()
    with client(url, proxy=at(proxy, "https")) as clerk:
        Face(clerk, kind).fails(exceptions.TransportError, "user_1")
    assert not proxy.requests


@pytest.mark.parametrize("status", [302, 403, 407, 502])
def test_refused_tunnel(kind: str, loopback: Any, proxy: Any, status: int) -> None:
    head = f"HTTP/1.1 {status} No\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    proxy.script = lambda connection: (
        proxy.request(connection),
        connection.sendall(head.encode()),
    )
    url = loopback.url.replace("http:", "https:")
    with client(url, proxy=at(proxy, user=f"user:{PASSWORD}@")) as clerk:
        error = Face(clerk, kind).fails(exceptions.ProxyError, "user_1")
    assert str(status) in str(error)
    assert isinstance(error, models.NoResponseError)
    assert PASSWORD not in shown(error)
    assert SECRET not in shown(error)


FAULTS = {
    "closes": (b"", exceptions.TransportError),
    "garbage": (b"\x16\x03\x01 what?\r\n\r\n", exceptions.TransportError),
    "half a head": (b"HTTP/1.1 200 Conn", exceptions.TransportError),
    "endless": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, exceptions.TransportError),
}


@pytest.mark.parametrize("name", FAULTS)
def test_broken_proxy(kind: str, loopback: Any, proxy: Any, name: str) -> None:
    data, expected = FAULTS[name]

    def script(connection: socket.socket) -> None:
        if proxy.request(connection) is not None:
            connection.sendall(data)

    proxy.script = script
    url = loopback.url.replace("http:", "https:")
    with client(url, proxy=at(proxy, user=f"user:{PASSWORD}@")) as clerk:
        error = Face(clerk, kind).fails(expected, "user_1")
        assert PASSWORD not in shown(error)
    assert not loopback.requests


def test_silent_proxy(kind: str, loopback: Any, proxy: Any) -> None:
    proxy.script = lambda connection: [*iter(lambda: connection.recv(1), b"")]
    url = loopback.url.replace("http:", "https:")
    with client(url, proxy=at(proxy), timeout_ms=300) as clerk:
        Face(clerk, kind).fails(exceptions.ConnectTimeout, "user_1")


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_no_proxy_there(kind: str, loopback: Any, scheme: str, refusing: int) -> None:
    nowhere = f"{scheme}://user:{PASSWORD}@127.0.0.1:{refusing}"
    with client(loopback.url, proxy=nowhere) as clerk:
        error = Face(clerk, kind).fails(exceptions.TransportError, "user_1")
        assert PASSWORD not in shown(error)
    assert not loopback.requests


def test_socks(kind: str, proxy: Any) -> None:
    """SOCKS 5 by RFC 1928, the name looked up by the proxy."""
    asked: list[bytes] = []

    def script(connection: socket.socket) -> None:
        connection.recv(100)  # the methods that the client knows
        connection.sendall(b"\x05\x00")
        asked.append(connection.recv(100))
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        while proxy.request(connection) is not None:
            connection.sendall(FINE)

    proxy.script = script
    with client("http://api.invalid/v1", proxy=at(proxy, "socks5h")) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert asked == [b"\x05\x01\x00\x03\x0bapi.invalid\x00\x50"]


def test_environment(
    kind: str, loopback: Any, proxy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the program says comes before what the environment says; the empty text is a word."""
    monkeypatch.setenv("http_proxy", at(proxy))
    with client(loopback.url) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert (len(proxy.requests), len(loopback.requests)) == (1, 0)
    with client(loopback.url, proxy="") as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert (len(proxy.requests), len(loopback.requests)) == (1, 1)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with client(loopback.url) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert (len(proxy.requests), len(loopback.requests)) == (1, 2)
    with client(loopback.url, proxy=at(proxy)) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
    assert (len(proxy.requests), len(loopback.requests)) == (2, 2)
