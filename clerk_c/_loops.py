"""Waiting, and running something in a thread, under whichever event loop is running."""

import sys
from collections.abc import Callable
from typing import Any


def running_trio() -> Any:
    """The module trio, where the code that asks is of a trio task; else None."""
    trio = sys.modules.get("trio")
    if trio is not None:
        try:
            trio.lowlevel.current_task()
        except (RuntimeError, AttributeError):  # the latter while another thread imports trio
            return None
    return trio


async def sleep(seconds: float) -> None:
    """Let others run for so many seconds."""
    trio = running_trio()
    if trio is not None:
        await trio.sleep(seconds)
    else:
        import asyncio

        await asyncio.sleep(seconds)


async def in_thread(function: "Callable[..., Any]", arguments: "tuple[Any, ...]") -> Any:
    """What the function returns or raises, run in a thread with the task's context variables."""
    trio = running_trio()
    if trio is not None:
        return await trio.to_thread.run_sync(_call, function, arguments)
    import asyncio

    return await asyncio.to_thread(_call, function, arguments)


def _call(function: "Callable[..., Any]", arguments: "tuple[Any, ...]") -> Any:
    """No future can hold a StopIteration: whoever waits for it would wait for ever."""
    try:
        return function(*arguments)
    except StopIteration as error:
        raise RuntimeError("a hook raised StopIteration") from error
