"""What can end a bulk job before its last row. Each text says what to do next."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._report import Report


class BulkError(Exception):
    """Root of what a bulk job raises by itself."""


class SourceError(BulkError):
    """The rows cannot be read: no such file, another encoding, a broken quotation.

    Attributes:
        line: number of the line, from 1 on; None where it is not about one.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class ColumnError(BulkError, ValueError):
    """Columns that do not fit the operation; nothing was sent."""


class CheckpointError(BulkError):
    """The checkpoint is another job's, in use, or cannot be written."""


class JobStopped(BulkError):
    """The job ended early: an expired key, a server that fails again and again, a full disk.

    With a checkpoint the same call goes on from here.

    Attributes:
        report: what was done until then.
        status: of the answer that stopped it (int), if one did.
    """

    def __init__(
        self, message: str, report: Report | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.report = report
        self.status = status


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, after the rows in flight have come to their end, or at the second one at once.

    Attributes:
        report: what was done until then.
    """

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report
