"""Against a real server, nginx: TLS, HTTP/2, client certificates, sessions, threads."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from certificates import Authority
from faces import GRACE, Face
from faults import USER

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
        while len(lines := file.read_text().splitlines()) < count:
            assert time.monotonic() < deadline, f"{len(lines)} of {count} requests logged"
            time.sleep(0.01)
        return [line.split() for line in lines[-count:]]

    def forget(self) -> None:
        (self.folder / "access.log").write_text("")  # nginx appends


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + GRACE
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.01)
    return False


def start(folder: Path, http2: str = "http2", requests: int = 100_000) -> Nginx:
    authority = Authority(folder)
    cert, key = authority.issue("server")
    assert NGINX is not None
    for _ in range(5):  # another program may take the port before nginx does
        port = free_port()
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
        command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output)
        if listens(port, process):
            return Nginx(f"https://127.0.0.1:{port}/v1", folder, authority, process)
        process.kill()
        process.wait()
    said = (folder / "output").read_text() + (folder / "error.log").read_text()
    raise AssertionError(f"nginx does not start: {said}")


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
    """Two threads, one after the other while the first connection is in use, hence two handles."""
    with client(nginx, max_idle_connections=1, http2=False) as clerk:
        for _ in range(3):
            start = threading.Barrier(3)

            def work(start: threading.Barrier = start) -> None:
                start.wait()
                clerk.users.get(user_id="user_1")

            threads = [threading.Thread(target=work) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    lines = nginx.log(9)
    opened: dict[str, str] = {}
    for _, reused, _, connection, _ in lines:
        opened.setdefault(connection, reused)
    if len(opened) < 4:
        pytest.skip("the threads took turns on one connection")
    assert "r" in opened.values()


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
    nginx = start(tmp_path)
    port = nginx.url.split(":")[2].split("/")[0]
    with client(nginx) as clerk:
        assert Face(clerk, kind).get("user_1").id == "user_1"
        stop(nginx)
        Face(clerk, kind).fails(exceptions.ConnectError, "user_1")
        command = [*nginx.process.args]  # type: ignore[misc]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert listens(int(port), process)
            assert Face(clerk, kind).get("user_1").id == "user_1"
        finally:
            process.terminate()
            process.wait(GRACE)
