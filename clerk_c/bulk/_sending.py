"""One row on its way: sent, sent again, looked up, until its state is known.

| what came | the row |
|---|---|
| 2xx | done |
| 429 | nothing happened: after the wait that was asked for, which holds for all rows, again |
| 401, 402, 403 (`stop_on`) | nothing happened: the job stops, the row is as if not begun |
| other 4xx | failed |
| no connection | nothing was sent: again, and after some tries the job stops |
| 5xx, 408, a broken connection, no answer in time | uncertain: looked up where that can be |
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol

from .._observed import _outcome
from ..exceptions import ClientClosed
from ..models import ClerkBaseError
from ._already import Found, Strategy
from ._checkpoint import DONE, FAILED, UNCERTAIN

_REASON_CHARS = 500


class Gate(Protocol):
    """What permits come from: a `Limiter`, or a share of one."""

    async def enter(self, count: int = 1) -> None: ...
    def leave(self, count: int = 1) -> None: ...
    def pause(self, seconds: float) -> None: ...
    async def quiet(self) -> None: ...


class Rules(NamedTuple):
    """How often and how long. Times are in seconds."""

    max_attempts: int = 4
    stop_on: frozenset[int] = frozenset((401, 402, 403))
    first_wait: float = 0.5
    settle: float = 2.0  # after a request without an answer, before it is looked for
    longest_wait: float = 3600.0


class Outcome(NamedTuple):
    """How it ended."""

    state: int
    result: Any = None
    status: int | None = None
    reason: str | None = None
    found: bool = False


class Stop(Exception):
    """The whole job has to stop. `undone`: the row in hand was not done."""

    def __init__(self, reason: str, undone: bool, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.undone = undone
        self.status = status


class Abandoned(Exception):
    """Nothing more may be sent for this row. `uncertain` says why it may have been done."""

    uncertain = ""


class _Answer(NamedTuple):
    """What came of one request."""

    kind: str  # "done", "refused", "throttled", "stop", "closed", "unsent", "unclear"
    result: Any = None
    status: int | None = None
    reason: str = ""
    wait: float | None = None


class _Doubt:
    """Why a row may have been done: now, and at any time since it was begun."""

    def __init__(self, reason: str) -> None:
        self.now = self.ever = reason


class Sender:
    """Carries rows out, by `call` with a row's arguments."""

    def __init__(
        self,
        clerk: Any,
        call: Callable[..., Awaitable[Any]],
        is_deletion: bool,
        strategy: Strategy,
        gate: Gate,
        rules: Rules,
    ) -> None:
        self._clerk = clerk
        self._call = call
        self._is_deletion = is_deletion
        self._strategy = strategy
        self._gate = gate
        self._rules = rules
        self.requests = 0

    async def carry_out(
        self,
        arguments: Mapping[str, Any],
        row: Mapping[str, Any],
        begin: Callable[[], Awaitable[object]],
        uncertain: str = "",
    ) -> Outcome:
        """`begin` is awaited before anything is sent for the first time. `uncertain` says why the
        row may have been done already. Raises Stop."""
        doubt = _Doubt(uncertain)
        try:
            return await self._carry_out(arguments, row, begin, doubt)
        except Abandoned as error:
            error.uncertain = doubt.now or (doubt.ever and "it may have been done before")
            raise

    async def _carry_out(
        self,
        arguments: Mapping[str, Any],
        row: Mapping[str, Any],
        begin: Callable[[], Awaitable[object]],
        doubt: _Doubt,
    ) -> Outcome:
        tries = 0
        status: int | None = None
        while True:
            if doubt.now:
                found = await self._look(arguments, row, doubt.now, status)
                if found is not None:
                    return found
            answer = await self._send(arguments, begin)
            status = answer.status
            doubt.now = answer.reason if answer.kind == "unclear" else ""
            if answer.kind == "done":
                return Outcome(DONE, answer.result, answer.status, answer.reason or None)
            if answer.kind in ("stop", "closed"):
                undone = answer.kind == "stop" and not doubt.ever
                raise Stop(answer.reason, undone, status)
            if answer.kind == "refused":
                return await self._refused(answer, arguments, row, bool(doubt.ever))
            if answer.kind == "throttled":
                self._throttle(answer, not doubt.ever)
                continue
            tries += 1
            if tries >= self._rules.max_attempts and not doubt.now:
                raise Stop(answer.reason, undone=not doubt.ever)
            if doubt.now:
                doubt.ever = doubt.now
                if tries >= self._rules.max_attempts or not self._strategy.fits(arguments):
                    return Outcome(UNCERTAIN, None, status, doubt.now)
            await self._wait(answer, tries)

    async def _wait(self, answer: _Answer, tries: int) -> None:
        if answer.wait is not None:
            self._gate.pause(min(answer.wait, self._rules.longest_wait))
        least = self._rules.settle if answer.kind == "unclear" else 0
        await asyncio.sleep(max(least, self._rules.first_wait * 2 ** (tries - 1)))

    def _throttle(self, answer: _Answer, undone: bool) -> None:
        wait = 1.0 if answer.wait is None else answer.wait
        if wait > self._rules.longest_wait:
            reason = f"the server asks to wait for {wait:,.0f} s: {answer.reason}"
            raise Stop(reason, undone, answer.status)
        self._gate.pause(wait)

    async def _refused(
        self,
        answer: _Answer,
        arguments: Mapping[str, Any],
        row: Mapping[str, Any],
        was_uncertain: bool,
    ) -> Outcome:
        """A 4xx, which after an uncertain try may be the trace of that try's success."""
        if was_uncertain and self._is_deletion and answer.status in (404, 410):
            return Outcome(DONE, None, answer.status, None, True)
        if was_uncertain and self._strategy.look is not None:
            found = await self._look(arguments, row, answer.reason, answer.status)
            if found is not None:
                return found
        return Outcome(FAILED, None, answer.status, answer.reason)

    # Requests

    async def _send(
        self, arguments: Mapping[str, Any], begin: Callable[[], Awaitable[object]]
    ) -> _Answer:
        await self._gate.enter()
        try:
            await begin()
            await self._gate.quiet()
            self.requests += 1
            return _Answer("done", await self._call(**arguments, retries=None))
        except Exception as error:
            if isinstance(error, (Stop, Abandoned)):
                raise
            return _judged(error, self._rules.stop_on)
        finally:
            self._gate.leave()

    async def _look(
        self,
        arguments: Mapping[str, Any],
        row: Mapping[str, Any],
        why: str,
        status: int | None,
    ) -> Outcome | None:
        """None: it may be sent (again)."""
        if self._strategy.repeat:
            return None
        if self._strategy.look is None or not self._strategy.fits(arguments):
            return Outcome(UNCERTAIN, None, status, why)
        for tries in range(1, self._rules.max_attempts + 1):
            answer = await self._look_once(arguments, row)
            if answer.kind == "done":
                return _of_found(answer.result, status, why)
            if answer.kind in ("stop", "closed"):
                raise Stop(answer.reason, False, answer.status)
            if answer.kind == "refused":
                break
            if answer.kind == "throttled":
                self._throttle(answer, undone=False)
            else:
                await self._wait(answer, tries)
        reason = f"{why}; the look-up failed: {answer.reason}"
        return Outcome(UNCERTAIN, None, status, reason)

    async def _look_once(self, arguments: Mapping[str, Any], row: Mapping[str, Any]) -> _Answer:
        await self._gate.enter()
        try:
            await self._gate.quiet()
            self.requests += 1
            assert self._strategy.look is not None
            return _Answer("done", await self._strategy.look(self._clerk, arguments, row))
        except Exception as error:
            if isinstance(error, Abandoned):
                raise
            return _judged(error, self._rules.stop_on)
        finally:
            self._gate.leave()


def _of_found(found: Found | None, status: int | None, why: str) -> Outcome | None:
    if found is None:
        return None
    if found.differs:
        return Outcome(UNCERTAIN, None, status, f"{why}; {found.differs}")
    return Outcome(DONE, found.result, status, None, True)


# Judging


def _judged(error: Exception, stop_on: frozenset[int]) -> _Answer:
    """What an exception of a call says about what was done."""
    if isinstance(error, ClientClosed):
        return _Answer("closed", reason="the client was closed")
    status = getattr(error, "status_code", None)
    if not isinstance(error, ClerkBaseError) or not isinstance(status, int):
        unsent = _outcome(error) == "unsent"
        return _Answer("unsent" if unsent else "unclear", reason=_words(error))
    reason = said(error)
    if 200 <= status < 300:
        return _Answer("done", None, status, "the answer is not as documented")
    wait = retry_after(error.headers)
    if status == 429:
        return _Answer("throttled", None, status, reason, wait)
    if status in stop_on:
        return _Answer("stop", None, status, reason)
    if status >= 500 or status == 408:
        return _Answer("unclear", None, status, reason, wait)
    return _Answer("refused", None, status, reason)


def _words(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text[:_REASON_CHARS]


def said(error: ClerkBaseError) -> str:
    """What the API says is wrong, in a line."""
    parts = []
    for one in _errors(error):
        message = one.get("long_message") or one.get("message") or ""
        meta, code = one.get("meta"), one.get("code")
        name = meta.get("param_name") if isinstance(meta, Mapping) else None
        about = ", ".join(str(word) for word in (code, name) if isinstance(word, str) and word)
        parts.append(f"{message} ({about})" if about else str(message))
    text = "; ".join(parts) or f"the answer is of status {error.status_code}"
    return f"{error.status_code}: {text}"[:_REASON_CHARS] if parts else text


def _errors(error: ClerkBaseError) -> list[Mapping[str, Any]]:
    """The errors in the answer; documented for the operation or not, they are of one form."""
    try:
        found = json.loads(error.body)["errors"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return []
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def retry_after(headers: Any) -> float | None:
    """Seconds to wait, as `retry-after-ms` or `Retry-After` (seconds or a date) has it."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        text = headers.get(name)
        if not text:
            continue
        try:
            wait = float(text) / unit
        except ValueError:
            try:
                wait = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
            except (TypeError, ValueError, OverflowError):
                continue
        if wait == wait and wait >= 0:
            return wait
    return None
