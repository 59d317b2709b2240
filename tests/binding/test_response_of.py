"""response_of: what is known of the answer behind a result."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import pickle
import warnings
from collections.abc import Callable
from typing import Any, ClassVar

import httpx
import pytest
from recorder import KEY, Recorded, Recorder, reply

import clerk_c
from clerk_c import Clerk, models, response_of
from clerk_c.utils import BackoffStrategy, RetryConfig

EMAIL = {"id": "idn_1", "object": "email_address", "email_address": "a@example.com"}
USER = {"id": "user_1", "object": "user", "first_name": "Ada", "email_addresses": [EMAIL]}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Trace: 1\r\nX-Trace: 2\r\n"


def answer(body: bytes, extra: bytes = b"") -> bytes:
    return HEAD + extra + b"Content-Length: %d\r\n\r\n" % len(body) + body


def read_all(model: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for name in type(model).model_fields:
            getattr(model, name)
    model.model_dump()


def blocking(clerk: Clerk, name: str, **arguments: Any) -> Any:
    return getattr(clerk.users, name)(**arguments)


def asynchronous(clerk: Clerk, name: str, **arguments: Any) -> Any:
    async def main() -> Any:
        return await getattr(clerk.users, f"{name}_async")(**arguments)

    return asyncio.run(main())


@pytest.fixture(params=[blocking, asynchronous])
def call(request: pytest.FixtureRequest) -> Callable[..., Any]:
    function: Callable[..., Any] = request.param
    return function


@pytest.fixture(params=["tolerant", "strict"])
def clerk(request: pytest.FixtureRequest, recorder: Recorder) -> Any:
    with Clerk(
        KEY, server_url=recorder.url, retry_config=None, response_validation=request.param
    ) as made:
        yield made
    made.close()


def test_a_model(clerk: Clerk, recorder: Recorder, call: Callable[..., Any]) -> None:
    recorder.answer = answer(b'{"object": "total_count", "total_count": 3}')
    count = call(clerk, "count")
    for _ in range(2):
        info = response_of(count)
        assert isinstance(info, clerk_c.ResponseInfo)
        assert (info.status, info.http_version) == (200, "HTTP/1.1")
        assert info.headers.get_list("x-trace") == ["1", "2"]
        assert info.headers["Content-Type"] == "application/json"
        assert info.url == f"{recorder.url}/users/count"
        assert (info.attempts, info.redirects) == (1, 0)
        timing = info.timing
        assert timing.first_byte is not None
        assert timing.total is not None
        assert 0 < timing.first_byte <= timing.total < 60_000
        assert timing.tls is None
        read_all(count)  # after which the model has let go of the text


def test_the_elements_of_a_list(recorder: Recorder, call: Callable[..., Any]) -> None:
    """Each by itself, parsed or not; the list by its first."""
    recorder.answer = reply(200, [USER, USER | {"id": "user_2"}])
    with Clerk(KEY, server_url=recorder.url) as clerk:
        users = call(clerk, "list")
    clerk.close()
    assert response_of(users).url == response_of(users[1]).url
    read_all(users[0])
    first, second = users
    del users
    gc.collect()
    assert response_of(first).status == 200
    assert second.id == "user_2"
    del first
    gc.collect()
    assert response_of(second).headers["content-type"] == "application/json"
    with pytest.raises(LookupError, match=r"not 'EmailAddress'"):
        response_of(second.email_addresses[0])


def test_tries_and_redirects(recorder: Recorder, call: Callable[..., Any]) -> None:
    def shaky(request: Recorded) -> bytes:
        if len(recorder.requests) < 3:
            return reply(503)
        if request.path.endswith("/elsewhere"):
            return reply(200, USER)
        return b"HTTP/1.1 302 Found\r\nLocation: /v1/elsewhere\r\nContent-Length: 0\r\n\r\n"

    recorder.answer = shaky
    retries = RetryConfig("backoff", BackoffStrategy(1, 1, 1.0, 60_000, 0), False)
    with Clerk(KEY, server_url=recorder.url, retry_config=retries) as clerk:
        info = response_of(call(clerk, "get", user_id="user_1"))
    clerk.close()
    assert (info.status, info.attempts, info.redirects) == (200, 3, 1)
    assert info.url == f"{recorder.url}/elsewhere"


def test_a_kept_connection_has_no_phases_before_the_request(recorder: Recorder) -> None:
    recorder.answer = reply(200, USER)
    with Clerk(KEY, server_url=recorder.url) as clerk:
        first, second = (response_of(clerk.users.get(user_id="user_1")) for _ in range(2))
    assert first.timing.connect is not None
    assert second.timing.connect is None


def test_through_a_client_of_the_programs_own(recorder: Recorder) -> None:
    recorder.answer = reply(200, USER)
    with httpx.Client() as own, Clerk(KEY, server_url=recorder.url, client=own) as clerk:
        info = response_of(clerk.users.get(user_id="user_1"))
    assert (info.status, info.attempts) == (200, 1)
    assert info.headers["content-type"] == "application/json"
    assert (info.http_version, info.redirects) == ("HTTP/1.1", 0)
    assert info.url == f"{recorder.url}/users/user_1"
    assert info.timing[:4] == (None,) * 4
    assert info.timing.total is not None
    assert 0 < info.timing.total < 60_000


class Silent:
    """A response that tells nothing but what is needed."""

    status_code = 200
    headers: ClassVar = {"content-type": "application/json"}
    content = json.dumps(USER).encode()
    http_version = "SPDY"

    @property
    def url(self) -> str:
        raise RuntimeError("there is no request")

    def elapsed(self) -> None:
        """A method, where httpx has a timedelta."""


class Talking(Silent):
    """One with a password in its URL."""

    url = "http://ada:s3cr@t@127.0.0.1/v1/users/user_1?limit=1"  # type: ignore[assignment]
    history = (1, 2)


class Own:
    def __init__(self, response: Any) -> None:
        self.response = response

    def build_request(self, method: str, url: str, **given: Any) -> Any:
        return clerk_c.Request(method, url, headers=given["headers"])

    def send(self, request: Any) -> Any:
        return self.response

    def close(self) -> None:
        pass


def test_through_a_client_that_tells_little() -> None:
    clerk = Clerk(KEY, client=Own(Silent()))
    info = response_of(clerk.users.get(user_id="user_1"))
    assert (info.http_version, info.url, info.redirects) == (None, None, 0)
    assert info.timing == (None,) * 5
    clerk = Clerk(KEY, client=Own(Talking()))
    info = response_of(clerk.users.get(user_id="user_1"))
    assert (info.url, info.redirects) == ("http://127.0.0.1/v1/users/user_1?limit=1", 2)
    made = clerk_c.Response(200, headers=Silent.headers, content=Silent.content)
    clerk = Clerk(KEY, client=Own(made))
    info = response_of(clerk.users.get(user_id="user_1"))
    assert (info.http_version, info.url, info.timing) == (None, None, (None,) * 5)


class Replace:
    """A hook after which the answer is another object."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self.make = make

    def after_success(self, context: Any, response: Any) -> Any:
        return self.make(response)


@pytest.mark.parametrize(
    "make",
    [
        lambda response: response,
        lambda response: httpx.Response(200, headers=response.headers, content=response.content),
    ],
    ids=["same", "httpx"],
)
def test_with_hooks(
    recorder: Recorder, call: Callable[..., Any], make: Callable[[Any], Any]
) -> None:
    """The way that the answer took is that of the transport, whatever hooks made of it."""

    def moved(request: Recorded) -> bytes:
        if request.path.endswith("/elsewhere"):
            return reply(200, USER)
        return b"HTTP/1.1 302 Found\r\nLocation: /v1/elsewhere\r\nContent-Length: 0\r\n\r\n"

    recorder.answer = moved
    clerk = Clerk(KEY, server_url=recorder.url, hooks=[Replace(make)])
    info = response_of(call(clerk, "get", user_id="user_1"))
    clerk.close()
    assert (info.http_version, info.redirects) == ("HTTP/1.1", 1)
    assert info.url == f"{recorder.url}/elsewhere"
    assert info.timing.first_byte is not None
    assert info.timing.total is not None
    assert 0 < info.timing.first_byte <= info.timing.total


@pytest.mark.parametrize(
    "make",
    [
        lambda user: [],
        lambda user: None,
        lambda user: {"id": "user_1"},
        lambda user: user.id,
        lambda user: models.TotalCount(object="total_count", total_count=1),
        lambda user: user.model_copy(),
        lambda user: copy.deepcopy(user),
        lambda user: pickle.loads(pickle.dumps(user)),
        lambda user: [None, user],
    ],
)
def test_values_without_an_answer(recorder: Recorder, make: Callable[[Any], Any]) -> None:
    recorder.answer = reply(200, USER)
    with Clerk(KEY, server_url=recorder.url) as clerk:
        value = make(clerk.users.get(user_id="user_1"))
    with pytest.raises(LookupError, match="no answer is known for this value"):
        response_of(value)
