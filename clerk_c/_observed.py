"""Calls that the program watches or sends by itself: hooks, a debug logger, clients of its own.

Such a client's calls leave the way through C for one that is the same for all of them. The C side
encodes a call, hands it over as `call` (a `_core.Call`, or anything alike), and reads the answer
that it is given. `call` has

    client                       the Clerk
    operation_id, tags           str, list of str: as the API's description has them
    is_secured                   bool: does the operation take the key at all?
    base_url                     str: the server's URL, without the operation's path
    method, url                  str
    headers                      list of (name, value)
    body                         bytes, or None
    stream                       the same without a file in memory: a `_body.Body` in its place
    timeout_ms                   int, or None: neither call nor client said anything
    plan(number, elapsed, outcome, status, head)
                                 milliseconds until the next try (float), or None: that was the
                                 last one. `number` counts the tries so far; `elapsed` is in
                                 milliseconds since the first began; `outcome` is "answered", with
                                 `status` and header lines (`head`: bytes, "name: value" and a 0
                                 byte each), "unsent", "broken" or, never tried again, "failed"
    take(raw, status, head, content, attempts, origin)
                                 the answer, to be read; `raw` is what errors show as raw_response;
                                 `origin` tells response_of where it came from

and our own transport sends one request once, without any reading, for

    client._exchange(method, url, headers, body, timeout_ms)         a Response
    client._exchange_async(method, url, headers, body, timeout_ms)   an awaitable of one

`timeout_ms` None is our default there, and 0 no limit. C asks `wanted` before each call of a client
whose `sdk_configuration` somebody has seen, and then calls `send`, or awaits `send_async`; both end
with `call.take` or an exception, which the call raises as it is.
"""

import sys
import time
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from . import exceptions
from ._body import Body
from ._core import Response
from ._hooks import (
    AfterErrorContext,
    AfterSuccessContext,
    BeforeRequestContext,
    ClerkBeforeRequestHook,
    HookContext,
    SDKHooks,
)
from ._hooks.sdkhooks import are_patched
from ._request import Request
from ._version import FIXED_HEADERS
from .utils.logger import NoOpLogger

_VERSIONS = {"HTTP/1.0": 10, "HTTP/1.1": 11, "HTTP/2": 20, "HTTP/3": 30}
_PAUSE = 0.05  # seconds: how soon a wait notices that the client was closed


class _Send(NamedTuple):
    """A step: let this client send this request."""

    client: Any
    request: Any


class _Hook(NamedTuple):
    """A step: run a hook, which in asynchronous calls happens in a thread."""

    hook: Any
    arguments: "tuple[Any, ...]"


class _Wait(NamedTuple):
    """A step: wait so many seconds, or until the client's side is closed."""

    seconds: float
    side: "_Side"


class _Side(NamedTuple):
    """One of the two sides of a client, which are closed apart."""

    clerk: Any
    number: int  # of _closed_sides

    def is_closed(self) -> bool:
        return bool(self.clerk._closed_sides & self.number)


_BLOCKING, _ASYNC = 1, 2
_Steps = Generator["_Send | _Hook | _Wait", Any, None]


def wanted(clerk: Any, is_async: bool) -> bool:
    """Is anything to be seen or done on the way of this client's calls?"""
    config = (clerk.__dict__.get("_configuration") or clerk.sdk_configuration).__dict__
    hooks = config["_hooks"]
    if (
        config["async_client_supplied" if is_async else "client_supplied"]
        or type(config["debug_logger"]) is not NoOpLogger
        or type(hooks) is not SDKHooks
        or hooks.after_success_hooks
        or hooks.after_error_hooks
    ):
        return True
    before = hooks.before_request_hooks
    return len(before) != 1 or type(before[0]) is not ClerkBeforeRequestHook or are_patched()


def send(call: Any) -> None:
    """Carries a blocking call out."""
    side = _Side(call.client, _BLOCKING)
    steps = _steps(call, call.client.sdk_configuration.client, side)
    resume, value = steps.send, None
    try:
        while True:
            step = resume(value)
            try:
                resume, value = steps.send, _run(step)
            except BaseException as error:
                resume, value = steps.throw, error
    except StopIteration:
        return


def _run(step: "_Send | _Hook | _Wait") -> Any:
    if isinstance(step, _Send):
        return step.client.send(step.request)
    if isinstance(step, _Hook):
        return step.hook(*step.arguments)
    end = time.monotonic() + step.seconds
    while (left := end - time.monotonic()) > 0 and not step.side.is_closed():
        time.sleep(min(left, _PAUSE))
    return None


async def send_async(call: Any) -> None:
    """Carries an asynchronous call out."""
    from . import _loops

    side = _Side(call.client, _ASYNC)
    steps = _steps(call, call.client.sdk_configuration.async_client, side)
    resume, value = steps.send, None
    try:
        while True:
            step = resume(value)
            try:
                if isinstance(step, _Send):
                    value = await step.client.send(step.request)
                elif isinstance(step, _Wait):
                    await _wait(step)
                    value = None
                elif _is_quick(step):
                    value = step.hook(*step.arguments)
                else:
                    value = await _loops.in_thread(step.hook, step.arguments)
                resume = steps.send
            except BaseException as error:
                resume, value = steps.throw, error
    except StopIteration:
        return


async def _wait(step: _Wait) -> None:
    from . import _loops

    end = time.monotonic() + step.seconds
    while (left := end - time.monotonic()) > 0 and not step.side.is_closed():
        await _loops.sleep(min(left, 2 * _PAUSE))


def _is_quick(step: _Hook) -> bool:
    """Without hooks of the program's there is no need of a thread."""
    hooks = getattr(step.hook, "__self__", None)
    if type(hooks) is not SDKHooks:
        return False
    chosen = getattr(hooks, f"{step.hook.__name__}_hooks", ())
    return all(type(hook) is ClerkBeforeRequestHook for hook in chosen)


# --- what happens, whoever waits for it -----------------------------------------------------


def _steps(call: Any, client: Any, side: _Side) -> _Steps:
    if side.is_closed():
        raise exceptions.ClientClosed("this client is closed")
    config = call.client.sdk_configuration
    hooks = config.__dict__["_hooks"]
    server = config.get_server_details()[0]
    context = HookContext(
        config,
        server if call.base_url == f"{server}/" else call.base_url,
        call.operation_id,
        None,
        config.security if call.is_secured else None,
        call.tags,
        None,
    )
    request = _build(call, client, side, hooks)
    response, attempts = yield from _tries(call, client, side, hooks, context, request)
    origin = _origin_of(response)
    if 400 <= response.status_code < 600:
        shown = response
        response, error = yield _Hook(
            hooks.after_error, (AfterErrorContext(context), response, None)
        )
        if error is not None:
            config.debug_logger.debug("Request failed", exc_info=error)
            raise error
        if response is None:
            from .models import SDKError

            config.debug_logger.debug("The hooks left neither response nor error")
            raise SDKError("Unexpected error occurred", shown)
    else:
        response = yield _Hook(hooks.after_success, (AfterSuccessContext(context), response))
    if not hasattr(response, "status_code"):
        raise TypeError(f"the hooks must return a response, not {type(response).__name__!r}")
    status, content = int(response.status_code), bytes(response.content)
    call.take(response, status, head_of(response), content, attempts, origin)


def _tries(
    call: Any, client: Any, side: _Side, hooks: Any, context: HookContext, request: Any
) -> "Generator[_Send | _Hook | _Wait, Any, tuple[Any, int]]":
    """The last answer, and how many tries it took."""
    start = time.monotonic()
    number = 0
    while True:
        number += 1
        failure = None
        response: Any = None
        try:
            response = yield from _one_try(call, client, hooks, context, request)
        except Exception as error:
            failure = error
        elapsed = (time.monotonic() - start) * 1000
        if failure is not None:
            wait = call.plan(number, elapsed, _outcome(failure), 0, b"")
        else:
            status = int(response.status_code)
            wait = call.plan(number, elapsed, "answered", status, head_of(response))
        if wait is None:
            if failure is None:
                return response, number
            try:
                raise failure
            finally:
                del failure  # it would hold this frame
        del failure
        yield _Wait(wait / 1000, side)
        if side.is_closed():
            raise exceptions.ClientClosed("the client was closed")


def _one_try(
    call: Any, client: Any, hooks: Any, context: HookContext, request: Any
) -> "Generator[_Send | _Hook | _Wait, Any, Any]":
    from ._masking import show_request, show_response

    config = call.client.sdk_configuration
    logger = config.debug_logger
    response = None
    failure: Exception | None = None
    try:
        chosen = yield _Hook(hooks.before_request, (BeforeRequestContext(context), request))
        chosen = _fitting(client, chosen, request)
        show_request(logger, chosen)
        response = yield _Send(client, chosen)
    except Exception as error:
        failure = error
    if failure is not None:
        first = failure
        _, failure = yield _Hook(hooks.after_error, (AfterErrorContext(context), None, first))
        if failure is not None:
            if failure is not first and failure.__context__ is None:
                failure.__context__ = first
            logger.debug("Request failed", exc_info=failure)
            raise failure
    if response is None:
        from .models import NoResponseError

        logger.debug("There was no response")
        raise NoResponseError("No response received")
    show_response(logger, response)
    return response


def _build(call: Any, client: Any, side: _Side, hooks: Any) -> Any:
    """The request, in the client's own kind."""
    headers = call.headers
    before = getattr(hooks, "before_request_hooks", ())
    if not any(isinstance(hook, ClerkBeforeRequestHook) for hook in before):
        headers = [pair for pair in headers if pair not in FIXED_HEADERS]
    options = {} if call.timeout_ms is None else {"timeout": call.timeout_ms / 1000}
    content = call.stream
    if isinstance(content, Body):
        headers = [*headers, ("Content-Length", str(len(content)))]
        content = content if side.number == _BLOCKING else content.for_async()
    return client.build_request(call.method, call.url, headers=headers, content=content, **options)


def _fitting(client: Any, request: Any, before: Any) -> Any:
    """What the hooks made of the request, in the client's own kind."""
    if not hasattr(request, "method") or not hasattr(request, "headers"):
        raise TypeError(f"before_request must return a request, not {type(request).__name__!r}")
    if isinstance(request, Request) and not isinstance(before, Request):
        headers = request.headers.multi_items()
        request = client.build_request(
            request.method, str(request.url), headers=headers, content=request.content
        )
    wanted = getattr(before, "extensions", {})
    found = getattr(request, "extensions", None)
    if found is not None and "timeout" in wanted and "timeout" not in found:
        found["timeout"] = wanted["timeout"]
    return request


def head_of(response: Any) -> bytes:
    """The header lines of any kind of response, each with a 0 byte behind it."""
    headers = response.headers
    pairs = (
        headers.raw
        if hasattr(headers, "raw")
        else [(str(name).encode(), str(value).encode()) for name, value in headers.items()]
    )
    return b"".join(name + b": " + value + b"\0" for name, value in pairs)


def _origin_of(response: Any) -> "Response | tuple[int, str, int, int]":
    """What a response of any kind knows of its way here: the version of HTTP (0: nothing), the
    URL, how many redirects there were, and microseconds in all."""
    if isinstance(response, Response):
        return response
    from ._masking import without_user

    version = _known(lambda: _VERSIONS.get(response.http_version), int)
    url = _known(lambda: str(response.url), str)
    redirects = _known(lambda: len(response.history), int)
    elapsed = _known(lambda: int(response.elapsed.total_seconds() * 1_000_000), int)
    return version, without_user(url), redirects, elapsed


def _known(ask: "Callable[[], Any]", kind: "type[Any]") -> Any:
    """What the program's object says; nothing, if it says nothing or no such thing."""
    try:
        found = ask()
    except Exception:
        return kind()
    return found if type(found) is kind else kind()


def _outcome(error: Exception) -> str:
    """Which kind of failure is it: was anything sent, and is it worth another try?"""
    places = [exceptions, sys.modules.get("httpx")]
    for outcome, names in (
        ("unsent", ("ConnectError", "ConnectTimeout", "PoolTimeout")),
        ("broken", ("NetworkError", "TimeoutException")),
    ):
        kinds = [getattr(place, name) for place in places if place for name in names]
        if isinstance(error, tuple(kinds)):
            return outcome
    return "failed"
