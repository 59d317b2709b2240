"""The clock of the stand-in, and what follows it: tokens and webhooks expire without waiting."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from clerk_c import WebhookVerificationError, verify_webhook
from clerk_c.security import AuthenticateRequestOptions, authenticate_request
from clerk_c.testing import Clock, Followed, Server, sign_webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MOMENT = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def clock(server: Server) -> Iterator[Clock]:
    with Followed(server.store.clock):
        yield server.store.clock
    server.store.clock.reset()


def test_moves() -> None:
    clock = Clock()
    clock.freeze(MOMENT)
    assert clock.time() == pytest.approx(MOMENT.timestamp(), abs=1e-3)
    assert clock.now() == pytest.approx(MOMENT.timestamp() * 1000, abs=1)
    clock.advance(90)
    assert clock.time() == pytest.approx(MOMENT.timestamp() + 90, abs=1e-3)
    clock.advance(-100)
    clock.freeze()
    assert clock.time() == pytest.approx(MOMENT.timestamp() - 10, abs=1e-3)
    assert repr(clock).endswith(" frozen>")
    clock.travel(12.5)
    assert clock.time() == pytest.approx(12.5, abs=1e-3)
    before = time.time()
    clock.reset()
    assert before <= clock.time() <= time.time()


def test_it_runs_on() -> None:
    clock = Clock()
    clock.travel(MOMENT)
    first = clock.time()
    assert MOMENT.timestamp() <= first + 1e-3
    assert first <= clock.time() < MOMENT.timestamp() + 3600


NAIVE = datetime(2030, 1, 2)  # whose day?


@pytest.mark.parametrize("value", ["1", None, True, math.nan, math.inf, NAIVE])
def test_bad_moves(value: Any) -> None:
    clock = Clock()
    for move in (clock.advance, clock.travel):
        with pytest.raises((TypeError, ValueError), match=r"seconds|to|time zone"):
            move(value)


def test_moments_that_no_calendar_has() -> None:
    clock = Clock()
    clock.freeze(MOMENT)
    for move, seconds in (
        (clock.advance, 1e30), (clock.advance, -1e12), (clock.travel, 253_402_300_800),
        (clock.travel, -1), (clock.travel, 10**400), (clock.freeze, 1e30),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="between the years 1970 and 9999"):
            move(seconds)
    assert clock.time() == pytest.approx(MOMENT.timestamp(), abs=1e-3)
    clock.travel(253_402_300_799)
    assert clock.now() == pytest.approx(253_402_300_799_000, abs=1)


def test_tokens_expire(server: Server, clock: Clock) -> None:
    options = AuthenticateRequestOptions(secret_key=server.secret_key, api_url=server.origin)
    headers = {"authorization": f"Bearer {server.store.session_token(seconds=60)}"}
    assert authenticate_request(headers, options).is_signed_in
    clock.advance(120)
    state = authenticate_request(headers, options)
    assert state.reason is not None and state.reason.value[0] == "token-expired"
    clock.advance(-120)
    assert authenticate_request(headers, options).is_signed_in
    clock.travel(MOMENT)
    fresh = {"authorization": f"Bearer {server.store.session_token(seconds=60)}"}
    assert authenticate_request(fresh, options).is_signed_in


def test_webhooks_grow_old(clock: Clock) -> None:
    body, headers = sign_webhook({"type": "a.b", "data": {}}, SECRET, now=clock.now())
    assert verify_webhook(body, headers, SECRET).type == "a.b"
    clock.advance(600)
    with pytest.raises(WebhookVerificationError) as caught:
        verify_webhook(body, headers, SECRET)
    assert caught.value.reason == "timestamp-too-old"


def test_the_reference_follows(server: Server) -> None:
    reference = pytest.importorskip("clerk_backend_api.security")
    jwt = pytest.importorskip("jwt")
    types = pytest.importorskip("clerk_backend_api.security.types")
    options = types.VerifyTokenOptions(secret_key=server.secret_key, api_url=server.origin)
    clock = server.store.clock
    with Followed(clock):
        token = server.store.session_token("user_1", seconds=60)
        assert reference.verify_token(token, options)["sub"] == "user_1"
        clock.advance(120)
        with pytest.raises(types.TokenVerificationError) as caught:
            reference.verify_token(token, options)
        assert caught.value.reason.value[0] == "token-expired"
        until = datetime.now(timezone.utc) + timedelta(hours=1)
        assert jwt.decode(
            jwt.encode({"exp": until}, "k" * 32, "HS256"), "k" * 32, algorithms=["HS256"]
        )["exp"] == int(until.timestamp())
    clock.reset()
    assert reference.verify_token(token, options)["sub"] == "user_1"


def test_afterwards_the_system_decides(server: Server) -> None:
    clock = Clock()
    options = AuthenticateRequestOptions(secret_key=server.secret_key, api_url=server.origin)
    headers = {"authorization": f"Bearer {server.store.session_token(seconds=600)}"}
    with Followed(clock):
        clock.advance(100_000)
        assert not authenticate_request(headers, options).is_signed_in
    assert authenticate_request(headers, options).is_signed_in
