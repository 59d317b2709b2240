"""Asynchronous calls: on each event loop, what they return and what they raise."""

from __future__ import annotations

import asyncio
import inspect
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import anyio
import pytest
from recorder import KEY, Recorded, Recorder, reply

from clerk_c import Clerk, exceptions, models
from clerk_c.testing import Server

Main = Callable[[], Coroutine[Any, Any, Any]]
Run = Callable[[Main], Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def user(request: Recorded) -> bytes:
    """The user whose id ends the path."""
    body = {"id": request.path.rpartition("/")[2], "object": "user", "first_name": "Ada"}
    return reply(200, body)


def test_a_day_at_the_server(run: Run, server: Server) -> None:
    async def main() -> None:
        async with Clerk(server.secret_key, server_url=server.url) as clerk:
            made = await clerk.users.create_async(
                first_name="Ada", username="ada_l", skip_password_requirement=True
            )
            assert isinstance(made, models.User)
            got = await clerk.users.get_async(user_id=made.id)
            assert (got.id, got.first_name) == (made.id, "Ada")
            listed = await clerk.users.list_async(request={"limit": 500})
            assert made.id in [one.id for one in listed]
            assert (await clerk.users.count_async()).total_count >= 1
            with pytest.raises(models.ClerkErrors) as caught:
                await clerk.users.get_async(user_id="user_unknown")
            assert caught.value.data.errors[0].code == "resource_not_found"
            deleted = await clerk.users.delete_async(user_id=made.id)
            assert deleted.deleted

    run(main)


def test_each_caller_gets_its_own_answer(run: Run, recorder: Recorder) -> None:
    recorder.answer = user
    wanted = [f"user_{number}" for number in range(1000)]
    got: dict[str, str] = {}

    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url) as clerk, anyio.create_task_group() as group:

            async def ask(name: str) -> None:
                got[name] = (await clerk.users.get_async(user_id=name)).id

            for name in wanted:
                group.start_soon(ask, name)

    run(main)
    assert got == {name: name for name in wanted}
    assert len(recorder.requests) == 1000


def test_gather(recorder: Recorder) -> None:
    recorder.answer = user

    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url) as clerk:
            names = [f"user_{number}" for number in range(200)]
            users = await asyncio.gather(*(clerk.users.get_async(user_id=name) for name in names))
            assert [one.id for one in users] == names

    asyncio.run(main())


@pytest.mark.parametrize("strict", [False, True])
def test_what_servers_answer(run: Run, recorder: Recorder, strict: bool) -> None:
    mode = "strict" if strict else "tolerant"

    async def main() -> None:
        clerk = Clerk(KEY, server_url=recorder.url, response_validation=mode, retry_config=None)
        async with clerk:
            recorder.answer = reply(200, b"{oops")
            with pytest.raises(models.ResponseValidationError):
                await clerk.users.get_async(user_id="user_1")
            recorder.answer = reply(503, "busy", "text/plain")
            with pytest.raises(models.SDKError, match="API error occurred: Status 503"):
                await clerk.users.get_async(user_id="user_1")
            recorder.answer = reply(200, "hello", "text/plain")
            with pytest.raises(models.SDKError, match="Unexpected response received"):
                await clerk.users.get_async(user_id="user_1")
            recorder.answer = reply(200, {"id": "user_1", "object": "user"})
            if strict:
                with pytest.raises(models.ResponseValidationError):
                    await clerk.users.get_async(user_id="user_1")
            else:
                assert (await clerk.users.get_async(user_id="user_1")).id == "user_1"
            latin = '{"id": "us\xe9r", "object": "user"}'.encode("latin-1")
            recorder.answer = reply(200, latin, "application/json; charset=latin-1")
            if not strict:
                assert (await clerk.users.get_async(user_id="user_1")).id == "us\xe9r"
            recorder.answer = reply(200, [], "application/json")
            assert await clerk.users.list_async() == []

    run(main)


def test_what_has_no_value_is_none(run: Run, recorder: Recorder) -> None:
    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url) as clerk:
            recorder.answer = reply(200, b"<html>", "text/html")
            assert await clerk.miscellaneous.get_public_interstitial_async() is None

    run(main)


def test_failures_of_the_transport(run: Run, recorder: Recorder) -> None:
    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url, retry_config=None) as clerk:
            recorder.answer = reply(200, {"id": "user_1", "object": "user"})
            await clerk.users.get_async(user_id="user_1")  # so that there is a connection
            recorder.answer = b""  # nothing, for ever
            with pytest.raises(exceptions.ReadTimeout):
                await clerk.users.get_async(user_id="user_1", timeout_ms=50)
            recorder.answer = b"nonsense\r\n\r\n"
            with pytest.raises(exceptions.RemoteProtocolError):
                await clerk.users.get_async(user_id="user_1")
            recorder.close()
            with pytest.raises(exceptions.ConnectError):
                await clerk.users.get_async(user_id="user_1")

    run(main)


def test_arguments_are_refused_before_anything_is_sent(run: Run, recorder: Recorder) -> None:
    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url) as clerk:
            # as for an async def: here, and not where the coroutine is awaited
            with pytest.raises(TypeError, match=r"Users.get_async\(\) missing 1 required"):
                clerk.users.get_async()
            with pytest.raises(TypeError, match="unexpected keyword argument 'nothing'"):
                clerk.users.get_async(user_id="x", nothing=1)
            with pytest.raises(TypeError, match="takes 1 positional argument but 2 were"):
                clerk.users.get_async("x")
            for refused, wrong in (
                ({"user_id": 7}, ValueError),
                ({"user_id": ".."}, ValueError),
                ({"user_id": "x", "timeout_ms": 0}, ValueError),
                ({"user_id": "x", "timeout_ms": "soon"}, TypeError),
                ({"user_id": "x", "http_headers": {"a": "b\nc"}}, ValueError),
                ({"user_id": "x", "server_url": "ftp://x"}, ValueError),
            ):
                call = clerk.users.get_async(**refused)
                with pytest.raises(wrong):
                    await call
        assert recorder.requests == []

    run(main)


def test_encoded_when_called_and_sent_when_awaited(run: Run, recorder: Recorder) -> None:
    recorder.answer = user

    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url) as clerk:
            metadata = {"a": 1}
            call = clerk.users.update_metadata_async(user_id="user_1", public_metadata=metadata)
            metadata["a"] = 2
            await anyio.sleep(0)
            assert recorder.requests == []
            await call
            assert recorder.take().json() == {"public_metadata": {"a": 1}}
            with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
                await call

    run(main)


def test_never_awaited(clerk: Clerk) -> None:
    with pytest.warns(RuntimeWarning, match=r"coroutine 'Users.get_async' was never awaited"):
        clerk.users.get_async(user_id="user_1")
    assert clerk.users.get_async(user_id="user_1").close() is None


def test_without_a_loop(clerk: Clerk) -> None:
    with pytest.raises(RuntimeError, match="no event loop is running: await"):
        clerk.users.get_async(user_id="user_1").send(None)


def test_deprecated_operations_warn_where_they_are_called(clerk: Clerk) -> None:
    with pytest.warns(DeprecationWarning, match="list_async\\(\\) is deprecated") as caught:
        call = clerk.email_sms_templates.list_async(template_type="email")
    call.close()
    assert caught[0].filename == __file__


def test_they_are_coroutine_functions(clerk: Clerk) -> None:
    for function in (clerk.users.get_async, type(clerk.users).get_async):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # asyncio's is on its way out
            assert asyncio.iscoroutinefunction(function)
        assert inspect.iscoroutinefunction(function) == (sys.version_info >= (3, 12))
    for function in (clerk.users.get, type(clerk.users).get):
        assert not inspect.iscoroutinefunction(function)
        assert not hasattr(function, "_is_coroutine_marker")
    call = clerk.users.get_async(user_id="x")
    assert inspect.iscoroutine(call)
    assert (call.__name__, call.__qualname__) == ("perform", "Users.get_async")
    call.close()


def test_they_say_who_they_are(clerk: Clerk) -> None:
    method = clerk.users.get_async
    assert method.__name__ == "get_async"
    assert method.__qualname__ == "Users.get_async"
    assert repr(type(clerk.users).get_async) == "<operation Users.get_async: GET /users/{user_id}>"
    assert inspect.signature(method) == inspect.signature(clerk.users.get)
    assert "To be awaited" in (inspect.getdoc(method) or "")
    with pytest.raises(TypeError, match=r"call it on a client, as in clerk.users.get_async\("):
        type(clerk.users).get_async(None, user_id="x")


def test_single_exchanges(run: Run, recorder: Recorder) -> None:
    """What clients with hooks, loggers or clients of their own are built on."""
    recorder.answer = reply(418, {"tea": 1})
    request = ("POST", f"{recorder.url}/x?y=1", [("X-A", "b")], b"body", None)

    async def main() -> None:
        async with Clerk(KEY, server_url=recorder.url) as clerk:
            answers = clerk._exchange(*request), await clerk._exchange_async(*request)
            for answer in answers:
                assert (answer.status_code, answer.json()) == (418, {"tea": 1})
            for sent in recorder.requests:
                assert (sent.method, sent.target, sent.body) == ("POST", "/v1/x?y=1", b"body")
                assert sent.one("x-a") == "b"
            for wrong in (("BREW", *request[1:]), (*request[:2], [("a", "b\n")], None, None)):
                with pytest.raises(ValueError, match=r"cannot be sent|header"):
                    clerk._exchange(*wrong)
                with pytest.raises(ValueError, match=r"cannot be sent|header"):
                    await clerk._exchange_async(*wrong)

    run(main)
