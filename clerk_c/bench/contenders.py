"""What each contender in Python does for each case.

A case is a function of a count that does its work so many times. All of them make the same
requests and read the answers into Python values; `probe` tells what came, so that a contender
that does not do the work cannot win.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, NamedTuple

from .cases import SIZES
from .place import ADDRESS, IN_FLIGHT, THREADS, Place, users_file

Case = Callable[[int], None]
Call = Callable[[], Any]


def again(call: Call) -> Case:
    def run(count: int) -> None:
        for _ in range(count):
            call()

    return run


def in_threads(make: Callable[[], Call]) -> Case:
    """Eight threads that live on, each with a call of its own."""
    pools = [(ThreadPoolExecutor(1), again(make())) for _ in range(THREADS)]

    def run(count: int) -> None:
        share = max(1, count // THREADS)
        for future in [pool.submit(single, share) for pool, single in pools]:
            future.result()

    return run


class Loop:
    """An event loop that lives on from one measurement to the next."""

    def __init__(self, kind: str) -> None:
        self.loop: asyncio.AbstractEventLoop = import_module(kind).new_event_loop()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def in_flight(self, call: Callable[[], Awaitable[Any]]) -> Case:
        """A hundred calls at any time."""

        async def repeat(count: int) -> None:
            for _ in range(count):
                await call()

        async def all_of(count: int) -> None:
            await asyncio.gather(*(repeat(count) for _ in range(IN_FLIGHT)))

        return lambda count: self.do(all_of(max(1, count // IN_FLIGHT)))


def optional_loops() -> dict[str, str]:
    """Names of the asynchronous cases, and the modules of their event loops that there are."""
    try:
        import_module("uvloop")
    except ImportError:
        return {"async": "asyncio"}
    return {"async": "asyncio", "async_uvloop": "uvloop"}


# --- reading what was fetched: the same code for everybody -----------------------------------

_names: dict[type, tuple[str, ...]] = {}


def _names_of(kind: type) -> tuple[str, ...]:
    fields: Any = getattr(kind, "model_fields", None) or getattr(kind, "__struct_fields__", ())
    return tuple(fields)


def walk(value: Any) -> Any:
    """Reads every attribute, to the bottom."""
    kind = type(value)
    if kind is list:
        for element in value:
            walk(element)
    elif kind is dict:
        for element in value.values():
            walk(element)
    else:
        names = _names.get(kind)
        if names is None:
            names = _names[kind] = _names_of(kind)
        for name in names:
            walk(getattr(value, name))
    return value


def three_attributes(users: Any) -> Any:
    for user in users:
        _ = user.id, user.first_name, user.email_addresses[0].email_address
    return users


def three_items(users: Any) -> Any:
    for user in users:
        _ = user["id"], user["first_name"], user["email_addresses"][0]["email_address"]
    return users


class Work(NamedTuple):
    """What a contender can do: makers of its cases, called when a case is first run; how it gets
    a list of users, untouched (`list`) and looked into; and the check that it does the work."""

    cases: dict[str, Callable[[], Case]]
    lists: dict[str, Call]
    probe: Callable[[], None]

    def case(self, name: str) -> Case:
        return again(self.lists[name]) if name in self.lists else self.cases[name]()


def lists(fetch: Call, three: Callable[[Any], Any], dump: Callable[[Any], Any]) -> dict[str, Call]:
    return {
        "list": fetch,
        "read": lambda: three(fetch()),
        "readall": lambda: walk(fetch()),
        "dump": lambda: dump(fetch()),
    }


def parsing(
    place: Place, one: Callable[[bytes], Any], many: Callable[[bytes], Any]
) -> dict[str, Callable[[], Case]]:
    """The cases that parse files."""

    def case(parse: Callable[[bytes], Any], name: str) -> Case:
        data = place.data(name)
        return again(lambda: parse(data))

    return {
        "parse_one": lambda: case(one, "user.json"),
        "parse": lambda: case(many, "users.json"),
        **{
            name: lambda size=size: case(many, users_file(size))  # type: ignore[misc]
            for size, name in SIZES.items()
        },
    }


def check(address: str, users: Any, made: str, fetched: str, seats: int) -> None:
    """Is what came what the server has?"""
    assert address == ADDRESS, address
    assert len(users) == 500, len(users)
    assert made == fetched, (made, fetched)
    assert seats == 50, seats


# What has to be installed, the module with the contender's cases, and the function there.
CONTENDERS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "reference": (("clerk_backend_api",), "sdks", "reference"),
    "clerk_c": ((), "sdks", "ours"),
    "httpx": (("clerk_backend_api", "httpx"), "peers", "httpx_pydantic"),
    "pycurl_orjson": (("pycurl", "orjson"), "peers", "pycurl_orjson"),
    "pycurl_msgspec": (("pycurl", "msgspec"), "peers", "pycurl_msgspec"),
    "aiohttp": (("aiohttp", "orjson"), "peers", "aiohttp_orjson"),
    "pyjwt": (("jwt", "cryptography"), "sdks", "pyjwt"),
}


def work_of(name: str, place: Place) -> Work:
    _, module, function = CONTENDERS[name]
    found: Work = getattr(import_module(f"{__package__}.{module}"), function)(place)
    return found
