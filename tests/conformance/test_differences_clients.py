"""Where clients differ from the reference's on purpose: the rows of docs/differences.md on hooks,
loggers, retries, HTTP clients and copies."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import clerk_backend_api
import httpx
import pytest
from compare import KEY
from recorder import Recorder, reply

import clerk_c

pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

BOTH = (clerk_backend_api, clerk_c)
GOOD = reply(200, {"object": "total_count", "total_count": 7})


@pytest.fixture
def recorder() -> Any:
    with Recorder() as server:
        server.answer = GOOD
        yield server


def outcomes(recorder: Recorder, act: Callable[[Any, Any], Any], **given: Any) -> list[Any]:
    """What act(package, client) returns or raises, of the reference and of clerk_c."""
    found = []
    for package in BOTH:
        options = {"server_url": recorder.url, "retry_config": None, **given}
        clerk = package.Clerk(bearer_auth=KEY, **options)
        try:
            found.append(act(package, clerk))
        except Exception as error:
            found.append(error)
        clerk.__exit__(None, None, None)
    return found


def register(clerk: Any, kind: str, function: Any) -> None:
    hooks = clerk.sdk_configuration.__dict__["_hooks"]
    hook = type("Hook", (), {kind: lambda self, *given: function(*given)})()
    getattr(hooks, f"register_{kind}_hook")(hook)


def test_requests_and_responses_of_hooks(recorder: Recorder) -> None:
    def act(package: Any, clerk: Any) -> list[type]:
        seen = []

        def see(context: Any, what: Any) -> Any:
            seen.append(type(what))
            return what

        register(clerk, "before_request", see)
        register(clerk, "after_success", see)
        clerk.users.count()
        return seen

    theirs, ours = outcomes(recorder, act)
    assert theirs == [httpx.Request, httpx.Response]
    assert ours == [clerk_c.Request, clerk_c.Response]


@pytest.mark.parametrize("kind", ["before_request", "after_success"])
def test_hooks_that_return_nothing(recorder: Recorder, kind: str) -> None:
    def act(package: Any, clerk: Any) -> None:
        register(clerk, kind, lambda context, what: None)
        clerk.users.count()

    theirs, ours = outcomes(recorder, act)
    assert isinstance(theirs, AttributeError)
    assert isinstance(ours, TypeError)


@pytest.mark.parametrize("name", ["client", "async_client"])
def test_what_is_no_client(name: str) -> None:
    with pytest.raises(AssertionError):
        clerk_backend_api.Clerk(KEY, **{name: object()})
    with pytest.raises(TypeError, match=name):
        clerk_c.Clerk(KEY, **{name: object()})


def test_debug_messages(recorder: Recorder) -> None:
    class Logger:
        def __init__(self) -> None:
            self.text = ""

        def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
            self.text += msg % args

    def act(package: Any, clerk: Any) -> str:
        logger = Logger()
        clerk.sdk_configuration.debug_logger = logger
        recorder.answer = reply(200, {"verified": True})
        clerk.users.verify_password(user_id="user_1", password="hush")
        return logger.text

    theirs, ours = outcomes(recorder, act)
    assert "hush" in theirs  # httpx itself hides the header
    assert "hush" not in ours and KEY not in ours


@pytest.mark.parametrize("given", [5, "backoff", {}])
def test_what_is_no_retry_configuration(recorder: Recorder, given: Any) -> None:
    theirs, ours = outcomes(recorder, lambda _, clerk: clerk.users.count(retries=given))
    assert theirs.total_count == 7
    assert isinstance(ours, TypeError)


def test_codes_that_are_none(recorder: Recorder) -> None:
    def act(package: Any, clerk: Any) -> Any:
        backoff = package.utils.BackoffStrategy(1, 5, 1.5, 60_000, 0)
        config = package.utils.RetryConfig("backoff", backoff, True, ["nonsense"])
        recorder.requests.clear()
        try:
            return clerk.users.count(retries=config)
        except ValueError:
            return len(recorder.requests)

    assert outcomes(recorder, act) == [1, 0]


def test_our_own_client(recorder: Recorder) -> None:
    theirs, ours = outcomes(recorder, lambda _, clerk: clerk.sdk_configuration.client)
    assert isinstance(theirs, httpx.Client)
    assert not isinstance(ours, httpx.Client)
    assert isinstance(ours, clerk_c.HttpClient)


def test_pickles(recorder: Recorder) -> None:
    theirs, ours = outcomes(recorder, lambda _, clerk: pickle.loads(pickle.dumps(clerk)))
    assert isinstance(theirs, Exception)
    assert type(ours) is clerk_c.Clerk
