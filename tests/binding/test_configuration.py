"""`clerk.sdk_configuration`: the reference's attributes, and settings that hold from the next call
on; settings of a client and of a call."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from typing import Any

import clerk_backend_api
import pytest
from recorder import KEY, Recorder, reply

from clerk_c import UNSET, Clerk, RetryPolicy, models, sdkconfiguration, utils
from clerk_c.utils.logger import NoOpLogger

GOOD = reply(200, {"object": "total_count", "total_count": 7})
THEIRS = clerk_backend_api.sdkconfiguration.SDKConfiguration


@pytest.fixture(params=[False, True], ids=["blocking", "asynchronous"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def call(clerk: Clerk, is_async: bool, **given: Any) -> Any:
    async def awaited() -> Any:
        return await clerk.users.count_async(**given)

    return asyncio.run(awaited()) if is_async else clerk.users.count(**given)


def test_the_same_attributes() -> None:
    fields = [field.name for field in dataclasses.fields(THEIRS)]
    assert list(inspect.signature(sdkconfiguration.SDKConfiguration).parameters) == fields
    ours = Clerk(KEY, timeout_ms=5).sdk_configuration
    theirs = clerk_backend_api.Clerk(KEY, timeout_ms=5)
    with theirs:
        for name in fields:
            value = getattr(theirs.sdk_configuration, name)
            if isinstance(value, (bool, int)):
                assert getattr(ours, name) == value, name
            else:
                assert hasattr(ours, name), name
        assert ours.get_server_details() == theirs.sdk_configuration.get_server_details()
    assert ours.retry_config is UNSET
    clerk = Clerk(KEY)
    assert clerk.users.sdk_configuration is clerk.sdk_configuration
    assert isinstance(ours.security, models.Security)
    assert ours.security.bearer_auth == KEY
    assert type(ours.debug_logger) is NoOpLogger
    assert list(sdkconfiguration.SERVERS) == clerk_backend_api.sdkconfiguration.SERVERS


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"server_url": "http://a/b/"},
        {"server_url": ""},
        {"server_idx": 0},
        {"server_url": "http://{x}/{y}", "url_params": {"x": "h", "y": "v1", "z": "unused"}},
        {"server_url": "http://{x}", "url_params": {}},
        {"url_params": {"x": "h"}},
    ],
)
def test_servers(given: dict[str, Any]) -> None:
    with clerk_backend_api.Clerk(**given) as theirs:
        wanted = theirs.sdk_configuration.get_server_details()
        assert Clerk(**given).sdk_configuration.get_server_details() == wanted


def test_url_params_that_make_no_sense() -> None:
    with pytest.raises(TypeError, match="url_params: 'x' must be str, not 'int'"):
        Clerk(server_url="http://{x}", url_params={"x": 5})  # type: ignore[dict-item]


def test_assignments_hold_from_the_next_call_on(recorder: Recorder, is_async: bool) -> None:
    recorder.answer = GOOD
    clerk = Clerk("sk_old", server_url="http://127.0.0.1:9")
    config = clerk.sdk_configuration
    config.server_url = recorder.url + "/"
    config.security = models.Security(bearer_auth=KEY)
    config.user_agent = "mine/1"
    call(clerk, is_async)
    request = recorder.take()
    assert (request.target, request.one("user-agent")) == ("/v1/users/count", "mine/1")
    assert request.one("authorization") == f"Bearer {KEY}"
    config.security = lambda: models.Security(bearer_auth="sk_new")
    call(clerk, is_async)
    assert recorder.take().one("authorization") == "Bearer sk_new"
    config.security = None
    call(clerk, is_async)
    assert recorder.take().one("authorization") is None
    config.retry_config = None
    recorder.answer = reply(503)
    with pytest.raises(models.SDKError):
        call(clerk, is_async)
    assert len(recorder.requests) == 1
    recorder.requests.clear()
    config.retry_config = RetryPolicy(max_attempts=2, initial_ms=1, jitter_ms=0)
    with pytest.raises(models.SDKError):
        call(clerk, is_async)
    assert len(recorder.requests) == 2


def test_time_limits_are_live(recorder: Recorder) -> None:
    class Look:
        def before_request(self, context: Any, request: Any) -> Any:
            seen.append((context.config.timeout_ms, request.extensions.get("timeout")))
            return request

    seen: list[Any] = []
    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url, hooks=[Look()])
    clerk.users.count()
    clerk.sdk_configuration.timeout_ms = 2_500
    clerk.users.count()
    clerk.users.count(timeout_ms=7_000)
    clerk.sdk_configuration.timeout_ms = None
    clerk.users.count()
    assert seen == [(None, None), (2_500, 2.5), (2_500, 7.0), (None, None)]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("timeout_ms", 0, ValueError),
        ("timeout_ms", "1", TypeError),
        ("server_url", 5, TypeError),
        ("server_idx", 7, IndexError),
        ("retry_config", 5, TypeError),
        ("user_agent", 5, TypeError),
        ("security", 5, AttributeError),
        ("security", models.Security(bearer_auth=None), None),
    ],
)
def test_assignments_that_make_no_sense(name: str, value: Any, kind: Any) -> None:
    clerk = Clerk(KEY)
    before = getattr(clerk.sdk_configuration, name)
    if kind is None:
        setattr(clerk.sdk_configuration, name, value)
        return
    with pytest.raises(kind):
        setattr(clerk.sdk_configuration, name, value)
    assert getattr(clerk.sdk_configuration, name) == before


def test_equality_and_repr() -> None:
    ours = Clerk(KEY, server_url="http://u:hush@h").sdk_configuration
    assert ours == Clerk(KEY, server_url="http://u:hush@h").sdk_configuration
    assert ours != Clerk("other", server_url="http://u:hush@h").sdk_configuration
    assert ours != Clerk(KEY, server_url="http://h").sdk_configuration
    assert ours != 5
    assert KEY not in repr(ours) and "hush" not in repr(ours)
    with pytest.raises(TypeError):
        hash(ours)


def test_one_made_by_a_program() -> None:
    made = sdkconfiguration.SDKConfiguration(None, True, None, True, NoOpLogger())
    made.timeout_ms = 5
    assert (made.timeout_ms, made.server_url, made.retry_config) == (5, "", UNSET)
    assert made.get_server_details() == ("https://api.clerk.com/v1", {})
    made.server_idx = None
    assert made.get_server_details() == ("https://api.clerk.com/v1", {})


def test_a_server_per_call(recorder: Recorder, is_async: bool) -> None:
    class Look:
        def before_request(self, context: Any, request: Any) -> Any:
            seen.append(context.base_url)
            return request

    seen: list[str] = []
    recorder.answer = GOOD
    clerk = Clerk(KEY, hooks=[Look()])
    call(clerk, is_async, server_url=recorder.url, http_headers={"X-A": "1"})
    assert recorder.take().one("x-a") == "1"
    assert seen == [recorder.url]
    clerk.sdk_configuration.server_url = recorder.url + "/"
    call(clerk, is_async)
    assert seen == [recorder.url] * 2


def test_a_key_from_a_function_is_asked_for_once_per_call(
    recorder: Recorder, is_async: bool
) -> None:
    answers = [reply(503), reply(503), GOOD]
    recorder.answer = lambda request: answers.pop(0)
    asked: list[int] = []

    def key() -> str:
        asked.append(1)
        return f"sk_{len(asked)}"

    config = utils.RetryConfig("backoff", utils.BackoffStrategy(1, 5, 1.5, 60_000, 0), True)
    clerk = Clerk(key, server_url=recorder.url, retry_config=config)
    call(clerk, is_async)
    assert [r.one("authorization") for r in recorder.requests] == ["Bearer sk_1"] * 3
    answers.append(GOOD)
    call(clerk, is_async)
    assert len(asked) == 2
