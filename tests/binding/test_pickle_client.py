"""Copies of clients: in this process, and in pickles, which leave the key behind."""

from __future__ import annotations

import copy
import functools
import logging
import pickle
import subprocess
import sys
from typing import Any

import httpx
import pytest
from recorder import KEY, Recorder, reply

from clerk_c import Clerk, RetryPolicy
from clerk_c._travel import missing_key

GOOD = reply(200, {"object": "total_count", "total_count": 7})


class Add:
    """A hook that travels."""

    def before_request(self, context: Any, request: Any) -> Any:
        request.headers["x-added"] = "yes"
        return request


class Mine(Clerk):
    def __init__(self, tenant: str, url: str) -> None:
        super().__init__(KEY, server_url=url, timeout_ms=9_000)
        self.tenant = tenant


def key_from_elsewhere() -> str:
    return KEY


def test_a_pickle_leaves_the_key_behind(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = GOOD
    clerk.users.count()
    data = pickle.dumps(clerk)
    assert KEY.encode() not in data
    back = pickle.loads(data)
    assert type(back) is Clerk
    recorder.requests.clear()
    with pytest.raises(RuntimeError, match=r"without its key.*replace.*portable"):
        back.users.count()
    assert recorder.requests == []
    again = back.replace(bearer_auth="sk_other")
    assert again.users.count().total_count == 7
    assert recorder.take().one("authorization") == "Bearer sk_other"
    assert not back.closed


def test_one_without_a_key_needs_none(recorder: Recorder) -> None:
    recorder.answer = GOOD
    back = pickle.loads(pickle.dumps(Clerk(server_url=recorder.url)))
    assert back.users.count().total_count == 7
    assert recorder.take().one("authorization") is None


def test_the_key_travels_when_asked_for(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = GOOD
    portable = clerk.portable()
    assert KEY not in repr(portable)
    back = pickle.loads(pickle.dumps({"client": portable}))["client"]
    assert back.users.count().total_count == 7
    assert recorder.take().one("authorization") == f"Bearer {KEY}"
    assert back.sdk_configuration == clerk.sdk_configuration
    assert KEY.encode() not in pickle.dumps(back)


def test_into_another_process(recorder: Recorder) -> None:
    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url=recorder.url, retry_config=RetryPolicy(max_attempts=2))
    code = "import pickle, sys; clerk = pickle.load(sys.stdin.buffer); print(clerk.users.count())"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        input=pickle.dumps(clerk.portable()),
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert b"total_count=7" in done.stdout
    assert recorder.take().one("authorization") == f"Bearer {KEY}"


SETTINGS: dict[str, Any] = {
    "server_url": "http://{host}/v2",
    "url_params": {"host": "127.0.0.1:9"},
    "timeout_ms": 1234,
    "response_validation": "strict",
    "retry_config": None,
    "http2": False,
    "max_response_bytes": 4321,
    "max_connections": 3,
    "max_idle_connections": 2,
    "debug_logger": logging.getLogger("a program"),
}


@pytest.mark.parametrize("is_looked_at", [False, True])
def test_every_setting_travels(is_looked_at: bool) -> None:
    clerk = Clerk(KEY, **SETTINGS)
    if is_looked_at:
        assert clerk.sdk_configuration.timeout_ms == 1234
    for made in (pickle.loads(pickle.dumps(clerk.portable())), clerk.replace(), copy.copy(clerk)):
        assert made.sdk_configuration == clerk.sdk_configuration
        assert made.sdk_configuration is not clerk.sdk_configuration
        for name, value in SETTINGS.items():
            if name not in ("server_url", "url_params"):
                assert made._given[name] == value, name
        assert made.sdk_configuration.server_url == "http://127.0.0.1:9/v2"
        assert made.sdk_configuration.security.bearer_auth == KEY


def test_what_was_changed_travels(recorder: Recorder) -> None:
    recorder.answer = GOOD
    clerk = Clerk("sk_old", server_url="http://127.0.0.1:9", retry_config=None)
    config = clerk.sdk_configuration
    config.server_url = recorder.url
    config.timeout_ms = 77_000
    config.security = type(config.security)(bearer_auth=KEY)
    config._hooks.register_before_request_hook(Add())  # type: ignore[attr-defined]
    for made in (copy.copy(clerk), pickle.loads(pickle.dumps(clerk.portable()))):
        assert made.users.count().total_count == 7
        request = recorder.take()
        assert (request.one("authorization"), request.one("x-added")) == (f"Bearer {KEY}", "yes")
        assert made.sdk_configuration.timeout_ms == 77_000
        assert len(made.sdk_configuration._hooks.before_request_hooks) == 2


def test_a_class_of_the_programs(recorder: Recorder) -> None:
    recorder.answer = GOOD
    mine = Mine("acme", recorder.url)
    assert mine.users is mine.users
    for made in (copy.deepcopy(mine), pickle.loads(pickle.dumps(mine.portable()))):
        assert type(made) is Mine
        assert made.tenant == "acme"
        assert made.users is not mine.users
        made.close()
        assert mine.users.count().total_count == 7
    assert pickle.loads(pickle.dumps(mine)).tenant == "acme"


def test_copies_have_connections_of_their_own(clerk: Clerk, recorder: Recorder) -> None:
    recorder.answer = GOOD
    clerk.users.count()
    copied = copy.copy(clerk)
    clerk.close()
    assert not copied.closed
    assert copied.users.count().total_count == 7
    assert not copy.copy(clerk).closed


@pytest.fixture
def without_cloudpickle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program has it, more can be pickled; other tests may have imported it."""
    monkeypatch.delitem(sys.modules, "cloudpickle", raising=False)


@pytest.mark.usefixtures("without_cloudpickle")
def test_callables(recorder: Recorder) -> None:
    recorder.answer = GOOD
    clerk = Clerk(key_from_elsewhere, server_url=recorder.url)
    with pytest.raises(RuntimeError, match="without its key"):
        pickle.loads(pickle.dumps(clerk)).users.count()
    assert pickle.loads(pickle.dumps(clerk.portable())).users.count().total_count == 7
    partial = Clerk(functools.partial(str, KEY), server_url=recorder.url)
    assert KEY.encode() not in pickle.dumps(partial)
    secret = Clerk(lambda: KEY, server_url=recorder.url)
    pickle.dumps(secret)  # the function stays behind, too
    with pytest.raises(TypeError, match=r"cannot be pickled: its bearer_auth is 'function'"):
        pickle.dumps(secret.portable())
    assert copy.copy(secret).users.count().total_count == 7


@pytest.mark.usefixtures("without_cloudpickle")
def test_what_cannot_travel() -> None:
    with httpx.Client() as own:
        clerk = Clerk(KEY, client=own)
        with pytest.raises(TypeError, match=r"with a client of the program's own cannot be"):
            pickle.dumps(clerk)
        assert copy.copy(clerk).sdk_configuration.client is own
        assert pickle.loads(pickle.dumps(clerk.replace(client=None)))
    clerk = Clerk(KEY, async_client=httpx.AsyncClient())
    with pytest.raises(TypeError, match="async_client"):
        pickle.dumps(clerk.portable())

    class Local(Add):
        pass

    with pytest.raises(TypeError, match="its hooks is 'list'"):
        pickle.dumps(Clerk(KEY, hooks=[Local()]))


def test_replace(recorder: Recorder) -> None:
    recorder.answer = GOOD
    clerk = Clerk(KEY, server_url="http://{h}", url_params={"h": "127.0.0.1:9"})
    made = clerk.replace(server_url=recorder.url, timeout_ms=5_000)
    assert made.users.count().total_count == 7
    assert recorder.take().one("authorization") == f"Bearer {KEY}"
    for wrong, kind in (({"nonsense": 1}, TypeError), ({"timeout_ms": 0}, ValueError)):
        with pytest.raises(kind, match=next(iter(wrong))):
            clerk.replace(**wrong)


def test_secrets_of_the_connection_stay_behind() -> None:
    proxy = "http://user:hush@127.0.0.1:9"
    clerk = Clerk(KEY, proxy=proxy)
    assert b"hush" not in pickle.dumps(clerk)
    assert pickle.loads(pickle.dumps(clerk.portable()))._given["proxy"] == proxy
    assert "hush" not in repr(clerk._given) + str(clerk._given) + repr(vars(clerk))
    with pytest.raises(RuntimeError, match="without its key"):
        missing_key()
