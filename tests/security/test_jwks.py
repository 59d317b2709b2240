"""The keeper of signing keys: how often it fetches, what it answers meanwhile, who waits."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from issuing import SECRET, Clock, Endpoint, Signer, code, settle

from clerk_c.security import JwksKeeper


def test_keys_are_fetched_once(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, other: Signer
) -> None:
    endpoint.serve(signer, other)
    one = keeper.key("ins_one")
    assert [keeper.key("ins_one") for _ in range(100)] == [one] * 100
    assert keeper.key("ins_two") is not one
    assert keeper.kids == ["ins_one", "ins_two"]
    ((method, path, headers, body),) = endpoint.requests
    assert (method, path, body) == ("GET", "/v1/jwks", b"")
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert headers["accept"] == "application/json"
    assert keeper.counters.fetches == 1
    assert SECRET not in repr(keeper)


def test_renewal_in_the_background(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, other: Signer, clock: Clock
) -> None:
    endpoint.serve(signer)
    first = keeper.key("ins_one")
    clock.pass_ms(239_999)
    assert keeper.key("ins_one") is first and endpoint.fetches() == 1
    endpoint.serve(signer, other)
    endpoint.gate.clear()
    clock.pass_ms(2)
    for _ in range(100):  # the answer does not come, and nobody waits for it
        assert keeper.key("ins_one") is first
    endpoint.gate.set()
    settle(keeper)
    assert keeper.key("ins_one") is first  # the same material, the same object
    assert keeper.key("ins_two") is not first
    assert (endpoint.fetches(), keeper.counters.stale) == (2, 100)


def test_an_outage_slows_nobody_and_ends_some_day(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, clock: Clock
) -> None:
    endpoint.serve(signer)
    key = keeper.key("ins_one")
    endpoint.answers["/jwks"] = (503, b"")
    clock.pass_ms(300_000)
    asked = 0
    while clock.now < 1000 + 3600:
        assert keeper.key("ins_one") is key
        settle(keeper)
        clock.pass_ms(1000)
        asked += 1
    assert asked == 3300
    # pauses of 5 (the interval), 5, 5, 8, 16, 32 and then 60 seconds
    assert endpoint.fetches() - 1 == keeper.counters.failures == 60
    assert code(keeper.key, "ins_one") == "jwk-failed-to-load"
    endpoint.serve(signer)
    clock.pass_ms(60_000)
    assert keeper.key("ins_one") is key


def test_recovery_after_an_outage(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, other: Signer, clock: Clock
) -> None:
    endpoint.answers["/jwks"] = (0, b"")  # closes the connection
    assert code(keeper.key, "ins_one") == "jwk-failed-to-load"
    assert endpoint.fetches() == 2  # what broke was tried once more
    endpoint.serve(signer)
    assert code(keeper.key, "ins_one") == "jwk-failed-to-load"  # not again so soon
    assert endpoint.fetches() == 2
    clock.pass_ms(5_000)
    assert keeper.key("ins_one")
    assert code(keeper.key, "ins_two") == "jwk-kid-mismatch"


def test_random_kids_do_not_cause_fetches(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, clock: Clock
) -> None:
    endpoint.serve(signer)
    keeper.key("ins_one")
    for second in range(20):
        for number in range(50):
            assert code(keeper.key, f"kid_{second}_{number}") == "jwk-kid-mismatch"
            assert keeper.key("ins_one")
        clock.pass_ms(1000)
    # one at the start, then one in each interval of 5 seconds
    assert endpoint.fetches() == 1 + 3
    counters = keeper.counters
    assert (counters.fetches, counters.unknown, counters.suppressed) == (4, 1000, 997)
    assert keeper.kids == ["ins_one"]  # unknown ones are not collected


def test_a_new_key_is_found_at_once(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, other: Signer, clock: Clock
) -> None:
    endpoint.serve(signer)
    keeper.key("ins_one")
    endpoint.serve(other)
    clock.pass_ms(5000)
    assert keeper.key("ins_two")
    assert code(keeper.key, "ins_one") == "jwk-kid-mismatch"  # withdrawn


def test_a_signature_that_does_not_fit_fetches_once(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, other: Signer, clock: Clock
) -> None:
    endpoint.serve(signer)
    key = keeper.key("ins_one")
    assert keeper.key("ins_one", rejected=key) is key and endpoint.fetches() == 1
    clock.pass_ms(5000)
    assert keeper.key("ins_one", rejected=key) is key and endpoint.fetches() == 2
    clock.pass_ms(5000)
    endpoint.serve(other.jwk(kid="ins_one"))  # another key under the same name
    changed = keeper.key("ins_one", rejected=key)
    assert changed is not key and keeper.key("ins_one") is changed
    # who held the old one learns of the new one without another fetch
    assert keeper.key("ins_one", rejected=key) is changed
    assert endpoint.fetches() == 3
    clock.pass_ms(5000)
    endpoint.answers["/jwks"] = (500, b"")
    assert code(keeper.key, "ins_one", rejected=changed) == "jwk-failed-to-load"
    assert keeper.key("ins_one") is changed


BROKEN = {
    *((200, text) for text in (b"", b"{}", b"[]", b"null", b"7", b"<html>", b'{"keys": {}}')),
    *((200, text) for text in (b'{"keys": null}', b'{"keys": 5}', b"\xff\xfe", b"[" * 100_000)),
    *((status, b'{"keys": []}') for status in (201, 204, 302, 400, 401, 404, 429, 500, 503)),
}


@pytest.mark.parametrize(("status", "content"), sorted(BROKEN))
def test_broken_answers(
    keeper: JwksKeeper,
    endpoint: Endpoint,
    signer: Signer,
    clock: Clock,
    status: int,
    content: bytes,
) -> None:
    endpoint.answers["/jwks"] = (status, content)
    is_json = status == 200 and content[:1] not in (b"", b"<", b"\xff") and len(content) < 100
    expected = "jwk-remote-invalid" if is_json else "jwk-failed-to-load"
    assert code(keeper.key, "ins_one") == expected
    endpoint.serve(signer)
    clock.pass_ms(5000)
    key = keeper.key("ins_one")
    endpoint.answers["/jwks"] = (status, content)
    clock.pass_ms(300_000)
    assert keeper.key("ins_one") is key  # a broken answer withdraws no key
    settle(keeper)
    assert keeper.key("ins_one") is key
    assert keeper.counters.failures == 2


def test_odd_keys_in_the_set(
    keeper: JwksKeeper, endpoint: Endpoint, signer: Signer, other: Signer, unnamed: Signer
) -> None:
    endpoint.serve(
        *(None, 5, [], {}, {"kid": 7}, {"kid": ["x"]}),
        {"kid": "ec", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kid": "oct", "kty": "oct", "k": "c2VjcmV0"},
        signer.jwk(kid="broken", n="!"),
        signer,
        other.jwk(kid="ins_one"),  # a second one under that name
        unnamed,
    )
    assert keeper.key("ins_one") is keeper.key("ins_one")
    assert code(keeper.key, "ec") == "jwk-failed-to-resolve"
    assert code(keeper.key, "oct") == "jwk-failed-to-resolve"
    assert code(keeper.key, "broken") == "jwk-failed-to-resolve"
    assert code(keeper.key, None) == "jwk-failed-to-resolve"  # `{}`, which came first
    assert endpoint.fetches() == 1


def test_a_key_without_a_name(keeper: JwksKeeper, endpoint: Endpoint, unnamed: Signer) -> None:
    endpoint.serve(unnamed)
    assert keeper.key(None)
    assert keeper.peek() == {None: keeper.key(None)}


@pytest.mark.parametrize(
    ("named", "error", "text"),
    [
        ({"secret_key": None}, TypeError, "secret_key"),
        ({"secret_key": ""}, ValueError, "secret_key"),
        ({"secret_key": "sk_test_x\n"}, ValueError, "secret_key"),
        ({"secret_key": "sk_tést"}, ValueError, "secret_key"),
        ({"api_url": 5}, TypeError, "api_url"),
        ({"api_url": "api.clerk.com"}, ValueError, "api_url"),
        ({"api_url": "https://x.example/?a"}, ValueError, "api_url"),
        ({"api_version": None}, TypeError, "api_version"),
        ({"fresh_ms": 0}, ValueError, "fresh_ms"),
        ({"interval_ms": "5"}, ValueError, "interval_ms"),
        ({"grace_ms": 1000}, ValueError, "grace_ms"),
    ],
)
def test_bad_settings(named: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text) as caught:
        JwksKeeper(**{"secret_key": SECRET} | named)
    assert SECRET not in str(caught.value) and "sk_t" not in str(caught.value)


def test_settings_are_heeded(endpoint: Endpoint, signer: Signer, clock: Clock) -> None:
    endpoint.serve(signer)
    keeper = JwksKeeper(
        SECRET, endpoint.url + "/", "", fresh_ms=10, grace_ms=20, interval_ms=1, clock=clock
    )
    keeper.key("ins_one")
    assert endpoint.requests[0][1] == "/jwks"
    clock.pass_ms(8)
    assert keeper.key("ins_one")
    settle(keeper)
    assert endpoint.fetches() == 2
    endpoint.answers["/jwks"] = (500, json.dumps({}).encode())
    clock.pass_ms(19)
    assert keeper.key("ins_one")
    settle(keeper)
    clock.pass_ms(2)
    assert code(keeper.key, "ins_one") == "jwk-failed-to-load"


def test_nothing_is_imported_that_is_not_needed(endpoint: Endpoint, signer: Signer) -> None:
    endpoint.serve(signer)
    program = (
        "import sys; from clerk_c.security import JwksKeeper; "
        f"JwksKeeper('sk', {endpoint.url!r}).key('ins_one'); "
        "print({'asyncio', 'trio', 'httpx', 'jwt', 'cryptography'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.stdout.strip(), ran.stderr) == ("set()", "")
