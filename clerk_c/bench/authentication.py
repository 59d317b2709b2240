"""What a request costs to authenticate, beside the reference: a token seen before, in each shape of
headers, and a token seen for the first time.

    python -m clerk_c.bench.authentication

The least of many short runs, in microseconds of this thread's CPU: other load on the machine shows
less that way. Compare the first verification with `openssl speed rsa2048`.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from functools import partial
from typing import Any

import clerk_backend_api.security as theirs

import clerk_c.security as ours

from .sdks import options
from .tokens import minted


class Request:
    def __init__(self, headers: Any) -> None:
        self.headers = headers


def least(function: Callable[[], Any], number: int, repeat: int = 300) -> float:
    runs = timeit.repeat(function, number=number, repeat=repeat, timer=time.thread_time)
    return min(runs) / number * 1e6


def shapes(token: str) -> dict[str, Any]:
    bearer = f"Bearer {token}"
    others = {"host": "app.example.com", "accept": "*/*", "user-agent": "x" * 60}
    raw = [(name.encode(), value.encode()) for name, value in others.items()]
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in others.items()}
    return {
        "dict": Request(others | {"Authorization": bearer}),
        "dict with cookie": Request(others | {"cookie": f"a=b; __session={token}; c=d"}),
        "asgi scope": {"type": "http", "headers": [*raw, (b"authorization", bearer.encode())]},
        "wsgi environ": environ | {"REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": bearer},
        "clerk_c.Headers": Request(ours_headers([*others.items(), ("Authorization", bearer)])),
    }


def ours_headers(pairs: list[tuple[str, str]]) -> Any:
    from clerk_c import Headers

    return Headers(pairs)


def main() -> None:
    (token,), pem, _ = minted()
    requests = shapes(token)
    given = options(ours, pem)
    for shape, request in requests.items():
        assert ours.authenticate_request(request, given).is_signed_in
        spent = least(partial(ours.authenticate_request, request, given), 200)
        print(f"seen before, {shape:17} {spent:7.2f}")
    ours.token_cache.size = 0
    request = requests["dict"]
    spent = least(lambda: ours.authenticate_request(request, given), 40)
    print(f"{'first verification':30} {spent:7.2f}")
    given = options(theirs, pem)
    assert theirs.authenticate_request(request, given).is_signed_in
    spent = least(lambda: theirs.authenticate_request(request, given), 20)
    print(f"{'reference':30} {spent:7.2f}")


if __name__ == "__main__":
    main()
