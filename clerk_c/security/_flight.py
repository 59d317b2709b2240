"""One fetch for everybody who waits for it: threads, asyncio tasks and trio tasks."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from .._loops import running_trio


class Flight:
    """Runs `work` once in a thread of its own. That way no task that is cancelled takes the
    fetch of the others along, and each of them decides how long it waits."""

    def __init__(self, work: Callable[[], None], started: float) -> None:
        self._work = work
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._wake: list[Callable[[], None]] = []
        self.started = started

    def start(self) -> None:
        """Without a thread to be had (the interpreter is ending), runs in the caller's."""
        thread = threading.Thread(target=self._run, name="clerk_c jwks", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._run()

    def _run(self) -> None:
        try:
            self._work()
        finally:
            with self._lock:
                self._done.set()
                waiting, self._wake = self._wake, []
            for wake in waiting:
                wake()

    def wait(self, seconds: float) -> bool:
        """Did it end within that time?"""
        return self._done.wait(seconds)

    def _notify(self, wake: Callable[[], None]) -> None:
        with self._lock:
            if not self._done.is_set():
                self._wake.append(wake)
                return
        wake()

    async def wait_async(self, seconds: float) -> bool:
        """The same for a task of asyncio or trio."""
        if running_trio() is not None:
            return await self._wait_trio(seconds)
        return await self._wait_asyncio(seconds)

    async def _wait_asyncio(self, seconds: float) -> bool:
        import asyncio

        loop = asyncio.get_running_loop()
        arrived = loop.create_future()

        def arrive() -> None:
            if not arrived.done():
                arrived.set_result(None)

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits
                loop.call_soon_threadsafe(arrive)

        self._notify(wake)
        timer = loop.call_later(seconds, arrive)
        try:
            await arrived
        finally:
            timer.cancel()
        return self._done.is_set()

    async def _wait_trio(self, seconds: float) -> bool:
        import trio

        token = trio.lowlevel.current_trio_token()
        arrived = trio.Event()

        def wake() -> None:
            with contextlib.suppress(trio.RunFinishedError):  # nobody waits any more
                token.run_sync_soon(arrived.set)

        self._notify(wake)
        with trio.move_on_after(seconds):
            await arrived.wait()
        return self._done.is_set()
