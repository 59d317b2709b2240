"""clerk_c and the official SDK: the same lines of code; PyJWT beside them."""

from __future__ import annotations

import itertools
import ssl
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .contenders import (
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
)
from .place import KEY, NEW_USER, Place
from .tokens import COUNT, PARTY

Makers = dict[str, Callable[[], Case]]


def dump(users: Any) -> Any:
    return [user.model_dump() for user in users]


def calls(client: Callable[..., Any], place: Place) -> Makers:
    """`client(server)` makes one; `client(server, True)` one for asynchronous calls."""
    clerk = client("http")

    def get(clerk: Any = clerk) -> Any:
        return clerk.users.get(user_id="user_1")

    def get_read() -> object:
        user = get()
        return user.id, user.first_name, user.email_addresses[0].email_address

    def over_tls() -> Case:
        secure = client("tls")
        return again(lambda: get(secure))

    def in_flight(server: str, kind: str) -> Case:
        many = client(server, True)
        return Loop(kind).in_flight(lambda: many.users.get_async(user_id="user_1"))

    found: Makers = {
        "get": lambda: again(get),
        "latency": lambda: again(get),
        "getread": lambda: again(get_read),
        "post": lambda: again(lambda: clerk.users.create(**NEW_USER)),
        "threads": lambda: in_threads(lambda: get),
    }
    for name, kind in optional_loops().items():
        found[name] = lambda kind=kind: in_flight("http", kind)  # type: ignore[misc]
    if place.tls is not None:
        found["tls"] = over_tls
    if place.h2 is not None:
        found["async_h2"] = lambda: in_flight("h2", "asyncio")
    return found


def work(
    client: Callable[..., Any], place: Place, parse: Makers, security: Any, new: Callable[[], Any]
) -> Work:
    """`new()` comes before each measurement with new tokens."""
    clerk = client("http")

    def fetch() -> Any:
        return clerk.users.list(request={"limit": 500})

    def probe() -> None:
        user, users = clerk.users.get(user_id="user_1"), fetch()
        seats = users[-1].public_metadata["plan"]["seats"]
        made = clerk.users.create(**NEW_USER).id
        check(user.email_addresses[0].email_address, users, made, user.id, seats)

    found = {**calls(client, place), **parse, **authentication(place, security, new)}
    return Work(found, lists(fetch, three_attributes, dump), probe)


# --- authentication -------------------------------------------------------------------------


class Request:
    def __init__(self, token: str) -> None:
        self.headers = {"host": "app.example.com", "Authorization": f"Bearer {token}"}


def options(security: Any, pem: str) -> Any:
    return security.AuthenticateRequestOptions(
        jwt_key=pem, accepts_token=["session_token"], authorized_parties=[PARTY]
    )


def authentication(place: Place, security: Any, new: Callable[[], Any]) -> Makers:
    given = place.tokens()
    if given is None:
        return {}
    signed_in = options(security, given["pem"])
    requests = [Request(token) for token in given["tokens"]]

    def authenticate(request: Request) -> None:
        if not security.authenticate_request(request, signed_in).is_signed_in:
            raise AssertionError("the token was not accepted")

    def in_turn(call: Callable[[Any], Any], values: list[Any]) -> Case:
        turn = itertools.cycle(values)

        def run(count: int) -> None:
            new()
            for _ in range(count):
                call(next(turn))

        return run

    def by_jwks() -> Case:
        origin = place.http.removesuffix("/v1")
        keys = security.VerifyTokenOptions(
            secret_key=KEY, api_url=origin, authorized_parties=[PARTY]
        )
        return in_turn(lambda token: security.verify_token(token, keys), given["tokens"])

    return {
        "auth_first": lambda: in_turn(authenticate, requests),
        "auth_jwks": by_jwks,
        "auth_again": lambda: again(lambda: authenticate(requests[0])),
    }


def pyjwt(place: Place) -> Work:
    """PyJWT with a key that is loaded already: no request to look into, no states and reasons."""
    import jwt
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    given = place.tokens()
    if given is None:
        return Work({}, {}, lambda: None)
    key: Any = load_pem_public_key(given["pem"].encode())
    turn = itertools.cycle(given["tokens"])

    def decode(token: str) -> Any:
        return jwt.decode(token, key, algorithms=["RS256"], leeway=5)

    def probe() -> None:
        assert decode(given["tokens"][0])["azp"] == PARTY

    new = again(lambda: decode(next(turn)))
    once_more = again(lambda: decode(given["tokens"][0]))
    cases: Makers = {
        "auth_first": lambda: new,
        "auth_jwks": lambda: new,
        "auth_again": lambda: once_more,
    }
    return Work(cases, {}, probe)


# --- the two --------------------------------------------------------------------------------


def ours(place: Place) -> Work:
    from clerk_c import Clerk, _core, security

    def client(server: str, asynchronous: bool = False) -> Clerk:
        return Clerk(KEY, server_url=getattr(place, server), ca_file=place.ca)

    def forget() -> None:  # half of the tokens that take turns: each comes as a new one
        security.token_cache.size = COUNT // 2

    parse = parsing(
        place,
        lambda data: _core.read_json("User", data),
        lambda data: _core.read_json("List[User]", data),
    )
    return work(client, place, parse, security, forget)


def reference(place: Place) -> Work:
    import clerk_backend_api
    import httpx

    security: Any = import_module("clerk_backend_api.security")
    read: Any = import_module("clerk_backend_api.utils.serializers").unmarshal_json

    def client(server: str, asynchronous: bool = False) -> Any:
        more: dict[str, Any] = {}
        if server != "http":
            trust = ssl.create_default_context(cafile=place.ca)
            if asynchronous:
                own = httpx.AsyncClient(verify=trust, follow_redirects=True, http2=server == "h2")
                more = {"async_client": own}
            else:
                more = {"client": httpx.Client(verify=trust, follow_redirects=True)}
        url = getattr(place, server)
        return clerk_backend_api.Clerk(bearer_auth=KEY, server_url=url, **more)

    user = clerk_backend_api.models.User
    users = list[clerk_backend_api.models.User]
    parse = parsing(place, lambda data: read(data, user), lambda data: read(data, users))
    return work(client, place, parse, security, lambda: None)
