"""Small answers that unpack to large ones: the bound is on what they unpack to."""

from __future__ import annotations

import gzip
import socket
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from faces import Face
from faults import HEAD, SECRET, USER

from clerk_c import Clerk, exceptions

UNPACKED = 32 << 20
LIMIT = 1 << 20


def zstd(data: bytes, times: int) -> bytes:
    """A frame of raw bytes and then of one byte repeated: what zstd calls RLE, 128 KiB a block."""
    header = b"\x28\xb5\x2f\xfd\x00\x58"  # magic, no flags, a window of 2 MiB
    blocks = [(len(data) << 3).to_bytes(3, "little") + data]
    blocks += [((1 << 17) << 3 | 1 << 1).to_bytes(3, "little") + b" "] * times
    return header + b"".join(blocks) + b"\x01\x00\x00"


def deflate(data: bytes, format_bits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, format_bits)
    return packer.compress(data) + packer.flush()


SPACES = b" " * UNPACKED
BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip": lambda: gzip.compress(SPACES),
    "deflate": lambda: deflate(SPACES, 15),
    "deflate, raw": lambda: deflate(SPACES, -15),
    "gzip, gzip": lambda: gzip.compress(gzip.compress(SPACES)),
    # 32 MiB of spaces, as Google's brotli packs them
    "br": lambda: bytes.fromhex("cfffff7ff82540e2b14020f7fe9ffffffff04b00c4610180eefdff"),
    "zstd": lambda: zstd(b"", UNPACKED >> 17),
}
FINE: dict[str, bytes] = {
    "gzip": gzip.compress(USER),
    "deflate": deflate(USER, 15),
    "deflate, raw": deflate(USER, -15),
    "gzip, gzip": gzip.compress(gzip.compress(USER)),
    "br": bytes.fromhex(
        "8b10807b226964223a2022757365725f31222c20226f626a656374223a202275736572227d03"
    ),
    "zstd": zstd(USER, 1),
}


@pytest.fixture(params=BOMBS)
def encoding(request: Any) -> str:
    name: str = request.param
    versions = import_module("clerk_c._net").versions()
    part = {"br": "brotli", "zstd": "zstd"}.get(name, "zlib")
    if part not in versions:
        pytest.skip(f"this libcurl was built without {part}: {versions}")
    return name


def serve(loopback: Any, encoding: str) -> None:
    coding = encoding.removesuffix(", raw").encode()
    packed = BOMBS[encoding]()

    def script(connection: socket.socket) -> None:
        while (request := loopback.request(connection)) is not None:
            body = packed if b"/bomb " in request else FINE[encoding]
            head = HEAD + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
            connection.sendall(head % (coding, len(body)) + body)

    loopback.script = script


def test_bomb(kind: str, loopback: Any, encoding: str) -> None:
    serve(loopback, encoding)
    url = loopback.url
    with Clerk(SECRET, server_url=url, max_response_bytes=LIMIT, retry_config=None) as clerk:
        face = Face(clerk, kind)
        for _ in range(3):
            face.succeeds("user_1")
            error = face.fails(exceptions.ResponseTooLarge, "bomb")
            assert str(LIMIT) in str(error)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/status")
def test_bomb_does_not_fill_the_memory(
    loopback: Any, child: Callable[..., Any], encoding: str
) -> None:
    serve(loopback, encoding)
    code = """
import sys
from clerk_c import Clerk, exceptions

def most():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

url, limit = sys.argv[1], int(sys.argv[2])
with Clerk("sk", server_url=url, max_response_bytes=limit, retry_config=None) as clerk:
    clerk.users.get(user_id="user_1").id
    before = most()
    for _ in range(3):
        try:
            clerk.users.get(user_id="bomb")
        except exceptions.ResponseTooLarge:
            print("refused")
    print(most() - before)
"""
    *words, grown = child(code, loopback.url, str(LIMIT)).finish().split()
    assert words == ["refused"] * 3
    window = 16 if encoding == "br" else 2  # MiB that the format itself may look back
    assert int(grown) < (window + 10) << 10, f"{grown} KiB"


def test_bound_is_exact(kind: str, loopback: Any, encoding: str) -> None:
    """As large as the bound is fine, one byte more is not."""
    unpacked = len(USER) + (1 << 17 if encoding == "zstd" else 0)
    serve(loopback, encoding)
    for limit, fits in ((unpacked, True), (unpacked - 1, False)):
        url = loopback.url
        with Clerk(SECRET, server_url=url, max_response_bytes=limit, retry_config=None) as clerk:
            face = Face(clerk, kind)
            if fits:
                face.succeeds("user_1")
            else:
                face.fails(exceptions.ResponseTooLarge, "user_1")
