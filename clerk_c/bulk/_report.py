"""What a job did."""

from __future__ import annotations

from typing import NamedTuple

_KEPT = 1000


class Problem(NamedTuple):
    """A row that was not done.

    Attributes:
        row: its number, from 1 on.
        line: the line of the file where it begins; None where there are no lines.
        key: its key, if the job has a column for that.
        state: "failed", or "uncertain": it may have been done.
        status: the status of the answer (int), if there was one.
        reason: why, in words.
    """

    row: int
    line: int | None
    key: str | None
    state: str
    status: int | None
    reason: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.line is None else f"line {self.line}"
        return f"{place}: {self.reason}"


class Report:
    """The numbers of rows of a job, in this run unless said otherwise.

    Attributes:
        operation: its name, such as "users.create".
        dry_run: was nothing to be sent?
        rows: rows that were read.
        done: rows that were done, or would be sent (in a dry run).
        found: those of `done` that a look-up found to have been done before.
        skipped: rows that an earlier run has dealt with: done, or failed and not to be repeated.
        failed: rows that failed.
        uncertain: rows that may have been done: sent without a usable answer, and not to be found
            out. They are never sent again by themselves.
        requests: requests that were sent, look-ups included.
        seconds: how long it took.
        problems: the first 1,000 rows that failed or are uncertain (`Problem`).
        finished: was every row looked at?
        failed_in_all, uncertain_in_all: as the checkpoint says, of all runs.
    """

    def __init__(self, operation: str, dry_run: bool = False) -> None:
        self.operation = operation
        self.dry_run = dry_run
        self.rows = self.done = self.found = self.skipped = 0
        self.failed = self.uncertain = self.requests = 0
        self.failed_in_all = self.uncertain_in_all = 0
        self.seconds = 0.0
        self.finished = False
        self.problems: list[Problem] = []

    @property
    def ok(self) -> bool:
        """Is every row done, as far as the checkpoint goes back?"""
        return self.finished and not self.failed_in_all and not self.uncertain_in_all

    def _add(self, problem: Problem) -> None:
        if problem.state == "failed":
            self.failed += 1
        else:
            self.uncertain += 1
        if len(self.problems) < _KEPT:
            self.problems.append(problem)

    def __str__(self) -> str:
        done = "would be sent" if self.dry_run else "done"
        parts = [f"{self.done:,} {done}"]
        if self.found:
            parts[0] += f" ({self.found:,} of them found to be done)"
        for name in ("skipped", "failed", "uncertain"):
            if number := getattr(self, name):
                parts.append(f"{number:,} {name}")
        end = "" if self.finished else ", not finished"
        return f"{self.operation}: {', '.join(parts)}{end}; {self.seconds:.1f} s"

    def __repr__(self) -> str:
        return f"<Report of {self}>"
