"""CA certificates are found where the machine has them, though the wheel was built elsewhere.

Each test runs a program whose /etc is that of another distribution, in a mount namespace.
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from certificates import Authority

ENTER = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
IN_ETC = 'mount --bind "$1" /etc && shift && exec "$@"'


def may_enter() -> bool:
    command = [*ENTER, "mount --bind /tmp /etc"]
    if not shutil.which("unshare"):
        return False
    return subprocess.run(command, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not may_enter(), reason="no mount namespaces for this user")

LAYOUTS = {
    "Debian": "ssl/certs/ca-certificates.crt",
    "Alpine": "ssl/cert.pem",
    "Fedora": "pki/tls/certs/ca-bundle.crt",
    "Fedora, extracted": "pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "openSUSE": "ssl/ca-bundle.pem",
}

CALL = """
import json, sys
sys.path.insert(0, sys.argv[1])
import clerk_c
from clerk_c import Clerk, exceptions
assert clerk_c.__file__.startswith(sys.argv[1]), clerk_c.__file__
told = None
with Clerk("sk_test_x", server_url=sys.argv[2], timeout_ms=60_000, retry_config=None) as clerk:
    try:
        total = clerk.users.count().total_count
    except exceptions.ConnectError as error:
        total, told = None, str(error)
print(json.dumps([total, told, clerk_c._net.ca_find()[1]]))
"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"object": "total_count", "total_count": 3}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def url(authority: Authority) -> Iterator[str]:
    """Of a server that only this authority vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("good"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        # Each connection's handshake on its own thread, by the first read.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def call(etc: Path, installed: Path, url: str) -> list[object]:
    """What the call returned, or its error; and the file of certificates that was found."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")
    }
    command = [*ENTER, IN_ETC, "sh", str(etc), sys.executable, "-I", "-c", CALL]
    done = subprocess.run(
        [*command, str(installed), url], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    found: list[object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout(
    name: str, tmp_path: Path, installed: Path, url: str, authority: Authority
) -> None:
    file = tmp_path / LAYOUTS[name]
    file.parent.mkdir(parents=True)
    shutil.copy(authority.file, file)
    assert call(tmp_path, installed, url) == [3, None, f"/etc/{LAYOUTS[name]}"]


def test_machine_without_certificates(tmp_path: Path, installed: Path, url: str) -> None:
    """Nobody is trusted: nothing that was compiled in takes the place of what is not there."""
    total, told, file = call(tmp_path, installed, url)
    assert (total, file) == (None, None)
    assert isinstance(told, str) and "certificate" in told
