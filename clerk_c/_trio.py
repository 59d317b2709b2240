"""Asynchronous calls under trio. Imported only where trio is."""

from typing import TYPE_CHECKING, Any

import trio

from ._core import Queue

if TYPE_CHECKING:
    from ._core import Call

_queue: "trio.lowlevel.RunVar[Queue]" = trio.lowlevel.RunVar("clerk_c")


# Ctrl-C waits for the next checkpoint: a queue without its task, or a call that is started and not
# awaited, would be left behind.
@trio.lowlevel.enable_ki_protection
async def perform(call: "Call") -> Any:
    """Send a call and wait for its end; its result."""
    await trio.lowlevel.checkpoint_if_cancelled()
    try:
        queue = _queue.get()
    except LookupError:
        queue = Queue()
        trio.lowlevel.spawn_system_task(_watch, queue, name="clerk_c")
        _queue.set(queue)
    call.start(queue, trio.lowlevel.current_task())

    def abort(raise_cancel: Any) -> trio.lowlevel.Abort:
        call.cancel()
        return trio.lowlevel.Abort.SUCCEEDED

    await trio.lowlevel.wait_task_rescheduled(abort)
    return call.finish()


async def _watch(queue: Queue) -> None:
    while True:
        await trio.lowlevel.wait_readable(queue.fileno())
        for task in queue.take():
            trio.lowlevel.reschedule(task)
