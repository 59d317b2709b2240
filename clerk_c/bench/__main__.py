"""clerk_c beside the official SDK and others, in one interleaved run.

    python -m clerk_c.bench [--quick] [--cases get,post] [--contenders reference,clerk_c]
    python -m clerk_c.bench --compare before.json after.json

Each contender has a process of its own; rounds alternate between them, so that whatever slows the
machine for a while slows all. Prints medians and ratios with their range over the rounds; writes
everything that was measured as JSON, and with --html a page to look at. Nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import payload
from .cases import CASES
from .contenders import CONTENDERS
from .floor import compile_floor
from .report import Line, Table, compare
from .rounds import Field, Process, chosen_cases, processors, run_startup

NEEDED = {
    "reference": ("clerk_backend_api",), "clerk_c": (), "httpx": ("clerk_backend_api", "httpx"),
    "pycurl": ("pycurl", "msgspec"), "aiohttp": ("aiohttp", "orjson"),
}  # fmt: skip
PACKAGES = (
    "clerk_c", "clerk-backend-api", "httpx", "h2", "pydantic", "pycurl", "msgspec", "aiohttp",
    "orjson", "uvloop",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    options = parse_arguments(argv)
    if options.compare is not None:
        old, new = (json.loads(Path(name).read_text()) for name in options.compare)
        print("\n".join(compare(old, new)))
        return
    rounds = options.rounds or (5 if options.quick else 15)
    seconds = 0.06 if options.quick else 0.2  # of one contender in one round
    with tempfile.TemporaryDirectory() as name:
        report = run(options, rounds, seconds, Path(name))
    path = Path(options.json or f"clerk_c-bench-{time.strftime('%Y%m%d-%H%M%S')}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nAll numbers: {path}")
    if options.html:
        from .page import write

        write(report, Path(options.html))
        print(f"Page: {options.html}")


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    names = ", ".join(["startup", *(case.name for case in CASES)])
    parser = argparse.ArgumentParser(
        prog="python -m clerk_c.bench", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--rounds", type=int, help="of each case (15; quick: 5)")
    parser.add_argument("--cases", help=f"of these, with commas between: {names}")
    parser.add_argument("--contenders", help=f"of these: {', '.join([*CONTENDERS, 'c'])}")
    parser.add_argument("--json", metavar="FILE", help="where the numbers go")
    parser.add_argument("--html", metavar="FILE", help="a page with plots, too")
    parser.add_argument("--compare", nargs=2, metavar="FILE", help="two files of numbers")
    options = parser.parse_args(argv)
    known = {"startup", *(case.name for case in CASES)}
    for what, allowed in (("cases", known), ("contenders", {*CONTENDERS, "c"})):
        given = getattr(options, what)
        setattr(options, what, None if given is None else given.split(","))
        unknown = set(getattr(options, what) or ()) - allowed
        if unknown:
            parser.error(f"--{what}: {', '.join(sorted(unknown))} is none of {sorted(allowed)}")
    return options


def present(wanted: list[str] | None) -> list[str]:
    """The contenders whose packages are installed, with a word on those that are left out."""
    found = []
    for name, modules in NEEDED.items():
        if wanted is not None and name not in wanted:
            continue
        try:
            for module in modules:
                import_module(module)
        except ImportError as error:
            print(f"without {name}: {error}")
        else:
            found.append(name)
    return found


def tell(text: str) -> None:
    """What is going on, on a line of its own that is written over."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def environment(server: dict[str, Any], cpus: tuple[int, int], libcurl: str) -> dict[str, Any]:
    packages = {}
    for package in PACKAGES:
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            continue
    from clerk_c._version import __version__

    packages["clerk_c"] = __version__
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "pinned": cpus[0] >= 0,
        "server": server["kind"],
        "libcurl of the C program": libcurl,
        "packages": packages,
    }


def run(options: argparse.Namespace, rounds: int, seconds: float, folder: Path) -> dict[str, Any]:
    cpus = processors()
    (folder / "user.json").write_bytes(payload.one_user())
    (folder / "users.json").write_bytes(payload.list_of_users())
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    names = present(options.contenders)
    floor, libcurl = None, "not asked for"
    if options.contenders is None or "c" in options.contenders:
        floor, libcurl = compile_floor(folder)
        if floor is None:
            print(f"without C: {libcurl}")
    table = Table([*names, "c"] if floor else names)
    with Process.python("server", folder, cpus[1]) as program:
        server = program.answer()
        about = environment(server, cpus, libcurl)
        print(f"Python {about['python']} on {about['system']}, {server['kind']} on loopback, "
              f"{rounds} rounds; a user has {sizes['user.json']:,} bytes, the list of 500 "
              f"{sizes['users.json']:,}\n\n{table.head()}")  # fmt: skip
        lines = run_all(options, rounds, seconds, table, names, floor, server, folder, cpus[0])
    return {**about, "rounds": rounds, "bytes": sizes, "lines": [line.as_json() for line in lines]}


def run_all(
    options: argparse.Namespace, rounds: int, seconds: float, table: Table, names: list[str],
    floor: Path | None, server: dict[str, Any], folder: Path, cpu: int,
) -> list[Line]:  # fmt: skip
    lines: list[Line] = []

    def report(more: list[Line]) -> None:
        tell("")
        for line in more:
            print(table.row(line), flush=True)
        lines.extend(more)

    if options.cases is None or "startup" in options.cases:
        report(run_startup(rounds, names, tell))
    cases = chosen_cases(options.cases)
    if cases:
        with Field(seconds, rounds, tell).started(names, floor, server, folder, cpu) as field:
            for case in cases:
                report(field.run(case))
    return lines


if __name__ == "__main__":
    main()
