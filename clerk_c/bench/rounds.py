"""Runs the contenders in turn: processes, calibration, interleaved rounds."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .cases import CASES, FLOOR_CASES, Case
from .report import Line

PACKAGES = {"reference": "clerk_backend_api", "clerk_c": "clerk_c"}
# Nothing is to be imported from the folder that we happen to be in.
SAFE = "-P" if sys.version_info >= (3, 11) else "-B"

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


class Process:
    """A program that answers each line with a line of JSON and ends with its input."""

    def __init__(self, *command: object, cpu: int = -1) -> None:
        self.command = list(map(str, command))
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=(lambda: os.sched_setaffinity(0, {cpu})) if cpu >= 0 else None,
        )  # fmt: skip

    @classmethod
    def python(cls, module: str, *arguments: object) -> Process:
        return cls(sys.executable, SAFE, "-m", f"clerk_c.bench.{module}", *arguments)

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            raise SystemExit(f"{' '.join(self.command)} ended with status {status}")
        return json.loads(line)

    def ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *ignored: object) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def processors() -> tuple[int, int]:
    """One for the client and another for the server; -1 where there is no choice."""
    if hasattr(os, "sched_getaffinity"):
        available = sorted(os.sched_getaffinity(0))
        if len(available) > 1:
            return available[0], available[-1]
    return -1, -1


class Field:
    """All contenders, started, and what each can do."""

    def __init__(self, seconds: float, rounds: int, tell: Callable[[str], None]) -> None:
        self.seconds, self.rounds, self.tell = seconds, rounds, tell
        self.workers: dict[str, Process] = {}
        self.cases: dict[str, dict[str, str]] = {}  # contender, our name of a case: its name of it

    @contextlib.contextmanager
    def started(
        self, names: list[str], floor: Path | None, urls: dict[str, Any], folder: Path, cpu: int
    ) -> Iterator[Field]:
        with contextlib.ExitStack() as stack:
            for name in names:
                self.tell(f"starting {name}")
                worker = stack.enter_context(
                    Process.python("worker", name, json.dumps(urls), folder / "users.json", cpu)
                )
                self.workers[name] = worker
                self.cases[name] = {case: case for case in worker.answer()}
            if floor is not None:
                given = [urls[key] or urls["http"] for key in ("http", "tls", "h2")]
                worker = stack.enter_context(
                    Process(floor, *given, urls["ca"] or "", folder / "users.json", cpu=cpu)
                )
                assert worker.answer() == "ready"
                self.workers["c"] = worker
                secure = urls["tls"] is not None
                self.cases["c"] = {
                    case: known for case, known in FLOOR_CASES.items()
                    if secure or case not in ("tls", "async_h2")
                }  # fmt: skip
            yield self

    def run(self, case: Case) -> list[Line]:
        """One case: CPU and wall time of each contender in each round."""
        able = [name for name in self.workers if case.name in self.cases[name]]
        counts: dict[str, int] = {}
        results: dict[str, list[dict[str, float]]] = {name: [] for name in able}
        for name in able:
            first = self._ask(name, case, max(5, case.step))["wall"]
            count = max(3, round(self.seconds * 1e6 / first))
            counts[name] = -(-count // case.step) * case.step
            self._ask(name, case, counts[name])  # warm-up
        for turn in range(self.rounds):
            self.tell(f"{case.title}: round {turn + 1} of {self.rounds}")
            for name in able:
                results[name].append(self._ask(name, case, counts[name]))
        return [
            Line(
                f"{case.name}.{quantity}", f"{case.title}, {label}", "µs",
                {name: [row[quantity] for row in rows] for name, rows in results.items()},
                case.below_reference if quantity == case.judged else None,
                case.above_floor if quantity == case.judged else None,
            )
            for quantity, label in (("cpu", "CPU"), ("wall", "wall"))
        ]  # fmt: skip

    def _ask(self, name: str, case: Case, count: int) -> dict[str, float]:
        found: dict[str, float] = self.workers[name].ask(f"{self.cases[name][case.name]} {count}")
        return found


def chosen_cases(names: list[str] | None) -> list[Case]:
    return [case for case in CASES if names is None or case.name in names]


# --- start-up: processes that live for one measurement -------------------------------------


def startup_once(package: str) -> dict[str, float]:
    command = [sys.executable, SAFE, "-c", STARTUP.format(package=package)]
    result: dict[str, float] = json.loads(subprocess.check_output(command))
    return result


def import_times(package: str) -> dict[str, float]:
    """What -X importtime says: the sum over modules, those of Python's own start left out."""
    code = f"import {package}; {package}.Clerk(bearer_auth='sk_test_bench')"
    command = [sys.executable, SAFE, "-X", "importtime", "-c", code]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    lines = [line for line in text.splitlines() if line.startswith("import time:")]
    rows = [line.removeprefix("import time:").split("|") for line in lines[1:]]
    names = [row[2].strip() for row in rows]
    mine = rows[names.index("site") + 1 :]
    return {"importtime": sum(float(row[0]) for row in mine), "modules": float(len(mine))}


def run_startup(rounds: int, names: list[str], tell: Callable[[str], None]) -> list[Line]:
    quantities = {
        "wall": ("import and construct, wall", "ms", 60.0),
        "cpu": ("import and construct, CPU", "ms", None),
        "memory": ("resident memory after it", "MB", None),
        "importtime": ("-X importtime, sum", "ms", None),
        "modules": ("modules imported", "", None),
    }
    packages = {name: PACKAGES[name] for name in names if name in PACKAGES}
    values: dict[str, dict[str, list[float]]]
    values = {quantity: {name: [] for name in packages} for quantity in quantities}
    for turn in range(rounds + 1):
        tell(f"import and construct: round {turn} of {rounds}")
        for name, package in packages.items():
            result = startup_once(package) | import_times(package)
            for quantity in quantities if turn else ():  # the first round only warms caches
                scale = 1000 if quantities[quantity][1] == "ms" else 1
                values[quantity][name].append(result[quantity] / scale)
    return [
        Line(f"startup.{quantity}", title, unit, values[quantity], target, None)
        for quantity, (title, unit, target) in quantities.items()
    ]
