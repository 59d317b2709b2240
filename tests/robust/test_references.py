"""References to types, and the garbage collector at its most eager.

`CLERK_C_GC_STRESS=1` makes the collector as eager for every test (tests/conftest.py).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = str(Path(__file__).parent)

START = """
import asyncio, gc, sys
sys.path.insert(0, sys.argv[2])
import variety
from clerk_c import models

url, loop = sys.argv[1], asyncio.new_event_loop()
"""

VISITED = """
variety.everything(url, loop)
with variety.open_client(url) as clerk:
    held = [clerk, clerk.users.get(user_id="user_1"), clerk.users.list(request={"limit": 3})]
    [user.public_metadata for user in held[2]], held[1].public_metadata
    held.append(variety._core.TokenCache(8))
    held.append(variety._core.VerifyKey.from_jwk(variety.JWK))
    held.append(clerk.users.get_async(user_id="user_1"))
    held.append(variety.clerk_c.response_of(held[1]))
    try:
        clerk.users.get(user_id="user_missing")
    except models.ClerkErrors as error:
        held.append(error.raw_response)
    names = set()
    for one in gc.get_objects():
        kind = type(one)
        if "'clerk_c" in str(kind.__mro__):
            names.add(kind.__name__)
            assert any(to is kind for to in gc.get_referents(one)), kind
    held[5].close()
loop.close()
print(*sorted(names))
"""

SEEN = {
    "Call", "Clerk", "Field", "LateAttribute", "Operation", "Response", "TokenCache", "Unset",
    "User", "Users", "VerifyKey",
}  # fmt: skip


def test_instances_visit_their_types(child: Any, answering: str) -> None:
    """Or the collector could not free a type: its instances hold it, and it holds the module."""
    assert set(child(START + VISITED, answering, HERE).finish().split()) >= SEEN


COUNTED = """
types = [*variety.TYPES, models.User, models.EmailAddress, models.CreateUserRequestBody,
         models.ClerkErrors, models.SDKError]

def count():
    gc.collect()
    gc.collect()
    return [sys.getrefcount(one) for one in types] + [getattr(sys, "gettotalrefcount", int)()]

for _ in range(10):
    variety.everything(url, loop)
before = count()
for _ in range(60):
    variety.everything(url, loop)
loop.close()
grown = [(str(kind), b, a) for kind, b, a in zip([*types, "all"], before, count()) if a - b >= 30]
if grown:
    raise SystemExit(f"references that grow with use: {grown}")
"""


def test_references_stay(child: Any, answering: str) -> None:
    """To types, and in a debug build of Python to anything: less than one for two rounds."""
    assert child(START + COUNTED, answering, HERE).finish() == ""


STRESS = """
gc.set_threshold(1, 1, 1)
for _ in range(2):
    variety.everything(url, loop)
loop.close()
print(gc.get_count() >= (0, 0, 0) and gc.isenabled())
"""


def test_the_collector_may_come_at_any_time(child: Any, answering: str) -> None:
    """Whatever is half made when it comes is in order, or is not known to it yet."""
    assert child(START + STRESS, answering, HERE).finish() == "True"


@pytest.mark.skipif("CLERK_C_GC_STRESS" not in os.environ, reason="asked for by CLERK_C_GC_STRESS")
def test_the_collector_is_eager() -> None:
    import gc

    assert gc.get_threshold()[0] == 1
    assert gc.isenabled(), sys.version
