"""Runs the contenders in turn: processes, calibration, interleaved rounds."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .cases import EXPONENT_AT_MOST, FLOOR_CASES, SIZES, VERIFY_CASES, Case, Plan, Target
from .fresh import SAFE
from .place import Place
from .progress import Progress
from .report import Line, exponent


class Process:
    """A program that answers each line with a line of JSON and ends with its input."""

    def __init__(self, *command: object) -> None:
        self.command = list(map(str, command))
        # In a session of its own: Ctrl-C ends this process, whose end ends the others.
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    @classmethod
    def python(cls, module: str, *arguments: object) -> Process:
        return cls(sys.executable, SAFE, "-m", f"clerk_c.bench.{module}", *arguments)

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            raise SystemExit(f"{' '.join(self.command[:6])} ended with status {status}")
        return json.loads(line)

    def ask(self, command: str, case: str, count: int) -> dict[str, float]:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # answer() says how it ended
            self.process.stdin.write(f"{command} {case} {count}\n")
            self.process.stdin.flush()
        found: dict[str, float] = self.answer()
        return found

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *ignored: object) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def processors() -> tuple[int, int]:
    """One for the clients and another for the server; -1 where there is no choice."""
    if hasattr(os, "sched_getaffinity"):
        available = sorted(os.sched_getaffinity(0))
        if len(available) > 1:
            return available[0], available[-1]
    return -1, -1


class Field:
    """The contenders, and how to start each: those in Python, and the two programs in C."""

    def __init__(
        self, names: list[str], floor: Path | None, verify: Path | None, place: Place,
        plan: Plan, progress: Progress,
    ) -> None:  # fmt: skip
        self.names, self.floor, self.verify = names, floor, verify
        self.place, self.plan, self.progress = place, plan, progress
        self.able: dict[str, list[str]] = {}  # the cases of each that was started
        # Contender and our name of a case: who does it, and its name of it.
        self.routes: dict[tuple[str, str], tuple[Process, str]] = {}

    def start(self, name: str) -> Process:
        """A process of a contender in Python."""
        process = Process.python("worker", name, self.place.written())
        self.able[name] = process.answer()
        return process

    def start_floor(self) -> Process:
        place = self.place
        urls = [url or place.http for url in (place.http, place.tls, place.h2)]
        process = Process(self.floor, *urls, place.ca or "", place.folder)
        assert process.answer() == "ready"
        return process

    @contextlib.contextmanager
    def started(self) -> Iterator[Field]:
        """With one process of each contender, for all cases."""
        with contextlib.ExitStack() as stack:
            for name in self.names:
                process = stack.enter_context(self.start(name))
                self.routes |= {(name, case): (process, case) for case in self.able[name]}
            if self.floor is not None:
                process = stack.enter_context(self.start_floor())
                lacking = {name for name in ("tls", "h2") if getattr(self.place, name) is None}
                self.routes |= {
                    ("c", case): (process, known) for case, known in FLOOR_CASES.items()
                    if case.removeprefix("async_") not in lacking
                }  # fmt: skip
            folder = Path(self.place.folder)
            if self.verify is not None and (folder / "tokens.txt").exists():
                program = Process(self.verify, folder / "public.pem", folder / "tokens.txt")
                process = stack.enter_context(program)
                assert process.answer() == "ready"
                self.routes |= {("c", case): (process, case) for case in VERIFY_CASES}
            yield self

    def run(self, case: Case) -> list[Line]:
        """One case: CPU and wall time of each contender in each round."""
        able = {name: way for (name, known), way in self.routes.items() if known == case.name}
        self.progress.case(f"{case.title}{', every call' if case.each else ''}")
        if not able:
            return []
        counts = {name: self._calibrated(*way, case) for name, way in able.items()}
        spent = sum(count * each for count, each in counts.values()) / 1e6
        rounds = self.plan.affordable(spent)
        results: dict[str, list[dict[str, float]]] = {name: [] for name in able}
        for turn in range(rounds):
            for name, (process, known) in able.items():
                command = "each" if case.each else "run"
                results[name].append(process.ask(command, known, counts[name][0]))
            self.progress.round(turn + 1, rounds)
        kinds = (("p50", "median"), ("p99", "99th of 100")) if case.each else (
            ("cpu", "CPU"), ("wall", "wall")
        )  # fmt: skip
        return [
            Line(
                f"{case.name}.{kind}", f"{case.title}, {label}", "µs", case.group,
                {name: [row[kind] for row in rows] for name, rows in results.items()},
                case.targets if kind == "cpu" else (),
            )
            for kind, label in kinds
        ]  # fmt: skip

    def _calibrated(self, process: Process, name: str, case: Case) -> tuple[int, float]:
        """How many calls take about the time of a round, and what one takes in microseconds;
        and warms up on the way."""
        count, wanted = case.step, self.plan.seconds * 1e6
        each = process.ask("run", name, count)["wall"]
        while each * count < wanted / 2:
            count = min(4 * count, round(wanted / max(each, 0.01)) + case.step)
            each = process.ask("run", name, count)["wall"]
        count = max(1, round(wanted / each), 200 if case.each else 0)
        return -(-count // case.step) * case.step, each

    def held(self) -> list[Line]:
        """What a list of 500 users takes while somebody holds it, untouched and all of it read."""
        lines = []
        for kind, title, most in (("list", "untouched", 2.3), ("readall", "all read", 6.8)):
            key = "held" if kind == "list" else "held_read"
            values = self._alone(f"held list, {title}", "hold", kind, 10)
            lines.append(
                Line(f"{key}.memory", f"list of 500 held, {title}", "MB", "memory", values,
                     (Target(most),))
            )  # fmt: skip
        return lines

    def growth(self) -> list[Line]:
        calls = self.plan.growth_calls
        values = self._alone(f"growth over {calls:,} calls", "grow", "get", calls)
        title = f"growth over {calls:,} GETs"
        return [Line("growth.memory", title, "MB", "memory", values, (Target(0.1),))]

    def _alone(self, title: str, command: str, case: str, count: int) -> dict[str, list[float]]:
        """Memory, measured in processes that do nothing else."""
        self.progress.case(title)
        values: dict[str, list[float]] = {}
        turns = [(turn, name) for turn in range(self.plan.memory_rounds) for name in self.names]
        for done, (_, name) in enumerate(turns):
            if case in self.able.get(name, [case]):
                with self.start(name) as process:
                    if case in self.able[name]:
                        found = process.ask(command, case, count)["memory"]
                        values.setdefault(name, []).append(found)
            self.progress.round(done + 1, len(turns))
        if self.floor is not None and case in FLOOR_CASES.values():
            for _ in range(self.plan.memory_rounds):
                with self.start_floor() as process:
                    found = process.ask(command, case, count)["memory"]
                    values.setdefault("c", []).append(found)
        return values


def growth_of_parsing(lines: list[Line]) -> list[Line]:
    """The exponents that fit the times for 10 to 10,000 users, where all of them were measured."""
    found = {line.key: line for line in lines}
    timed = {size: found.get(f"{name}.cpu") for size, name in SIZES.items()}
    values: dict[str, list[float]] = {}
    names = {name for line in timed.values() if line for name in line.values}
    for name in names:
        columns = {size: line.values.get(name, []) for size, line in timed.items() if line}
        if len(columns) == len(SIZES):
            values[name] = [
                exponent(dict(zip(columns, row))) for row in zip(*columns.values()) if all(row)
            ]
    title = "exponent from 10 to 10,000 users"
    line = Line("parse.exponent", title, "", "parse", values, (EXPONENT_AT_MOST,))
    return [line] if any(values.values()) else []
