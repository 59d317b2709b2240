"""Servers that misbehave on purpose, and children that run a piece of code of their own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the helpers beside this file

from faces import FACES, descriptors, settles
from wire_answers import answer

Script = Callable[[socket.socket], None]

USER: dict[str, Any] = {
    "id": "user_1",
    "object": "user",
    "external_id": None,
    "primary_email_address_id": None,
    "primary_phone_number_id": None,
    "primary_web3_wallet_id": None,
    "username": None,
    "first_name": "Ada",
    "last_name": None,
    "has_image": False,
    "public_metadata": {"tier": "pro", "seats": 3},
    "email_addresses": [],
    "phone_numbers": [],
    "web3_wallets": [],
    "passkeys": [],
    "password_enabled": True,
    "two_factor_enabled": False,
    "totp_enabled": False,
    "backup_code_enabled": False,
    "mfa_enabled_at": None,
    "mfa_disabled_at": None,
    "external_accounts": [],
    "saml_accounts": [],
    "enterprise_accounts": [],
    "last_sign_in_at": None,
    "banned": False,
    "locked": False,
    "lockout_expires_in_seconds": None,
    "verification_attempts_remaining": None,
    "updated_at": 1700000000000,
    "created_at": 1700000000000,
    "delete_self_enabled": True,
    "create_organization_enabled": True,
    "last_active_at": None,
    "legal_accepted_at": None,
}


def read_request(connection: socket.socket) -> bytes | None:
    """One request, head and body; None when the other side has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


class Loopback:
    """Runs a script for each connection. The last request's text is kept for assertions."""

    def __init__(self) -> None:
        self.script: Script = self.serve_user
        self.connections = 0
        self.requests: list[bytes] = []
        self.open: set[socket.socket] = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                self.open.add(connection)
                threading.Thread(target=self.run, args=(connection,), daemon=True).start()

    def run(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.script(connection)
        self.open.discard(connection)

    def request(self, connection: socket.socket) -> bytes | None:
        request = read_request(connection)
        if request is not None:
            self.requests.append(request)
        return request

    def serve_user(self, connection: socket.socket) -> None:
        """What a healthy server does: the user whose id is in the path, again and again."""
        while (request := self.request(connection)) is not None:
            path = request.split(b" ", 2)[1].decode()
            connection.sendall(self.user(path.rpartition("/")[2]))

    @staticmethod
    def user(identifier: str) -> bytes:
        """The answer with the user of that id."""
        return answer(json.dumps(USER | {"id": identifier}).encode())

    answer = staticmethod(answer)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    server = Loopback()
    yield server
    server.close()


class Child:
    """A Python process that runs one piece of code; what it prints is read line by line."""

    def __init__(self, code: str, *arguments: str) -> None:
        command = [sys.executable, "-W", "error", "-c", code, *arguments]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def finish(self) -> str:
        """The rest of its output, once it has ended well."""
        out, err = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, err
        return out.strip()


@pytest.fixture
def child() -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(code: str, *arguments: str) -> Child:
        children.append(Child(code, *arguments))
        return children[-1]

    yield start
    for started in children:
        if started.process.poll() is None:
            started.process.kill()
        started.process.communicate()


@pytest.fixture(scope="session")
def answering() -> Iterator[str]:
    """The URL of a quick healthy server in a process of its own, whose memory is its own."""
    program = Path(__file__).with_name("answering.py")
    environment = {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}
    process = subprocess.Popen(
        [sys.executable, str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(USER) + "\n")
    process.stdin.flush()
    yield process.stdout.readline().strip()
    process.communicate()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: Any) -> Any:
    from certificates import Authority

    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def good(authority: Any) -> Any:
    """For a server with a good certificate."""
    from tls import context

    return context(*authority.issue("good"))


@pytest.fixture(params=FACES)
def kind(request: Any) -> Iterator[str]:
    """How to call. Afterwards no more descriptors may be open than before."""
    before = descriptors()
    yield request.param
    assert settles(before)
