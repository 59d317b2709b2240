"""How long an installed clerk_c takes to load, as CPU time in milliseconds: least, median.

    python tools/wheels/load_times.py [RUNS]

Each run is a new process of this Python: `from clerk_c import Clerk` and a client; then each of the
modules that are loaded with the first request and the first verification, clerk_c being there.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

CODE = """
import importlib, sys, time
{before}
began = time.process_time_ns()
{measured}
print(time.process_time_ns() - began)
"""
LOADED = {
    "clerk_c and a client": ("", "from clerk_c import Clerk; Clerk(bearer_auth='sk_test_x')"),
    "clerk_c._net (libcurl)": ("import clerk_c", "importlib.import_module('clerk_c._net')"),
    "clerk_c._crypto": ("import clerk_c", "importlib.import_module('clerk_c._crypto')"),
}


def measure(before: str, measured: str) -> float:
    code = CODE.format(before=before, measured=measured)
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1e6


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    print(f"CPython {sys.version.split()[0]}, {runs} runs each, ms of CPU: least, median")
    for what, (before, measured) in LOADED.items():
        times = [measure(before, measured) for _ in range(runs + 1)][1:]
        print(f"  {what:24} {min(times):6.2f} {statistics.median(times):6.2f}")


if __name__ == "__main__":
    main()
