"""Which limit holds."""

from __future__ import annotations

import math
from typing import NamedTuple


class RateLimit(NamedTuple):
    """At most `requests` requests in any `seconds` seconds."""

    requests: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.requests} requests in {self.seconds:g} s"


PRODUCTION = RateLimit(1000, 10)
DEVELOPMENT = RateLimit(100, 10)


def rate_limit(limit: object, key: str | None) -> RateLimit | None:
    """The limit that was asked for; without one that which Clerk documents for such a key."""
    if limit is None:
        return PRODUCTION if key is not None and key.startswith("sk_live_") else DEVELOPMENT
    if limit is False:
        return None
    if not isinstance(limit, tuple) or len(limit) != 2:
        raise TypeError(
            "limit must be RateLimit(requests, seconds), False or None,"
            f" not {type(limit).__name__!r}"
        )
    requests, seconds = limit
    if not isinstance(requests, int) or isinstance(requests, bool):
        raise TypeError(f"limit: requests must be int, not {type(requests).__name__!r}")
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise TypeError(f"limit: seconds must be a number, not {type(seconds).__name__!r}")
    if requests < 1 or not 0 < seconds < math.inf:
        raise ValueError("limit: at least 1 request, in more than 0 seconds")
    return RateLimit(requests, seconds)
