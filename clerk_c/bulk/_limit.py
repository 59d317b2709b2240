"""How many requests may be sent in how many seconds, kept for everybody who asks one limiter.

A permit is taken when a request is begun and is used up until the window has passed since its
*answer*. The server has seen the request somewhere in between, so that in no stretch of time as
long as the window it sees more than the limit, however long requests take on their way.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import deque

from ._rate import RateLimit


class Limiter:
    """Hands out permits in the order in which they were asked for. Of one event loop."""

    def __init__(self, rate: RateLimit | None) -> None:
        self.rate = rate
        self._open = 0  # permits whose request has no answer yet
        self._used: deque[float] = deque()  # until when the others count
        self._quiet = 0.0  # nobody sends before
        self._even = 0.0  # when the next one is due, if all are spread evenly
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()

    async def enter(self, count: int = 1) -> None:
        """Waits for permits; each must be given back by `leave`."""
        async with self._turn:
            while (wait := self._delay(count)) > 0:
                self._changed.clear()
                most = None if wait == math.inf else wait
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), most)
            self._open += count
            if self.rate is not None:
                spacing = self.rate.seconds / self.rate.requests
                self._even = max(self._even, time.monotonic()) + count * spacing

    def leave(self, count: int = 1) -> None:
        """The answers have come, or nobody waits for them any more."""
        self._open -= count
        if self.rate is not None:
            until = time.monotonic() + self.rate.seconds
            self._used.extend([until] * count)
        self._changed.set()

    def give_back(self, count: int) -> None:
        """Permits that nobody has used."""
        self._open -= count
        self._changed.set()

    def pause(self, seconds: float) -> None:
        """Nobody sends for so long."""
        self._quiet = max(self._quiet, time.monotonic() + seconds)

    async def quiet(self) -> None:
        """Waits for the end of a pause that began after the permit was given."""
        while (wait := self._quiet - time.monotonic()) > 0:
            await asyncio.sleep(wait)

    def _delay(self, count: int) -> float:
        """Seconds until it is worth asking again; inf: until a permit comes back."""
        now = time.monotonic()
        if now < self._quiet:
            return self._quiet - now
        if self.rate is None:
            return 0
        while self._used and self._used[0] <= now:
            self._used.popleft()
        requests, seconds = self.rate
        over = self._open + len(self._used) + count - requests
        if over > 0:
            return self._used[over - 1] - now if over <= len(self._used) else math.inf
        ahead = max(requests // 10 - count, 0) * seconds / requests  # a tenth may come at once
        return self._even - now - ahead
