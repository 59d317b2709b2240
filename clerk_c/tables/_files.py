"""CSV and JSON lines, and files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from ._values import as_json, as_text

_QUOTED = frozenset('",;\t\r\n')
_FORMULA = "=+-@\t\r\n"
_PLAIN_NUMBER = frozenset("+-.,()/ 0123456789")


def csv_lines(
    titles: list[str], rows: Iterable[list[Any]], formulas: bool
) -> Iterator[str]:
    """The lines of a CSV file, the titles first."""
    yield _csv_line(titles, formulas)
    for row in rows:
        yield _csv_line(row, formulas)


def _csv_line(values: Iterable[Any], formulas: bool) -> str:
    cells = [None if value is None else as_text(value) for value in values]
    return ",".join(_csv_cell(cell, formulas) for cell in cells) + "\n"


def _csv_cell(text: str | None, formulas: bool) -> str:
    if text is None:
        return ""
    if not formulas and text[:1] and text[0] in _FORMULA and not _PLAIN_NUMBER.issuperset(text):
        text = "'" + text
    if not text or not _QUOTED.isdisjoint(text) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def json_lines(titles: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    """One JSON object to a line."""
    for row in rows:
        yield as_json(dict(zip(titles, row))) + "\n"


def encoded(line: str) -> bytes:
    """UTF-8; halves of surrogate pairs, which it cannot hold, become U+FFFD."""
    try:
        return line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def deliver(lines: Iterable[str], path: Any) -> str | None:
    """The lines as one text, or, where there is a path, as a file."""
    if path is None:
        return "".join(line if line.isascii() else encoded(line).decode() for line in lines)
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path must be str, os.PathLike or None, not {type(path).__name__!r}")
    write(lines, os.fspath(path))
    return None


def write(lines: Iterable[str], path: str) -> None:
    """Writes a file beside the one that is meant and puts it into its place when it is whole.

    What is there already keeps its permissions; of a symbolic link the target is written, and a
    device or a pipe is written to as it is. Raises OSError; then nothing has changed.
    """
    path = os.path.realpath(path)
    mode = _mode(path)
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "wb") as stream:  # a directory says so by itself
            stream.writelines(map(encoded, lines))
        return
    beside, name = os.path.split(path)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{name[:20]}.", dir=beside)
    except OSError as error:  # it names a file that nobody asked for
        raise type(error)(error.errno, error.strerror, path) from None
    try:
        with open(handle, "wb") as stream:
            stream.writelines(map(encoded, lines))
            stream.flush()
            os.chmod(temporary, _usual_mode() if mode is None else stat.S_IMODE(mode))
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode
    except FileNotFoundError:
        return None


def _usual_mode() -> int:
    """What a file that `open` makes would have; the only way to ask is to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
