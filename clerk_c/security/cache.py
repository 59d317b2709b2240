"""A small store whose entries run out. Kept for programs that use it: the keys that clerk_c
itself fetches are in `jwks`."""

from __future__ import annotations

import time


class Cache:
    """Values that count for `expiration_time` seconds (300). A key of None holds nothing."""

    def __init__(self) -> None:
        self.cache: dict[str, tuple[str, float]] = {}
        self.expiration_time = 300

    def set(self, key: str | None, value: str) -> None:
        """Keep `value` from now on."""
        if key is not None:
            self.cache[key] = (value, time.time() + self.expiration_time)

    def delete(self, key: str | None) -> None:
        """Forget `key`, if it is there."""
        if key is not None:
            self.cache.pop(key, None)

    def get(self, key: str | None) -> str | None:
        """The value, or None when there is none or it has run out."""
        entry = None if key is None else self.cache.get(key)
        if entry is None:
            return None
        value, end = entry
        if time.time() < end:
            return value
        self.delete(key)
        return None
