"""Ctrl-C ends a call that waits, and the client goes on working."""

from __future__ import annotations

import signal
import socket
import threading
from typing import Any

import pytest

PROGRAM = """
import signal, sys
from clerk_c import Clerk

# where the tests run in the background, SIGINT is ignored by inheritance
signal.signal(signal.SIGINT, signal.default_int_handler)
clerk = Clerk(bearer_auth="sk_test_signals", server_url=sys.argv[1], timeout_ms=100_000)
try:
    clerk.users.get(user_id="user_1")
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(clerk.users.get(user_id="user_2").id)
"""


@pytest.mark.parametrize("program", ["PROGRAM", "ASYNCHRONOUS"])
def test_interrupt_while_waiting(loopback: Any, child: Any, program: str) -> None:
    waiting, done = threading.Event(), threading.Event()

    def silent_once(connection: socket.socket) -> None:
        if loopback.connections > 1:
            loopback.serve_user(connection)
            return
        loopback.request(connection)
        waiting.set()
        done.wait(90)  # far longer than an interrupted call takes

    loopback.script = silent_once
    process = child(globals()[program], loopback.url)
    assert waiting.wait(60)
    process.process.send_signal(signal.SIGINT)
    # The server still says nothing and the limit is 100 s: only the signal can have ended it.
    assert process.line() == "interrupted"
    assert process.finish() == "user_2"
    done.set()


ASYNCHRONOUS = """
import asyncio, signal, sys
from clerk_c import Clerk

signal.signal(signal.SIGINT, signal.default_int_handler)
clerk = Clerk(bearer_auth="sk_test_signals", server_url=sys.argv[1], timeout_ms=100_000)

async def ask(name):
    print((await clerk.users.get_async(user_id=name)).id)

try:
    asyncio.run(ask("user_1"))
except KeyboardInterrupt:
    print("interrupted", flush=True)
asyncio.run(ask("user_2"))
"""


HANDLED = """
import signal, sys
from clerk_c import Clerk

seen = []

def handle(number, frame):
    seen.append(number)
    print("seen", flush=True)

signal.signal(signal.SIGUSR1, handle)
clerk = Clerk(bearer_auth="sk_test_signals", server_url=sys.argv[1], timeout_ms=100_000)
print(clerk.users.get(user_id="user_1").id, len(seen))
"""


def test_handled_signal_runs_its_handler_and_the_call_goes_on(loopback: Any, child: Any) -> None:
    waiting, handled = threading.Event(), threading.Event()

    def answer_after_the_signal(connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)
        waiting.set()
        assert handled.wait(60)
        loopback.serve_user(connection)

    loopback.script = answer_after_the_signal
    process = child(HANDLED, loopback.url)
    assert waiting.wait(60)
    process.process.send_signal(signal.SIGUSR1)
    assert process.line() == "seen"  # while the call waits
    handled.set()
    assert process.finish() == "user_1 1"


CLOSING = """
import signal, sys
from clerk_c import Clerk, exceptions, utils

def handle(number, frame):
    clerk.close()
    raise SystemExit("told to end")

signal.signal(signal.SIGTERM, handle)
backoff = utils.BackoffStrategy(100_000, 100_000, 1.5, 1_000_000)
clerk = Clerk(
    "sk_test_signals",
    server_url=sys.argv[1],
    retry_config=utils.RetryConfig("backoff", backoff, True),
)
try:
    clerk.users.get(user_id="user_1")
except BaseException as error:
    print(repr(error))
"""


def test_a_handler_that_closes_the_client_and_raises(loopback: Any, child: Any) -> None:
    answered = threading.Event()

    def unwell(connection: socket.socket) -> None:
        while loopback.request(connection) is not None:
            connection.sendall(loopback.answer(b"{}", status="503 Service Unavailable"))
            answered.set()

    loopback.script = unwell
    process = child(CLOSING, loopback.url)
    assert answered.wait(60)
    process.process.send_signal(signal.SIGTERM)  # while it waits for another try
    assert process.finish() == "SystemExit('told to end')"
