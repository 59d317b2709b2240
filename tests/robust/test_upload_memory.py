"""What a large upload costs in memory: measured in a process of its own.

CLERK_C_UPLOAD_MB=200 python -m pytest tests/robust/test_upload_memory.py -s    says it for 200 MB.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import clerk_c

MEGABYTES = int(os.environ.get("CLERK_C_UPLOAD_MB", "48"))
BLOCK = bytes(range(256)) * 4096  # 1 MiB
LIMIT_MB = 8

PROGRAM = """
import asyncio, json, sys
from pathlib import Path
from clerk_c import Clerk, Upload
from clerk_c.utils import BackoffStrategy, RetryConfig

kind, url, path, megabytes = sys.argv[1:]
block = bytes(range(256)) * 4096
reports = []

class Reads:
    left = int(megabytes) << 20
    def read(self, size):
        size = min(size, self.left)
        self.left -= size
        return block[:size]

def generate():
    for _ in range(int(megabytes)):
        yield block

async def generate_later():
    for part in generate():
        await asyncio.sleep(0)
        yield part

def memory(what):
    text = Path("/proc/self/status").read_text()
    return int(text.partition(what + ":")[2].split()[0]) / 1024

retry = RetryConfig("backoff", BackoffStrategy(1, 2, 1.5, 600_000), True)
clerk = Clerk(bearer_auth="sk", server_url=url, retry_config=retry, timeout_ms=60_000)

def send(content, way):
    file = Upload(content, file_name="a", progress=lambda *told: reports.append(told))
    if way == "async":
        call = clerk.users.set_profile_image_async(user_id="a", file=file)
        async def main():
            return await call
        return asyncio.run(main())
    return clerk.users.set_profile_image(user_id="a", file=file)

way = "async" if "async" in kind else "blocking"
small = iter([block, block])
send(small, way)  # what is imported and kept is not to count
if kind == "async stream":
    async def two():
        yield block
        yield block
    send(two(), way)
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before = memory("VmRSS")
with open(path, "rb") as stream:
    content = {"path": Path(path), "async path": Path(path), "reader": Reads(), "file": stream,
               "stream": generate(), "async stream": generate_later()}[kind]
    user = send(content, way)
print(json.dumps({"growth": memory("VmHWM") - before, "last": reports[-1], "id": user.id}))
"""


class Sink:
    """Takes uploads, keeps no more than their digest; refuses each one once with 503."""

    def __init__(self) -> None:
        self.digests: list[tuple[int, str]] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            while True:
                size = 0
                while (line := stream.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        size = int(line.split(b":")[1])
                if line == b"":
                    return
                self._read(stream, size)
                good = len(self.digests) % 2 == 0
                body = b'{"object": "user", "id": "user_1"}'
                head = f"HTTP/1.1 {200 if good else 503} Status\r\nContent-Type: application/json"
                connection.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def _read(self, stream: object, size: int) -> None:
        digest, left = hashlib.sha256(), size
        while (line := stream.readline()) != b"\r\n":  # type: ignore[attr-defined]
            left -= len(line)
            if line.startswith(b"--"):
                tail = len(line) + 4  # "\r\n", "--boundary", "--\r\n"
        left -= 2
        content = left - tail
        while left > 0:
            data = stream.read(min(left, 1 << 18))  # type: ignore[attr-defined]
            done = content - (left - tail)
            digest.update(data[: max(0, content - done)])
            left -= len(data)
        self.digests.append((content, digest.hexdigest()))


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="Linux counts memory here")
@pytest.mark.skipif(bool(os.environ.get("LD_PRELOAD")), reason="a sanitizer has memory of its own")
@pytest.mark.parametrize("kind", ["path", "file", "reader", "stream", "async path", "async stream"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "large"
    expected = hashlib.sha256()
    with path.open("wb") as stream:
        for _ in range(MEGABYTES):
            stream.write(BLOCK)
            expected.update(BLOCK)
    sink = Sink()
    environment = {**os.environ, "PYTHONPATH": str(Path(clerk_c.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, kind, sink.url, str(path), str(MEGABYTES)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    sink.listener.close()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    size = MEGABYTES << 20
    assert found["last"] == [size, size]
    assert found["id"] == "user_1"
    assert sink.digests[-2:] == [(size, expected.hexdigest())] * 2  # refused once, then taken
    print(f"{kind}: {found['growth']:.1f} MB for {MEGABYTES} MB, sent twice")
    assert found["growth"] < LIMIT_MB
