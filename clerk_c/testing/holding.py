"""Requests that wait until a test lets them go on, without anybody sleeping."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clerk_c.testing.faults import Fault


class Hold:
    """What `Faults.hold` gives. Leaving a `with` block releases.

        with server.faults.hold(path="/users") as held:
            ...  # begin a call in another thread or task
            held.wait()  # until its request is there
            held.release()
    """

    fault: Fault

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = False
        self._arrived = 0
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    @property
    def arrived(self) -> int:
        """How many requests have come so far."""
        with self._changed:
            return self._arrived

    def wait(self, count: int = 1, timeout: float = 30) -> None:
        """Until so many requests have come; `timeout` in seconds. In a task, wait by
        `await asyncio.to_thread(held.wait)`.

        Raises:
            TimeoutError: they did not come in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._arrived >= count, timeout):
                raise TimeoutError(f"{self._arrived} of {count} requests came in {timeout} s")

    def release(self) -> None:
        """Lets those that wait go on, and all that come later."""
        with self._changed:
            self._open = True
            waiting, self._waiting = self._waiting, []
        for loop, future in waiting:
            loop.call_soon_threadsafe(_finish, future)

    async def pass_by(self) -> None:
        """What a held request does."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        with self._changed:
            self._arrived += 1
            self._changed.notify_all()
            if self._open:
                return
            self._waiting.append((loop, future))
        await future

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<Hold: {self.arrived} arrived, {'released' if self._open else 'held'}>"


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
