"""The clock of the stand-in, which a test may move instead of waiting, and moving with it the
clock by which an application in the same process verifies tokens and webhooks.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from datetime import datetime
from types import ModuleType, TracebackType
from typing import Any

_LATEST = 253_402_300_799  # seconds since 1970: the end of the year 9999


class Clock:
    """The time of day. It runs unless it is frozen, and may be moved in both directions, between
    the years 1970 and 9999: ValueError says that a moment is none of these.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Back to the system's clock."""
        with self._lock:
            self._offset = 0.0
            self._frozen: float | None = None

    def time(self) -> float:
        """Seconds since 1970."""
        with self._lock:
            return self._time()

    def _time(self) -> float:
        return (time.time() if self._frozen is None else self._frozen) + self._offset

    def now(self) -> int:
        """Milliseconds since 1970, as the API gives moments."""
        return int(self.time() * 1000)

    def advance(self, seconds: float) -> None:
        """Moves it by `seconds`, backwards if they are negative."""
        with self._lock:
            by = _finite("seconds", seconds)
            _possible(self._time() + by)
            self._offset += by

    def travel(self, to: datetime | float) -> None:
        """Moves it to a moment: an aware datetime, or seconds since 1970."""
        target = _moment("to", to)
        with self._lock:
            self._offset += target - self._time()

    def freeze(self, at: datetime | float | None = None) -> None:
        """Stops it, at a moment if one is given; it still moves when it is told to."""
        target = None if at is None else _moment("at", at)
        with self._lock:
            if self._frozen is None:
                self._frozen = time.time()
            if target is not None:
                self._offset += target - self._time()

    def __repr__(self) -> str:
        state = "" if self._frozen is None else " frozen"
        return f"<Clock {self.time():.3f}{state}>"


def _moment(name: str, value: Any) -> float:
    """Seconds since 1970."""
    if not isinstance(value, datetime):
        return _possible(_finite(name, value))
    if value.tzinfo is None:
        raise ValueError(f"{name}: the datetime has no time zone")
    return _possible(value.timestamp())


def _finite(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__!r}")
    if not abs(value) < math.inf:
        raise ValueError(f"{name} must be finite")
    return value


def _possible(moment: float) -> float:
    if not 0 <= moment <= _LATEST:
        raise ValueError("the clock must stay between the years 1970 and 9999")
    return moment


class Followed:
    """While it is entered, this process verifies tokens and webhooks by a clock: clerk_c, and
    clerk_backend_api by PyJWT where the program has imported it.

        with Followed(server.clock):
            server.clock.advance(120)  # tokens of a minute have expired
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: list[tuple[ModuleType, str, Any]] = []

    def __enter__(self) -> Followed:
        from clerk_c import webhook_events
        from clerk_c.security import verifytoken

        for module in (verifytoken, webhook_events):
            self._put(module, "clock", self._clock.time)
        pyjwt = sys.modules.get("jwt.api_jwt")
        if pyjwt is not None and hasattr(pyjwt, "datetime"):
            self._put(pyjwt, "datetime", _datetime(self._clock))
        return self

    def _put(self, module: ModuleType, name: str, value: Any) -> None:
        self._kept.append((module, name, getattr(module, name)))
        setattr(module, name, value)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        while self._kept:
            setattr(*self._kept.pop())


def _datetime(clock: Clock) -> type[datetime]:
    """The class datetime, but that it is now when a clock says so."""

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Moved(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(clock.time(), tz)

    return Moved
