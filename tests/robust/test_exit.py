"""Ends of processes: with calls in flight, on daemon threads, at once; each is quick and quiet."""

from __future__ import annotations

import ctypes
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from faults import FINE

# Calls go on and on, blocking ones on daemon threads or asynchronous ones on a daemon thread's
# loop, while the program comes to its end.
BUSY = """
import asyncio, os, sys, threading
from clerk_c import Clerk

url, face, ending, *files = sys.argv[1:]
options = {"ca_file": files[0]} if files else {}
clerk = Clerk("sk_test_exit", server_url=url, retry_config=None, timeout_ms=60_000, **options)
answered = threading.Semaphore(0)


def block():
    while True:
        clerk.users.get(user_id="user_1")
        answered.release()


async def one():
    while True:
        await clerk.users.get_async(user_id="user_1")
        answered.release()


async def several():
    await asyncio.gather(*[one() for _ in range(8)])


for _ in range(3):
    work = block if face == "blocking" else lambda: asyncio.run(several())
    threading.Thread(target=work, daemon=True).start()
for _ in range(30):
    answered.acquire()
if ending == "_exit":
    os._exit(0)
if ending == "exit":
    sys.exit(0)
if ending == "close":
    clerk.close()
"""
TIMES = 6


def shake_hands(loopback: Any, tls: Any, connection: socket.socket) -> None:
    """A new connection for each call: OpenSSL has a lot to do."""
    connection.settimeout(60)
    with tls.wrap_socket(connection, server_side=True) as secure:
        if loopback.request(secure) is not None:
            secure.sendall(FINE)


@pytest.mark.parametrize("face", ["blocking", "async"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_end_with_calls_in_flight(
    loopback: Any, child: Any, good: Any, authority: Any, scheme: str, face: str
) -> None:
    url, files = loopback.url, []
    if scheme == "https":
        url, files = url.replace("http:", "https:"), [str(authority.file)]
        loopback.script = lambda connection: shake_hands(loopback, good, connection)

    def run(_: int) -> str:
        output: str = child(BUSY, url, face, "exit", *files).finish()
        return output

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(run, range(TIMES))) == {""}


@pytest.mark.parametrize("face", ["blocking", "async"])
def test_end_at_once(loopback: Any, child: Any, face: str) -> None:
    assert child(BUSY, loopback.url, face, "_exit").finish() == ""


# The loop is left with calls in flight: asyncio cancels them, and that ends the transfers.
LEFT = """
import asyncio, sys
from clerk_c import Clerk


async def main():
    tasks = [asyncio.create_task(clerk.users.get_async(user_id="user_1")) for _ in range(5)]
    await asyncio.sleep(0)
    print("begun", flush=True)
    sys.stdin.readline()


clerk = Clerk("sk_test_exit", server_url=sys.argv[1], retry_config=None, timeout_ms=100_000)
asyncio.run(main())
print("left", flush=True)
"""


def test_loop_left_with_calls_in_flight(loopback: Any, child: Any) -> None:
    loopback.script = lambda connection: loopback.request(connection) and connection.recv(1)
    program = child(LEFT, loopback.url)
    assert program.line() == "begun"
    program.process.stdin.write("\n")
    program.process.stdin.flush()
    assert program.line() == "left"  # the server never answers: nothing waits for it
    assert program.finish() == ""


# Neither an end of the program's nor the garbage collector's closes the client.
FORGOTTEN = """
import asyncio, gc, sys
from clerk_c import Clerk


async def main():
    clerk = Clerk("sk_test_exit", server_url=sys.argv[1], retry_config=None)
    assert (await clerk.users.get_async(user_id="user_1")).id == "user_1"
    assert clerk.users.get(user_id="user_2").id == "user_2"


for _ in range(3):
    asyncio.run(main())
    gc.collect()
clerk = Clerk("sk_test_exit", server_url=sys.argv[1], retry_config=None)
clerk.itself = clerk
clerk.users.get(user_id="user_1")
"""


def test_clients_that_nobody_closes(loopback: Any, child: Any) -> None:
    assert child(FORGOTTEN, loopback.url).finish() == ""


# OpenSSL has been taken apart by its own handler when the one registered here runs, since that
# was registered before. It gives the threads a quarter of a second; the status ends in a zero.
VERIFYING = """
import base64, ctypes, random, threading

libc = ctypes.CDLL(None)
libc.on_exit(libc.usleep, None)

from clerk_c._core import VerifyKey, verify_jwt


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


size = 512
modulus = random.Random(1).getrandbits(8 * size) | 1 | 1 << (8 * size - 1)
jwk = {"kty": "RSA", "n": text(modulus.to_bytes(size, "big")), "e": "AQAB"}
token = ".".join(map(text, (b'{"alg":"RS256"}', b"{}", b"1" * size)))
verified = threading.Semaphore(0)


def work():
    while True:
        assert verify_jwt(token, VerifyKey.from_jwk(jwk)) == "token-invalid-signature"
        verified.release()


for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
for _ in range(30):
    verified.acquire()
libc.exit(256_000)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "on_exit"), reason="only glibc has on_exit")
def test_end_while_verifying(child: Any) -> None:
    program = child(VERIFYING)
    _, complaints = program.process.communicate(timeout=120)
    assert (program.process.returncode, complaints) == (0, "")
