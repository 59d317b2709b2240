"""A static server on loopback for the benchmark: nginx where there is one, else a small one here.

    python -m clerk_c.bench.server FOLDER CPU [nginx|bundled]

Serves FOLDER/user.json as /v1/users/user_1 and as the answer to POST /v1/users, FOLDER/users.json
as GET /v1/users, FOLDER/jwks.json as /v1/jwks. Prints what it is, its URLs (`http`, `tls` for
HTTP/1.1 over TLS, `h2` for HTTP/2; null where it cannot) and a file of certificates to trust as one
JSON line, and stops when its standard input ends, that is with its parent.
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

ROUTES = {
    "/v1/users/user_1": "user.json", "/v1/users": "users.json", "/v1/jwks": "jwks.json",
}  # fmt: skip

NGINX_CONF = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    http2_max_concurrent_streams 256;
    open_file_cache max=16;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    server {{
        {listen}
        root {folder};
        location = /v1/users/user_1 {{ try_files /user.json =404; }}
        location = /v1/users {{ error_page 405 =200 /made.json; try_files /users.json =404; }}
        location = /v1/jwks {{ try_files /jwks.json =404; }}
        location = /made.json {{ internal; try_files /user.json =404; }}
    }}
}}
"""
TLS = """
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        ssl_session_cache shared:all:1m;"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def make_certificate(folder: Path) -> bool:
    """A certificate for 127.0.0.1 that is its own authority; False without the tool for it."""
    program = shutil.which("openssl")
    if program is None:
        return False
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0


def trusted(folder: Path) -> str:
    """The system's certificates and the server's, in one file: elsewhere a client reads both."""
    path = folder / "trust.pem"
    system = ssl.get_default_verify_paths().cafile
    known = Path(system).read_bytes() if system and Path(system).exists() else b""
    path.write_bytes(known + (folder / "certificate.pem").read_bytes())
    return str(path)


def answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server came up; False when it ended instead (its port was taken)."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.01)
    return False


class Nginx:
    """nginx with its three doors."""

    kind = "nginx"

    def __init__(self, program: str, folder: Path) -> None:
        secure = make_certificate(folder)
        for _ in range(5):  # between asking for a port and using it, somebody may take it
            ports = [free_port() for _ in range(3)]
            self.process = self._start(program, folder, ports, secure)
            if answers(ports[0], self.process):
                break
        else:
            raise RuntimeError("nginx does not start")
        self.urls = {"http": f"http://127.0.0.1:{ports[0]}/v1", "tls": None, "h2": None, "ca": None}
        if secure:
            self.urls["tls"] = f"https://127.0.0.1:{ports[1]}/v1"
            self.urls["h2"] = f"https://127.0.0.1:{ports[2]}/v1"
            self.urls["ca"] = trusted(folder)

    @staticmethod
    def _start(
        program: str, folder: Path, ports: list[int], secure: bool
    ) -> subprocess.Popen[bytes]:
        listen = f"listen 127.0.0.1:{ports[0]};"
        if secure:
            listen += TLS.format(tls=ports[1], folder=folder)
            listen += f"\n        listen 127.0.0.1:{ports[2]} ssl http2;"
        conf = folder / "nginx.conf"
        # The .json files have no extension map: default_type gives them their type.
        conf.write_text(NGINX_CONF.format(listen=listen, folder=folder))
        command = [program, "-e", "stderr", "-p", str(folder), "-c", str(conf)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with `bodies`, by path."""

    timeout = 3600  # seconds that a connection may be idle

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one segment
    disable_nagle_algorithm = True
    bodies: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        self.answer(self.bodies.get(self.path.partition("?")[0]))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(self.bodies["/v1/users/user_1"])

    def answer(self, body: bytes | None) -> None:
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


class Listener(http.server.ThreadingHTTPServer):
    """A door of the bundled server."""

    request_queue_size = 256  # a hundred may come at once

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that end break their connections


class Bundled:
    """A server of the standard library's: slow, but everywhere. HTTP/1.1, also over TLS."""

    kind = "bundled Python server"

    def __init__(self, folder: Path) -> None:
        paths = {route: folder / name for route, name in ROUTES.items()}
        bodies = {route: path.read_bytes() for route, path in paths.items() if path.exists()}
        handler = type("WithBodies", (Handler,), {"bodies": bodies})
        self.doors = [Listener(("127.0.0.1", 0), handler)]
        self.urls = {"http": self._url("http"), "tls": None, "h2": None, "ca": None}
        if make_certificate(folder):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
            secure = Listener(("127.0.0.1", 0), handler)
            # Hands are shaken by the connection's own thread, when it reads.
            secure.socket = context.wrap_socket(
                secure.socket, server_side=True, do_handshake_on_connect=False
            )
            self.doors.append(secure)
            self.urls |= {"tls": self._url("https"), "ca": trusted(folder)}
        for door in self.doors:
            threading.Thread(target=door.serve_forever, daemon=True).start()

    def _url(self, scheme: str) -> str:
        return f"{scheme}://127.0.0.1:{self.doors[-1].server_address[1]}/v1"

    def stop(self) -> None:
        for door in self.doors:
            door.shutdown()
            door.server_close()


def start(folder: Path, kind: str | None) -> Nginx | Bundled:
    """nginx where there is one, unless the other is asked for."""
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    program = None if kind == "bundled" else shutil.which("nginx", path=places)
    if program is not None:
        return Nginx(program, folder)
    if kind == "nginx":
        raise SystemExit("nginx is not installed")
    return Bundled(folder)


def main() -> None:
    folder, cpu = Path(sys.argv[1]), int(sys.argv[2])
    if cpu >= 0:
        os.sched_setaffinity(0, {cpu})
    server = start(folder, sys.argv[3] if len(sys.argv) > 3 else None)
    print(json.dumps({"kind": server.kind, **server.urls}), flush=True)
    try:
        sys.stdin.read()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
