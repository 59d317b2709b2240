"""One contender of the benchmark in a process of its own.

    python -m clerk_c.bench.worker CONTENDER URLS USERS_FILE CPU

URLS is the server's JSON line. Prints the cases that it can do as one JSON line. Then it reads
commands from standard input, one a line: `<case> <count>`; answers each with one JSON line: wall
and CPU time per call in microseconds. Ends with its standard input.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from .contenders import CONTENDERS, Case


def measure(case: Case, count: int) -> dict[str, float]:
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    case(count)
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    return {"wall": wall / count / 1000, "cpu": cpu / count / 1000}


def main() -> None:
    contender, urls, data, cpu = sys.argv[1:]
    if int(cpu) >= 0:
        os.sched_setaffinity(0, {int(cpu)})
    cases, probe = CONTENDERS[contender](json.loads(urls), Path(data).read_bytes())
    found = probe()
    assert found == ("user.00001@example.com", 500), found
    print(json.dumps(sorted(cases)), flush=True)
    for line in sys.stdin:
        name, count = line.split()
        print(json.dumps(measure(cases[name], int(count))), flush=True)
    os._exit(0)  # connections and event loops are left as they are: nobody measures their end


if __name__ == "__main__":
    main()
