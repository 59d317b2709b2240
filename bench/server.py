"""A static server on loopback for the benchmark: nginx where there is one, else a small one here.

    python bench/server.py FOLDER CPU

Serves FOLDER/user.json as /v1/users/user_1 and FOLDER/users.json as /v1/users. Prints what it is
and its URL as one JSON line, and stops when its standard input ends, that is with its parent.
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROUTES = {"/v1/users/user_1": "user.json", "/v1/users": "users.json"}

NGINX_CONF = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 64; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    open_file_cache max=16;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        location = /v1/users/user_1 {{ try_files /user.json =404; }}
        location = /v1/users {{ try_files /users.json =404; }}
    }}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether the server came up; False when it ended instead (its port was taken)."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.01)
    return False


def start_nginx(program: str, folder: Path) -> tuple[int, subprocess.Popen[bytes]]:
    for _ in range(5):  # between asking for a port and using it, somebody may take it
        port = free_port()
        conf = folder / "nginx.conf"
        # The .json files have no extension map: default_type gives them their type.
        conf.write_text(NGINX_CONF.format(port=port, folder=folder))
        command = [program, "-e", "stderr", "-p", str(folder), "-c", str(conf)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        if answers(port, process):
            return port, process
    raise RuntimeError("nginx does not start")


def find_nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def start_bundled(folder: Path) -> int:
    bodies = {route: (folder / name).read_bytes() for route, name in ROUTES.items()}

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one segment
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = bodies.get(self.path.partition("?")[0])
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def main() -> None:
    folder, cpu = Path(sys.argv[1]), int(sys.argv[2])
    if cpu >= 0:
        os.sched_setaffinity(0, {cpu})
    program, process = find_nginx(), None
    if program is not None:
        port, process = start_nginx(program, folder)
    else:
        port = start_bundled(folder)
    kind = "nginx" if process is not None else "bundled Python server"
    print(json.dumps({"kind": kind, "url": f"http://127.0.0.1:{port}/v1"}), flush=True)
    try:
        sys.stdin.read()
    finally:
        if process is not None:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
