"""What every test relies on: loopback is reached directly, and no account of the developer's."""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Iterator

import pytest

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

SETTINGS = ("CLERK_SECRET_KEY", "CLERK_API_URL", "CLERK_C_RESPONSE_VALIDATION")

# Before anything is imported, so that no client can have looked at them.
for name in (*PROXIES, *map(str.lower, PROXIES), *SETTINGS):
    os.environ.pop(name, None)

# Started in the background by a shell, nobody hears Ctrl-C, nor do the programs that tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A client of the reference's that the garbage collector finds while a loop runs leaves its
# `aclose()` to that loop, which may be at its end: whichever test runs then is not to blame.
LEFT_BEHIND = "ignore:coroutine 'AsyncClient.aclose' was never awaited:RuntimeWarning"


# Finds what is half made when the collector comes: see tests/robust/test_references.py.
if "CLERK_C_GC_STRESS" in os.environ:
    gc.set_threshold(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The type checkers take the longest: begun last, they would leave the other processors idle.
    items.sort(key=lambda item: "typing" not in item.path.parts)
    for item in items:
        item.add_marker(pytest.mark.filterwarnings(LEFT_BEHIND))


# Fifteen thousand tests and two packages of models are half a second of every `gc.collect()`, and
# hundreds of tests call it: the collector need not look at what is there before the first test.
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port where nobody listens: bound, so that no other program is given it meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
