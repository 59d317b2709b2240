"""What one would write without an SDK: httpx with the official SDK's models, pycurl with orjson
and with msgspec, aiohttp with orjson."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .contenders import (
    Call,
    Case,
    Loop,
    Work,
    again,
    check,
    in_threads,
    lists,
    optional_loops,
    parsing,
    three_attributes,
    three_items,
)
from .place import HEADERS, NEW_USER, Place

Makers = dict[str, Callable[[], Case]]
USER, USERS = "/users/user_1", "/users?limit=500"


def httpx_pydantic(place: Place) -> Work:
    """httpx, and the official SDK's models with validators that are made once."""
    import httpx
    from clerk_backend_api.models import User
    from pydantic import TypeAdapter

    one, many = TypeAdapter(User), TypeAdapter(list[User])
    client = httpx.Client(headers=HEADERS)

    def get() -> Any:
        return one.validate_json(client.get(place.http + USER).content)

    def fetch() -> Any:
        return many.validate_json(client.get(place.http + USERS).content)

    def post() -> Any:
        return one.validate_json(client.post(place.http + "/users", json=NEW_USER).content)

    def trust() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=place.ca)

    def over_tls() -> Case:
        secure = httpx.Client(headers=HEADERS, verify=trust())
        url = f"{place.tls}{USER}"
        return again(lambda: one.validate_json(secure.get(url).content))

    def in_flight(server: str | None, kind: str, **options: Any) -> Case:
        opened = httpx.AsyncClient(headers=HEADERS, **options)

        async def call() -> Any:
            return one.validate_json((await opened.get(f"{server}{USER}")).content)

        return Loop(kind).in_flight(call)

    cases: Makers = {
        "get": lambda: again(get),
        "latency": lambda: again(get),
        "post": lambda: again(post),
        "threads": lambda: in_threads(lambda: get),
        **parsing(place, one.validate_json, many.validate_json),
    }
    for name, kind in optional_loops().items():
        cases[name] = lambda kind=kind: in_flight(place.http, kind)  # type: ignore[misc]
    if place.tls is not None:
        cases["tls"] = over_tls
    if place.h2 is not None:
        cases["async_h2"] = lambda: in_flight(place.h2, "asyncio", verify=trust(), http2=True)

    def probe() -> None:
        user, users = get(), fetch()
        seats = users[-1].public_metadata["plan"]["seats"]
        check(user.email_addresses[0].email_address, users, post().id, user.id, seats)

    def dump(users: Any) -> Any:
        return [user.model_dump() for user in users]

    return Work(cases, lists(fetch, three_attributes, dump), probe)


# --- pycurl ---------------------------------------------------------------------------------


def pycurl_call(
    url: str, ca: str | None, decode: Callable[[bytes], Any], encode: Call | None = None
) -> Call:
    """A handle of its own that fetches `url`, or posts what `encode()` returns, again and again."""
    pycurl: Any = import_module("pycurl")
    curl = pycurl.Curl()
    parts: list[bytes] = []
    lines = [f"{name}: {value}" for name, value in HEADERS.items()]
    curl.setopt(pycurl.HTTPHEADER, [*lines, "Content-Type: application/json"])
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.WRITEFUNCTION, parts.append)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    curl.setopt(pycurl.NOSIGNAL, 1)
    if ca:
        curl.setopt(pycurl.CAINFO, ca)

    def call() -> Any:
        if encode is not None:
            curl.setopt(pycurl.POSTFIELDS, encode())
        parts.clear()
        curl.perform()
        return decode(b"".join(parts))

    return call


def pycurl_cases(
    place: Place, one: Callable[[bytes], Any], many: Callable[[bytes], Any],
    encode: Callable[[Any], bytes],
) -> tuple[Makers, Call, Call, Call]:  # fmt: skip
    """The cases, and the calls that get, post and list."""

    def getter(server: str | None = place.http) -> Call:
        return pycurl_call(f"{server}{USER}", place.ca, one)

    get, fetch = getter(), pycurl_call(place.http + USERS, None, many)
    post = pycurl_call(f"{place.http}/users", None, one, lambda: encode(NEW_USER))
    cases: Makers = {
        "get": lambda: again(get),
        "latency": lambda: again(get),
        "post": lambda: again(post),
        "threads": lambda: in_threads(getter),
        **parsing(place, one, many),
    }
    if place.tls is not None:
        cases["tls"] = lambda: again(getter(place.tls))
    return cases, get, post, fetch


def pycurl_orjson(place: Place) -> Work:
    """Into dicts."""
    orjson: Any = import_module("orjson")
    loads = orjson.loads
    cases, get, post, fetch = pycurl_cases(place, loads, loads, orjson.dumps)

    def probe() -> None:
        user, users = get(), fetch()
        seats = users[-1]["public_metadata"]["plan"]["seats"]
        check(user["email_addresses"][0]["email_address"], users, post()["id"], user["id"], seats)

    return Work(cases, lists(fetch, three_items, lambda users: users), probe)


def pycurl_msgspec(place: Place) -> Work:
    """Into the classes of bench.structs."""
    msgspec: Any = import_module("msgspec")
    user_type = import_module(f"{__package__}.structs").User
    one = msgspec.json.Decoder(user_type).decode
    many = msgspec.json.Decoder(list[user_type]).decode  # type: ignore[valid-type]
    cases, get, post, fetch = pycurl_cases(place, one, many, msgspec.json.Encoder().encode)

    def probe() -> None:
        user, users = get(), fetch()
        seats = users[-1].public_metadata["plan"]["seats"]
        check(user.email_addresses[0].email_address, users, post().id, user.id, seats)

    return Work(cases, lists(fetch, three_attributes, msgspec.to_builtins), probe)


# --- aiohttp --------------------------------------------------------------------------------


def aiohttp_orjson(place: Place) -> Work:
    """Into dicts."""
    aiohttp: Any = import_module("aiohttp")
    loads = import_module("orjson").loads

    async def session() -> Any:
        return aiohttp.ClientSession(headers=HEADERS)

    @functools.cache
    def prepared(kind: str) -> tuple[Loop, Callable[[], Any]]:
        loop = Loop(kind)
        opened = loop.do(session())

        async def get() -> Any:
            async with opened.get(place.http + USER) as answer:
                return loads(await answer.read())

        return loop, get

    def in_flight(kind: str) -> Case:
        loop, get = prepared(kind)
        return loop.in_flight(get)

    cases: Makers = {}
    for name, kind in optional_loops().items():
        cases[name] = lambda kind=kind: in_flight(kind)  # type: ignore[misc]

    def probe() -> None:
        loop, get = prepared("asyncio")
        user = loop.do(get())
        address = user["email_addresses"][0]["email_address"]
        check(address, loads(place.data("users.json")), user["id"], user["id"], 50)

    return Work(cases, {}, probe)
