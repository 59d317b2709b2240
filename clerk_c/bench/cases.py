"""The cases, in the order of the report."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """What is measured. The targets are ratios of CPU time within one run."""

    name: str
    title: str
    below_reference: float | None = None  # so many times below the reference, at least
    above_floor: float | None = None  # so many times the C program, at most
    step: int = 1  # calls that belong together
    judged: str = "cpu"  # the quantity that the targets are about


CASES = (
    Case("get", "GET of one user", 40, 1.4),
    Case("getread", "... and 3 attributes read", 40),
    Case("tls", "GET over TLS", 40, 1.4),
    Case("post", "POST of 20 fields", 100, 1.5),
    Case("threads", "GET, 8 threads", 40, None, 8),
    Case("async", "GET, 100 in flight, asyncio", 60, 1.6, 100),
    Case("async_uvloop", "GET, 100 in flight, uvloop", 60, 1.6, 100),
    Case("async_h2", "GET, 100 in flight, HTTP/2", 60, 1.6, 100),
    Case("list", "list of 500 users"),
    Case("read", "... and 3 attributes of each"),
    Case("parse", "list of 500, parse alone", 20),
)
# The C program has no event loop to suit: its one way of having many in flight stands for all.
FLOOR_CASES = {
    "get": "get", "tls": "tls", "post": "post", "threads": "threads", "async": "async",
    "async_uvloop": "async", "async_h2": "async_h2", "list": "list", "parse": "parse",
}  # fmt: skip
