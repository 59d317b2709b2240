"""What can be uploaded, and how its bytes reach the C core: in memory or as a file's descriptor."""

import io
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

from ._body import Body as Body  # the C core looks for it here

SMALL = 1 << 20  # bytes: more than that is sent from a file, its own or a temporary one
CHUNK = 1 << 18  # bytes that are asked of a source at once
LARGEST = 1 << 30  # bytes that are read of a source that does not tell its size
_STRUCTURED = ("keys", "model_fields")  # what mappings and models can be told by

# content in memory; else a descriptor, to be closed by the taker, or -1; its bytes in all; a
# function that wants to know the progress; a source that has to be awaited first
Prepared = tuple["bytes | None", int, int, "Callable[[int, int], object] | None", Any]


class Upload:
    """The file of an upload, or the content of one, with a report of its progress.

    >>> clerk.users.set_profile_image(user_id="user_1", file=Upload(Path("face.png")))
    >>> clerk.users.set_profile_image(
    ...     user_id="user_1",
    ...     file={"file_name": "face.png", "content": Upload(data, progress=show)},
    ... )

    source: a path (os.PathLike), an open file, bytes or another buffer, str (which is sent as
        UTF-8), any object with read(), an iterable of bytes; for `*_async` calls also files and
        iterables that are asynchronous. A str is content, not a path.
    file_name: str; what Clerk is told. Without it the last part of the path, or of the open
        file's `name`.
    content_type: str; without it what the system's table says for file_name.
    progress: a function of two int, `progress(sent, total)`: bytes of the file that are on their
        way, and bytes in all. It is called at most ten times a second while the file is sent, and
        at the end, in the thread that waits for the call (an asynchronous call: in the event
        loop). A request that is repeated starts again from 0. What it raises ends the call.
    max_bytes: int; a source that gives more is a ValueError of the call's, and nothing is sent.
        Without it that is so for what has to be read to its end before its size is known, above
        1 GiB.

    Raises TypeError for arguments of other types, ValueError for an empty file_name and for
    max_bytes below 1.
    """

    __slots__ = ("content_type", "file_name", "max_bytes", "progress", "source")

    def __init__(
        self,
        source: Any,
        *,
        file_name: "str | None" = None,
        content_type: "str | None" = None,
        progress: "Callable[[int, int], object] | None" = None,
        max_bytes: "int | None" = None,
    ) -> None:
        if not (isinstance(source, str) or _is_buffer(source) or accepts(source)):
            raise TypeError(
                f"source must be a path, a file, bytes or an iterable of bytes, not "
                f"{type(source).__name__!r}"
            )
        for name, value in (("file_name", file_name), ("content_type", content_type)):
            if value is not None and not isinstance(value, str):
                raise TypeError(f"{name} must be str or None, not {type(value).__name__!r}")
        if file_name == "":
            raise ValueError("file_name must not be empty")
        if progress is not None and not callable(progress):
            raise TypeError(
                f"progress must be a function or None, not {type(progress).__name__!r}"
            )
        if max_bytes is not None and type(max_bytes) is not int:
            raise TypeError(f"max_bytes must be int or None, not {type(max_bytes).__name__!r}")
        if max_bytes is not None and max_bytes < 1:
            raise ValueError("max_bytes must be 1 or more")
        self.source = source
        self.max_bytes = max_bytes
        self.file_name = file_name if file_name is not None else _name_of(source)
        self.content_type = content_type
        self.progress = progress

    # What is asked of a mapping, so that it can stand where the reference takes a dict.

    def keys(self) -> "tuple[str, ...]":
        """The names of a file's fields that are known."""
        names = ("file_name", "content_type")
        return ("content", *(name for name in names if getattr(self, name) is not None))

    def __getitem__(self, name: str) -> Any:
        if name not in self.keys():
            raise KeyError(name)
        return self if name == "content" else getattr(self, name)

    def __repr__(self) -> str:
        return f"Upload({type(self.source).__name__}, file_name={self.file_name!r})"


def _is_buffer(value: object) -> bool:
    try:
        memoryview(value).release()  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def _name_of(source: object) -> "str | None":
    path: Any = source
    if not hasattr(type(source), "__fspath__"):
        path = getattr(source, "name", None)  # an int where a descriptor was opened
    if isinstance(path, str) or hasattr(type(path), "__fspath__"):
        name = os.path.basename(os.fsdecode(path))
        return name or None
    return None


def accepts(content: object) -> bool:
    """May this be a file's content? Asked for what is neither text nor a buffer."""
    kind = type(content)
    return (
        isinstance(content, Upload)
        or hasattr(content, "read")
        or hasattr(kind, "__fspath__")
        or hasattr(kind, "__aiter__")
        or (hasattr(kind, "__iter__") and not any(hasattr(kind, name) for name in _STRUCTURED))
    )


def prepare(content: Any) -> Prepared:
    """The content of a file, as the C core can send it.

    Raises OSError, TypeError, ValueError, and what the source itself raises.
    """
    source, progress, limit = content, None, None
    if isinstance(content, Upload):
        source, progress, limit = content.source, content.progress, content.max_bytes
    if is_asynchronous(source):
        return None, -1, 0, progress, content
    return (*_read(source, limit), progress, None)


def _read(content: Any, limit: "int | None") -> "tuple[bytes | None, int, int]":
    if hasattr(type(content), "__fspath__"):
        with open(content, "rb") as file:
            return _read(file, limit)
    if isinstance(content, str):
        content = content.encode()
    if _is_buffer(content):
        _check_size(memoryview(content).nbytes, limit)
        return _read_buffer(content)
    found = _regular(content, limit)
    if found is not None:
        return found
    with Spool(limit or LARGEST) as spool:
        for chunk in _chunks(content):
            spool.add(chunk)
        return spool.take()


def _check_size(size: int, limit: "int | None") -> None:
    if limit is not None and size > limit:
        raise ValueError(
            f"content: the source has more than {limit:,} bytes, which Upload(max_bytes=...) sets"
        )


def _read_buffer(content: Any) -> "tuple[bytes | None, int, int]":
    try:
        with Spool(None) as spool:
            spool.add(content)
            return spool.take()
    except OSError:  # a full disk: the content has its place in memory already
        return _bytes_of(content), -1, 0


# --- files that can be sent as they are ---------------------------------------


def _regular(source: Any, limit: "int | None") -> "tuple[bytes | None, int, int] | None":
    """The whole of a plain file, without its object's help; None for anything else.

    Only for the types of which it is known that read() gives what the descriptor has (a GzipFile
    has one, too).
    """
    if type(source).__module__ == "tempfile":
        source = getattr(source, "file", source)
    raw = source
    if type(source) in (io.BufferedReader, io.BufferedRandom):
        raw = source.raw
    if type(raw) is not io.FileIO or not raw.readable():
        return None
    source.flush()
    about = os.fstat(raw.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_size == 0:  # those of /proc say 0
        return None
    _check_size(about.st_size, limit)
    if about.st_size <= SMALL:
        return os.pread(raw.fileno(), about.st_size, 0), -1, 0
    return None, os.dup(raw.fileno()), about.st_size


# --- everything else is read first --------------------------------------------


class Spool:
    """Bytes on their way from a source, at most so many (None: no limit): in memory, then in an
    unnamed temporary file."""

    def __init__(self, limit: "int | None") -> None:
        self._limit = limit
        self._chunks: list[bytes] = []
        self._size = 0
        self._file: Any = None
        self._is_confined = False

    def add(self, chunk: Any) -> None:
        if isinstance(chunk, str):
            chunk = chunk.encode()
        elif type(chunk) is not bytes:
            chunk = _bytes_of(chunk)
        self._size += len(chunk)
        _check_size(self._size, self._limit)
        if self._file is not None:
            self._file.write(chunk)
            return
        self._chunks.append(chunk)
        if self._size > SMALL and not self._is_confined:
            self._to_file()

    def _to_file(self) -> None:
        from tempfile import TemporaryFile

        try:
            self._file = TemporaryFile()  # noqa: SIM115
        except OSError:  # nowhere to put it: then it has to fit in memory
            self._is_confined = True
            return
        self._file.writelines(self._chunks)
        self._chunks.clear()

    def take(self) -> "tuple[bytes | None, int, int]":
        """The content in memory, or a descriptor for the taker to close, and its size."""
        if self._file is None:
            return b"".join(self._chunks), -1, 0
        self._file.flush()
        return None, os.dup(self._file.fileno()), self._size

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *ignored: object) -> None:
        if self._file is not None:
            self._file.close()


def _bytes_of(chunk: Any) -> bytes:
    try:
        with memoryview(chunk) as view:
            return view.tobytes()
    except TypeError:
        raise TypeError(
            f"content: a source must give bytes or str, not {type(chunk).__name__!r}"
        ) from None


def _chunks(source: Any) -> Iterator[Any]:
    if not hasattr(source, "read"):
        yield from source
        return
    encode = _encoder(source)
    if encode is None:
        _rewind(source)
    try:
        chunk = source.read(CHUNK)
    except TypeError:  # a read() that takes no size gives everything
        yield source.read()
        return
    while True:
        if hasattr(chunk, "__await__"):
            raise TypeError("content: read() is asynchronous, but not declared so")
        yield chunk if encode is None else encode(chunk)
        if not chunk:
            return
        chunk = source.read(CHUNK)


def _encoder(source: Any) -> "Callable[[str], bytes] | None":
    """For files of text, which the reference sends in their own encoding, from where they are."""
    if not isinstance(source, io.TextIOBase):
        return None
    from codecs import getincrementalencoder

    return getincrementalencoder(source.encoding or "utf-8")().encode


def _rewind(file: Any) -> None:
    """Binary files are sent from their beginning, wherever they are, as httpx does."""
    if hasattr(file, "seek"):
        with suppress(OSError):  # a pipe
            file.seek(0)


# --- asynchronous sources -----------------------------------------------------


def is_asynchronous(source: object) -> bool:
    """Does this have to be awaited?"""
    if hasattr(type(source), "__aiter__"):
        return True
    read = getattr(source, "read", None)
    code = getattr(getattr(read, "__func__", read), "__code__", None)
    return code is not None and bool(code.co_flags & 0x80)  # inspect.CO_COROUTINE


async def read_async(source: Any) -> "tuple[bytes | None, int, int]":
    """Reads an asynchronous source to its end: what Spool.take() gives.

    Raises what `prepare` raises.
    """
    limit = None
    if isinstance(source, Upload):
        source, limit = source.source, source.max_bytes
    with Spool(limit or LARGEST) as spool:
        async for chunk in _chunks_async(source):
            spool.add(chunk)
        return spool.take()


async def _chunks_async(source: Any) -> AsyncIterator[Any]:
    if not hasattr(source, "read"):
        async for chunk in source:
            yield chunk
        return
    if hasattr(source, "seek") and not isinstance(getattr(source, "encoding", None), str):
        with suppress(OSError):  # a pipe
            await source.seek(0)
    while chunk := await source.read(CHUNK):
        yield chunk


async def perform(call: Any, send: Any) -> Any:
    """Read the content of an asynchronous call, then send it and follow its progress."""
    if call.bearer is not None:
        call.authorize(await call.bearer)
    if call.source is not None:
        call.fill(await read_async(call.source))
    from ._async import perform_observed

    if not call.is_followed or send is perform_observed:  # there the body itself tells
        return await send(call)
    from ._progress import follow

    return await follow(call, send)
