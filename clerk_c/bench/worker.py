"""One contender of the benchmark in a process of its own.

    python -m clerk_c.bench.worker CONTENDER PLACE

PLACE is place.Place as JSON. Prints the cases that it can do as one JSON line. Then it reads
commands from standard input, one a line, and answers each with one JSON line; it ends with its
standard input:

    run CASE COUNT     wall and CPU time per call in microseconds
    each CASE COUNT    every call timed by itself: 50th and 99th percentile, microseconds
    hold CASE COUNT    MB that each of so many results takes
    grow CASE COUNT    MB that so many calls leave behind, after a tenth of them
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path

from .contenders import Case, Work, work_of
from .place import Place

STATM = Path("/proc/self/statm")


def run(case: Case, count: int) -> dict[str, float]:
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    case(count)
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    return {"wall": wall / count / 1000, "cpu": cpu / count / 1000}


def each(case: Case, count: int) -> dict[str, float]:
    spent = []
    for _ in range(count):
        began = time.perf_counter_ns()
        case(1)
        spent.append((time.perf_counter_ns() - began) / 1000)
    spent.sort()
    return {"p50": spent[count // 2], "p99": spent[count * 99 // 100]}


def resident() -> float:
    """This process's memory in MB."""
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def hold(work: Work, name: str, count: int) -> dict[str, float]:
    fetch = work.lists[name]
    fetch()
    gc.collect()
    before = resident()
    held = [fetch() for _ in range(count)]
    return {"memory": (resident() - before) / len(held)}


def grow(case: Case, count: int) -> dict[str, float]:
    case(max(1, count // 10))
    gc.collect()
    before = resident()
    case(count)
    gc.collect()
    return {"memory": resident() - before}


def main() -> None:
    work = work_of(sys.argv[1], Place.read(sys.argv[2]))
    work.probe()
    print(json.dumps([*work.cases, *work.lists]), flush=True)
    made: dict[str, Case] = {}
    measures = {"run": run, "each": each, "grow": grow}
    for line in sys.stdin:
        command, name, count = line.split()
        if command == "hold":
            found = hold(work, name, int(count))
        else:
            case = made.get(name) or made.setdefault(name, work.case(name))
            found = measures[command](case, int(count))
        print(json.dumps(found), flush=True)
    os._exit(0)  # connections and event loops are left as they are: nobody measures their end


if __name__ == "__main__":
    main()
