"""Every way to break an answer: the documented outcome in time, no secret told, nothing left open,
and the same client works on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from faces import FACES, PATIENCE_MS, Face, descriptors, settles
from faults import FAULTS, FINE, SECRET, serve, shown

from clerk_c import Clerk, exceptions, models

LIMIT_MS = 400


@pytest.fixture(params=FACES)
def face(request: Any, loopback: Any) -> Iterator[Face]:
    serve(loopback)
    before = descriptors()
    clerk = Clerk(
        bearer_auth=SECRET,
        server_url=loopback.url,
        timeout_ms=LIMIT_MS,
        retry_config=None,
        max_response_bytes=1 << 20,
    )
    face = Face(clerk, request.param)
    yield face
    clerk.close()
    del clerk, face.clerk
    assert settles(before)


@pytest.mark.parametrize("name", FAULTS)
def test_fault(face: Face, name: str) -> None:
    fault = FAULTS[name]
    for _ in range(2):  # the second time perhaps on a connection that was kept
        face.recovers()
        if fault.error is None:
            face.succeeds(name)
            continue
        # where a timeout would be wrong, a machine that stalls must not bring one
        may_wait = issubclass(exceptions.ReadTimeout, fault.error)
        error = face.fails(fault.error, name, timeout_ms=LIMIT_MS if may_wait else PATIENCE_MS)
        assert SECRET not in shown(error)
        assert str(error)
        if fault.status is not None:
            assert error.status_code == fault.status
        else:
            assert isinstance(error, exceptions.RequestError)
            assert isinstance(error, models.NoResponseError | exceptions.DecodingError
                              | exceptions.TooManyRedirects)  # fmt: skip
    face.recovers()


@pytest.mark.parametrize("kind", ["cut", "reset"])
def test_the_end_after_every_byte(face: Face, kind: str) -> None:
    for count in range(len(FINE)):
        error = face.fails(exceptions.TransportError, f"{kind}-{count}")
        assert SECRET not in shown(error)
        if count % 16 == 0:
            face.recovers()
    face.succeeds(f"cut-{len(FINE)}")
    face.recovers()


def test_connections_closed_between_calls(face: Face, loopback: Any) -> None:
    """Each answer is the last on its connection, without a word about it."""

    def script(connection: socket.socket) -> None:
        if loopback.request(connection) is not None:
            connection.sendall(FINE)

    loopback.script = script
    for _ in range(40):
        face.succeeds("user_1")
    assert loopback.connections == 40


def test_connection_closed_while_the_next_request_arrives(face: Face, loopback: Any) -> None:
    """The request was read, nothing came back: on a kept connection it is sent once more."""

    def script(connection: socket.socket) -> None:
        if loopback.request(connection) is not None:
            connection.sendall(FINE)
            loopback.request(connection)

    loopback.script = script
    for _ in range(10):
        face.succeeds("user_1")


def test_refused(kind: str, refusing: int) -> None:
    with Clerk(SECRET, server_url=f"http://127.0.0.1:{refusing}", retry_config=None) as clerk:
        for _ in range(20):
            error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
            assert "refused" in str(error)


def test_nobody_there(kind: str) -> None:
    """A full queue of connections: the next one waits for an answer that never comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        address = deaf.getsockname()
        waiting = []
        for _ in range(8):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(address)
        url = f"http://127.0.0.1:{address[1]}"
        with Clerk(SECRET, server_url=url, timeout_ms=200, retry_config=None) as clerk:
            Face(clerk, kind).fails(exceptions.ConnectTimeout, "user_1")
        for one in waiting:
            one.close()


def test_name_that_does_not_resolve(kind: str) -> None:
    with Clerk(SECRET, server_url="http://nowhere.invalid", retry_config=None) as clerk:
        for _ in range(2):
            error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
            assert "nowhere.invalid" in str(error)


def test_answer_before_the_body_was_read(loopback: Any) -> None:
    """The server refuses a large body after its first bytes and closes: either half may be seen."""
    answer = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def script(connection: socket.socket) -> None:
        if loopback.connections > 1:
            loopback.serve_user(connection)
        elif connection.recv(1000):
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 20):
                pass

    loopback.script = script
    with Clerk(SECRET, server_url=loopback.url, timeout_ms=5000, retry_config=None) as clerk:
        with pytest.raises((models.SDKError, exceptions.WriteError)) as caught:
            clerk.users.update_metadata(
                user_id="user_1", public_metadata={"large": "x" * (8 << 20)}
            )
        assert SECRET not in shown(caught.value)
        assert clerk.users.get(user_id="user_2").id == "user_2"
