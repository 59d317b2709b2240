"""Faults that a test scripts: what the stand-in does to the next requests that fit.

    server.faults.rate_limit(retry_after=2)
    server.faults.unavailable(times=3, path="/users")
"""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from clerk_c.testing import errors
from clerk_c.testing.call import Reply, json_reply
from clerk_c.testing.connections import Connection
from clerk_c.testing.holding import Hold
from clerk_c.testing.matching import Pattern, names, pattern
from clerk_c.testing.spoiling import replaced, without

# Carries the operation out.
Answer = Callable[[], Awaitable[Reply]]
# What is done in the place of answering; None: nothing is left to answer.
Action = Callable[[Answer, Connection], Awaitable[Reply | None]]

_KINDS = (
    "answer", "cut_off", "edit", "hang_up", "hold", "malformed", "missing", "rate_limit", "reset",
    "unavailable", "unknown_enum",
)  # fmt: skip


class Fault:
    """One that was scripted. `left` says how often it is still to happen; None: always."""

    def __init__(self, name: str, fits: Pattern, times: int | None, action: Action) -> None:
        self.name = name
        self.left = times
        self.happened = 0
        self._fits = fits
        self.action = action

    def take(self, method: str, raw_path: str) -> bool:
        """Does it happen to this request? If so, that counts."""
        if self.left == 0 or not self._fits.fits(method, raw_path):
            return False
        self.happened += 1
        if self.left is not None:
            self.left -= 1
        return True

    def __repr__(self) -> str:
        left = "any number" if self.left is None else self.left
        return f"<Fault {self.name}: happened {self.happened}, {left} left>"


class Faults:
    """What is scripted. Of several faults that fit a request the first that is left happens.

    All kinds take `times` (1; None: until `clear`), `method` and `path`, which say how often and
    to which requests: path="/users/{user_id}" means any user, and without both every request
    is meant, also those for signing keys.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._holds: list[Hold] = []

    # Answers in the place of the operation's

    def answer(
        self,
        status: int,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        **where: Any,
    ) -> Fault:
        """Answers with a status and a body: bytes as they are, anything else as JSON, None the
        API's own kind of error. The operation is not carried out.
        """
        if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
            raise ValueError("status must be an int from 200 to 599")
        reply = _reply(status, body, _checked(headers or {}))

        async def act(answer: Answer, connection: Connection) -> Reply:
            return reply

        return self._add("answer", act, **where)

    def rate_limit(self, *, retry_after: int | None = 1, **where: Any) -> Fault:
        """429, with Retry-After in seconds unless that is None."""
        headers = {} if retry_after is None else {"retry-after": str(_whole(retry_after))}
        return self.answer(429, headers=headers, **where)

    def unavailable(self, *, status: int = 503, **where: Any) -> Fault:
        """A failure of the server: 503, or another status from 500 on."""
        if not isinstance(status, int) or status < 500:
            raise ValueError("status must be from 500 on")
        return self.answer(status, **where)

    # Time

    def hold(self, **where: Any) -> Hold:
        """Keeps requests waiting until they are released."""
        held = Hold()

        async def act(answer: Answer, connection: Connection) -> Reply:
            await held.pass_by()
            return await answer()

        with self._lock:
            self._holds.append(held)
        held.fault = self._add("hold", act, **where)
        return held

    # Connections

    def reset(self, *, carried_out: bool = False, **where: Any) -> Fault:
        """Resets the connection instead of answering; with `carried_out` after the operation
        took effect, of which the client then cannot know.
        """

        async def act(answer: Answer, connection: Connection) -> None:
            if carried_out:
                await answer()
            connection.reset()

        return self._add("reset", act, **where)

    def hang_up(self, *, carried_out: bool = False, **where: Any) -> Fault:
        """Closes the connection, as a server that restarts does, instead of answering."""

        async def act(answer: Answer, connection: Connection) -> None:
            if carried_out:
                await answer()
            connection.close()

        return self._add("hang_up", act, **where)

    def cut_off(self, **where: Any) -> Fault:
        """Closes the connection in the middle of the answer."""

        async def act(answer: Answer, connection: Connection) -> None:
            connection.cut_off(await answer())

        return self._add("cut_off", act, **where)

    # Answers that are not as documented; the operation is carried out

    def malformed(self, **where: Any) -> Fault:
        """Half of the answer's JSON, as if it were all."""

        async def act(answer: Answer, connection: Connection) -> Reply:
            reply = await answer()
            return reply._replace(content=reply.content[: (len(reply.content) + 1) // 2])

        return self._add("malformed", act, **where)

    def edit(self, change: Callable[[Any], Any], **where: Any) -> Fault:
        """What `change` makes of the answer's JSON; None: it changed what it got."""
        if not callable(change):
            raise TypeError(f"change must be callable, not {type(change).__name__!r}")
        return self._edit("edit", change, **where)

    def unknown_enum(self, member: str, value: str = "of_the_future", **where: Any) -> Fault:
        """A value that nobody knows for a member of the answer: everywhere for a name, at one
        place for a path of names such as "data.status".
        """
        return self._edit("unknown_enum", replaced(member, value), **where)

    def missing(self, member: str, **where: Any) -> Fault:
        """The answer without a member, named as for `unknown_enum`."""
        return self._edit("missing", without(member), **where)

    def _edit(self, name: str, change: Callable[[Any], Any], **where: Any) -> Fault:
        async def act(answer: Answer, connection: Connection) -> Reply:
            reply = await answer()
            try:
                value = json.loads(reply.content)
                result = change(value)
                content = json_reply(value if result is None else result).content
            except Exception as error:
                # The test finds it in the answer, which is all of this thread that it sees.
                text = f"the fault {name} failed: {type(error).__name__}: {error}"
                raise errors.ApiError(500, "fault_failed", text) from error
            return reply._replace(content=content)

        return self._add(name, act, **where)

    # All of them

    def inject(self, name: str, *arguments: Any, **settings: Any) -> Any:
        """A fault by its name, as `pytest.mark.clerk_fault` gives it."""
        if name not in _KINDS:
            raise ValueError(f"there is no fault {name!r}; there are {names(_KINDS)}")
        return getattr(self, name)(*arguments, **settings)

    def _add(
        self,
        name: str,
        action: Action,
        *,
        times: int | None = 1,
        method: str | None = None,
        path: str | None = None,
    ) -> Fault:
        if times is not None and (isinstance(times, bool) or not isinstance(times, int)):
            raise TypeError(f"times must be int or None, not {type(times).__name__!r}")
        if times is not None and times < 1:
            raise ValueError("times must be at least 1, or None for always")
        fault = Fault(name, pattern(method, path), times, action)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, method: str, raw_path: str) -> Fault | None:
        """What happens to a request."""
        with self._lock:
            return next((f for f in self._faults if f.take(method, raw_path)), None)

    @property
    def pending(self) -> list[Fault]:
        """Those that have not happened as often as was asked for: a test that leaves some may
        not have tested what it meant to.
        """
        with self._lock:
            return [fault for fault in self._faults if fault.left]

    def clear(self) -> None:
        """Forgets all faults and releases what they hold."""
        with self._lock:
            self._faults.clear()
            holds, self._holds = self._holds, []
        for held in holds:
            held.release()

    def __repr__(self) -> str:
        return f"<Faults {self.pending}>"


def _whole(seconds: Any) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 0:
        raise ValueError("retry_after must be a whole number of seconds, or None")
    return seconds


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError("headers must be a mapping of str to str")
        if not name or not all(" " <= c <= "~" for c in name + value):
            raise ValueError(f"headers: {name!r} cannot be sent")
    return dict(headers)


def _reply(status: int, body: Any, headers: dict[str, str]) -> Reply:
    if body is not None and status in (204, 304):
        raise ValueError(f"body: an answer with status {status} has none")
    if isinstance(body, (bytes, bytearray)):
        return Reply(status, bytes(body), headers=headers)
    if body is None and status >= 400:
        error = errors.ApiError(status, "scripted_fault", "This answer was scripted by a test.")
        body = error.body("0" * 32)
    return Reply(status, headers=headers) if body is None else json_reply(body, status, headers)
