"""clerk_c beside the official SDK and others, in one interleaved run.

    python -m clerk_c.bench [--quick] [--cases get,post] [--contenders reference,clerk_c]
    python -m clerk_c.bench --compare before.json after.json
    python -m clerk_c.bench --from run.json --html page.html --png picture.png

Each contender has a process of its own; rounds alternate between them, so that whatever slows the
machine for a while slows all. Prints medians and ratios with their range over the rounds; writes
everything that was measured as JSON, and with --html and --png a page and a picture. Nothing leaves
the machine.
"""

from __future__ import annotations

import argparse
import io
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

from . import payload, tokens
from .cases import CASES, FULL, GROUPS, NAMES, QUICK, SIZES, Plan, chosen
from .contenders import CONTENDERS
from .floor import compile_floor, compile_verify
from .fresh import run_cold, run_startup
from .place import Place, users_file
from .progress import Progress
from .report import Line, compare, table
from .rounds import Field, Process, growth_of_parsing, processors

PACKAGES = (
    "clerk_c", "clerk-backend-api", "httpx", "h2", "pydantic", "pycurl", "msgspec", "aiohttp",
    "orjson", "uvloop", "PyJWT", "cryptography",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    options = parse_arguments(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # there are terminals without these signs
            stream.reconfigure(errors="replace")
    if options.compare is not None:
        print("\n".join(compare(*(loaded(name) for name in options.compare))))
        return
    if options.from_ is not None:
        report = loaded(options.from_)
        print("\n".join(table(report)))
    else:
        path = Path(options.json or f"clerk_c-bench-{time.strftime('%Y%m%d-%H%M%S')}.json")
        report = measured(options)
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        print("\n".join(table(report)))
        print(f"\nAll numbers: {path}")
    draw(report, options)


def draw(report: dict[str, Any], options: argparse.Namespace) -> None:
    """The page and the picture, where they are asked for."""
    wanted = ((options.html, "page", "Page"), (options.png, "picture", "Picture"))
    for given, module, what in wanted:
        if given:
            import_module(f"{__package__}.{module}").write(report, Path(given))
            print(f"{what}: {given}")


def loaded(name: str) -> dict[str, Any]:
    try:
        report = json.loads(Path(name).read_text(encoding="utf-8"))
        _ = report["lines"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(f"{name} is no report of this benchmark: {error!r}") from None
    return dict(report)


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    groups = ", ".join(group.name for group in GROUPS)
    parser = argparse.ArgumentParser(
        prog="python -m clerk_c.bench" if argv is None else "clerk-c bench",
        description=(__doc__ or "").partition("\n")[0],
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer and shorter rounds")
    add("--rounds", type=positive, help=f"of each case ({FULL.rounds}; quick: {QUICK.rounds})")
    add("--cases", help=f"of these, with commas between: {', '.join(NAMES)}; or groups: {groups}")
    add("--contenders", help=f"of these: {', '.join([*CONTENDERS, 'c'])}")
    add("--server", choices=("nginx", "bundled"), help="nginx, where it is installed")
    add("--json", metavar="FILE", help="where the numbers go")
    add("--html", metavar="FILE", help="a page with plots, too")
    add("--png", metavar="FILE", help="a picture, too (needs matplotlib)")
    add("--compare", nargs=2, metavar="FILE", help="two files of numbers")
    add("--from", dest="from_", metavar="FILE", help="draw what was measured before")
    options = parser.parse_args(argv)
    options.cases = None if options.cases is None else options.cases.split(",")
    try:
        options.cases = chosen(options.cases)
    except KeyError as error:
        parser.error(f"--cases: {error} is none of {', '.join(NAMES)}, nor a group: {groups}")
    if options.contenders is not None:
        options.contenders = options.contenders.split(",")
        for name in options.contenders:
            if name not in (*CONTENDERS, "c"):
                parser.error(f"--contenders: {name!r} is none of {', '.join([*CONTENDERS, 'c'])}")
    if options.png:
        try:
            import_module("matplotlib")
        except ImportError as error:
            parser.error(f"--png: {error} (pip install matplotlib)")
    for given in (options.json, options.html, options.png):
        if given:
            try:  # now, and not after a quarter of an hour
                Path(given).parent.mkdir(parents=True, exist_ok=True)
                open(given, "ab").close()
            except OSError as error:
                parser.error(f"{given} cannot be written: {error}")
    return options


def positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rounds")
    return int(text)


def present(wanted: list[str] | None) -> tuple[list[str], list[str]]:
    """The contenders whose packages are installed, and a word on each that is left out."""
    found, missing = [], []
    for name, (modules, _, _) in CONTENDERS.items():
        if wanted is not None and name not in wanted:
            continue
        try:
            for module in modules:
                import_module(module)
        except ImportError as error:
            missing.append(f"without {name}: {error}")
        else:
            found.append(name)
    return found, missing


def programs(
    wanted: list[str] | None, folder: Path
) -> tuple[Path | None, Path | None, dict[str, str], list[str]]:
    """Both C programs, their libraries' versions, and a word on each that is left out."""
    if wanted is not None and "c" not in wanted:
        return None, None, {}, []
    built: list[Path | None] = []
    versions, missing = {}, []
    for library, compile_it in (("libcurl", compile_floor), ("libcrypto", compile_verify)):
        program, text = compile_it(folder)
        built.append(program)
        if program is None:
            missing.append(f"without C on {library}: {text}")
        else:
            versions[library] = text
    return built[0], built[1], versions, missing


def make_files(folder: Path, names: set[str]) -> tuple[dict[str, int], list[str]]:
    """What the server serves and the contenders parse; sizes, and a word on what is left out."""
    (folder / "user.json").write_bytes(payload.one_user())
    (folder / "users.json").write_bytes(payload.list_of_users())
    for size, name in SIZES.items():
        if name in names:
            (folder / users_file(size)).write_bytes(payload.list_of_users(size))
    sizes = {path.name: path.stat().st_size for path in sorted(folder.glob("*.json"))}
    if not names & {case.name for case in CASES if case.group == "authentication"}:
        return sizes, []
    try:
        tokens.write(folder)
    except ImportError as error:
        return sizes, [f"without authentication: {error}"]
    return sizes, []


def environment() -> dict[str, Any]:
    packages = {}
    for package in PACKAGES:
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            continue
    from clerk_c._version import __version__

    packages["clerk_c"] = __version__
    return {
        "format": 2,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "processors": os.cpu_count(),
        "packages": packages,
    }


def processor() -> str:
    """What the system calls it; nothing where it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else ""


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that was asked for."""
    began = time.monotonic()
    plan = QUICK if options.quick else FULL
    plan = plan._replace(rounds=options.rounds or plan.rounds)
    names, missing = present(options.contenders)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        floor, verify, libraries, more = programs(options.contenders, folder)
        sizes, still_more = make_files(folder, options.cases)
        for line in [*missing, *more, *still_more]:
            print(line, file=sys.stderr)
        cpus = processors()
        if cpus[0] >= 0:  # what is started from here on inherits it; the server moves away
            os.sched_setaffinity(0, {cpus[0]})
        kind = [options.server] if options.server else []
        with Process.python("server", folder, cpus[1], *kind) as program:
            server = program.answer()
            about = {
                **environment(), "pinned": cpus[0] >= 0, "server": server.pop("kind"),
                "C libraries": libraries, "rounds": plan.rounds, "quick": options.quick,
                "bytes": sizes, "load": load(), "missing": [*missing, *more, *still_more],
            }  # fmt: skip
            place = Place(**server, folder=text)
            lines = run_all(plan, options.cases, names, (floor, verify), place)
    about["seconds"] = round(time.monotonic() - began)
    return {**about, "lines": [line.as_json() for line in lines]}


def load() -> float | None:
    """How many processes wanted to run during the last minute."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def run_all(
    plan: Plan, wanted: set[str], names: list[str], built: tuple[Path | None, Path | None],
    place: Place,
) -> list[Line]:  # fmt: skip
    floor, verify = built
    statm = Path("/proc/self/statm").exists()  # where else would memory be read?
    cases = [case for case in CASES if case.name in wanted]
    secure = "cold_tls" in wanted and place.tls is not None
    alone = {"startup", "cold", *(("growth",) if statm else ())} & wanted
    steps = len(cases) + len(alone) + secure + 2 * (statm and "held" in wanted)
    progress, lines = Progress(steps), list[Line]()
    field = Field(names, floor, verify, place, plan, progress)
    if "startup" in wanted:
        lines += run_startup(plan, names, progress)
    if "cold" in wanted:
        lines += run_cold(plan, names, floor, place, False, progress)
    if secure:
        lines += run_cold(plan, names, floor, place, True, progress)
    if cases:
        with field.started():
            for case in cases:
                lines += field.run(case)
        lines += growth_of_parsing(lines)
    if statm and "held" in wanted:
        lines += field.held()
    if statm and "growth" in wanted:
        lines += field.growth()
    progress.close()
    return [line for line in lines if line.values]


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
