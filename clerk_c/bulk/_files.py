"""The files that a job writes beside its checkpoint: results, and rows to be mended."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import Callable, Iterable
from typing import IO, Any

from .errors import BulkError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._checkpoint import Checkpoint, Mark


def storable(text: str) -> str:
    """The text with escapes for what UTF-8 does not know: halves of surrogate pairs."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def json_text(value: Any) -> str:
    """The value in JSON, as readable as can be."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if text == storable(text) else json.dumps(value, default=str)


class Results:
    """JSON lines, as long as the checkpoint says: what was written behind that is cut off."""

    def __init__(self, path: str, checkpoint: Checkpoint) -> None:
        self.path = os.path.abspath(path)
        self.name = storable(f"size of {self.path}")  # in the checkpoint
        size = checkpoint.recall(self.name)
        try:
            found = os.path.getsize(self.path) if os.path.exists(self.path) else 0
            if size is None and found:
                raise BulkError(f"results: {path} exists and is not of this job: take another name")
            if found < (size or 0):
                raise BulkError(f"results: {path} is shorter than this job has left it")
            flags = os.O_CREAT | os.O_WRONLY
            self._file: IO[bytes] = os.fdopen(os.open(self.path, flags, 0o600), "wb")
            self._file.truncate(size or 0)
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise BulkError(f"results: {path}: {error.strerror}") from error

    def add(self, line: str) -> None:
        self._file.write(line.encode("utf-8", "backslashreplace") + b"\n")

    def flush(self) -> int:
        """Onto the disk; how long it is."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # the disk is full, and the job has said so
            self._file.close()


# Rows to be mended


def check_failures(path: str, source: str | None) -> None:
    """Raises BulkError where the file would take the place of anything but such a file."""
    if not os.path.exists(path):
        return
    if source is not None and os.path.samefile(path, source):
        raise BulkError(f"failures: {path} is the source of the rows")
    try:
        with open(path, "rb") as file:
            first = file.readline(1_000_000)
    except OSError as error:
        raise BulkError(f"failures: {path}: {error.strerror}") from error
    if first and b"#reason" not in first:
        raise BulkError(f"failures: {path} exists and holds no rows that failed: take another name")


def write_failures(path: str, checkpoint: Checkpoint) -> None:
    """All rows that failed or are uncertain, in place of what the file held before."""
    beside = f"{path}.{os.getpid()}.part"
    try:
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        with open(beside, "w", encoding="utf-8", newline="", opener=_opener(flags)) as file:
            if path.lower().endswith(".csv"):
                _as_csv(file, checkpoint)
            else:
                _as_json_lines(file, checkpoint)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise BulkError(f"failures: {path} cannot be written: {error.strerror}") from error
    finally:
        if os.path.exists(beside):
            os.unlink(beside)


def _opener(flags: int) -> Callable[[str, int], int]:
    return lambda path, _: os.open(path, flags, 0o600)


def _notes(mark: Mark) -> dict[str, Any]:
    from ._checkpoint import STATES

    return {
        "#row": mark.number,
        "#line": mark.line,
        "#state": STATES[mark.state or 0],
        "#status": mark.status,
        "#reason": mark.reason or "was being sent when the job ended",
    }


def _as_json_lines(file: IO[str], checkpoint: Checkpoint) -> None:
    for mark in checkpoint.troubles():
        notes = {name: value for name, value in _notes(mark).items() if value is not None}
        data = json.loads(mark.data) if mark.data else {}
        file.write(f"{json_text({**data, **notes})}\n")


def _as_csv(file: IO[str], checkpoint: Checkpoint) -> None:
    columns: dict[str, None] = {}
    for mark in checkpoint.troubles():
        columns.update(dict.fromkeys(json.loads(mark.data) if mark.data else {}))
    names = [*columns, "#row", "#line", "#state", "#status", "#reason"]
    writer = csv.writer(file)
    writer.writerow(_csv_cells(names))
    for mark in checkpoint.troubles():
        row = {**(json.loads(mark.data) if mark.data else {}), **_notes(mark)}
        writer.writerow(_csv_cells(row.get(name) for name in names))


def _csv_cells(values: Iterable[Any]) -> list[str]:
    cells = []
    for value in values:
        if value is None or isinstance(value, str):
            cells.append(storable(value or ""))
        else:
            cells.append(json_text(value))
    return cells
