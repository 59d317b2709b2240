"""The program that tools/instructions.py runs under callgrind.

    python tools/instructions_worker.py URL GIVEN.json

Runs each case a few times for warmth, then N and then 2 N times, and calls labs() by ctypes around
each: callgrind writes what it has counted whenever ctypes calls something. Prints the cases with N,
in that order.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clerk_c import Clerk, _core
from clerk_c.bench.place import KEY, NEW_USER
from clerk_c.security import AuthenticateRequestOptions, authenticate_request

Call = Callable[[], object]
ASYNC, IN_FLIGHT = "get_async_50", 50


class Request:
    def __init__(self, token: str) -> None:
        self.headers = {"host": "app.example.com", "Authorization": f"Bearer {token}"}


def read(value: Any) -> None:
    """Every attribute, to the bottom."""
    if isinstance(value, list):
        for element in value:
            read(element)
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            read(getattr(value, name))


def cases(url: str, given: dict[str, Any]) -> dict[str, tuple[int, Call]]:
    """How many times each is done, and what."""
    clerk = Clerk(KEY, server_url=url, retry_config=None)
    users = Path(given["users"]).read_bytes()
    ten = json.dumps(json.loads(users)[:10], separators=(",", ":")).encode()
    options = AuthenticateRequestOptions(jwt_key=given["pem"], accepts_token=["session_token"])
    tokens = iter(given["tokens"])
    seen = Request(next(tokens))

    def authenticate(request: Request) -> None:
        assert authenticate_request(request, options).is_signed_in

    return {
        "get": (20, lambda: clerk.users.get(user_id="user_1")),
        "get_and_read": (10, lambda: read(clerk.users.get(user_id="user_1"))),
        "parse_10_users": (10, lambda: _core.read_json("List[User]", ten)),
        "parse_500_users": (1, lambda: _core.read_json("List[User]", users)),
        "create_20_fields": (20, lambda: clerk.users.create(**NEW_USER)),
        "verify_first": (10, lambda: authenticate(Request(next(tokens)))),
        "verify_again": (100, lambda: authenticate(seen)),
    }


def measure(mark: Callable[[int], object], count: int, call: Callable[[], object]) -> None:
    for _ in range(2):
        call()
    for turn in (1, 2):
        gc.collect()
        mark(0)
        for _ in range(turn * count):
            call()
    mark(0)


def main() -> None:
    url, path = sys.argv[1:]
    mark = ctypes.CDLL(None).labs
    found = {}
    gc.disable()
    for name, (count, call) in cases(url, json.loads(Path(path).read_bytes())).items():
        measure(mark, count, call)
        found[name] = count
    clerk = Clerk(KEY, server_url=url, retry_config=None)
    loop = asyncio.new_event_loop()

    async def many() -> None:
        await asyncio.gather(*(clerk.users.get_async(user_id="user_1") for _ in range(IN_FLIGHT)))

    measure(mark, 4, lambda: loop.run_until_complete(many()))
    found[ASYNC] = 4 * IN_FLIGHT
    print(json.dumps(found))


if __name__ == "__main__":
    main()
