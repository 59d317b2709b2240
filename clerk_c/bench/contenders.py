"""What each contender in Python does for each case.

A case is a function of a count that does its work so many times. All of them make the same
requests and read the answers into Python values; `probe` tells what came, so that a contender
that does not do the work cannot win.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

Case = Callable[[int], None]
Urls = dict[str, Any]  # http, tls, h2, ca

KEY = "sk_test_bench"
HEADERS = {"Authorization": f"Bearer {KEY}", "Accept": "application/json"}
THREADS = 8
IN_FLIGHT = 100
NEW_USER: dict[str, Any] = {
    "external_id": "ext-id-001", "first_name": "John", "last_name": "Doe", "locale": "en",
    "email_address": ["john.doe@example.com"], "phone_number": ["+12345678901"],
    "username": "johndoe123", "password": "Secure*Pass4", "skip_password_checks": False,
    "skip_password_requirement": False, "totp_secret": "base32totpsecretkey",
    "backup_codes": ["123456", "654321"], "public_metadata": {"role": "user"},
    "private_metadata": {"internal_id": "789"},
    "unsafe_metadata": {"preferences": {"theme": "dark"}}, "delete_self_enabled": True,
    "skip_legal_checks": False, "create_organizations_limit": 81560,
    "created_at": "2023-03-15T07:15:20.902Z", "bypass_client_trust": True,
}  # fmt: skip


def again(call: Callable[[], Any]) -> Case:
    def run(count: int) -> None:
        for _ in range(count):
            call()

    return run


def in_threads(case: Callable[[], Case]) -> Case:
    """Eight threads that live on, each with a case of its own."""
    pools = [(ThreadPoolExecutor(1), case()) for _ in range(THREADS)]

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


def optional_loops() -> list[tuple[str, str]]:
    """Suffixes of cases, and the modules of their event loops, where there are any."""
    found = [("", "asyncio")]
    try:
        import_module("uvloop")
    except ImportError:
        return found
    return [*found, ("_uvloop", "uvloop")]


# --- both SDKs: the same lines of code ------------------------------------------------------


def sdk_cases(clerk: Any) -> dict[str, Case]:
    def get_read() -> object:
        user = clerk.users.get(user_id="user_1")
        return user.id, user.first_name, user.email_addresses[0].email_address

    def read() -> object:
        users = clerk.users.list(request={"limit": 500})
        return [(u.id, u.first_name, u.email_addresses[0].email_address) for u in users]

    def get() -> Any:
        return clerk.users.get(user_id="user_1")

    return {
        "get": again(get),
        "getread": again(get_read),
        "post": again(lambda: clerk.users.create(**NEW_USER)),
        "list": again(lambda: clerk.users.list(request={"limit": 500})),
        "read": again(read),
        "threads": in_threads(lambda: again(get)),
    }


def sdk_probe(clerk: Any) -> tuple[str, int]:
    user, users = clerk.users.get(user_id="user_1"), clerk.users.list(request={"limit": 500})
    assert clerk.users.create(**NEW_USER).id == user.id
    assert users[-1].public_metadata["plan"]["seats"] == 50, users[-1]
    return user.email_addresses[0].email_address, len(users)


def sdk_async(clerk: Any, kind: str) -> Case:
    return Loop(kind).in_flight(lambda: clerk.users.get_async(user_id="user_1"))


def ours(urls: Urls, data: bytes) -> tuple[dict[str, Case], Callable[[], tuple[str, int]]]:
    from clerk_c import Clerk, _core

    def client(server: str, **options: Any) -> Clerk:
        return Clerk(KEY, server_url=urls[server], ca_file=urls["ca"], **options)

    plain = client("http")
    cases = sdk_cases(plain)
    cases["parse"] = again(lambda: _core.read_json("List[User]", data))
    for suffix, kind in optional_loops():
        cases["async" + suffix] = sdk_async(client("http"), kind)
    if urls["tls"] is not None:
        secure, second = client("tls"), client("h2")
        cases["tls"] = again(lambda: secure.users.get(user_id="user_1"))
        cases["async_h2"] = sdk_async(second, "asyncio")
    return cases, lambda: sdk_probe(plain)


def reference(urls: Urls, data: bytes) -> tuple[dict[str, Case], Callable[[], tuple[str, int]]]:
    import clerk_backend_api
    import httpx
    from clerk_backend_api.utils.serializers import unmarshal_json

    def client(server: str, **options: Any) -> Any:
        return clerk_backend_api.Clerk(bearer_auth=KEY, server_url=urls[server], **options)

    plain = client("http")
    cases = sdk_cases(plain)
    users = list[clerk_backend_api.models.User]
    cases["parse"] = again(lambda: unmarshal_json(data, users))
    for suffix, kind in optional_loops():
        cases["async" + suffix] = sdk_async(client("http"), kind)
    if urls["tls"] is not None:
        trust = ssl.create_default_context(cafile=urls["ca"])
        own = httpx.Client(verify=trust, follow_redirects=True)
        secure = client("tls", client=own)
        cases["tls"] = again(lambda: secure.users.get(user_id="user_1"))
        try:
            many = httpx.AsyncClient(verify=trust, follow_redirects=True, http2=True)
        except ImportError:  # httpx speaks HTTP/2 with the package h2 only
            return cases, lambda: sdk_probe(plain)
        cases["async_h2"] = sdk_async(client("h2", async_client=many), "asyncio")
    return cases, lambda: sdk_probe(plain)


# --- peers: what one would write without an SDK ---------------------------------------------


def httpx_validated(
    urls: Urls, data: bytes
) -> tuple[dict[str, Case], Callable[[], tuple[str, int]]]:
    """httpx, and the official SDK's models with validators that are made once."""
    import httpx
    from clerk_backend_api.models import User
    from pydantic import TypeAdapter

    one, many = TypeAdapter(User), TypeAdapter(list[User])
    trust = ssl.create_default_context(cafile=urls["ca"]) if urls["ca"] else True
    client = httpx.Client(headers=HEADERS, verify=trust)

    def get(server: str) -> Any:
        return one.validate_json(client.get(urls[server] + "/users/user_1").content)

    def fetch() -> Any:
        return many.validate_json(client.get(urls["http"] + "/users?limit=500").content)

    def post() -> Any:
        answer = client.post(urls["http"] + "/users", json=NEW_USER)
        return one.validate_json(answer.content)

    cases = {
        "get": again(lambda: get("http")),
        "post": again(post),
        "list": again(fetch),
        "parse": again(lambda: many.validate_json(data)),
        "threads": in_threads(lambda: again(lambda: get("http"))),
    }
    if urls["tls"] is not None:
        cases["tls"] = again(lambda: get("tls"))

    def probe() -> tuple[str, int]:
        assert post().id == get("http").id
        return get("http").email_addresses[0].email_address, len(fetch())

    return cases, probe


def pycurl_msgspec(
    urls: Urls, data: bytes
) -> tuple[dict[str, Case], Callable[[], tuple[str, int]]]:
    """pycurl with msgspec, into dicts."""
    pycurl: Any = import_module("pycurl")
    msgspec: Any = import_module("msgspec")
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    def caller(server: str, path: str, body: Any = None) -> Callable[[], Any]:
        curl = pycurl.Curl()
        parts: list[bytes] = []
        lines = [f"{name}: {value}" for name, value in HEADERS.items()]
        curl.setopt(pycurl.HTTPHEADER, [*lines, "Content-Type: application/json"])
        curl.setopt(pycurl.URL, urls[server] + path)
        curl.setopt(pycurl.WRITEFUNCTION, parts.append)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        if urls["ca"]:
            curl.setopt(pycurl.CAINFO, urls["ca"])

        def call() -> Any:
            if body is not None:
                curl.setopt(pycurl.POSTFIELDS, encode(body))
            parts.clear()
            curl.perform()
            return decode(b"".join(parts))

        return call

    get, fetch = caller("http", "/users/user_1"), caller("http", "/users?limit=500")
    post = caller("http", "/users", NEW_USER)
    cases = {
        "get": again(get),
        "post": again(post),
        "list": again(fetch),
        "parse": again(lambda: decode(data)),
        "threads": in_threads(lambda: again(caller("http", "/users/user_1"))),
    }
    if urls["tls"] is not None:
        cases["tls"] = again(caller("tls", "/users/user_1"))

    def probe() -> tuple[str, int]:
        user = get()
        assert post()["id"] == user["id"]
        return user["email_addresses"][0]["email_address"], len(fetch())

    return cases, probe


def aiohttp_orjson(
    urls: Urls, data: bytes
) -> tuple[dict[str, Case], Callable[[], tuple[str, int]]]:
    """aiohttp with orjson, into dicts."""
    aiohttp: Any = import_module("aiohttp")
    loads = import_module("orjson").loads
    cases: dict[str, Case] = {}
    path = urls["http"] + "/users/user_1"

    async def session() -> Any:
        return aiohttp.ClientSession(headers=HEADERS)

    for suffix, kind in optional_loops():
        loop = Loop(kind)
        opened = loop.do(session())

        async def get(opened: Any = opened) -> Any:
            async with opened.get(path) as answer:
                return loads(await answer.read())

        cases["async" + suffix] = loop.in_flight(get)

    def probe() -> tuple[str, int]:
        user = loop.do(get())
        return user["email_addresses"][0]["email_address"], len(loads(data))

    return cases, probe


CONTENDERS = {
    "reference": reference,
    "clerk_c": ours,
    "httpx": httpx_validated,
    "pycurl": pycurl_msgspec,
    "aiohttp": aiohttp_orjson,
}
