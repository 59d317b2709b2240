"""A keeper under attack: keys that rotate, an endpoint that flaps, random kids and signatures from
many threads and event loops, on a clock of the test's own. What has to hold does so in every order
of events; which order comes is left to the threads."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from typing import Any

import pytest
from issuing import HANG, Clock, Endpoint, Signer, settle

from clerk_c import security
from clerk_c.security import AuthenticateRequestOptions, JwksKeeper

SECRET = "sk_test_storm"
ROUNDS, THREADS, EACH = 25, 6, 8
INTERVAL_MS, GRACE_MS = 5_000, 3_600_000
PATIENCE_MS = 120_000  # of this machine, not of the test's clock
PAUSES_MS = (0, 0, 1_000, 4_999, 5_000, 61_000, 240_000, 300_000, 3_599_999, 3_600_000, 9_000_000)
REASONS = {
    *("in", "jwk-kid-mismatch", "token-invalid-signature", "jwk-failed-to-load"),
    *("jwk-remote-invalid", "token-invalid"),
}
BROKEN = [(503, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": 5}'), (0, b""), (401, b"{}"),
          (200, b"[" * 5_000), (200, b'\xff{"keys": []}')]  # fmt: skip


class Storm:
    """The world that the keeper sees, and what is presented to it."""

    def __init__(self, endpoint: Endpoint, clock: Clock, seed: int) -> None:
        self.endpoint, self.clock = endpoint, clock
        self.chosen = random.Random(seed)
        self.signers = [Signer(f"ins_{number}") for number in range(3)]
        self.thief = Signer("ins_0")  # signs by the name of another
        self.keeper = JwksKeeper(
            SECRET, endpoint.url, clock=clock, interval_ms=INTERVAL_MS, grace_ms=GRACE_MS,
            wait_ms=PATIENCE_MS, timeout_ms=PATIENCE_MS,
        )  # fmt: skip
        security.use_keeper(self.keeper, SECRET, endpoint.url)
        self.options = AuthenticateRequestOptions(secret_key=SECRET, api_url=endpoint.url)
        self.good = {signer.kid: signer.token() for signer in self.signers}
        self.forged = [self.thief.token(jti=str(number)) for number in range(4)]
        self.forged += [self.thief.token({"kid": f"kid_{number}"}) for number in range(30)]
        self.forged += [Signer(None).token(), self.thief.token({"kid": "\ud7ff\0 x"})]
        self.forged += [token[:-8] + "AAAAAAAA" for token in self.good.values()]
        self.seen: set[tuple[str | None, str]] = set()  # kid of a good token or None, outcome
        self.lock = threading.Lock()

    def turn(self) -> set[str] | None:
        """Time passes, keys rotate, the endpoint works or not: the kids that it has now."""
        self.clock.pass_ms(self.chosen.choice(PAUSES_MS))
        if self.chosen.random() < 0.4:
            self.endpoint.answers["/jwks"] = self.chosen.choice(BROKEN)
            return None
        published = self.chosen.sample(self.signers, self.chosen.randrange(4))
        self.endpoint.serve(*published)
        return {str(signer.kid) for signer in published}

    def attack(self) -> None:
        start = threading.Barrier(THREADS)
        plans = [[self._pick() for _ in range(EACH)] for _ in range(THREADS)]
        threads = [
            threading.Thread(target=self._work, args=(start, plan, number % 2))
            for number, plan in enumerate(plans)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10 * HANG)
            assert not thread.is_alive()
        settle(self.keeper)

    def _pick(self) -> tuple[str | None, str]:
        if self.chosen.random() < 0.5:
            return None, self.chosen.choice(self.forged)
        return self.chosen.choice(list(self.good.items()))

    def _work(self, start: threading.Barrier, plan: list[Any], is_async: int) -> None:
        start.wait(HANG)
        if is_async:
            outcomes = asyncio.run(self._ask_all([token for _, token in plan]))
        else:
            outcomes = [self.ask(token) for _, token in plan]
        with self.lock:
            self.seen.update((kid, outcome) for (kid, _), outcome in zip(plan, outcomes))

    def ask(self, token: str) -> str:
        return outcome(security.authenticate_request({"authorization": token}, self.options))

    async def _ask_all(self, tokens: list[str]) -> list[str]:
        ask = security.authenticate_request_async
        asked = (ask({"authorization": token}, self.options) for token in tokens)
        return [outcome(state) for state in await asyncio.gather(*asked)]


def outcome(state: Any) -> str:
    return "in" if state.reason is None else str(state.reason.value[0])


@pytest.mark.parametrize("seed", [1, 2])
def test_a_storm(endpoint: Endpoint, clock: Clock, seed: int) -> None:
    storm = Storm(endpoint, clock, seed)
    keeper, began = storm.keeper, clock.now
    held: set[str] = set()
    for _ in range(ROUNDS):
        published = storm.turn()
        before, allowed = endpoint.fetches(), held | (published or set())
        storm.seen.clear()
        storm.attack()

        # Nobody gets in by a forged token, or by a key that the endpoint has not named.
        assert {reason for _, reason in storm.seen} <= REASONS
        assert {kid for kid, reason in storm.seen if reason == "in"} <= allowed
        # The keys are those of the latest good answer.
        if published is not None and endpoint.fetches() > before:
            held = published
        assert set(keeper.kids) == held
        # However many ask, two fetches do not begin within an interval.
        counters = keeper.counters
        assert counters.fetches <= 1 + (clock.now - began) * 1000 / INTERVAL_MS
        assert counters.failures <= counters.fetches
        assert endpoint.fetches() <= 2 * counters.fetches  # each is tried twice at most

    # The storm is over: whoever has a key of the instance gets in at once, nobody else does.
    endpoint.serve(*storm.signers)
    clock.pass_ms(61_000)
    before = keeper.counters.fetches
    storm.ask(storm.forged[5])
    settle(keeper)
    assert [storm.ask(token) for token in storm.good.values()] == ["in"] * 3
    assert "in" not in {storm.ask(token) for token in storm.forged}
    assert keeper.counters.fetches <= before + 1
    assert json.dumps(keeper.kids) == json.dumps([signer.kid for signer in storm.signers])
