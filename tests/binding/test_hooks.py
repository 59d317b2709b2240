"""Hooks: the same ones registered with the reference and with clerk_c see and do the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import clerk_backend_api
import httpx
import pytest
from recorder import KEY, Recorder, reply

import clerk_c
from clerk_c import Clerk

# The reference warns of parameters that nobody gives.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

COUNT = {"object": "total_count", "total_count": 7}
GOOD = reply(200, COUNT)
MISSING = reply(404, {"errors": [{"message": "no", "long_message": "no", "code": "x"}]})


class Hook:
    """Notes all that happens; a test has it act by giving it functions."""

    def __init__(self, package: Any, name: str, log: list[Any], **acts: Callable[..., Any]) -> None:
        self.package, self.name, self.log, self.acts = package, name, log, acts
        self.threads: set[int] = set()

    def note(self, kind: str, context: Any, *more: Any) -> None:
        self.threads.add(threading.get_ident())
        self.log.append(
            (
                self.name,
                kind,
                type(context).__name__,
                context.operation_id,
                context.tags,
                context.oauth2_scopes,
                context.extensions,
                bool(context.security_source),
                context.base_url.startswith("http://127.0.0.1:"),
                context.base_url.endswith("/v1"),
                context.config.timeout_ms,
                *more,
            )
        )

    def before_request(self, context: Any, request: Any) -> Any:
        names = ("authorization", "x-added", "clerk-api-version", "x-clerk-sdk", "accept")
        headers = [request.headers.get(name) for name in names]
        target = request.url.raw_path
        self.note("before", context, request.method, target, headers, request.content)
        return self.acts.get("before", lambda hook, request: request)(self, request)

    def after_success(self, context: Any, response: Any) -> Any:
        self.note("success", context, response.status_code, response.content)
        return self.acts.get("success", lambda hook, response: response)(self, response)

    def after_error(self, context: Any, response: Any, error: Any) -> Any:
        status = None if response is None else response.status_code
        kinds = [cls.__name__ for cls in type(error).__mro__ if cls.__name__.endswith("Error")]
        self.note("error", context, status, kinds[:1])
        act = self.acts.get("error", lambda hook, response, error: (response, error))
        return act(self, response, error)


Acts = list[dict[str, Callable[..., Any]]]
Make = Callable[[Clerk], Any]


def again(package: Any, **more: Any) -> Any:
    backoff = package.utils.BackoffStrategy(1, 5, 1.5, 60_000, 0)
    return package.utils.RetryConfig("backoff", backoff, True, **more)


class Two:
    """The same hooks with both packages on one server."""

    def __init__(self, server: Recorder) -> None:
        self.server = server
        self.answers: list[bytes] = [GOOD]

    def run(
        self, package: Any, acts: Acts, call: Make, retries: bool, is_async: bool
    ) -> tuple[list[Any], Any]:
        answers = iter(self.answers)
        last = self.answers[-1]
        self.server.answer = lambda request: next(answers, last)
        self.server.requests.clear()
        strict = {"response_validation": "strict"} if package is clerk_c else {}
        clerk = package.Clerk(
            **strict,
            bearer_auth=KEY,
            server_url=self.server.url,
            timeout_ms=20_000,
            retry_config=again(package) if retries else None,
        )
        log: list[Any] = []
        hooks = clerk.sdk_configuration.__dict__["_hooks"]
        for number, act in enumerate(acts):
            hook = Hook(package, f"hook {number}", log, **act)
            hooks.register_before_request_hook(hook)
            hooks.register_after_success_hook(hook)
            hooks.register_after_error_hook(hook)
        try:
            result: Any = asyncio.run(finish(call, clerk)) if is_async else call(clerk)
            outcome: Any = (type(result).__name__, getattr(result, "total_count", None))
        except Exception as error:
            status = getattr(error, "status_code", None)
            outcome = (type(error).__name__, str(error), status)
        sent = [
            (r.method, r.target, r.one("x-added"), r.one("clerk-api-version"), r.body)
            for r in self.server.requests
        ]
        clerk._close_blocking() if package is clerk_c else clerk.__exit__(None, None, None)
        return [*log, ("sent", *sent)], outcome

    def compare(
        self, acts: Acts, call: str = "count", retries: bool = False, is_async: bool = False
    ) -> tuple[list[Any], Any]:
        make = calls(is_async)[call]
        theirs = self.run(clerk_backend_api, acts, make, retries, is_async)
        ours = self.run(clerk_c, acts, make, retries, is_async)
        assert [plain(entry) for entry in ours[0]] == [plain(entry) for entry in theirs[0]]
        assert plain(ours[1]) == plain(theirs[1])
        return ours


def plain(entry: Any) -> Any:
    """Without what differs between the packages on purpose."""
    text = repr(entry).replace("clerk_c.", "").replace("clerk_backend_api.", "")
    return text.replace("python/7.0.0", "python/*").replace(clerk_backend_api.__version__, "*")


async def finish(call: Make, clerk: Any) -> Any:
    async with clerk:  # the reference's client has to be closed in its loop
        return await call(clerk)


def calls(is_async: bool) -> dict[str, Make]:
    def of(group: str, name: str, **given: Any) -> Make:
        return lambda clerk: getattr(getattr(clerk, group), name + "_async" * is_async)(**given)

    return {
        "count": of("users", "count"),
        "check": of("users", "verify_password", user_id="user_1", password="secret"),
        "get": of("users", "get", user_id="user_1"),
        "interstitial": of("miscellaneous", "get_public_interstitial"),
    }


@pytest.fixture(params=[False, True], ids=["blocking", "asynchronous"])
def is_async(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def two(recorder: Recorder) -> Two:
    return Two(recorder)


def add_header(hook: Hook, request: Any) -> Any:
    request.headers["X-Added"] = (request.headers.get("x-added") or "") + hook.name
    request.headers["clerk-api-version"] = "other"
    return request


def raises(error: Exception) -> Callable[..., Any]:
    def act(*ignored: Any) -> Any:
        raise error

    return act


def returns(value: Any) -> Callable[..., Any]:
    return lambda *ignored: value


@pytest.mark.parametrize("call", ["count", "check", "interstitial"])
def test_what_hooks_see(two: Two, call: str, is_async: bool) -> None:
    if call == "interstitial":
        two.answers = [reply(200, b"<html>", kind="text/html")]
    if call == "check":
        two.answers = [reply(200, {"verified": True})]
    log, _ = two.compare([{}, {"before": add_header}, {}], call, is_async=is_async)
    assert [entry[:2] for entry in log[:-1]] == [
        (f"hook {number}", kind) for kind in ("before", "success") for number in range(3)
    ]


def test_before_each_try_and_after_the_last(two: Two, is_async: bool) -> None:
    two.answers = [reply(503), reply(500), GOOD]
    log, outcome = two.compare([{"before": add_header}], retries=True, is_async=is_async)
    assert [entry[1] for entry in log[:-1]] == ["before"] * 3 + ["success"]
    assert log[-1][3][2] == "hook 0hook 0hook 0"  # one request, changed before each try
    assert outcome == ("TotalCount", 7)


@pytest.mark.parametrize("status", [400, 404, 418, 500, 503, 399, 302, 204])
def test_answers_that_are_errors(two: Two, status: int, is_async: bool) -> None:
    two.answers = [reply(status, {"errors": []})]
    log, _ = two.compare([{}, {}], is_async=is_async)
    assert (log[-2][1] == "error") == (400 <= status < 600)


ERRORS: dict[str, Acts] = {
    "before raises": [{"before": raises(LookupError("mine"))}, {}],
    "before returns an error": [{}, {"before": returns(LookupError("mine"))}],
    "success raises": [{"success": raises(LookupError("mine"))}, {}],
    "success returns an error": [{"success": returns(LookupError("mine"))}, {}],
    "error raises": [{"error": raises(LookupError("mine"))}, {}],
    "error returns an error": [{"error": returns(LookupError("mine"))}, {}],
    "error replaces it": [{"error": lambda h, r, e: (r, KeyError("other"))}, {}],
    "error forgets all": [{}, {"error": returns((None, None))}],
    "chained": [
        {"before": raises(LookupError("mine")), "error": lambda h, r, e: (r, KeyError(str(e)))},
        {"error": lambda h, r, e: (r, OSError(str(e)))},
    ],
    "forgotten": [{"before": raises(OSError("mine")), "error": returns((None, None))}],
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("answer", [GOOD, MISSING], ids=["good", "missing"])
def test_hooks_that_fail(two: Two, name: str, answer: bytes, is_async: bool) -> None:
    two.answers = [answer]
    two.compare(ERRORS[name], "count" if answer is GOOD else "get", is_async=is_async)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadTimeout, httpx.ProtocolError])
def test_failures_in_hooks_and_retries(
    two: Two, error: type[httpx.TransportError], is_async: bool
) -> None:
    failures: dict[Any, list[Exception]] = {}

    def fail_twice(hook: Hook, request: Any) -> Any:
        left = failures.setdefault(hook.package, [error("one"), error("two")])
        if left:
            raise left.pop(0)
        return request

    log, outcome = two.compare([{"before": fail_twice}], retries=True, is_async=is_async)
    assert len(log) == (7 if error is not httpx.ProtocolError else 3)
    assert outcome[0] == ("TotalCount" if error is not httpx.ProtocolError else "ProtocolError")


def test_other_requests_and_responses(two: Two, is_async: bool) -> None:
    def request_anew(hook: Hook, request: Any) -> Any:
        headers = {"x-added": hook.name}
        url = str(request.url).replace("/users/count", "/elsewhere")
        return httpx.Request("PATCH", url, headers=headers, content=b"{}")

    def response_anew(hook: Hook, response: Any) -> Any:
        return httpx.Response(200, json={"object": "total_count", "total_count": 8})

    acts: Acts = [{"before": request_anew, "success": response_anew}]
    log, outcome = two.compare(acts, is_async=is_async)
    assert log[-1][1][:3] == ("PATCH", "/v1/elsewhere", "hook 0")
    assert outcome == ("TotalCount", 8)


def test_an_error_that_becomes_good(two: Two, is_async: bool) -> None:
    def mend(hook: Hook, response: Any, error: Any) -> Any:
        return httpx.Response(200, json={"object": "total_count", "total_count": 8}), None

    two.answers = [reply(404, {})]
    _, outcome = two.compare([{"error": mend}], is_async=is_async)
    assert outcome == ("TotalCount", 8)
