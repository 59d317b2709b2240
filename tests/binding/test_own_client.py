"""Requests through a client of the caller's own."""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import clerk_c
from clerk_c import Clerk, exceptions, models
from clerk_c.testing import Server
from clerk_c.utils import BackoffStrategy, RetryConfig


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_every_step_through_httpx(server: Server) -> None:
    with httpx.Client(headers={"x-custom-header": "someValue"}) as own:
        clerk = Clerk(server.secret_key, server_url=server.url, client=own, retry_config=None)
        user = clerk.users.create(email_address=["own@example.com"], skip_password_requirement=True)
        assert clerk.users.get(user_id=user.id).id == user.id
        assert server.requests[-1].headers["x-custom-header"] == "someValue"
        assert server.requests[-1].headers["authorization"].startswith("Bearer ")
        png = {"file_name": "a.png", "content": b"\x89PNG\r\n\x1a\n"}
        assert clerk.users.set_profile_image(user_id=user.id, file=png).has_image
        assert user.id in [listed.id for listed in clerk.users.list(request={"limit": 500})]
        with pytest.raises(models.ClerkErrors) as caught:
            clerk.users.get(user_id="user_unknown")
        assert isinstance(caught.value.raw_response, httpx.Response)
        assert caught.value.headers is caught.value.raw_response.headers
        assert caught.value.data.errors[0].code == "resource_not_found"
        assert clerk.users.delete(user_id=user.id).deleted
        clerk.close()
        assert not own.is_closed
        with pytest.raises(exceptions.ClientClosed):
            clerk.users.count()


class Wrapper:
    """The documented way to wrap a client."""

    def __init__(self, own: httpx.Client, failures: "list[Exception]") -> None:
        self.own = own
        self.failures = failures
        self.timeouts: list[Any] = []

    def build_request(self, *args: Any, **kwargs: Any) -> httpx.Request:
        self.timeouts.append(kwargs.get("timeout"))
        return self.own.build_request(*args, **kwargs)

    def send(self, request: httpx.Request) -> httpx.Response:
        if self.failures:
            raise self.failures.pop(0)
        request.headers["x-wrapped"] = "yes"
        return self.own.send(request)

    def close(self) -> None:
        raise AssertionError("never called")


def test_a_wrapper_sees_each_request_and_its_errors_pass_through(server: Server) -> None:
    with httpx.Client() as own:
        wrapper = Wrapper(own, [RuntimeError("mine"), httpx.ReadError("broken")])
        with Clerk(
            server.secret_key, server_url=server.url, client=wrapper, retry_config=None
        ) as clerk:
            with pytest.raises(RuntimeError, match="mine"):
                clerk.users.count()
            with pytest.raises(httpx.ReadError, match="broken"):
                clerk.users.count()
            assert clerk.users.count(timeout_ms=2500).total_count >= 0
        assert server.requests[-1].headers["x-wrapped"] == "yes"
        assert wrapper.timeouts == [None, None, 2.5]


def test_retries_through_a_wrapper(server: Server) -> None:
    again = RetryConfig("backoff", BackoffStrategy(1, 5, 1.5, 60_000, 0), True)
    with httpx.Client() as own:
        wrapper = Wrapper(own, [httpx.ConnectError("one"), httpx.ReadTimeout("two")])
        clerk = Clerk(server.secret_key, server_url=server.url, client=wrapper)
        assert clerk.users.count(retries=again).total_count >= 0
        wrapper.failures = [httpx.RemoteProtocolError("closed")]
        with pytest.raises(httpx.RemoteProtocolError):
            clerk.users.count(retries=again)
        wrapper.failures = [httpx.ConnectError("last")]
        never = RetryConfig("backoff", BackoffStrategy(1, 5, 1.5, 60_000, 0), False)
        with pytest.raises(httpx.ConnectError, match="last"):
            clerk.users.count(retries=never)


def test_no_answer_at_all(server: Server) -> None:
    class Silent(Wrapper):
        def send(self, request: httpx.Request) -> Any:
            return None

    with httpx.Client() as own:
        clerk = Clerk(server.secret_key, server_url=server.url, client=Silent(own, []))
        with pytest.raises(models.NoResponseError):
            clerk.users.count()


@pytest.mark.parametrize("wrong", [5, "client", object(), httpx])
@pytest.mark.parametrize("name", ["client", "async_client"])
def test_what_is_no_client(wrong: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} must have the methods"):
        Clerk("sk_test_x", **{name: wrong})
    clerk = Clerk("sk_test_x")
    with pytest.raises(TypeError, match=f"^{name} must have the methods"):
        setattr(clerk.sdk_configuration, name, wrong)


def test_each_client_for_its_own_calls(server: Server) -> None:
    """With a client for one kind of call, the others go their usual way."""

    async def both() -> None:
        async with httpx.AsyncClient(headers={"x-own": "async"}) as own:
            clerk = Clerk(server.secret_key, server_url=server.url, async_client=own)
            clerk.users.count()
            assert "x-own" not in server.requests[-1].headers
            await clerk.users.count_async()
            assert server.requests[-1].headers["x-own"] == "async"
            with httpx.Client(headers={"x-own": "blocking"}) as second:
                clerk.sdk_configuration.client = second
                clerk.users.count()
            assert server.requests[-1].headers["x-own"] == "blocking"

    asyncio.run(both())


def test_every_step_through_an_async_client(server: Server) -> None:
    async def steps() -> None:
        async with httpx.AsyncClient(headers={"x-custom-header": "someValue"}) as own:
            async with Clerk(
                server.secret_key, server_url=server.url, async_client=own, retry_config=None
            ) as clerk:
                user = await clerk.users.create_async(
                    email_address=["own.async@example.com"], skip_password_requirement=True
                )
                found = await clerk.users.get_async(user_id=user.id)
                assert found.id == user.id
                assert server.requests[-1].headers["x-custom-header"] == "someValue"
                png = {"file_name": "a.png", "content": b"\x89PNG\r\n\x1a\n"}
                changed = await clerk.users.set_profile_image_async(user_id=user.id, file=png)
                assert changed.has_image
                with pytest.raises(models.ClerkErrors) as caught:
                    await clerk.users.get_async(user_id="user_unknown")
                assert isinstance(caught.value.raw_response, httpx.Response)
                assert (await clerk.users.delete_async(user_id=user.id)).deleted
                many = [clerk.users.count_async() for _ in range(30)]
                assert len(await asyncio.gather(*many)) == 30
            assert not own.is_closed
            with pytest.raises(exceptions.ClientClosed):
                await clerk.users.count_async()

    asyncio.run(steps())


class CustomClient(clerk_c.AsyncHttpClient):
    """The documented example of a wrapper."""

    client: clerk_c.AsyncHttpClient

    def __init__(self, client: clerk_c.AsyncHttpClient) -> None:
        self.client = client

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: Any = httpx.USE_CLIENT_DEFAULT,
    ) -> httpx.Response:
        request.headers["Client-Level-Header"] = "added by client"
        response = await self.client.send(
            request, stream=stream, auth=auth, follow_redirects=follow_redirects
        )
        assert isinstance(response, httpx.Response)
        return response

    def build_request(self, method: str, url: Any, **more: Any) -> httpx.Request:
        request = self.client.build_request(method, url, **more)
        assert isinstance(request, httpx.Request)
        return request


def test_the_documented_wrapper(server: Server) -> None:
    async def call() -> None:
        async with httpx.AsyncClient() as own:
            clerk = Clerk(server.secret_key, server_url=server.url, async_client=CustomClient(own))
            await clerk.users.count_async()

    asyncio.run(call())
    assert server.requests[-1].headers["client-level-header"] == "added by client"


def test_under_trio(server: Server) -> None:
    trio = pytest.importorskip("trio")

    async def call() -> None:
        async with httpx.AsyncClient() as own:
            clerk = Clerk(server.secret_key, server_url=server.url, async_client=own)
            assert (await clerk.users.count_async()).total_count >= 0

    trio.run(call)


def test_errors_and_retries_of_an_async_client(server: Server) -> None:
    again = RetryConfig("backoff", BackoffStrategy(1, 5, 1.5, 60_000, 0), True)

    async def call() -> None:
        async with httpx.AsyncClient() as own:
            failing = Failing(own, [httpx.ConnectError("one"), httpx.ReadTimeout("two")])
            clerk = Clerk(server.secret_key, server_url=server.url, async_client=failing)
            await clerk.users.count_async(retries=again)
            assert failing.failures == []
            failing.failures = [httpx.RemoteProtocolError("closed")]
            with pytest.raises(httpx.RemoteProtocolError):
                await clerk.users.count_async(retries=again)
            failing.failures = [RuntimeError("mine")]
            with pytest.raises(RuntimeError, match="mine"):
                await clerk.users.count_async()
            failing.failures = [None]
            with pytest.raises(models.NoResponseError):
                await clerk.users.count_async()

    asyncio.run(call())


class Failing(CustomClient):
    def __init__(self, client: Any, failures: "list[Exception | None]") -> None:
        super().__init__(client)
        self.failures = failures

    async def send(self, request: httpx.Request, **more: Any) -> Any:
        if self.failures:
            failure = self.failures.pop(0)
            if failure is None:
                return None
            raise failure
        return await super().send(request, **more)


def test_a_cancelled_call(server: Server) -> None:
    """The program's client sees the cancellation; the next call works."""
    seen: list[BaseException] = []

    class Slow(CustomClient):
        async def send(self, request: httpx.Request, **more: Any) -> Any:
            try:
                await asyncio.Event().wait()
            except BaseException as error:
                seen.append(error)
                raise

    async def call() -> None:
        async with httpx.AsyncClient() as own:
            clerk = Clerk(server.secret_key, server_url=server.url, async_client=Slow(own))
            task = asyncio.ensure_future(clerk.users.count_async())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            clerk.sdk_configuration.async_client = own
            assert (await clerk.users.count_async()).total_count >= 0

    asyncio.run(call())
    assert [type(error) for error in seen] == [asyncio.CancelledError]


def test_what_is_shown_of_our_own(server: Server) -> None:
    """sdk_configuration.client can be used like an httpx.Client."""
    with Clerk(server.secret_key, server_url=server.url) as clerk:
        own = clerk.sdk_configuration.client
        assert isinstance(own, clerk_c.HttpClient)
        assert isinstance(clerk.sdk_configuration.async_client, clerk_c.AsyncHttpClient)
        key = {"Authorization": f"Bearer {server.secret_key}"}
        request = own.build_request(
            "GET", server.url + "/users", params={"limit": 1}, headers=key, timeout=5
        )
        response = own.send(request)
        assert response.status_code == 200
        assert response.request is request
        assert server.requests[-1].headers["authorization"] == key["Authorization"]
        form = own.build_request("POST", server.url + "/nowhere", data={"a": "b c"}, headers=key)
        assert own.send(form).status_code == 404
        foreign = httpx.Request("GET", server.url + "/users/count", headers=key)
        assert own.send(foreign).json()["object"] == "total_count"
        for wrong in ({"files": {}}, {"cookies": {}}):
            with pytest.raises(TypeError, match="no files and no cookies"):
                own.build_request("GET", server.url, **wrong)
        assert not own.is_closed
    assert own.is_closed
    with pytest.raises(exceptions.ClientClosed):
        own.send(request)
    del clerk
    gc.collect()
    with pytest.raises(exceptions.ClientClosed):
        own.send(request)
