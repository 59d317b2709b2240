"""Retries beside the reference: the same scripts, on a clock of the test's, lead to the same tries
at the same times."""

from __future__ import annotations

import asyncio
import email.utils
import random
import time
from types import SimpleNamespace
from typing import Any

import clerk_backend_api
import httpx
import pytest
from clerk_backend_api.utils import retries as reference_retries

import clerk_c
from clerk_c import _loops, _observed

pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")

GOOD = (200, {})
Step = Any  # (status, headers), or an exception; each takes the milliseconds of `takes`


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.now += seconds


class Client:
    """Follows a script, whose last step stays, for 40 tries."""

    def __init__(self, clock: Clock, steps: list[Step], takes: int) -> None:
        self.clock, self.steps, self.takes = clock, list(steps), takes
        self.times: list[float] = []

    def build_request(self, method: str, url: Any, **more: Any) -> httpx.Request:
        names = ("params", "headers", "content")
        return httpx.Request(method, url, **{n: more[n] for n in names if n in more})

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        self.times.append(round(self.clock.now - 1_000_000, 6))
        self.clock.now += self.takes / 1000
        if len(self.times) == 40:
            raise LookupError("enough")  # which nobody tries again
        step = self.steps[0]
        if len(self.steps) > 1:
            del self.steps[0]
        if isinstance(step, Exception):
            raise step
        status, headers = step
        body = {"object": "total_count", "total_count": 7}
        return httpx.Response(status, headers=headers, json=body, request=request)

    def close(self) -> None:
        pass


class AsyncClient(Client):
    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:  # type: ignore[override]
        return super().send(request)

    async def aclose(self) -> None:
        pass


class Both:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, is_async: bool) -> None:
        self.clock = Clock()
        self.is_async = is_async
        fake = SimpleNamespace(
            time=self.clock.time, monotonic=self.clock.time, sleep=self.clock.sleep
        )
        monkeypatch.setattr(reference_retries, "time", fake)
        monkeypatch.setattr(reference_retries, "asyncio", SimpleNamespace(sleep=self.clock.asleep))
        monkeypatch.setattr(_observed, "time", fake)
        monkeypatch.setattr(_loops, "sleep", self.clock.asleep)

    def run(self, package: Any, steps: list[Step], takes: int, config: dict[str, Any]) -> Any:
        pair = [kind(self.clock, steps, takes) for kind in (Client, AsyncClient)]
        client = pair[self.is_async]
        self.clock.now = 1_000_000.0
        clerk = package.Clerk(bearer_auth="sk_test_x", client=pair[0], async_client=pair[1])
        utils = package.utils
        backoff = utils.BackoffStrategy(*config["backoff"])
        more = {"status_codes_override": config["codes"]} if "codes" in config else {}
        retries = utils.RetryConfig("backoff", backoff, config.get("connection", True), **more)
        try:
            if self.is_async:
                result: Any = asyncio.run(call(clerk, retries)).total_count
            else:
                result = clerk.users.count(retries=retries).total_count
        except Exception as error:
            result = (type(error).__name__, str(error), getattr(error, "status_code", None))
        return client.times, result

    def agree(self, steps: list[Step], takes: int = 1, within: float = 1e-4, **config: Any) -> Any:
        theirs = self.run(clerk_backend_api, steps, takes, config)
        ours = self.run(clerk_c, steps, takes, config)
        assert ours[1] == theirs[1]
        assert len(ours[0]) == len(theirs[0])
        assert ours[0] == pytest.approx(theirs[0], abs=within)
        return ours


async def call(clerk: Any, retries: Any) -> Any:
    async with clerk:
        return await clerk.users.count_async(retries=retries)


@pytest.fixture(params=[False, True], ids=["blocking", "asynchronous"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Both:
    return Both(monkeypatch, bool(request.param))


PLAIN = (500, 60_000, 1.5, 3_600_000, 0)


@pytest.mark.parametrize("status", [*range(200, 600, 20), 429, 501, 502, 503, 504, 599, 600, 999])
def test_each_status(both: Both, status: int) -> None:
    both.agree([(status, {}), GOOD], backoff=PLAIN)


@pytest.mark.parametrize(
    "codes",
    [
        None,
        [],
        ["429"],
        ["4XX"],
        ["4xx", "503"],
        ["5X"],
        ["4X9"],
        ["404", "5XX"],
        ["+404"],
        [" 503 "],
        ["0503"],
        ["200"],
    ],
)
@pytest.mark.parametrize("status", [200, 404, 429, 500, 503])
def test_each_override(both: Both, codes: list[str] | None, status: int) -> None:
    both.agree([(status, {}), (204, {})], backoff=PLAIN, codes=codes)


ERRORS = [
    *(httpx.ConnectError, httpx.ReadError, httpx.WriteError, httpx.CloseError),
    *(httpx.ConnectTimeout, httpx.ReadTimeout, httpx.WriteTimeout, httpx.PoolTimeout),
    *(httpx.RemoteProtocolError, httpx.LocalProtocolError, httpx.ProxyError),
    *(httpx.UnsupportedProtocol, httpx.DecodingError, httpx.TooManyRedirects),
    *(RuntimeError, OSError, TimeoutError, LookupError),
]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("connection", [True, False])
def test_each_error(both: Both, error: type[Exception], connection: bool) -> None:
    steps = [error("one"), (500, {}), error("two"), GOOD]
    both.agree(steps, backoff=PLAIN, connection=connection)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "2"},
        {"Retry-After": "0.25"},
        {"Retry-After": "1e1"},
        {"Retry-After": " 3 "},
        {"Retry-After": "0"},
        {"Retry-After": "-5"},
        {"Retry-After": "nonsense"},
        {"Retry-After": ""},
        {"Retry-After": "1_0"},
        {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"retry-after-ms": "70"},
        {"retry-after-ms": "70.6"},
        {"retry-after-ms": "0"},
        {"retry-after-ms": "-1"},
        {"retry-after-ms": "x"},
        {"retry-after-ms": "70", "Retry-After": "2"},
        {"retry-after-ms": "0", "Retry-After": "2"},
        {"retry-after-ms": "-1", "Retry-After": "2"},
        {"retry-after-ms": "x", "Retry-After": "2"},
        {"retry-after-ms": "inf", "Retry-After": "2"},
        {"Retry-After": "1000"},
    ],
)
def test_what_the_server_asks_for(both: Both, headers: dict[str, str]) -> None:
    both.agree([(503, headers), (503, {}), (503, headers), GOOD], backoff=PLAIN)


@pytest.mark.parametrize("zone", ["GMT", "UTC", "+0000", "-0130", "+0545", ""])
def test_dates(both: Both, zone: str) -> None:
    seconds = int(zone[1:3]) * 3600 + int(zone[3:]) * 60 if zone[:1] in ("+", "-") else 0
    there = time.gmtime(time.time() + 90 + (-seconds if zone[:1] == "-" else seconds))
    text = time.strftime("%a, %d %b %Y %H:%M:%S ", there) + zone
    assert email.utils.parsedate_tz(text.strip()) is not None
    both.agree([(503, {"Retry-After": text.strip()}), GOOD], backoff=PLAIN, within=2.0)


def test_limits_on_the_time(both: Both) -> None:
    for elapsed in (-1, 0, 1, 2, 10, 100, 5_000):
        both.agree([(503, {})], takes=1, backoff=(3, 50, 2, elapsed, 0))
        both.agree([httpx.ConnectError("no")], takes=7, backoff=(3, 50, 2, elapsed, 0))


def test_many_at_random(both: Both) -> None:
    luck = random.Random(20)
    for _ in range(100):
        steps: list[Step] = [luck.choice(_STEPS) for _ in range(luck.randrange(1, 12))]
        config: dict[str, Any] = {
            "backoff": (
                luck.choice([0, 1, 7, 500]),
                luck.choice([0, 10, 400, 60_000]),
                luck.choice([1, 1.5, 2, 3.7]),
                luck.choice([-1, 3, 77, 1_003, 600_001]),
                0,
            ),
            "connection": luck.random() < 0.7,
        }
        if luck.random() < 0.5:
            config["codes"] = luck.choice([["429"], ["4XX"], ["503", "5X"], ["5XX", "429"]])
        both.agree(steps, takes=luck.choice([0, 1, 13, 900]), **config)


_STEPS: list[Step] = [
    GOOD,
    *((status, {}) for status in (404, 429, 500, 502, 503)),
    *((503, {name: value}) for name in ("retry-after", "retry-after-ms") for value in "1209"),
    *(error("x") for error in (httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError)),
    httpx.RemoteProtocolError("x"),
]


@pytest.mark.parametrize("jitter", [None, 0, 5, 400])
def test_jitter_stays_within_its_bound(both: Both, jitter: int | None) -> None:
    bound = (1000 if jitter is None else jitter) / 1000
    waits = set()
    for _ in range(10):
        backoff = {"backoff": (100, 60_000, 2, 3_600_000, jitter)}
        times, _ = both.run(clerk_c, [(503, {})] * 5 + [GOOD], 0, backoff)
        for number in range(5):
            wait = times[number + 1] - times[number]
            assert 0.1 * 2**number - 1e-6 <= wait <= 0.1 * 2**number + bound + 1e-6
            waits.add(round(wait, 7))
    assert len(waits) > 20 if bound else len(waits) == 5
