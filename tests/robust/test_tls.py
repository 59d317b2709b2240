"""TLS on loopback: handshakes that break, certificates of clients, threads, children."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from faces import Face
from faults import FINE, SECRET, USER, shown
from tls import client, context, serve
from wire_answers import HEAD

from clerk_c import Clerk, exceptions, models


def test_protocol_too_old(kind: str, loopback: Any, authority: Authority) -> None:
    tls = context(*authority.issue("old"))
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version = ssl.TLSVersion.TLSv1
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    url = serve(loopback, tls)
    with client(url, ca_file=authority.file) as clerk:
        assert "TLS" in str(Face(clerk, kind).fails(exceptions.ConnectError, "user_1"))
    assert not loopback.requests


def test_plain_http_on_a_tls_port(kind: str, loopback: Any, authority: Authority) -> None:
    url = loopback.url.replace("http:", "https:")
    loopback.script = lambda connection: connection.sendall(FINE)
    with client(url, ca_file=authority.file) as clerk:
        assert "TLS" in str(Face(clerk, kind).fails(exceptions.ConnectError, "user_1"))
    assert not loopback.requests


def test_tls_on_a_plain_http_port(kind: str, loopback: Any, good: ssl.SSLContext) -> None:
    serve(loopback, good)
    with client(loopback.url) as clerk:
        Face(clerk, kind).fails(exceptions.TransportError, "user_1")
    assert not loopback.requests


def test_handshake_without_an_answer(kind: str, loopback: Any, authority: Authority) -> None:
    def silent(connection: socket.socket) -> None:
        while connection.recv(1 << 16):
            pass

    loopback.script = silent
    url = loopback.url.replace("http:", "https:")
    with client(url, ca_file=authority.file, timeout_ms=300) as clerk:
        Face(clerk, kind).fails(exceptions.ConnectTimeout, "user_1")


def flight(tls: ssl.SSLContext, hello: bytes) -> bytes:
    """All that the server says to a client's first words."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    incoming.write(hello)
    with pytest.raises(ssl.SSLWantReadError):
        tls.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("reset", [False, True], ids=["end", "reset"])
def test_handshake_cut_after_every_few_bytes(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, reset: bool
) -> None:
    sizes: list[int] = []

    def cut(connection: socket.socket) -> None:
        said = flight(good, connection.recv(1 << 16))
        at = 0 if not sizes else sizes[-1] + (1 if sizes[-1] < 64 else 61)
        sizes.append(min(at, len(said)))
        connection.sendall(said[: sizes[-1]])
        if reset:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    loopback.script = cut
    url = loopback.url.replace("http:", "https:")
    with client(url, ca_file=authority.file) as clerk:
        face = Face(clerk, kind)
        while len(sizes) < 2 or sizes[-1] > sizes[-2]:
            # A server that has said all may be gone when the client has, too.
            last = len(sizes) > 64
            kinds = exceptions.TransportError if last else exceptions.ConnectError
            error = face.fails(kinds, "user_1")
            assert SECRET not in shown(error)
        serve(loopback, good)
        assert face.get("user_1").id == "user_1"


@pytest.mark.parametrize("line", [b"Content-Length: %d\r\n" % len(USER), b""], ids=["sized", "no"])
def test_body_cut_by_somebody_on_the_way(
    kind: str, loopback: Any, good: ssl.SSLContext, authority: Authority, line: bytes
) -> None:
    """Half a body never passes for a whole one, whether its length was told or not."""

    def script(connection: socket.socket) -> None:
        with good.wrap_socket(connection, server_side=True) as secure:
            if loopback.request(secure) is None:
                return
            secure.sendall(FINE if loopback.connections > 1 else HEAD + line + b"\r\n" + USER[:-4])
            if loopback.connections == 1:
                os.close(secure.detach())

    loopback.script = script
    url = loopback.url.replace("http:", "https:")
    with client(url, ca_file=authority.file) as clerk:
        # libcurl 7.88 takes such an end for the body's; later ones tell.
        expected: Any = exceptions.TransportError
        if not line:
            expected = (models.ResponseValidationError, exceptions.ReadError)
        Face(clerk, kind).fails(expected, "user_1")
        assert Face(clerk, kind).get("user_1").id == "user_1"


def asking(authority: Authority) -> ssl.SSLContext:
    """A server that wants to see a certificate of the client's."""
    tls = context(*authority.issue("asking"))
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(authority.file)
    return tls


def test_client_certificate(kind: str, loopback: Any, authority: Authority) -> None:
    url = serve(loopback, asking(authority))
    cert, key = authority.issue("client")
    both = authority.folder / "client-both.pem"
    both.write_bytes(cert.read_bytes() + key.read_bytes())
    locked, lock = authority.issue("locked", password=b"s3cret")
    fits: list[Any] = [(cert, key), both, str(both), (locked, lock, "s3cret")]
    for given in [*fits, (locked, lock, b"s3cret")]:
        with client(url, ca_file=authority.file, client_cert=given) as clerk:
            assert Face(clerk, kind).get("user_1").id == "user_1"


def test_client_certificate_that_is_no_good(
    kind: str, loopback: Any, authority: Authority, tmp_path: Path
) -> None:
    url = serve(loopback, asking(authority))
    cert, _ = authority.issue("client")
    locked, lock = authority.issue("locked", password=b"s3cret")
    other, other_key = Authority(tmp_path, "Another Authority").issue("stranger")
    for given in (None, (other, other_key)):  # the server's decision, told in its own time
        with client(url, ca_file=authority.file, client_cert=given) as clerk:
            Face(clerk, kind).fails(exceptions.TransportError, "user_1")
    wrong: list[Any] = [(locked, lock, "wr0ng"), (locked, lock), (cert, other_key), (cert, cert)]
    for given in wrong:
        with client(url, ca_file=authority.file, client_cert=given) as clerk:
            error = Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
            assert "s3cret" not in shown(error)
            assert "wr0ng" not in shown(error)
    assert not loopback.requests


def test_many_threads_at_once(loopback: Any, good: ssl.SSLContext, authority: Authority) -> None:
    """They all wait for the same first look into the certificates."""
    url = serve(loopback, good)
    start = threading.Barrier(8)
    seen: list[str] = []

    def work(clerk: Clerk) -> None:
        start.wait()
        seen.extend(clerk.users.get(user_id="user_1").id or "" for _ in range(20))

    with client(url, ca_file=authority.file) as clerk:
        threads = [threading.Thread(target=work, args=(clerk,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == ["user_1"] * 160


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_reads_them_again(
    loopback: Any, good: ssl.SSLContext, authority: Authority, child: Callable[..., Any]
) -> None:
    url = serve(loopback, good)
    code = """
import os, sys
from clerk_c import Clerk
with Clerk("sk", server_url=sys.argv[1], ca_file=sys.argv[2], retry_config=None) as clerk:
    print(clerk.users.get(user_id="user_1").id, flush=True)
    pids = []
    for _ in range(3):
        pid = os.fork()
        if pid == 0:
            os._exit(clerk.users.get(user_id="user_1").id != "user_1")
        pids.append(pid)
    print([os.waitpid(pid, 0)[1] for pid in pids], clerk.users.get(user_id="user_1").id)
"""
    assert child(code, url, str(authority.file)).finish() == "user_1\n[0, 0, 0] user_1"
