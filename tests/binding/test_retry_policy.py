"""RetryPolicy: bounded retries, through our own transport, blocking and asynchronous."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import httpx
import pytest
from recorder import Recorder, reply

from clerk_c import Clerk, RetryPolicy, exceptions, models, utils

COUNT = reply(200, {"object": "total_count", "total_count": 7})


@pytest.fixture(params=[False, True], ids=["blocking", "asynchronous"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def quick(**more: Any) -> RetryPolicy:
    return RetryPolicy(**{"initial_ms": 1, "max_ms": 5, "jitter_ms": 0, **more})


def call(clerk: Clerk, is_async: bool, name: str = "count", **given: Any) -> Any:
    async def awaited() -> Any:
        return await getattr(clerk.users, f"{name}_async")(**given)

    return asyncio.run(awaited()) if is_async else getattr(clerk.users, name)(**given)


def statuses(recorder: Recorder, *wanted: int, headers: str = "") -> None:
    """The server answers with these, one after the other; the last one stays."""
    left = list(wanted)

    def answer(request: Any) -> bytes:
        status = left.pop(0) if len(left) > 1 else left[0]
        text = COUNT if status == 200 else reply(status, {})
        return text.replace(b"\r\n", b"\r\n" + headers.encode(), 1)

    recorder.answer = answer


def tries(recorder: Recorder) -> int:
    count = len(recorder.requests)
    recorder.requests.clear()
    return count


@pytest.mark.parametrize("cap", [1, 2, 3])
def test_a_cap_on_the_tries(recorder: Recorder, cap: int, is_async: bool) -> None:
    statuses(recorder, 503)
    clerk = Clerk("sk", server_url=recorder.url, retry_config=quick(max_attempts=cap))
    with pytest.raises(models.SDKError, match="Status 503"):
        call(clerk, is_async)
    assert tries(recorder) == cap
    with pytest.raises(models.SDKError, match="Status 503"):
        call(clerk, is_async, retries=quick(max_attempts=cap + 1))
    assert tries(recorder) == cap + 1


def test_what_is_tried_again(recorder: Recorder, is_async: bool) -> None:
    clerk = Clerk("sk", server_url=recorder.url, retry_config=quick())
    statuses(recorder, 429, 500, 503, 200)
    assert call(clerk, is_async).total_count == 7
    assert tries(recorder) == 4
    statuses(recorder, 404, 200)
    with pytest.raises(models.SDKError):
        call(clerk, is_async)
    assert tries(recorder) == 1
    statuses(recorder, 404, 503, 200)
    with pytest.raises(models.SDKError, match="503"):
        call(clerk, is_async, retries=quick(statuses=["404"]))
    assert tries(recorder) == 2


def test_nothing_is_done_twice_unasked(recorder: Recorder, is_async: bool) -> None:
    """POST and PATCH are repeated after 429 alone; DELETE and PUT like GET."""
    clerk = Clerk("sk", server_url=recorder.url, retry_config=quick())
    ban = ("verify_password", {"user_id": "u", "password": "p"})
    update = ("update", {"user_id": "u", "first_name": "Ada"})
    for name, given in (ban, update):
        statuses(recorder, 503, 200)
        with pytest.raises(models.SDKError, match="503"):
            call(clerk, is_async, name, **given)
        assert tries(recorder) == 1
        statuses(recorder, 429, 429, 418)
        with pytest.raises(models.SDKError, match="418"):
            call(clerk, is_async, name, **given)
        assert tries(recorder) == 3
        statuses(recorder, 503, 418)
        with pytest.raises(models.SDKError, match="418"):
            call(clerk, is_async, name, **given, retries=quick(repeat_unsafe=True))
        assert tries(recorder) == 2
    statuses(recorder, 503, 418)
    with pytest.raises(models.SDKError, match="418"):
        call(clerk, is_async, "delete", user_id="u")
    assert tries(recorder) == 2


def test_a_post_that_was_not_sent_is_tried_again(is_async: bool, refusing: int) -> None:
    url = f"http://127.0.0.1:{refusing}/v1"
    seen: list[str] = []

    class Note:
        def before_request(self, context: Any, request: Any) -> Any:
            seen.append(request.method)
            return request

    clerk = Clerk("sk", server_url=url, hooks=[Note()], retry_config=quick(max_attempts=3))
    with pytest.raises(exceptions.ConnectError):
        call(clerk, is_async, "verify_password", user_id="u", password="p")
    assert seen == ["POST"] * 3


def test_a_post_whose_answer_was_lost_is_not(recorder: Recorder, is_async: bool) -> None:
    class Lose:
        def before_request(self, context: Any, request: Any) -> Any:
            seen.append(request.method)
            raise httpx.ReadTimeout("lost")

    seen: list[str] = []
    clerk = Clerk("sk", server_url=recorder.url, hooks=[Lose()], retry_config=quick())
    with pytest.raises(httpx.ReadTimeout):
        call(clerk, is_async, "verify_password", user_id="u", password="p")
    assert seen == ["POST"]
    with pytest.raises(httpx.ReadTimeout):
        call(clerk, is_async)
    assert seen == ["POST"] + ["GET"] * 4
    with pytest.raises(httpx.ReadTimeout):
        call(clerk, is_async, retries=quick(connection_errors=False))
    assert len(seen) == 6


def test_a_wait_that_ends_too_late_is_not_begun(recorder: Recorder, is_async: bool) -> None:
    clerk = Clerk("sk", server_url=recorder.url)
    statuses(recorder, 503)
    with pytest.raises(models.SDKError, match="503"):
        call(clerk, is_async, retries=RetryPolicy(initial_ms=600_000, max_ms=600_000))
    assert tries(recorder) == 1
    statuses(recorder, 429, headers="Retry-After: 600\r\n")
    with pytest.raises(models.SDKError, match="429"):
        call(clerk, is_async, retries=quick())
    assert tries(recorder) == 1
    statuses(recorder, 429, 200, headers="retry-after-ms: 1\r\n")
    assert call(clerk, is_async, retries=quick(deadline_ms=None)).total_count == 7
    statuses(recorder, 503)
    tries(recorder)
    with pytest.raises(models.SDKError, match="503"):
        call(clerk, is_async, retries=quick(deadline_ms=0))
    assert tries(recorder) == 1


@pytest.mark.parametrize(
    ("given", "kind", "word"),
    [
        ({"max_attempts": 0}, ValueError, "max_attempts"),
        ({"max_attempts": 2.0}, TypeError, "max_attempts"),
        ({"max_attempts": True}, TypeError, "max_attempts"),
        ({"deadline_ms": -1}, ValueError, "deadline_ms"),
        ({"deadline_ms": "1"}, TypeError, "deadline_ms"),
        ({"deadline_ms": float("inf")}, ValueError, "deadline_ms"),
        ({"initial_ms": -1}, ValueError, "initial_ms"),
        ({"max_ms": float("nan")}, ValueError, "max_ms"),
        ({"exponent": 0.5}, ValueError, "exponent"),
        ({"jitter_ms": None}, TypeError, "jitter_ms"),
        ({"statuses": "503"}, TypeError, "statuses"),
        ({"attempts": 1}, TypeError, "attempts"),
    ],
)
def test_what_makes_no_sense(given: dict[str, Any], kind: type[Exception], word: str) -> None:
    with pytest.raises(kind, match=word):
        RetryPolicy(**given)


@pytest.mark.parametrize("code", ["", "abc", "99", 503])
def test_statuses_that_make_no_sense(code: Any) -> None:
    with pytest.raises(ValueError, match="a status code is"):
        Clerk("sk", retry_config=RetryPolicy(statuses=[code]))


@pytest.mark.parametrize(
    ("name", "value"), [("max_attempts", 0), ("max_attempts", None), ("deadline_ms", "x")]
)
def test_a_policy_that_was_changed(name: str, value: Any) -> None:
    policy = RetryPolicy()
    setattr(policy, name, value)
    with pytest.raises((TypeError, ValueError)):
        Clerk("sk", retry_config=policy)


def test_a_policy_is_a_value() -> None:
    policy = RetryPolicy(max_attempts=7, repeat_unsafe=True)
    assert isinstance(policy, utils.RetryConfig)
    back = pickle.loads(pickle.dumps(policy))
    assert vars(back) | {"backoff": 0} == vars(policy) | {"backoff": 0}
    assert "max_attempts=7" in repr(policy)
