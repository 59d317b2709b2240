"""Hooks beyond what the reference offers, or of another kind: `hooks=`, hooks registered later,
our own requests and responses."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import Any

import anyio
import httpx
import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, Request, Response, exceptions, models
from clerk_c._hooks import (
    BeforeRequestHook,
    ClerkBeforeRequestHook,
    SDKHooks,
    registration,
    sdkhooks,
)
from clerk_c.utils import BackoffStrategy, RetryConfig

GOOD = reply(200, {"object": "total_count", "total_count": 7})
MISSING = reply(404, {"errors": [{"message": "no", "long_message": "no", "code": "x"}]})


@pytest.fixture(params=[False, True], ids=["blocking", "asynchronous"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def raises(error: Exception) -> Any:
    def act(*ignored: Any) -> Any:
        raise error

    return act


def many(clerk: Clerk, is_async: bool) -> Any:
    if is_async:
        return asyncio.run(count(clerk))
    return clerk.users.count()


async def count(clerk: Clerk) -> Any:
    return await clerk.users.count_async()


class Add(BeforeRequestHook):
    def before_request(self, hook_ctx: Any, request: Any) -> Any:
        request.headers["x-added"] = type(request).__name__
        return request


def test_hooks_as_an_argument(recorder: Recorder, is_async: bool) -> None:
    class All:
        seen: tuple[Any, ...] = ()

        def sdk_init(self, base_url: str, client: Any) -> tuple[str, Any]:
            self.seen += (base_url, client)
            return recorder.url, client

        def after_success(self, context: Any, response: Response) -> Response:
            self.seen += (context, response)
            return Response(200, json={"object": "total_count", "total_count": 9})

    recorder.answer = GOOD
    both = All()
    clerk = Clerk(KEY, hooks=[Add(), both], retry_config=None)
    assert clerk.sdk_configuration.server_url == recorder.url
    assert many(clerk, is_async).total_count == 9
    assert recorder.take().one("x-added") == "Request"
    base_url, client, context, response = both.seen
    assert base_url == "https://api.clerk.com/v1"
    assert client is clerk.sdk_configuration.client
    assert context.config is clerk.sdk_configuration
    assert context.security_source.bearer_auth == KEY
    assert isinstance(response, Response)
    assert isinstance(response.request, Request)
    assert response.request.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(context.config) + repr(response.request) + repr(response)


@pytest.mark.parametrize("wrong", [[5], [Add], 5, [object()], ["before_request"]])
def test_what_is_no_hook(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Clerk(KEY, hooks=wrong)


def test_hooks_registered_later(recorder: Recorder, is_async: bool) -> None:
    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url, retry_config=None)
    many(clerk, is_async)
    assert recorder.take().one("x-added") is None
    clerk.sdk_configuration._hooks.register_before_request_hook(Add())  # type: ignore[attr-defined]
    many(clerk, is_async)
    assert recorder.take().one("x-added") == "Request"
    clerk.sdk_configuration.__dict__["_hooks"].before_request_hooks.pop()
    many(clerk, is_async)
    request = recorder.take()
    assert request.one("x-added") is None
    assert request.one("x-clerk-sdk") == "python/7.0.0"
    clerk.sdk_configuration.__dict__["_hooks"].before_request_hooks.clear()
    many(clerk, is_async)
    assert recorder.take().one("x-clerk-sdk") is None


@pytest.mark.parametrize("place", [registration, sdkhooks])
def test_a_replaced_init_hooks(
    recorder: Recorder, place: Any, monkeypatch: pytest.MonkeyPatch, is_async: bool
) -> None:
    monkeypatch.setattr(
        place, "init_hooks", lambda hooks: hooks.register_before_request_hook(Add())
    )
    recorder.answer = GOOD
    many(Clerk(KEY, server_url=recorder.url, retry_config=None), is_async)
    request = recorder.take()
    assert request.one("x-added") == "Request"
    assert request.one("clerk-api-version") is None


@pytest.mark.parametrize("cls", [SDKHooks, ClerkBeforeRequestHook])
def test_a_replaced_method(
    recorder: Recorder, cls: Any, monkeypatch: pytest.MonkeyPatch, is_async: bool
) -> None:
    def before_request(self: Any, context: Any, request: Any) -> Any:
        request.headers["x-added"] = cls.__name__
        return request

    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url, retry_config=None)
    assert clerk.sdk_configuration
    monkeypatch.setattr(cls, "before_request", before_request)
    for either in (clerk, Clerk(KEY, server_url=recorder.url, retry_config=None)):
        many(either, is_async)
        assert recorder.take().one("x-added") == cls.__name__


def test_a_class_of_hooks_of_the_programs(recorder: Recorder, is_async: bool) -> None:
    class Mine(SDKHooks):
        def before_request(self, hook_ctx: Any, request: Any) -> Any:
            request.headers["x-added"] = "mine"
            return super().before_request(hook_ctx, request)

    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url, retry_config=None)
    clerk.sdk_configuration.__dict__["_hooks"] = Mine()
    many(clerk, is_async)
    assert recorder.take().one("x-added") == "mine"


def test_without_hooks_nothing_is_asked(
    recorder: Recorder, is_async: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when the settings were looked at, calls stay in C."""
    from clerk_c import _observed

    for name in ("send", "send_async", "_steps"):
        monkeypatch.setattr(_observed, name, raises(AssertionError("in Python")))
    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url, retry_config=None)
    assert clerk.sdk_configuration.debug_logger.debug("x") is None
    assert many(clerk, is_async).total_count == 7


def test_hooks_of_asynchronous_calls_run_in_a_thread(recorder: Recorder) -> None:
    class Note:
        def before_request(self, context: Any, request: Any) -> Any:
            threads.append(threading.get_ident())
            return request

        def after_success(self, context: Any, response: Any) -> Any:
            threads.append(threading.get_ident())
            return response

    threads: list[int] = []
    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url, hooks=[Note()], retry_config=None)
    many(clerk, True)
    assert len(threads) == 2
    assert threading.get_ident() not in threads


def test_trio(recorder: Recorder) -> None:
    trio = pytest.importorskip("trio")
    recorder.answer = GOOD
    answers = iter([reply(503), GOOD])
    recorder.answer = lambda request: next(answers)
    config = RetryConfig("backoff", BackoffStrategy(1, 5, 1.5, 60_000, 0), True)
    clerk = Clerk(KEY, server_url=recorder.url, hooks=[Add()], retry_config=config)
    assert trio.run(clerk.users.count_async).total_count == 7
    assert [request.one("x-added") for request in recorder.requests] == ["Request"] * 2


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("before_request", None, "must return a request, not 'NoneType'"),
        ("after_success", None, "hooks must return a response, not 'NoneType'"),
        ("after_success", "x", "hooks must return a response, not 'str'"),
    ],
)
def test_hooks_that_return_nonsense(recorder: Recorder, name: str, value: Any, words: str) -> None:
    recorder.answer = GOOD
    hook = type("Nonsense", (), {name: lambda *ignored: value})()
    clerk = Clerk(KEY, server_url=recorder.url, hooks=[hook], retry_config=None)
    with pytest.raises(TypeError, match=words):
        clerk.users.count()


def test_a_wrapped_transport(recorder: Recorder) -> None:
    """sdk_init may put a client of the program's own in front of ours."""

    class Wrapper:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def build_request(self, *args: Any, **kwargs: Any) -> Any:
            return self.inner.build_request(*args, **kwargs)

        def send(self, request: Any, **options: Any) -> Any:
            request.headers["x-added"] = "wrapped"
            return self.inner.send(request, **options)

        def close(self) -> None:
            raise AssertionError("never called")

    class Init:
        def sdk_init(self, base_url: str, client: Any) -> tuple[str, Any]:
            return base_url, Wrapper(client)

    recorder.answer = GOOD
    with Clerk(KEY, server_url=recorder.url, hooks=[Init()], retry_config=None) as clerk:
        assert clerk.users.count().total_count == 7
    assert recorder.take().one("x-added") == "wrapped"


def test_a_closed_client_ends_the_wait(recorder: Recorder, is_async: bool) -> None:
    class Close:
        def before_request(self, context: Any, request: Any) -> Any:
            clerk._close_async() if is_async else clerk._close_blocking()
            raise exceptions.ConnectError("as if")

    forever = RetryConfig("backoff", BackoffStrategy(600_000, 600_000, 1, 900_000, 0), True)
    clerk = Clerk(KEY, server_url=recorder.url, hooks=[Close()], retry_config=forever)
    with pytest.raises(exceptions.ClientClosed):
        many(clerk, is_async)


def user(clerk: Clerk, name: str, is_async: bool, **given: Any) -> Any:
    async def awaited() -> Any:
        return await getattr(clerk.users, f"{name}_async")(**given)

    return asyncio.run(awaited()) if is_async else getattr(clerk.users, name)(**given)


def test_errors_show_what_was_sent(recorder: Recorder, clerk: Clerk, is_async: bool) -> None:
    recorder.answer = MISSING
    with pytest.raises(models.ClerkErrors) as caught:
        user(clerk, "get", is_async, user_id="user_1")
    request = caught.value.raw_response.request
    assert isinstance(request, Request)
    assert (request.method, request.url.path) == ("GET", "/v1/users/user_1")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert caught.value.raw_response.request is request
    assert KEY not in repr(request) + repr(request.headers)


def test_transport_errors_show_what_was_sent(recorder: Recorder, is_async: bool) -> None:
    recorder.close()
    clerk = Clerk(KEY, server_url=recorder.url, retry_config=None)
    with pytest.raises(exceptions.ConnectError) as caught:
        user(clerk, "verify_password", is_async, user_id="user_1", password="secret")
    request = caught.value.request
    assert request.content == b'{"password":"secret"}'
    assert (request.method, request.url.path) == ("POST", "/v1/users/user_1/verify_password")
    assert KEY not in repr(vars(caught.value)) + repr(request.headers)
    assert KEY.encode() not in pickle.dumps(caught.value)
    assert isinstance(caught.value, httpx.ConnectError)  # imported here, so joined


def test_a_hook_that_raises_stop_iteration(recorder: Recorder, run: Any) -> None:
    class Empty:
        def before_request(self, context: Any, request: Any) -> Any:
            return next(iter(()))

    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url, hooks=[Empty()]) as clerk:
            with anyio.fail_after(20), pytest.raises(RuntimeError, match="StopIteration"):
                await clerk.users.count_async()

    run(main)
    clerk = Clerk(KEY, server_url=recorder.url, hooks=[Empty()])
    with clerk, pytest.raises(RuntimeError, match="StopIteration"):
        clerk.users.count()
    assert recorder.requests == []
