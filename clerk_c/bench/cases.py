"""The cases and what is aimed at, in the order of the report; how much is measured."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """What is aimed at within one run. Without `other`, `bound` is a value in the line's unit;
    else it is a ratio: other / clerk_c at least, or clerk_c / other at most."""

    bound: float
    other: str = ""
    at_least: bool = False


def below(times: float, other: str = "reference") -> Target:
    return Target(times, other, True)


def within(times: float, other: str = "c") -> Target:
    return Target(times, other)


class Case(NamedTuple):
    """What is measured, a call at a time."""

    name: str
    title: str
    group: str
    targets: tuple[Target, ...] = ()
    step: int = 1  # calls that belong together
    each: bool = False  # every call timed by itself: p50 and p99


class Plan(NamedTuple):
    """How much is measured."""

    rounds: int
    seconds: float  # of one contender in one round
    limit: float  # seconds for all rounds of a case; `least` in any case
    least: int
    growth_calls: int
    memory_rounds: int


    def affordable(self, seconds: float) -> int:
        """How many rounds, when each takes so long."""
        return min(self.rounds, max(self.least, int(self.limit / seconds)))


FULL = Plan(15, 0.2, 60, 3, 20_000, 3)
QUICK = Plan(5, 0.04, 1.5, 2, 1000, 1)


class Group(NamedTuple):
    """A chapter of the report."""

    name: str
    title: str
    note: str


GROUPS = (
    Group("start", "Starting", "Processes of their own, from nothing."),
    Group("calls", "Calls, one after the other", "One user of 2.9 KB over a kept connection."),
    Group("parallel", "Calls at the same time", "The same user, CPU for each call."),
    Group("lists", "Lists", "500 users, 1.09 MB, fetched from the server."),
    Group("parse", "Parsing alone", "From bytes to models or values; no network."),
    Group("authentication", "Authentication", "RS256 with 2048 bits, 64 tokens in turn."),
    Group("memory", "Memory", "Resident memory of the process."),
)

_GET = (below(40), within(1.4))
_ASYNC = (below(60), within(1.6), below(1, "aiohttp"))
_VERIFY = (within(1.25),)

CASES = (
    Case("get", "GET of one user", "calls", _GET),
    Case("latency", "GET of one user", "calls", (), 1, True),
    Case("getread", "GET, 3 attributes read", "calls", (below(40),)),
    Case("tls", "GET over TLS", "calls", _GET),
    Case("post", "POST of 20 fields", "calls", (below(100), within(1.5))),
    Case("threads", "GET, 8 threads", "parallel", (below(40),), 8),
    Case("async", "100 in flight, asyncio", "parallel", _ASYNC, 100),
    Case("async_uvloop", "100 in flight, uvloop", "parallel", _ASYNC, 100),
    Case("async_h2", "100 in flight, HTTP/2", "parallel", (below(60), within(1.6)), 100),
    Case("list", "list of 500 users", "lists"),
    Case("read", "500 users, 3 attributes of each", "lists", (within(1.5, "pycurl_msgspec"),)),
    Case("readall", "500 users, every attribute", "lists", (within(1, "pycurl_msgspec"),)),
    Case("dump", "500 users, everything dumped", "lists", (below(10),)),
    Case("parse_one", "parse of one user", "parse", (Target(6),)),
    Case("parse_10", "parse of 10 users", "parse"),
    Case("parse_100", "parse of 100 users", "parse"),
    Case("parse", "parse of 500 users", "parse", (below(20), below(1, "pycurl_msgspec"))),
    Case("parse_1000", "parse of 1,000 users", "parse"),
    Case("parse_10000", "parse of 10,000 users", "parse"),
    Case("auth_first", "new token, PEM", "authentication", _VERIFY),
    Case("auth_jwks", "new token, JWKS cached", "authentication", _VERIFY),
    Case("auth_again", "token seen before", "authentication", (Target(4),)),
)
SIZES = {10: "parse_10", 100: "parse_100", 1000: "parse_1000", 10_000: "parse_10000"}
EXPONENT_AT_MOST = Target(1.25)

# What takes processes of its own: name, group.
OTHERS = {
    "startup": "start", "cold": "start", "cold_tls": "start", "held": "memory", "growth": "memory",
}  # fmt: skip
NAMES = ("startup", "cold", "cold_tls", *(case.name for case in CASES), "held", "growth")

# The C program has no event loop to suit: its one way of having many in flight stands for all.
FLOOR_CASES = {
    "get": "get", "latency": "get", "tls": "tls", "post": "post", "threads": "threads",
    "async": "async", "async_uvloop": "async", "async_h2": "async_h2", "list": "list",
    "parse_one": "parse_one", "parse_10": "parse_10", "parse_100": "parse_100", "parse": "parse",
    "parse_1000": "parse_1000", "parse_10000": "parse_10000",
}  # fmt: skip
VERIFY_CASES = ("auth_first", "auth_jwks")  # of the C program that verifies signatures


def chosen(texts: list[str] | None) -> set[str]:
    """The cases' names; those of groups stand for all their cases. KeyError if one is neither."""
    if texts is None:
        return set(NAMES)
    groups: dict[str, set[str]] = {group.name: set() for group in GROUPS}
    for name, group in [*((case.name, case.group) for case in CASES), *OTHERS.items()]:
        groups[group].add(name)
    alone = {name: {name} for name in NAMES}
    # "parse" is a case and a chapter; the chapter contains the case.
    return set().union(*({**alone, **groups}[text] for text in texts))
