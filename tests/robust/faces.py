"""The two ways to make a call, for tests that hold for both."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from clerk_c import Clerk, exceptions

FACES = ["blocking", "async"]
PATIENCE_MS = 15_000  # the time limit of calls that have to succeed
GRACE = 20  # seconds that a busy machine may take beside a time limit: only a hang takes longer


class Face:
    """A client and one way to call it."""

    def __init__(self, clerk: Clerk, kind: str) -> None:
        self.clerk = clerk
        self.kind = kind

    def get(self, user_id: str, **arguments: Any) -> Any:
        started = time.monotonic()
        try:
            if self.kind == "blocking":
                return self.clerk.users.get(user_id=user_id, **arguments)
            return asyncio.run(self.get_async(user_id, **arguments))
        finally:
            assert time.monotonic() - started < GRACE

    async def get_async(self, user_id: str, **arguments: Any) -> Any:
        call: Any = self.clerk.users.get_async  # type: ignore[attr-defined]
        return await call(user_id=user_id, **arguments)

    def fails(self, kind: type[BaseException], user_id: str, **arguments: Any) -> Any:
        with pytest.raises(kind) as caught:
            self.get(user_id, **arguments)
        return caught.value

    def recovers(self) -> None:
        self.succeeds("user_2", answered="user_2")

    def succeeds(self, user_id: str, answered: str = "user_1") -> None:
        """Gets a user, however busy the machine is."""
        assert self.get(user_id, timeout_ms=PATIENCE_MS).id == answered


def fails(kind: Any, call: Callable[..., Any], limit: dict[str, int]) -> Any:
    """The error of a call. With a time limit, the call may have to be made again: on a machine that
    stalls, the limit can be over before there is a connection."""
    while True:
        try:
            with pytest.raises(kind) as caught:
                call(**limit)
            return caught.value
        except exceptions.ConnectTimeout:
            if not limit:
                raise
        limit = {"timeout_ms": limit["timeout_ms"] * 2}
        assert limit["timeout_ms"] < GRACE * 1000


def descriptors() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/dev/fd"))


def settles(count: int) -> bool:
    """Do the descriptors come down to this number? Threads of a server need their time for it."""
    deadline = time.monotonic() + GRACE
    gc.collect()  # tracebacks hold frames, frames hold clients
    while descriptors() > count:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
