"""Calls that the program watches or sends by itself: hooks, a debug logger, clients of its own.

The core encodes such a call and hands it over as a `_core.Call`:

    client                       the Clerk
    operation_id, tags           str, list of str: as the API's description has them
    is_secured                   bool: does the operation take the key at all?
    base_url                     str: the server's URL, without the operation's path
    method, url                  str
    headers                      list of (name, value)
    body                         bytes, or None
    timeout_ms                   int, or None: neither call nor client said anything
    plan(number, elapsed, outcome, status, head)
                                 milliseconds until the next try (float), or None: that was the
                                 last one. `number` counts the tries so far; `elapsed` is in
                                 milliseconds since the first began; `outcome` is "answered", with
                                 `status` and header lines (`head`: bytes, "name: value" and a 0
                                 byte each), "unsent", "broken" or, never tried again, "failed"
    take(raw, status, head, content, attempts)
                                 the answer, to be read; `raw` is what errors show as raw_response

and our own transport sends one request once, without any reading, for

    client._exchange(method, url, headers, body, timeout_ms)         a Response
    client._exchange_async(method, url, headers, body, timeout_ms)   an awaitable of one

`timeout_ms` None is our default there, and 0 no limit. After `client._observe()` the core asks
`wanted` before each call and then calls `send`, or awaits `send_async`; both end with `call.take`
or an exception, which the call raises as it is.
"""

import time
from typing import TYPE_CHECKING, Any

from . import exceptions
from ._foreign import is_connection_error
from ._foreign import send as _send

if TYPE_CHECKING:
    from ._core import Call, Client

_PAUSE = 0.05  # seconds: how soon a wait notices that the client was closed


def wanted(client: "Client", is_async: bool) -> bool:
    """Is anything to be seen or done on the way of this client's calls?"""
    return not is_async and client._own is not None


def send(call: "Call") -> None:
    """Carry a blocking call out."""
    start = time.monotonic()
    number = 0
    while True:
        number += 1
        failure = None
        try:
            response, status, head, content = _send(
                call.client._own,
                call.method,
                call.url,
                call.headers,
                call.body,
                call.timeout_ms or 0,
            )
        except Exception as error:
            failure = error
        elapsed = (time.monotonic() - start) * 1000
        if failure is None:
            wait_ms = call.plan(number, elapsed, "answered", status, head)
        elif is_connection_error(failure):
            wait_ms = call.plan(number, elapsed, "broken", 0, b"")
        else:
            wait_ms = call.plan(number, elapsed, "failed", 0, b"")
        if wait_ms is None:
            if failure is not None:
                raise failure
            return call.take(response, status, head, content, number)
        end = time.monotonic() + wait_ms / 1000
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _PAUSE))
            if call.client.closed:
                raise exceptions.ClientClosed("the client was closed")


async def send_async(call: "Call") -> Any:
    """Carry an asynchronous call out."""
    raise NotImplementedError("async_client= is not supported by this version of clerk_c")
