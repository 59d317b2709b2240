"""Against a real server, nginx: TLS, HTTP/2, client certificates, sessions, threads."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from certificates import Authority
from faces import GRACE, Face
from faults import USER, sized

from clerk_c import Clerk, exceptions

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

CONFIGURATION = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    log_format facts '$server_protocol $ssl_session_reused $ssl_client_verify $connection $uri';
    access_log {folder}/access.log facts;
    keepalive_requests {requests};
    gzip on; gzip_types application/json; gzip_min_length 1;
    ssl_certificate {cert}; ssl_certificate_key {key};
    ssl_client_certificate {authority};
    ssl_session_cache shared:tests:1m; ssl_session_tickets on;
    server {{
        listen 127.0.0.1:{tls} ssl {http2};
        ssl_verify_client optional;
        default_type application/json;
        location / {{ return 200 '{user}'; }}
        location ~ ^/v1/users/held_([0-9]+)$ {{ proxy_pass http://127.0.0.1:$1; }}
        location /v1/users/user_guarded {{
            if ($ssl_client_verify != SUCCESS) {{ return 403; }}
            return 200 '{user}';
        }}
    }}
}}
"""


class Nginx(NamedTuple):
    url: str
    folder: Path
    authority: Authority
    process: subprocess.Popen[bytes]

    def log(self, count: int) -> list[list[str]]:
        """The last lines of its log, which it writes after the answer is gone."""
        deadline = time.monotonic() + GRACE
        file = self.folder / "access.log"
        while (text := file.read_text()).count("\n") < count or text[-1] != "\n":
            assert time.monotonic() < deadline, f"{text}: {count} requests are not logged"
            time.sleep(0.01)
        return [line.split() for line in text.splitlines()[-count:]]

    def forget(self) -> None:
        (self.folder / "access.log").write_text("")  # nginx appends


def answers(port: int) -> bool:
    """Does it greet? A greeting alone is not logged. A listening socket that nobody holds any more
    is closed, which ends the wait."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), GRACE) as plain:
        context.wrap_socket(plain).close()
        return True
    return False


def launch(folder: Path, listener: socket.socket) -> subprocess.Popen[bytes]:
    """nginx takes over a socket that listens already, as it does from a predecessor: so nobody else
    gets the port."""
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            env={**os.environ, "NGINX": f"{listener.fileno()};"},
            pass_fds=[listener.fileno()],
        )
    port = listener.getsockname()[1]
    listener.close()
    if not answers(port):
        process.kill()
        process.wait()
        raise AssertionError(f"nginx does not start: {(folder / 'output').read_text()}")
    return process


def start(folder: Path, http2: str = "http2", requests: int = 100_000, port: int = 0) -> Nginx:
    authority = Authority(folder)
    cert, key = authority.issue("server")
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    port = listener.getsockname()[1]
    text = CONFIGURATION.format(
        folder=folder,
        user=USER.decode(),
        cert=cert,
        key=key,
        authority=authority.file,
        tls=port,
        http2=http2,
        requests=requests,
    )
    (folder / "nginx.conf").write_text(text)
    process = launch(folder, listener)
    return Nginx(f"https://127.0.0.1:{port}/v1", folder, authority, process)


def stop(nginx: Nginx) -> None:
    nginx.process.terminate()
    nginx.process.wait(GRACE)


@pytest.fixture(scope="module")
def running(tmp_path_factory: Any) -> Iterator[Nginx]:
    nginx = start(tmp_path_factory.mktemp("nginx"))
    yield nginx
    stop(nginx)


@pytest.fixture
def nginx(running: Nginx) -> Nginx:
    running.forget()
    return running


def client(nginx: Nginx, **given: Any) -> Clerk:
    given = {"timeout_ms": GRACE * 1000, "retry_config": None} | given
    return Clerk("sk_test", server_url=nginx.url, ca_file=nginx.authority.file, **given)


@pytest.mark.parametrize(("http2", "protocol"), [(True, "HTTP/2.0"), (False, "HTTP/1.1")])
def test_version_of_http(kind: str, nginx: Nginx, http2: bool, protocol: str) -> None:
    with client(nginx, http2=http2) as clerk:
        for _ in range(5):
            assert Face(clerk, kind).get("user_1").id == "user_1"
    lines = nginx.log(5)
    assert {line[0] for line in lines} == {protocol}
    if kind == "blocking":
        assert len({line[3] for line in lines}) == 1  # one connection


def test_server_without_http2(kind: str, tmp_path: Path) -> None:
    nginx = start(tmp_path, http2="")
    with ExitStack() as stack:
        stack.callback(stop, nginx)
        clerk = stack.enter_context(client(nginx))
        assert Face(clerk, kind).get("user_1").id == "user_1"
        assert nginx.log(1)[0][0] == "HTTP/1.1"


def test_client_certificate(kind: str, nginx: Nginx) -> None:
    pair = nginx.authority.issue("client", password=b"s3cret")
    with client(nginx, client_cert=(*pair, "s3cret")) as clerk:
        assert Face(clerk, kind).get("user_guarded").id == "user_1"
    with client(nginx) as clerk, pytest.raises(Exception, match="403") as caught:
        Face(clerk, kind).get("user_guarded")
    assert caught.value.status_code == 403  # type: ignore[attr-defined]
    assert [line[2] for line in nginx.log(2)] == ["SUCCESS", "NONE"]


def test_sessions_are_resumed_by_other_connections(nginx: Nginx) -> None:
    """The first connection waits for an answer that comes once the second has been made."""
    with ExitStack() as stack:
        clerk = stack.enter_context(client(nginx, http2=False))
        backend = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        backend.settimeout(GRACE)
        held = f"held_{backend.getsockname()[1]}"
        pool = stack.enter_context(ThreadPoolExecutor(1))
        clerk.users.get(user_id="user_1")  # its answer comes after the session
        waiting = pool.submit(clerk.users.get, user_id=held)
        with backend.accept()[0] as behind:
            clerk.users.get(user_id="user_2")
            with behind.makefile("rb") as request:
                assert b"\r\n" in iter(request.readline, b"")
            behind.sendall(sized(len(USER)))
        assert waiting.result(GRACE).id == "user_1"
    lines = nginx.log(3)
    assert [line[4].rpartition("/")[2] for line in lines] == ["user_1", "user_2", held]
    first, second, third = (line[3] for line in lines)
    assert first == third != second
    assert [line[1] for line in lines] == [".", "r", "."]


def test_eight_threads(nginx: Nginx) -> None:
    wrong: list[object] = []

    def work(number: int, clerk: Clerk) -> None:
        for i in range(60):
            try:
                user = clerk.users.get(user_id=f"user_{number}_{i}")
                if user.id != "user_1":
                    wrong.append(user)
            except Exception as error:
                wrong.append(error)

    with client(nginx) as clerk:
        threads = [threading.Thread(target=work, args=(n, clerk)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong
    lines = nginx.log(480)
    assert {line[4] for line in lines} == {
        f"/v1/users/user_{number}_{i}" for number in range(8) for i in range(60)
    }
    assert len({line[3] for line in lines}) <= 8


@pytest.mark.parametrize("http2", ["http2", ""])
def test_server_that_ends_connections(kind: str, tmp_path: Path, http2: str) -> None:
    """After three requests each, politely: GOAWAY or `Connection: close`. Nobody notices."""
    nginx = start(tmp_path, http2=http2, requests=3)
    with ExitStack() as stack:
        stack.callback(stop, nginx)
        clerk = stack.enter_context(client(nginx))
        for _ in range(20):
            assert Face(clerk, kind).get("user_1").id == "user_1"
        assert len({line[3] for line in nginx.log(20)}) >= 7


def test_server_that_is_restarted(kind: str, tmp_path: Path) -> None:
    with socket.socket() as kept:  # never listens: nobody else gets the port in between
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        address = kept.getsockname()
        nginx = start(tmp_path, port=address[1])
        with ExitStack() as stack:
            stack.callback(stop, nginx)
            clerk = stack.enter_context(client(nginx))
            assert Face(clerk, kind).get("user_1").id == "user_1"
            stop(nginx)
            Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
            again = launch(tmp_path, socket.create_server(address))
            stack.callback(stop, nginx._replace(process=again))
            assert Face(clerk, kind).get("user_1").id == "user_1"
