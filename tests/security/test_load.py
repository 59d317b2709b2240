"""Many requests at once through a rotation of keys, an outage and a stream of forged tokens: who is
signed in, and how often the endpoint is asked."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from issuing import HANG, Clock, Endpoint, Signer, settle

from clerk_c import security
from clerk_c.security import AuthenticateRequestOptions, JwksKeeper

SECRET = "sk_test_load"
THREADS = 8


class Request:
    def __init__(self, token: str) -> None:
        self.headers = {"Authorization": f"Bearer {token}"}


class Load:
    """Threads, of which each second one runs an event loop, that all send the same tokens."""

    def __init__(self, options: AuthenticateRequestOptions) -> None:
        self.options = options
        self.outcomes: Counter[str] = Counter()
        self._lock = threading.Lock()

    def run(self, token: Callable[[int, int], str], count: int) -> Counter[str]:
        self.outcomes.clear()
        threads = [
            threading.Thread(target=self._work, args=(number, token, count))
            for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10 * HANG)
        assert sum(self.outcomes.values()) == THREADS * count
        return self.outcomes

    def _work(self, number: int, token: Callable[[int, int], str], count: int) -> None:
        tokens = [token(number, place) for place in range(count)]
        if number % 2:
            states = asyncio.run(self._ask_all(tokens))
        else:
            states = [security.authenticate_request(Request(one), self.options) for one in tokens]
        with self._lock:
            for state in states:
                self.outcomes["in" if state.reason is None else state.reason.value[0]] += 1

    async def _ask_all(self, tokens: list[str]) -> list[Any]:
        asked = (security.authenticate_request_async(Request(one), self.options) for one in tokens)
        return await asyncio.gather(*asked)


@pytest.fixture
def keeper(endpoint: Endpoint, clock: Clock) -> JwksKeeper:
    made = JwksKeeper(SECRET, endpoint.url, clock=clock)
    security.use_keeper(made, SECRET, endpoint.url)
    return made


@pytest.fixture
def load(endpoint: Endpoint) -> Load:
    return Load(AuthenticateRequestOptions(secret_key=SECRET, api_url=endpoint.url))


Token = Callable[[int, int], str]


@pytest.fixture
def current(signer: Signer) -> Token:
    tokens = [signer.token(jti=str(number)) for number in range(20)]
    return lambda number, place: tokens[(number + place) % len(tokens)]


@pytest.fixture
def rotated(other: Signer) -> Token:
    tokens = [other.token(jti=str(number)) for number in range(20)]
    return lambda number, place: tokens[(number + place) % len(tokens)]


def alternating(one: Token, two: Token) -> Token:
    return lambda number, place: (two if place % 2 else one)(number, place)


def test_a_rotation_and_forged_tokens(
    load: Load,
    keeper: JwksKeeper,
    endpoint: Endpoint,
    signer: Signer,
    other: Signer,
    clock: Clock,
    current: Token,
    rotated: Token,
) -> None:
    endpoint.serve(signer)
    assert load.run(current, 200) == {"in": THREADS * 200}
    assert endpoint.fetches() == 1  # all began at once

    clock.pass_ms(5000)
    endpoint.serve(signer, other)
    assert load.run(alternating(current, rotated), 200) == {"in": THREADS * 200}
    assert endpoint.fetches() == 2

    # a new kid each, between good ones, within one interval
    clock.pass_ms(5000)

    def forged(number: int, place: int) -> str:
        return signer.token(headers={"kid": f"kid_{number}_{place}"})

    outcomes = load.run(alternating(forged, rotated), 20)
    assert outcomes == {"in": THREADS * 10, "jwk-kid-mismatch": THREADS * 10}
    assert endpoint.fetches() == 3

    # signatures that do not fit
    clock.pass_ms(5000)
    outcomes = load.run(lambda n, p: rotated(n, p)[:-12] + f"{n:04}{p:04}AAAA", 20)
    assert outcomes == {"token-invalid-signature": THREADS * 20}
    assert endpoint.fetches() == keeper.counters.fetches == 4


def test_an_outage_and_its_end(
    load: Load,
    keeper: JwksKeeper,
    endpoint: Endpoint,
    signer: Signer,
    other: Signer,
    clock: Clock,
    current: Token,
    rotated: Token,
) -> None:
    endpoint.serve(signer, other)
    assert load.run(current, 1) == {"in": THREADS}

    # no answer comes: nobody notices, and nobody waits
    clock.pass_ms(300_000)
    endpoint.gate.clear()
    assert load.run(alternating(current, rotated), 500) == {"in": THREADS * 500}
    assert keeper.counters.fetches == 2
    endpoint.answers["/jwks"] = (503, b"")
    endpoint.gate.set()
    settle(keeper)
    for _ in range(10):
        assert load.run(current, 50) == {"in": THREADS * 50}
        settle(keeper)
        clock.pass_ms(1000)
    # the first, then one after 5 seconds: the interval, longer than the pauses of 1 and 2
    assert keeper.counters.failures == 3 - 1
    assert endpoint.fetches() == 3

    # it is back, without the old key
    endpoint.serve(other)
    clock.pass_ms(60_000)
    load.run(rotated, 1)
    settle(keeper)
    outcomes = load.run(alternating(current, rotated), 50)
    assert outcomes == {"in": THREADS * 25, "jwk-kid-mismatch": THREADS * 25}
    counters = keeper.counters
    assert (counters.failures, counters.fetches) == (2, endpoint.fetches())


def test_a_slow_endpoint_at_the_start(
    load: Load, keeper: JwksKeeper, endpoint: Endpoint, signer: Signer
) -> None:
    """Everybody waits for the one fetch, and everybody gets in."""
    endpoint.serve(signer)
    endpoint.gate.clear()
    token = signer.token()
    done: list[Counter[str]] = []
    runner = threading.Thread(target=lambda: done.append(load.run(lambda n, p: token, 50)))
    runner.start()
    assert endpoint.arrived.acquire(timeout=HANG)
    endpoint.gate.set()
    runner.join(HANG)
    assert done == [{"in": THREADS * 50}]
    assert endpoint.fetches() == 1
    assert keeper.counters.failures == 0
