"""Asynchronous calls under asyncio (any loop that follows its interface) and trio.

A call runs on an I/O thread of the client; here it is only started, awaited, given up and
finished. Each event loop has one `Queue`, whose descriptor it watches: what has come is handed
to those who wait in one go.
"""

import os
import sys
import weakref
from typing import TYPE_CHECKING, Any

from ._core import Queue
from ._loops import running_trio

if TYPE_CHECKING:
    import asyncio

    from ._core import Call

_queues: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Queue]" = weakref.WeakKeyDictionary()

# A child made by fork shares its parent's descriptors: it leaves them alone and opens its own.
os.register_at_fork(after_in_child=_queues.clear)


async def perform(call: "Call") -> Any:
    """Send a call and wait for its end; its result."""
    if running_trio() is not None:
        from . import _trio

        return await _trio.perform(call)
    loop = _running_loop()
    queue = _queues.get(loop)
    if queue is None:
        queue = _watch(loop)
    future = loop.create_future()
    call.start(queue, future)
    try:
        await future
    except BaseException:
        call.cancel()
        raise
    return call.finish()


async def perform_authorized(call: "Call", send: Any) -> Any:
    """The same, by `send`, for a call whose key is not known yet."""
    call.authorize(await call.bearer)
    return await send(call)


async def perform_observed(call: "Call") -> Any:
    """The same for a client with hooks, a debug logger or a client of the program's own."""
    from ._observed import send_async

    await send_async(call)
    return call.finish()


def _running_loop() -> "asyncio.AbstractEventLoop":
    library = sys.modules.get("asyncio")
    loop: asyncio.AbstractEventLoop | None = None
    if library is not None:
        loop = library._get_running_loop()
    if loop is None:
        raise RuntimeError(
            "no event loop is running: await the *_async methods under asyncio or trio"
        )
    return loop


def _watch(loop: "asyncio.AbstractEventLoop") -> Queue:
    """The queue of a loop that has none yet."""
    queue = Queue()
    try:
        loop.add_reader(queue.fileno(), queue.drain)
    except NotImplementedError:
        _watch_from_thread(loop, queue)
    _queues[loop] = queue
    return queue


def _watch_from_thread(loop: "asyncio.AbstractEventLoop", queue: Queue) -> None:
    """For loops that cannot watch a descriptor, such as asyncio's own on Windows."""
    import threading

    known = weakref.ref(loop)

    def watch() -> None:
        while queue.wait():
            running = known()
            if running is None or running.is_closed():
                return
            taken = threading.Event()
            try:
                running.call_soon_threadsafe(_drain, queue, taken)
            except RuntimeError:  # closed meanwhile
                return
            del running
            while not taken.wait(0.5):
                running = known()
                if running is None or running.is_closed():
                    return
                del running

    weakref.finalize(loop, queue.close).atexit = False
    threading.Thread(target=watch, name="clerk_c", daemon=True).start()


def _drain(queue: Queue, taken: Any) -> None:
    try:
        queue.drain()
    finally:
        taken.set()
