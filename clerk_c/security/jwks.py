"""Keeps the signing keys of an instance: fetched once for everybody, parsed once, renewed in the
background, and kept through an outage of the endpoint."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ._flight import Flight
from ._http import api_root, check_secret, exchange
from ._keyset import KeySet, parse
from ._way import way_of
from .types import (
    API_URL,
    API_VERSION,
    Place,
    TokenVerificationError,
    TokenVerificationErrorReason,
)

__all__ = ["JwksCounters", "JwksKeeper", "keeper_for", "prewarm", "prewarm_async"]

_Reason = TokenVerificationErrorReason
_MAX_KEEPERS = 1024
_ABSENT: Any = object()  # None is a key that cannot be used


@dataclass
class JwksCounters:
    """What a keeper did.

    Attributes:
        fetches: fetches begun, the tries of one fetch counting as one.
        failures: fetches that brought no keys.
        joined: times that a caller waited for a fetch that another had begun.
        unknown: times that no key had the kid asked for.
        suppressed: times that a fetch was due but the last one was too recent.
        stale: times that keys past their freshness began a renewal in the background.
    """

    fetches: int = 0
    failures: int = 0
    joined: int = 0
    unknown: int = 0
    suppressed: int = 0
    stale: int = 0


class JwksKeeper:
    """The signing keys of one instance. Any number of threads and tasks may use it.

    Keys count for `grace_ms` after they were fetched. From four fifths of `fresh_ms` on the
    next use renews them in the background, so that nobody waits for it. A kid that is not
    there, or a signature that does not fit, fetches at once, unless the last fetch began less
    than `interval_ms` ago. After failures the pause doubles, from a second up to a minute.

    Args:
        secret_key: the instance's secret key.
        api_url: origin of Clerk's Backend API.
        api_version: its version, a segment of the path; "" for none.
        fresh_ms: milliseconds after which keys are to be renewed.
        grace_ms: milliseconds for which keys are used at most, while renewing fails.
        interval_ms: at least so many milliseconds lie between two fetches.
        wait_ms: milliseconds that a caller waits for a fetch at most.
        timeout_ms: longest wait for the server within a fetch, in milliseconds.
        clock: seconds that never go back, `time.monotonic` by default.
        client: a `Clerk` whose settings the fetches share: proxy, certificates, `client=`.
    """

    def __init__(
        self,
        secret_key: str,
        api_url: str = API_URL,
        api_version: str = API_VERSION,
        *,
        fresh_ms: float = 300_000,
        grace_ms: float = 3_600_000,
        interval_ms: float = 5_000,
        wait_ms: float = 12_000,
        timeout_ms: int = 5_000,
        clock: Callable[[], float] = time.monotonic,
        client: Any = None,
    ) -> None:
        check_secret("secret_key", secret_key)
        root = api_root(api_url, api_version)
        for name, number in (
            *(("fresh_ms", fresh_ms), ("grace_ms", grace_ms), ("interval_ms", interval_ms)),
            *(("wait_ms", wait_ms), ("timeout_ms", timeout_ms)),
        ):
            if not isinstance(number, (int, float)) or not number > 0:
                raise ValueError(f"{name} must be a number of milliseconds above 0")
        if grace_ms < fresh_ms:
            raise ValueError("grace_ms must be at least fresh_ms")
        self._secret_key = secret_key
        self._url = f"{root}/jwks"
        self._fresh = fresh_ms / 1000
        self._grace = grace_ms / 1000
        self._interval = interval_ms / 1000
        self._wait = wait_ms / 1000
        self._timeout_ms = int(timeout_ms)
        self._clock = clock
        self._way = None if client is None else way_of(client)
        self._counters = JwksCounters()
        self._keys: KeySet | None = None
        self._failed: TokenVerificationErrorReason | None = None  # the latest fetch, if it did
        self._failures_in_row = 0
        self._next_fetch = float("-inf")
        self._begin_anew()
        _alive.add(self)

    def _begin_anew(self) -> None:
        """Also in a forked child, where a lock may be held by a thread that is not there."""
        self._lock = threading.Lock()
        self._flight: Flight | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._url}>"

    @property
    def counters(self) -> JwksCounters:
        """A copy of the counters as they are now."""
        with self._lock:
            return replace(self._counters)

    @property
    def kids(self) -> list[str | None]:
        """The kids of the keys that are there now, usable or not."""
        keys = self._keys
        return [] if keys is None else list(keys.by_kid)

    # -- what callers ask ----------------------------------------------------

    def peek(self) -> dict[Any, Any] | None:
        """The keys by their kid, None in place of those that cannot be used; None when there
        are none that may be used. Never waits; begins a renewal that is due. Not to be changed."""
        keys = self._keys
        if keys is None:
            return None
        if self._clock() < keys.refresh_at:
            return keys.by_kid
        return self._peek_stale()

    def _peek_stale(self) -> dict[Any, Any] | None:
        with self._lock:
            keys = self._usable()
            if keys is None:
                return None
            self._counters.stale += 1
            begun = self._begin(self._clock())
        if begun is not None:
            begun.start()
        return keys.by_kid

    def key(self, kid: str | None, rejected: Any = _ABSENT) -> Any:
        """The key with this kid, fetched if need be.

        Args:
            kid: as the token's header has it; None where it has none.
            rejected: the key that the token's signature did not fit. Fetches the keys once
                more, within the interval, and may return the same key again.

        Raises:
            TokenVerificationError: there is no such key, or the keys could not be fetched.
        """
        found, flight = self._look(kid, rejected)
        if flight is not None:
            ended = flight.wait(self._remaining(flight))
            found = self._outcome(kid, rejected, ended)
        return found

    async def key_async(self, kid: str | None, rejected: Any = _ABSENT) -> Any:
        """The same for a task of asyncio or trio."""
        found, flight = self._look(kid, rejected)
        if flight is not None:
            ended = await flight.wait_async(self._remaining(flight))
            found = self._outcome(kid, rejected, ended)
        return found

    def prewarm(self) -> bool:
        """Fetch the keys now, unless fresh ones are there. Are there keys?"""
        flight = self._prepare()
        if flight is not None:
            flight.wait(self._remaining(flight))
        return self._usable() is not None

    async def prewarm_async(self) -> bool:
        """The same for a task of asyncio or trio."""
        flight = self._prepare()
        if flight is not None:
            await flight.wait_async(self._remaining(flight))
        return self._usable() is not None

    # -- decisions -----------------------------------------------------------

    def _usable(self) -> KeySet | None:
        keys = self._keys
        if keys is not None and self._clock() < keys.fetched + self._grace:
            return keys
        return None

    def _remaining(self, flight: Flight) -> float:
        return max(0.0, flight.started + self._wait - self._clock())

    def _look(self, kid: str | None, rejected: Any) -> tuple[Any, Flight | None]:
        """A key, or the fetch to wait for."""
        begun = None
        with self._lock:
            now = self._clock()
            keys = self._usable()
            key = _ABSENT if keys is None else keys.by_kid.get(kid, _ABSENT)
            if keys is not None and key is not _ABSENT and key is not rejected:
                if now >= keys.refresh_at:
                    self._counters.stale += 1
                    begun = self._begin(now)
                flight = None
            else:
                flight = self._flight
                if flight is not None:
                    self._counters.joined += 1
                else:
                    flight = begun = self._begin(now)
                    if begun is None:
                        self._counters.suppressed += 1
        if begun is not None:
            begun.start()
        if flight is not None:
            return None, flight
        if key is _ABSENT or key is rejected:
            return self._outcome(kid, rejected, True), None
        return self._resolved(key), None

    def _prepare(self) -> Flight | None:
        begun = None
        with self._lock:
            now = self._clock()
            keys = self._usable()
            if keys is not None and now < keys.refresh_at:
                return None
            flight = self._flight
            if flight is None:
                flight = begun = self._begin(now)
        if begun is not None:
            begun.start()
        return flight

    def _begin(self, now: float) -> Flight | None:
        """A fetch that the caller starts after letting go of the lock; None while one is under
        way or the last one is too recent."""
        if self._flight is not None or now < self._next_fetch:
            return None
        self._counters.fetches += 1
        self._next_fetch = now + self._interval
        self._flight = Flight(self._fetch, now)
        return self._flight

    def _outcome(self, kid: str | None, rejected: Any, ended: bool) -> Any:
        keys = self._usable()
        key = _ABSENT if keys is None else keys.by_kid.get(kid, _ABSENT)
        if key is not _ABSENT and (key is not rejected or self._failed is None):
            return self._resolved(key)
        if not ended or self._failed is not None or keys is None:
            raise TokenVerificationError(self._failed or _Reason.JWK_FAILED_TO_LOAD)
        with self._lock:
            self._counters.unknown += 1
        raise TokenVerificationError(_Reason.JWK_KID_MISMATCH)

    @staticmethod
    def _resolved(key: Any) -> Any:
        if key is None:
            raise TokenVerificationError(_Reason.JWK_FAILED_TO_RESOLVE)
        return key

    # -- fetching ------------------------------------------------------------

    def _fetch(self) -> None:
        """In the thread of a flight. Whatever happens, the flight ends."""
        fresh: KeySet | None = None
        reason = _Reason.JWK_FAILED_TO_LOAD
        flight = self._flight
        try:
            answer = self._get()
            if answer is not None:
                with contextlib.suppress(ValueError, RecursionError):
                    fresh = parse(answer, self._keys)
                    reason = _Reason.JWK_REMOTE_INVALID
        finally:
            with self._lock:
                if self._flight is flight:
                    self._flight = None
                self._take(fresh, reason)

    def _take(self, fresh: KeySet | None, reason: TokenVerificationErrorReason) -> None:
        now = self._clock()
        if fresh is not None:
            fresh.fetched = now
            fresh.refresh_at = now + 0.8 * self._fresh
            self._keys = fresh
            self._failed = None
            self._failures_in_row = 0
            return
        self._counters.failures += 1
        self._failed = reason
        self._failures_in_row += 1
        pause = min(60.0, 2.0 ** min(self._failures_in_row - 1, 6))
        self._next_fetch = max(self._next_fetch, now + pause)

    def _get(self) -> bytes | None:
        """The endpoint's answer, or None. What breaks on the way is tried once more."""
        for _ in range(2):
            answer = exchange(
                "GET", self._url, self._secret_key, None, self._timeout_ms, self._way
            )
            if answer is not None:
                status, content = answer
                return content if status == 200 else None
        return None


_alive: weakref.WeakSet[JwksKeeper] = weakref.WeakSet()
_Instance = tuple[str, str, str]
keepers: dict[Place, JwksKeeper] = {}  # clerk_c.testing takes those of its servers away
_chosen: dict[_Instance, JwksKeeper] = {}  # by use_keeper
_keepers_lock = threading.Lock()


def keeper_at(place: Place) -> JwksKeeper:
    """The keeper of the keys that are there."""
    found = keepers.get(place)
    if found is not None:
        return found
    secret_key, api_url, api_version, way = place
    if secret_key is None:
        raise TokenVerificationError(_Reason.SECRET_KEY_MISSING)
    made = JwksKeeper(secret_key, api_url, api_version)
    made._way = way
    with _keepers_lock:
        made = _chosen.get((secret_key, api_url, api_version), made)
        while len(keepers) >= _MAX_KEEPERS:
            del keepers[next(iter(keepers))]
        return keepers.setdefault((secret_key, api_url, api_version, way), made)


def _place(secret_key: str, api_url: str, api_version: str, client: Any) -> Place:
    return secret_key, api_url, api_version, None if client is None else way_of(client)


def keeper_for(
    secret_key: str, api_url: str = API_URL, api_version: str = API_VERSION, client: Any = None
) -> JwksKeeper:
    """The keeper that `verify_token` and `authenticate_request` use for this instance.

    Args:
        client: the `Clerk` that authenticates. Those with other connections (proxy,
            certificates, `client=`) have another keeper.
    """
    return keeper_at(_place(secret_key, api_url, api_version, client))


def use_keeper(
    keeper: JwksKeeper, secret_key: str, api_url: str = API_URL, api_version: str = API_VERSION
) -> None:
    """Have this keeper, with settings of its own, used for the instance from now on, whatever the
    client."""
    instance = secret_key, api_url, api_version
    with _keepers_lock:
        _chosen[instance] = keeper
        for place in [place for place in keepers if place[:3] == instance]:
            del keepers[place]


def prewarm(
    secret_key: str, api_url: str = API_URL, api_version: str = API_VERSION, client: Any = None
) -> bool:
    """Fetch the instance's keys before the first request needs them. Are they there?"""
    return keeper_for(secret_key, api_url, api_version, client).prewarm()


async def prewarm_async(
    secret_key: str, api_url: str = API_URL, api_version: str = API_VERSION, client: Any = None
) -> bool:
    """The same for a task of asyncio or trio."""
    return await keeper_for(secret_key, api_url, api_version, client).prewarm_async()


def _after_fork() -> None:
    global _keepers_lock
    _keepers_lock = threading.Lock()
    for keeper in list(_alive):
        keeper._begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
