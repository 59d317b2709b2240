"""clerk_c against the reference package, in one interleaved run.

    python bench/run.py [--rounds N] [--cases startup,get,getread,list,read,parse]

Each contender has processes of its own; rounds alternate between them, so that whatever slows the
machine for a while slows both. Prints medians with the 10th and 90th percentile and the ratio of
the medians with its range over the rounds; writes all of it to bench/results/<time>.json.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import payload

HERE = Path(__file__).parent
PACKAGES = {"reference": "clerk_backend_api", "clerk_c": "clerk_c"}
LABELS = {"reference": f"clerk-backend-api {version('clerk-backend-api')}",
          "clerk_c": f"clerk_c {version('clerk_c')}"}  # fmt: skip
ROUND_SECONDS = 0.2  # of one contender in one round

# In a process of its own; prints wall and CPU time in microseconds and resident memory in MB.
STARTUP = """
import time
cpu, wall = time.process_time_ns(), time.perf_counter_ns()
from {package} import Clerk
client = Clerk(bearer_auth="sk_test_bench")
wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
import json, resource, sys
if sys.platform == "linux":  # ru_maxrss there counts the parent from before exec too
    status = open("/proc/self/status").read()
    memory = int(status.partition("VmHWM:")[2].split()[0]) / 1024
else:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
if sys.platform == "darwin":  # bytes there, kilobytes elsewhere
    memory /= 1024
print(json.dumps(dict(wall=wall / 1000, cpu=cpu / 1000, memory=memory)))
"""


@dataclass
class Line:
    """One line of the report: the same quantity of both contenders over the rounds."""

    name: str
    unit: str
    values: dict[str, list[float]]
    target: float | None = None

    @property
    def ratio(self) -> float:
        return statistics.median(self.values["reference"]) / statistics.median(
            self.values["clerk_c"]
        )

    @property
    def ratios(self) -> list[float]:
        return [r / c for r, c in zip(self.values["reference"], self.values["clerk_c"])]

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "unit": self.unit, "ratio": self.ratio,
                "ratio_range": spread(self.ratios), "target": self.target,
                "medians": {k: statistics.median(v) for k, v in self.values.items()},
                "values": self.values}  # fmt: skip


def spread(values: list[float]) -> tuple[float, float]:
    """The 10th and the 90th percentile."""
    if len(values) < 2:
        return values[0], values[0]
    cuts = statistics.quantiles(values, n=10, method="inclusive")
    return cuts[0], cuts[-1]


# --- processes --------------------------------------------------------------


class Process:
    """A program that answers each line with a line of JSON and ends with its input."""

    def __init__(self, *command: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P" if sys.version_info >= (3, 11) else "-B", *map(str, command)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            raise SystemExit(f"{self.process.args!r} ended with status {status}")
        return json.loads(line)

    def ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exc: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)


def processors() -> tuple[int, int]:
    """One for the client and another for the server; -1 where there is no choice."""
    if hasattr(os, "sched_getaffinity"):
        available = sorted(os.sched_getaffinity(0))
        if len(available) > 1:
            return available[0], available[-1]
    return -1, -1


@contextlib.contextmanager
def contenders(folder: Path, url: str, cpu: int) -> Iterator[dict[str, Process]]:
    with contextlib.ExitStack() as stack:
        workers = {
            name: stack.enter_context(
                Process(HERE / "worker.py", name, url, folder / "users.json", cpu)
            )
            for name in PACKAGES
        }
        for worker in workers.values():
            assert worker.answer() == "ready"
        yield workers


# --- cases ------------------------------------------------------------------


def startup_once(package: str) -> dict[str, float]:
    command = [sys.executable, "-I", "-c", STARTUP.format(package=package)]
    result: dict[str, float] = json.loads(subprocess.check_output(command))
    return result


def import_times(package: str) -> dict[str, float]:
    """What -X importtime says: the sum over modules, those of Python's own start left out."""
    code = f"import {package}; {package}.Clerk(bearer_auth='sk_test_bench')"
    command = [sys.executable, "-I", "-X", "importtime", "-c", code]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    rows = [line.removeprefix("import time:").split("|") for line in text.splitlines()[1:]]
    names = [row[2].strip() for row in rows]
    ours = rows[names.index("site") + 1 :]
    return {"importtime": sum(float(row[0]) for row in ours), "modules": float(len(ours))}


def run_startup(rounds: int) -> list[Line]:
    quantities = {"wall": "ms", "cpu": "ms", "memory": "MB", "importtime": "ms", "modules": ""}
    values: dict[str, dict[str, list[float]]]
    values = {quantity: {name: [] for name in PACKAGES} for quantity in quantities}
    for turn in range(rounds + 1):
        for name, package in PACKAGES.items():
            result = startup_once(package) | import_times(package)
            for quantity in quantities if turn else ():  # the first round only warms caches
                scale = 1000 if quantities[quantity] == "ms" else 1
                values[quantity][name].append(result[quantity] / scale)
    titles = {"wall": "import + construct, wall", "cpu": "import + construct, CPU",
              "memory": "resident memory after it", "importtime": "-X importtime, sum",
              "modules": "modules imported"}  # fmt: skip
    targets = {"wall": 40.0}
    return [Line(titles[q], unit, values[q], targets.get(q)) for q, unit in quantities.items()]


def run_calls(case: str, title: str, rounds: int, target: float | None,
              workers: dict[str, Process]) -> list[Line]:  # fmt: skip
    counts = {}
    for name, worker in workers.items():
        first = worker.ask(f"{case} 5")["wall"]
        counts[name] = max(3, round(ROUND_SECONDS * 1e6 / first))
        worker.ask(f"{case} {counts[name]}")  # warm-up
    results: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
    for _ in range(rounds):
        for name, worker in workers.items():
            results[name].append(worker.ask(f"{case} {counts[name]}"))
    lines = []
    for quantity in ("cpu", "wall"):
        values = {name: [r[quantity] for r in rows] for name, rows in results.items()}
        label = {"cpu": "CPU", "wall": "wall"}[quantity]
        aim = target if quantity == "cpu" else None
        lines.append(Line(f"{title}, {label}", "µs", values, aim))
    return lines


# --- report -----------------------------------------------------------------


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cell(values: list[float], unit: str) -> str:
    if unit == "µs" and statistics.median(values) >= 10_000:
        values, unit = [value / 1000 for value in values], "ms"
    low, high = spread(values)
    text = f"{number(statistics.median(values))} {unit}".rstrip()
    return f"{text} ({number(low)}-{number(high)})"


def print_line(line: Line) -> None:
    low, high = spread(line.ratios)
    verdict = ""
    if line.target is not None:
        verdict = f"  target {line.target:g}x: {'met' if line.ratio >= line.target else 'MISSED'}"
    cells = [f"{cell(line.values[name], line.unit):>27}" for name in ("reference", "clerk_c")]
    ratio = f"{number(line.ratio) + 'x':>9} ({number(low)}-{number(high)})"
    print(f"{line.name:<31}{''.join(cells)}{ratio}{verdict}", flush=True)


def environment(server: dict[str, str], cpus: tuple[int, int]) -> dict[str, Any]:
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "pinned": cpus[0] >= 0,
        "server": server["kind"],
        "packages": LABELS,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--cases", default="startup,get,getread,list,read,parse")
    options = parser.parse_args()
    chosen, cpus = options.cases.split(","), processors()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "user.json").write_bytes(payload.one_user())
        (folder / "users.json").write_bytes(payload.list_of_users())
        sizes = {p.name: p.stat().st_size for p in sorted(folder.iterdir())}
        with Process(HERE / "server.py", folder, cpus[1]) as program:
            server = program.answer()
            about = environment(server, cpus)
            print(f"Python {about['python']} on {about['system']}, {server['kind']} on loopback, "
                  f"{options.rounds} rounds; user {sizes['user.json']:,} bytes, "
                  f"list of 500 {sizes['users.json']:,} bytes\n")  # fmt: skip
            print(f"{'median (10th-90th pct.)':<31}{LABELS['reference']:>27}"
                  f"{LABELS['clerk_c']:>27}{'ratio':>9}")  # fmt: skip
            lines = run_all(chosen, options.rounds, folder, server["url"], cpus[0])
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    path = results / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    report = about | {"rounds": options.rounds, "bytes": sizes}
    report["lines"] = [line.as_json() for line in lines]
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nAll numbers: {path.relative_to(HERE.parent)}")


def run_all(chosen: list[str], rounds: int, folder: Path, url: str, cpu: int) -> list[Line]:
    lines: list[Line] = []

    def report(more: list[Line]) -> None:
        for line in more:
            print_line(line)
        lines.extend(more)

    if "startup" in chosen:
        report(run_startup(rounds))
    calls = {"get": ("one GET of a user", 30.0), "getread": ("... and 3 attributes", None),
             "list": ("list of 500, fetched", None),
             "read": ("... and 3 attributes of each", None),
             "parse": ("list of 500, parse alone", 8.0)}  # fmt: skip
    with contenders(folder, url, cpu) as workers:
        for case, (title, target) in calls.items():
            if case in chosen:
                report(run_calls(case, title, rounds, target, workers))
    return lines


if __name__ == "__main__":
    main()
