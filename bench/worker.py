"""One contender of the benchmark in a process of its own.

    python bench/worker.py clerk_c|reference URL USERS_FILE CPU

Reads commands from standard input, one a line: `<case> <count>`; answers each with one JSON line:
wall and CPU time per call in microseconds. Ends with its standard input.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Case = Callable[[], Any]


def calls(clerk: Any) -> dict[str, Case]:
    """What both contenders write in the same way."""

    def get_read() -> object:
        user = clerk.users.get(user_id="user_1")
        return user.id, user.first_name, user.email_addresses[0].email_address

    def read() -> object:
        users = clerk.users.list(request={"limit": 500})
        return [(u.id, u.first_name, u.email_addresses[0].email_address) for u in users]

    return {
        "get": lambda: clerk.users.get(user_id="user_1"),
        "getread": get_read,
        "list": lambda: clerk.users.list(request={"limit": 500}),
        "read": read,
    }


def clerk_c_cases(url: str, data: bytes) -> dict[str, Case]:
    from clerk_c import Clerk, _core

    clerk = Clerk(bearer_auth="sk_test_bench", server_url=url)
    return calls(clerk) | {"parse": lambda: _core.read_json("List[User]", data)}


def reference_cases(url: str, data: bytes) -> dict[str, Case]:
    from clerk_backend_api import Clerk, models
    from clerk_backend_api.utils.serializers import unmarshal_json

    clerk = Clerk(bearer_auth="sk_test_bench", server_url=url)
    return calls(clerk) | {"parse": lambda: unmarshal_json(data, list[models.User])}


def check(cases: dict[str, Case]) -> None:
    """A contender that does not do the work must not win."""
    user, fetched, parsed = cases["get"](), cases["list"](), cases["parse"]()
    assert user.email_addresses[0].email_address == "user.00001@example.com", user
    for users in (fetched, parsed):
        assert len(users) == 500
        assert users[499].public_metadata["plan"]["seats"] == 50, users[499]


def measure(case: Case, count: int) -> dict[str, float]:
    cpu, wall = time.process_time_ns(), time.perf_counter_ns()
    for _ in range(count):
        case()
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    return {"wall": wall / count / 1000, "cpu": cpu / count / 1000}


def main() -> None:
    contender, url, data, cpu = sys.argv[1:]
    if int(cpu) >= 0:
        os.sched_setaffinity(0, {int(cpu)})
    make = {"clerk_c": clerk_c_cases, "reference": reference_cases}[contender]
    cases = make(url, Path(data).read_bytes())
    check(cases)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        name, count = line.split()
        print(json.dumps(measure(cases[name], int(count))), flush=True)


if __name__ == "__main__":
    main()
