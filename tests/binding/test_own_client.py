"""Requests through a client of the caller's own."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

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
def test_what_is_no_client(wrong: Any) -> None:
    with pytest.raises(TypeError, match="client must have the methods"):
        Clerk("sk_test_x", client=wrong)
