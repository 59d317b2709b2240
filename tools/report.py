"""Puts the numbers of docs/benchmark/report.json into the page beside it and two others.

    python tools/report.py [--check]

`make report` measures and then runs this. The others are README.md and docs/performance.md. With
--check nothing is written: exits with 1 if one of the three is not what it would be.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import targets

from clerk_c.bench.headlines import headlines
from clerk_c.bench.page import page

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "benchmark"
README = ROOT / "README.md"
PERFORMANCE = ROOT / "docs" / "performance.md"
COMMAND = "python -m clerk_c.bench"
BEGIN, END = "<!-- benchmark: written by tools/report.py -->\n", "<!-- end of benchmark -->"


def taken(report: dict[str, Any]) -> str:
    """When, with what and on what; two lines."""
    processor = f", {report['processor']}" if report["processor"] else ""
    rounds = f"{report['rounds']} interleaved rounds"
    if report["quick"]:
        rounds += " of a quick run"
    if (report["load"] or 0) > 1:
        rounds += f" on a machine that was busy with other things (load {report['load']:g})"
    return (
        f"{report['time'][:10]}, clerk_c {report['packages']['clerk_c']}, "
        f"Python {report['python']}, {report['system']}{processor};\n"
        f"medians of {rounds}, against {report['server']} on loopback.\n"
    )


def section(report: dict[str, Any]) -> str:
    """What the README says between the marks."""
    rows = [
        f"| {entry.title} | {entry.ours} | {entry.theirs} | **{entry.times}** "
        f"| `{entry.command.removeprefix(COMMAND).strip()}` |\n"
        for entry in headlines(report)
    ]
    return (
        f"\n| | clerk_c | official SDK | less by | measured by `{COMMAND}` |\n"
        "|---|---|---|---|---|\n"
        f"{''.join(rows)}\n"
        f"{taken(report)}"
        "[The whole report](docs/benchmark/report.html) has plain C and others beside it; "
        "[benchmark](docs/benchmark.md) says how it is measured.\n"
    )


def with_section(path: Path, text: str) -> str:
    """A file with this between the marks."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path.name} has no {BEGIN.strip()} ... {END}")
    return f"{before}{begin}{text}{end}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    report = json.loads((FOLDER / "report.json").read_text(encoding="utf-8"))
    wanted = {
        FOLDER / "report.html": page(report),
        README: with_section(README, section(report)),
        PERFORMANCE: with_section(PERFORMANCE, f"{targets.table(report)}{taken(report)}"),
    }
    stale = [
        path for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]  # fmt: skip
    for path in stale:
        print(f"{path.relative_to(ROOT)} {'is not' if check else 'is now'} that of report.json")
        if not check:
            path.write_text(wanted[path], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
