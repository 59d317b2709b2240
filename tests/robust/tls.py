"""Servers that speak TLS, and clients for them."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

from faults import FINE, SECRET

from clerk_c import Clerk

PLENTY_MS = 20_000


def context(cert: Path, key: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(cert, key)
    return made


def serve(loopback: Any, tls: ssl.SSLContext) -> str:
    """Makes a `Loopback` speak TLS; the URL to call."""

    def script(connection: socket.socket) -> None:
        connection.settimeout(60)
        with tls.wrap_socket(connection, server_side=True) as secure:
            while loopback.request(secure) is not None:
                secure.sendall(FINE)

    loopback.script = script
    url: str = loopback.url.replace("http:", "https:")
    return url


def client(url: str, **given: Any) -> Clerk:
    given = {"timeout_ms": PLENTY_MS, "retry_config": None, "server_url": url} | given
    return Clerk(SECRET, **given)
