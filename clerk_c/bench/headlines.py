"""The four numbers of a run that say most, each with the command that measures it again."""

from __future__ import annotations

from typing import Any, NamedTuple

from .report import LABELS, number, quantity

COMMAND = "python -m clerk_c.bench --cases"

# A line of the report, what it is about, and the cases that measure it.
_CHOSEN = (
    ("startup.wall", "import and construct a client", "startup"),
    ("get.cpu", "one GET, CPU", "get"),
    ("read.cpu", "500 users listed and read, CPU", "read"),
    ("auth_again.cpu", "a request authenticated again, CPU", "auth_again"),
)


class Headline(NamedTuple):
    title: str
    times: str  # how many times below the official SDK
    ours: str
    theirs: str
    command: str

    @property
    def detail(self) -> str:
        return f"{self.ours}, {LABELS['reference']} {self.theirs}"


def headlines(report: dict[str, Any]) -> list[Headline]:
    """Those of the four that this run has measured, beside the official SDK."""
    lines = {line["key"]: line for line in report["lines"]}
    found = []
    for key, title, cases in _CHOSEN:
        line = lines.get(key)
        if line is None or line.get("gain") is None:
            continue
        ours, theirs = (
            quantity(line["medians"][name], line["unit"]) for name in ("clerk_c", "reference")
        )
        times = f"{number(line['gain'])}x"
        found.append(Headline(title, times, ours, theirs, f"{COMMAND} {cases}"))
    return found
