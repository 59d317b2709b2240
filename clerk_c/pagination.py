"""Going through all that an operation lists, page by page.

    for user in paginate(clerk.users.list, query="ada"):
        ...
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from typing import Any, Generic, Protocol, TypeVar, overload

from . import _bar, _core, _listing, _pages
from ._bar import Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

_COMMON = frozenset(("retries", "server_url", "timeout_ms", "http_headers"))


class _Page(Protocol[T]):
    @property
    def data(self) -> list[T]: ...


class _Listed:
    """What both faces share: the arguments, the place, what is ready to be given."""

    _given = 0
    _report: Report | None = None
    _end: Callable[[], object] | None = None

    def __init__(
        self,
        operation: Callable[..., Any],
        limit: int | None,
        resume: str | None,
        arguments: dict[str, Any],
        *,
        asynchronous: bool,
        progress: object = False,
    ) -> None:
        self._operation = operation
        self._listing = listing = _listing.listing_of(operation, asynchronous)
        self._common = {n: arguments.pop(n) for n in list(arguments) if n in _COMMON}
        self._arguments = arguments = _listing.flat(listing, arguments)
        given = arguments.pop("limit", None)
        limit = _listing.page_size(listing, given if limit is None else limit)
        start = _listing.first_offset(arguments.pop("offset", None))
        self._place = _pages.place(resume, listing.name, arguments, start)
        self._walk = _pages.Walk(limit, self._place.end, list(self._place.tail))
        self._ready: deque[_pages.Item] = deque()
        self._report, self._end = _bar.reporter(progress, listing.name)

    @property
    def total(self) -> int | None:
        """How many there are, as the latest page says; None before the first, and where
        the API does not tell."""
        return self._walk.total

    @property
    def token(self) -> str:
        """The place behind the element that was given last: `resume=` goes on from there."""
        return self._place.token

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._listing.name}>"

    def _request(self) -> dict[str, Any]:
        listing, arguments = self._listing, dict(self._arguments)
        if listing.most is not None:
            arguments.update(limit=self._walk.limit, offset=self._walk.ask())
        if listing.request is not None:
            arguments = {"request": arguments}
        return {**arguments, **self._common}

    def _take(self, answer: Any) -> None:
        listing = self._listing
        if listing.items is None:
            values, total = answer, None
        else:
            values, total = getattr(answer, listing.items), answer.total_count
        total = total if isinstance(total, int) else None
        self._ready.extend(self._walk.take([*(values or ())], total))
        if listing.most is None:
            self._walk.done = True

    def _finish(self) -> None:
        """The bar, if there is one, has been seen."""
        if self._end is not None:
            self._end()
            self._end = None

    __del__ = _finish

    def _give(self) -> Any:
        item = self._ready.popleft()
        self._place.pass_by(item)
        if self._report is not None:
            self._given += 1
            self._report(self._given, self._walk.total)
        return item.value


class Pages(_Listed, Iterator[T], Generic[T]):
    """An iterator over all that an operation lists; made by `paginate`."""

    _next: _InBackground | None = None

    def __init__(
        self,
        operation: Callable[..., Any],
        limit: int | None,
        resume: str | None,
        prefetch: bool,
        progress: object,
        arguments: dict[str, Any],
    ) -> None:
        super().__init__(
            operation, limit, resume, arguments, asynchronous=False, progress=progress
        )
        self._prefetch = prefetch

    def __next__(self) -> T:
        while not self._ready:
            if self._walk.done:
                self._finish()
                raise StopIteration
            self._load()
        value: T = self._give()
        return value

    def pages(self) -> Iterator[list[T]]:
        """The same as lists, one for each page that has anything new."""
        for first in self:
            yield [first, *(self._give() for _ in range(len(self._ready)))]

    def _load(self) -> None:
        waiting, self._next = self._next, None
        answer = self._operation(**self._request()) if waiting is None else waiting.result()
        self._take(answer)
        if self._prefetch and not self._walk.done:
            self._next = _InBackground(self._operation, self._request())


class _InBackground:
    """One call in a thread of its own, which ends with it."""

    def __init__(self, call: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        self._answer: Any = None
        self._error: BaseException | None = None
        # A daemon: nobody waits at the end of the program for a page that nobody wants.
        self._thread = threading.Thread(target=self._run, args=(call, arguments), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[..., Any], arguments: Mapping[str, Any]) -> None:
        try:
            self._answer = call(**arguments)
        except BaseException as error:
            self._error = error

    def result(self) -> Any:
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._answer


class AsyncPages(_Listed, AsyncIterator[T], Generic[T]):
    """An asynchronous iterator over all that an operation lists; made by `apaginate`."""

    _next: asyncio.Task[Any] | None = None

    def __init__(
        self,
        operation: Callable[..., Any],
        limit: int | None,
        resume: str | None,
        prefetch: bool,
        progress: object,
        arguments: dict[str, Any],
    ) -> None:
        super().__init__(
            operation, limit, resume, arguments, asynchronous=True, progress=progress
        )
        self._prefetch = prefetch

    async def __anext__(self) -> T:
        while not self._ready:
            if self._walk.done:
                self._finish()
                raise StopAsyncIteration
            await self._load()
        value: T = self._give()
        return value

    async def pages(self) -> AsyncIterator[list[T]]:
        """The same as lists, one for each page that has anything new."""
        async for first in self:
            yield [first, *(self._give() for _ in range(len(self._ready)))]

    async def aclose(self) -> None:
        """Cancels the request for the next page, if one is under way."""
        import asyncio

        waiting, self._next = self._next, None
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait([waiting])

    async def _load(self) -> None:
        waiting, self._next = self._next, None
        answer = await (self._call() if waiting is None else waiting)
        self._take(answer)
        if self._prefetch and not self._walk.done:
            self._next = _task(self._call)

    async def _call(self) -> Any:
        return await self._operation(**self._request())


def _task(call: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any] | None:
    """A task of asyncio's loop. Elsewhere None: trio starts nothing outside of a nursery."""
    import asyncio

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    task = loop.create_task(call())
    # Where nobody comes for a page, its failure is nobody's business.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


# The functions


@overload
def paginate(
    operation: Callable[..., list[T]], /, *, limit: int | None = None, resume: str | None = None,
    prefetch: bool = True, progress: bool | Report = False, **arguments: Any,
) -> Pages[T]: ...
@overload
def paginate(
    operation: Callable[..., _Page[T]], /, *, limit: int | None = None, resume: str | None = None,
    prefetch: bool = True, progress: bool | Report = False, **arguments: Any,
) -> Pages[T]: ...
@overload
def paginate(
    operation: Callable[..., Any], /, *, limit: int | None = None, resume: str | None = None,
    prefetch: bool = True, progress: bool | Report = False, **arguments: Any,
) -> Pages[Any]: ...
def paginate(
    operation: Callable[..., Any],
    /,
    *,
    limit: int | None = None,
    resume: str | None = None,
    prefetch: bool = True,
    progress: bool | Report = False,
    **arguments: Any,
) -> Pages[Any]:
    """Iterates over all that an operation lists, asking for page after page.

    Each element comes once, also where others come or go meanwhile.

    Args:
        operation: a method of a client that lists, such as `clerk.users.list`.
        limit: elements in a page; at most what the API gives, which is 500, and 100 for
            API keys and machine tokens. Default: 100.
        resume: the `token` of an earlier listing, to go on behind the element that it
            gave last. The arguments must be the same; `limit` may differ.
        prefetch: whether to ask for the next page while this one is being used, in a
            thread of its own.
        progress: True shows a bar, in a notebook or on the standard error (it needs rich
            or tqdm: `clerk_c[progress]`); or a function that is called with how many were
            given and the total, which may be None, after each element.
        arguments: of the operation; those inside of its `request` may be given by name.
            `offset` is where to begin.

    Raises:
        TypeError, ValueError: an argument makes no sense; nothing was sent.
        As the operation does: while iterating. Iterating again asks again.
    """
    return Pages(operation, limit, resume, prefetch, progress, arguments)


@overload
def apaginate(
    operation: Callable[..., Awaitable[list[T]]], /, *, limit: int | None = None,
    resume: str | None = None, prefetch: bool = True, progress: bool | Report = False,
    **arguments: Any,
) -> AsyncPages[T]: ...
@overload
def apaginate(
    operation: Callable[..., Awaitable[_Page[T]]], /, *, limit: int | None = None,
    resume: str | None = None, prefetch: bool = True, progress: bool | Report = False,
    **arguments: Any,
) -> AsyncPages[T]: ...
@overload
def apaginate(
    operation: Callable[..., Awaitable[Any]], /, *, limit: int | None = None,
    resume: str | None = None, prefetch: bool = True, progress: bool | Report = False,
    **arguments: Any,
) -> AsyncPages[Any]: ...
def apaginate(
    operation: Callable[..., Awaitable[Any]],
    /,
    *,
    limit: int | None = None,
    resume: str | None = None,
    prefetch: bool = True,
    progress: bool | Report = False,
    **arguments: Any,
) -> AsyncPages[Any]:
    """`paginate` for `async for`, with an operation such as `clerk.users.list_async`.

    On asyncio the next page is asked for in a task; `aclose()` cancels it. On trio it is
    asked for when it is wanted.
    """
    return AsyncPages(operation, limit, resume, prefetch, progress, arguments)


def listings() -> list[str]:
    """Names of the operations that list: "users.list" and so on."""
    found: list[str] = []
    index = 0
    while True:
        try:
            row = _core.describe(index)
        except IndexError:
            return found
        listing = _listing.describe(row)
        if listing is not None:
            found.append(listing.name)
        index += 1


__all__ = ["AsyncPages", "Pages", "apaginate", "listings", "paginate"]
