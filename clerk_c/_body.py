"""Bodies of which a part is in a file, for clients of a program's own."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from time import monotonic

CHUNK = 1 << 18  # bytes that are read at once


class Body:
    """The body of a request as something to iterate over, as often as needed.

    Clients must be told its length, len(body) bytes. It owns its descriptor, once it is made.
    """

    _file: "bytes | int" = b""  # what __del__ sees of a body that could not be made

    def __init__(
        self,
        head: bytes,
        file: "bytes | int",
        size: int,
        tail: bytes,
        progress: "Callable[[int, int], object] | None",
    ) -> None:
        self._head = head
        self._size = size
        self._tail = tail
        self._progress = progress
        self._file = file  # the content itself, or a descriptor of it; last: nothing fails now

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._tail)

    def parts(self) -> "tuple[bytes, bytes | int, int, bytes, Callable[[int, int], object] | None]":
        """For `_exchange`: before the file, the file or its descriptor, its size, behind it, and
        who is told the progress."""
        return self._head, self._file, self._size, self._tail, self._progress

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        at, told = 0, 0.0
        while at < self._size:
            chunk = self._read(at)
            at += len(chunk)
            yield chunk
            if self._progress is not None and (at == self._size or monotonic() - told > 0.1):
                told = monotonic()
                self._progress(at, self._size)
        yield self._tail

    def _read(self, at: int) -> bytes:
        wanted = min(CHUNK, self._size - at)
        if isinstance(self._file, bytes):
            return self._file[at : at + wanted]
        chunk = os.pread(self._file, wanted, at)
        if not chunk:
            raise OSError(
                f"the file to upload has become shorter: {at} bytes are left of {self._size}"
            )
        return chunk

    def __bytes__(self) -> bytes:
        quiet = Body(self._head, self._file, self._size, self._tail, None)
        try:
            return b"".join(quiet)
        finally:
            quiet._file = b""  # it is not the owner

    def for_async(self) -> "AsyncBody":
        """The same for asynchronous clients, which want nothing else."""
        return AsyncBody(self)

    def __del__(self) -> None:
        if isinstance(self._file, int):
            os.close(self._file)


class AsyncBody:
    """A Body that is iterated over with `async for`."""

    def __init__(self, body: Body) -> None:
        self.body = body

    def __len__(self) -> int:
        return len(self.body)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.body:
            yield chunk
