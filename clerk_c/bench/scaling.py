"""How parsing grows from 10 to 10,000 users, and the memory that held results take (Linux).

    python -m clerk_c.bench.scaling

Beside the official SDK where it is installed; each package in a process of its own. Prints
microseconds of CPU for one parse, the least of several, and the exponent that fits them: 1 is
proportional. Then megabytes for each held list of 500 users: untouched, and with three attributes
of each user read.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import payload
from .rounds import PACKAGES, SAFE

SIZES = (10, 100, 1000, 10_000)
HELD = 10


def parser(package: str) -> Callable[[bytes], Any]:
    """The package's way from bytes to a list of users."""
    if package == "clerk_c":
        from clerk_c import _core

        return lambda data: _core.read_json("List[User]", data)
    unmarshal = import_module(f"{package}.utils.serializers").unmarshal_json
    user: Any = import_module(f"{package}.models").User
    users: Any = list[user]
    return lambda data: unmarshal(data, users)


def least(call: Callable[[], object], seconds: float) -> float:
    """CPU time of one call in microseconds."""
    call()
    began = time.perf_counter_ns()
    call()
    # Some clocks of CPU time advance in steps of milliseconds.
    batch = 1 + 20_000_000 // (time.perf_counter_ns() - began + 1)
    found, end = math.inf, time.monotonic() + seconds
    while found == math.inf or time.monotonic() < end:
        began = time.process_time_ns()
        for _ in range(batch):
            call()
        spent = (time.process_time_ns() - began) / 1000 / batch
        found = min(found, spent) if spent else found
    return found


def exponent(times: dict[int, float]) -> float:
    """The slope of the line through the logarithms, by least squares."""
    pairs = [(math.log(size), math.log(spent)) for size, spent in times.items()]
    across, up = (sum(column) / len(pairs) for column in zip(*pairs))
    slope: float = sum((x - across) * (y - up) for x, y in pairs)
    return float(slope / sum((x - across) * (x - across) for x, _ in pairs))


def resident() -> float:
    """This process's memory in MB."""
    pages: int = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measured(package: str) -> dict[str, Any]:
    parse, data = parser(package), payload.list_of_users()
    parse(data)
    found: dict[str, Any] = {}
    if Path("/proc/self/statm").exists():
        before = resident()
        held = [parse(data) for _ in range(HELD)]
        found["untouched"] = (resident() - before) / HELD
        for users in held:
            for user in users:
                _ = user.id, user.first_name, user.email_addresses[0].email_address
        found["read"] = (resident() - before) / HELD
        del held
    found["times"] = {
        size: least(partial(parse, payload.list_of_users(size)), 0.5) for size in SIZES
    }
    found["exponent"] = exponent(found["times"])
    return found


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(measured(sys.argv[1])))
        return
    for package in reversed(PACKAGES.values()):
        if find_spec(package) is None:
            continue
        command = [sys.executable, SAFE, "-m", "clerk_c.bench.scaling", package]
        found = json.loads(subprocess.check_output(command))
        times = ", ".join(f"{int(n):,}: {spent:,.0f} µs" for n, spent in found["times"].items())
        print(f"{package:18} parse {times}; exponent {found['exponent']:.2f}")
        if "read" in found:
            print(f"{'':18} held list: {found['untouched']:.2f} MB, read {found['read']:.2f} MB")


if __name__ == "__main__":
    main()
