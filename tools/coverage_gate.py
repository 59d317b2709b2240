"""What the tests reach, as tables and pages, from the counts that `make coverage` has made.

    python tools/coverage_gate.py

Merges the counts of the C tests (build/c/gcov), of the extension modules under pytest
(build/coverage) and of coverage.py. Prints a line per file, writes pages to build/coverage/c and
build/coverage/python, and exits with 1 when a folder is below its bound.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The least part of its lines that the tests must reach, in percent.
BOUNDS = {"csrc/core/": 95.0, "csrc/py/": 90.0, "clerk_c/": 90.0}

BUILD = Path("build/coverage")
C_COUNTS = ("build/c/gcov/csrc", str(BUILD))


@dataclass(frozen=True)
class Count:
    """The lines of one file that hold code, and how many of them ran."""

    path: str
    lines: int
    reached: int

    def __str__(self) -> str:
        return f"{self.path:<44} {self.lines:6} {self.reached:6} {percent([self]):6.1f} %"


def percent(counts: list[Count]) -> float:
    lines = sum(count.lines for count in counts)
    return 100 * sum(count.reached for count in counts) / lines if lines else 0.0


def judge(counts: list[Count], bounds: dict[str, float]) -> Iterator[str]:
    """A sentence for each folder that is below its bound, or of which nothing was counted."""
    for folder, bound in bounds.items():
        inside = [count for count in counts if count.path.startswith(folder)]
        if not inside:
            yield f"{folder}: nothing was counted"
        elif percent(inside) < bound:
            yield f"{folder}: {percent(inside):.2f} % of the lines, which is below {bound:g} %"


def run(*words: str) -> None:
    subprocess.run([sys.executable, "-m", *words], check=True)


def count_c() -> list[Count]:
    """gcovr merges what both builds of a core file say about a line."""
    summary, pages = BUILD / "c.json", BUILD / "c"
    pages.mkdir(parents=True, exist_ok=True)
    run("gcovr", "--root", ".", *C_COUNTS, "--filter", "csrc/", "--json-summary", str(summary),
        "--html-details", str(pages / "index.html"))  # fmt: skip
    return [
        Count(one["filename"], one["line_total"], one["line_covered"])
        for one in json.loads(summary.read_text())["files"]
    ]


def count_python() -> list[Count]:
    summary = BUILD / "python.json"
    run("coverage", "combine", "--quiet", "--keep")
    run("coverage", "json", "--quiet", "-o", str(summary))
    run("coverage", "html", "--quiet", "--directory", str(BUILD / "python"))
    return [
        Count(path, one["summary"]["num_statements"], one["summary"]["covered_lines"])
        for path, one in json.loads(summary.read_text())["files"].items()
    ]


def main() -> int:
    counts = sorted(count_c() + count_python(), key=lambda count: count.path)
    print(f"{'file':<44} {'lines':>6} {'reached':>6}")
    print(*counts, sep="\n")
    for folder in BOUNDS:
        inside = [count for count in counts if count.path.startswith(folder)]
        print(Count(folder, sum(x.lines for x in inside), sum(x.reached for x in inside)))
    wrong = list(judge(counts, BOUNDS))
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
