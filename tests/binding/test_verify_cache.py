"""TokenCache: what it remembers, what it never remembers, its bounds, threads."""

from __future__ import annotations

import gc
import itertools
import random
import subprocess
import sys
import threading
from typing import Any

import pytest
from minting import CLAIMS, HEADER, NOW, key, mint, pem, with_claims

from clerk_c._core import TokenCache, verify_jwt

MS = NOW * 1000


def verify(token: Any, cache: TokenCache, verify_key: Any = None, **options: Any) -> Any:
    return verify_jwt(
        token, key() if verify_key is None else verify_key, MS, cache=cache, **options
    )


def counters(cache: TokenCache) -> tuple[int, int, int, int]:
    return len(cache), cache.hits, cache.misses, cache.evictions


def test_counters() -> None:
    cache = TokenCache()
    assert cache.size == 1024 and counters(cache) == (0, 0, 0, 0)
    token = mint()
    for _ in range(3):
        assert verify(token, cache) == CLAIMS
    assert counters(cache) == (1, 2, 1, 0)
    assert repr(cache) == "<TokenCache: 1 of 1024 tokens>"
    cache.clear()
    assert verify(token, cache) == CLAIMS
    assert counters(cache) == (1, 2, 2, 0)


def test_only_valid_signatures_are_remembered() -> None:
    cache = TokenCache()
    bad = [
        mint(number=1),
        mint()[:-8] + "AAAAAAAA",
        "x",
        "",
        mint(header={"alg": "none"}),
        mint([]),
    ]
    for token in bad * 2:
        assert isinstance(verify(token, cache), str)
    assert len(cache) == 0 and cache.hits == 0


def test_what_depends_on_time_and_caller_is_checked_anew() -> None:
    cache = TokenCache()
    token = mint(with_claims(aud="a", sub="mch_1"))
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"audience": "a"}, None),
        ({"audience": "b"}, "token-invalid-audience"),
        ({}, "token-invalid-audience"),
        ({"audience": "a", "authorized_parties": ["x"]}, "token-invalid-authorized-parties"),
        ({"audience": "a", "session_only": True}, "invalid-token-type"),
        ({"audience": "a", "clock_skew_ms": -61_000}, "token-not-active-yet"),
        ({"audience": "a", "clock_skew_ms": 10_000}, None),
    ]
    for options, outcome in cases * 2:
        got = verify(token, cache, **options)
        assert got == (outcome or with_claims(aud="a", sub="mch_1"))
    for now, outcome in (
        (NOW + 64, None),
        (NOW + 65, "token-expired"),
        (NOW - 18, "token-not-active-yet"),
    ):
        got = verify_jwt(token, key(), now * 1000, 5000, "a", None, cache)
        assert got == outcome if outcome else isinstance(got, dict)
    assert len(cache) == 1


def test_a_token_out_of_time_is_remembered_and_refused() -> None:
    cache = TokenCache()
    token = mint(with_claims(exp=NOW - 10))
    assert [verify(token, cache) for _ in range(3)] == ["token-expired"] * 3
    assert cache.hits == 2
    assert isinstance(verify(token, cache, clock_skew_ms=11_000), dict)


def test_dicts_are_the_callers_own() -> None:
    cache = TokenCache()
    token = mint()
    for _ in range(4):
        claims = verify(token, cache)
        assert claims == CLAIMS
        claims["o"]["rol"] = "owner"
        claims["fva"].append(9)
        claims["sub"] = "user_2"
        del claims["exp"]
    assert list(verify(token, cache)) == list(CLAIMS)


def test_the_one_unused_the_longest_goes() -> None:
    cache = TokenCache(3)
    tokens = [mint({"exp": NOW + 9, "n": n}) for n in range(4)]
    for token in tokens[:3]:
        verify(token, cache)
    verify(tokens[0], cache)
    verify(tokens[3], cache)
    assert counters(cache) == (3, 1, 4, 1)
    for token in (tokens[0], tokens[2], tokens[3]):
        verify(token, cache)
    assert cache.hits == 4
    verify(tokens[1], cache)
    assert cache.misses == 5


def test_sizes() -> None:
    cache = TokenCache(0)
    token = mint()
    assert verify(token, cache) == verify(token, cache) == CLAIMS
    assert counters(cache) == (0, 0, 0, 0)
    cache.size = 100
    tokens = [mint({"exp": NOW + 9, "n": n}) for n in range(60)]
    for token in tokens:
        verify(token, cache)
    cache.size = 10
    assert len(cache) == 10 and cache.size == 10 and cache.evictions == 50
    for token in tokens[50:]:
        verify(token, cache)
    assert cache.hits == 10
    cache.size = 0
    assert len(cache) == 0
    for bad in (-1, 2**20 + 1, 2**70):
        with pytest.raises(ValueError, match="size must be between 0 and 1048576"):
            TokenCache(bad)
        with pytest.raises(ValueError, match="size must be between 0 and 1048576"):
            cache.size = bad
    with pytest.raises(TypeError):
        TokenCache("9")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del cache.size  # type: ignore[misc]


def test_another_key_takes_over() -> None:
    """A token is known for the key it was verified with; rotation makes it unknown."""
    cache = TokenCache()
    keys = {"ins_1": key()}
    token = mint()
    assert verify(token, cache, keys) == verify(token, cache, keys) == CLAIMS
    keys["ins_1"] = key(1)
    assert verify(token, cache, keys) == "token-invalid-signature"
    del keys["ins_1"]
    assert verify(token, cache, keys) == "jwk-kid-mismatch"
    keys["ins_1"] = key()
    assert verify(token, cache, keys) == CLAIMS
    assert counters(cache) == (1, 2, 3, 0)
    assert (
        verify(mint(header=HEADER | {"kid": "ins_2"}, number=1), cache, {"ins_2": key(1)}) == CLAIMS
    )


def test_threads() -> None:
    cache = TokenCache(8)
    tokens = [(mint({"exp": NOW + 9, "n": n, "o": {"n": [n]}}), n) for n in range(16)]
    wrong: list[Any] = []
    start = threading.Barrier(8)

    def work(seed: int) -> None:
        chosen = random.Random(seed)
        start.wait()
        for step in itertools.count():
            if step == 300:
                return
            token, n = chosen.choice(tokens)
            claims = verify(token, cache)
            if claims != {"exp": NOW + 9, "n": n, "o": {"n": [n]}}:
                wrong.append(claims)
            claims["o"]["n"].append(seed)
            if step % 50 == seed:
                cache.size = chosen.choice((0, 4, 8, 16))
            if step % 70 == seed:
                cache.clear()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and len(cache) <= 16


def test_nothing_is_left_behind() -> None:
    token = mint()

    def use() -> None:
        cache = TokenCache(2)
        for n in range(4):
            verify(token, cache)
            verify(mint({"exp": NOW + 9, "n": n, "o": {"x": [n]}}), cache)

    def growth() -> int:
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(50):
            use()
        gc.collect()
        return sys.getallocatedblocks() - before

    # What other threads do meanwhile comes and goes; a leak is there every time.
    assert min(growth() for _ in range(4)) < 50


def test_completed_claims_are_made_once_and_copied() -> None:
    cache, asked = TokenCache(), []

    def complete(claims: dict[str, Any]) -> None:
        asked.append(dict(claims))
        claims["more"] = ["a"]

    for _ in range(4):
        found = verify_jwt(mint(), key(), NOW * 1000, cache=cache, complete=complete)
        assert found == CLAIMS | {"more": ["a"]}
        found["more"].append("b")
        assert verify_jwt(mint(), key(), NOW * 1000, cache=cache) == CLAIMS
    assert asked == [CLAIMS] * len(asked) and 1 <= len(asked) <= 2


def test_completing_may_refuse_each_time() -> None:
    cache = TokenCache()

    def complete(claims: dict[str, Any]) -> None:
        raise LookupError("o")

    for _ in range(3):
        with pytest.raises(LookupError):
            verify_jwt(mint(), key(), NOW * 1000, cache=cache, complete=complete)
    assert verify_jwt(mint(), key(), NOW * 1000, cache=cache) == CLAIMS


FORGETTING = """
import sys
from clerk_c._core import TokenCache, VerifyKey, verify_jwt

key, now, *tokens = sys.argv[1:]
key, cache, gone = VerifyKey.from_pem(key), TokenCache(1), []

class Last:
    is_kept = False

    def __del__(self):
        if self.is_kept:
            gone.append(len(cache))
            cache.clear()

def complete(claims):
    claims["last"] = Last()

def remember():
    cache.size = 1
    for _ in range(2):  # what was added to claims that were known is kept
        claims = verify_jwt(tokens[0], key, int(now), cache=cache, complete=complete)
    claims["last"].is_kept = True
    gone.clear()

remember()
assert type(verify_jwt(tokens[1], key, int(now), cache=cache)) is dict
assert gone == [1], gone
remember()
cache.clear()
assert gone == [0], gone
remember()
cache.size = 0
assert gone == [0], gone
print("well")
"""


def test_what_is_forgotten_may_come_back_to_the_cache() -> None:
    """In a child, since a cache that waited for itself would never end."""
    tokens = [mint({"exp": NOW + 9, "n": n}) for n in range(2)]
    command = [sys.executable, "-W", "error", "-c", FORGETTING, pem(), str(NOW * 1000), *tokens]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("well", "")
