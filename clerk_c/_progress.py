"""Telling the progress of an asynchronous call, in its event loop, while it is awaited."""

from typing import Any

from ._loops import running_trio

_PAUSE = 0.1  # seconds between two reports


async def follow(call: Any, send: Any) -> Any:
    """The result of `send(call)`; meanwhile call.tell() again and again, and once at the end.

    What tell() raises ends the call.
    """
    in_trio = running_trio() is not None
    return await (_follow_in_trio if in_trio else _follow_in_asyncio)(call, send)


async def _follow_in_asyncio(call: Any, send: Any) -> Any:
    import asyncio

    task = asyncio.ensure_future(send(call))
    try:
        while not (await asyncio.wait((task,), timeout=_PAUSE))[0]:
            call.tell()
        result = task.result()
        call.tell()
        return result
    except BaseException:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
        raise


async def _follow_in_trio(call: Any, send: Any) -> Any:
    import trio

    failures: list[Exception] = []
    result = None
    async with trio.open_nursery() as nursery:

        async def tell() -> None:
            try:
                while True:
                    await trio.sleep(_PAUSE)
                    call.tell()
            except Exception as error:
                failures.append(error)
                nursery.cancel_scope.cancel()

        nursery.start_soon(tell)
        try:
            result = await send(call)
        except Exception as error:  # outside of the nursery it is no group
            failures.append(error)
        nursery.cancel_scope.cancel()
    if failures:
        raise failures[0]
    call.tell()
    return result
