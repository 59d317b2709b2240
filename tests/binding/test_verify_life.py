"""Keys, caches and verifications: memory that runs out, a second import, threads, collection."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from minting import CLAIMS, NOW, jwk, key, mint, pem

from clerk_c._core import TokenCache, VerifyKey, verify_jwt

HELPERS = str(Path(__file__).parents[1] / "conformance")

NO_MEMORY = """
import sys
sys.path.insert(0, sys.argv[1])
import _testcapi
import minting as m
from clerk_c._core import TokenCache, VerifyKey, decode_token, verify_jwt, verify_svix

token, pem, key, jwk, cache = m.mint(), m.pem(), m.key(), m.jwk(), TokenCache()
verify_jwt(token, key, cache=cache)
many = [str(n) for n in range(20)]
DEEDS = {
    "key from PEM": lambda: VerifyKey.from_pem(pem),
    "key from JWK": lambda: VerifyKey.from_jwk(jwk),
    "refused key": lambda: VerifyKey.from_pem("x"),
    "decode": lambda: decode_token(token),
    "verify": lambda: verify_jwt(token, {"ins_1": key}, 1.8e12, audience=many),
    "verify a known one": lambda: verify_jwt(token, key, 1.8e12, cache=cache),
    "verify and remember": lambda: verify_jwt(token, key, 1.8e12, cache=TokenCache(1)),
    "refuse": lambda: verify_jwt(token, None, authorized_parties=iter(many)),
    "webhook": lambda: verify_svix(["whsec_AAAA"], "a", "1", b"x", "v1,AAAA", 1000),
    "show": lambda: (repr(key), key.fingerprint, repr(cache), hash(key), key == key),
}

def attempt(deed, start):
    _testcapi.set_nomemory(start, start + 1)
    try:
        deed()
    except BaseException as error:
        return error
    finally:
        _testcapi.remove_mem_hooks()

for name, deed in DEEDS.items():
    usual, calm, start = attempt(deed, 1_000_000_000), 0, 0
    while calm < 3 and start < 1000:
        outcome = attempt(deed, start)
        # What an exception becomes that is lost while its traceback is made: the interpreter's own.
        lost = str(outcome) == "error return without exception set"
        if not isinstance(outcome, (type(None), MemoryError, type(usual))) and not lost:
            print(f"{name}, allocation {start}: {outcome!r}")
        calm = calm + 1 if type(outcome) is type(usual) else 0
        start += 1
assert verify_jwt(token, key, 1.8e12, cache=cache) == m.CLAIMS
print("done")
"""

AGAIN = """
import sys
sys.path.insert(0, sys.argv[1])
import minting as m
from clerk_c import _core as first

token, key, cache = m.mint(), m.key(), first.TokenCache()
for name in [name for name in sys.modules if name.partition(".")[0] == "clerk_c"]:
    del sys.modules[name]
from clerk_c import _core as second

assert second.VerifyKey is not first.VerifyKey
again = second.VerifyKey.from_pem(m.pem())
assert again != key
for core, own, foreign in ((first, key, again), (second, again, key)):
    assert core.verify_jwt(token, own, 1.8e12, cache=core.TokenCache()) == m.CLAIMS
    try:
        core.verify_jwt(token, foreign)
    except TypeError:
        pass
    else:
        raise AssertionError
del first, core
import gc
gc.collect()
assert second.verify_jwt(token, again, 1.8e12) == m.CLAIMS
assert repr(key) == "<VerifyKey: RSA, 2048 bits>"
print("done")
"""


def run(code: str) -> str:
    command = [sys.executable, "-X", "faulthandler", "-c", code, HELPERS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# A debug build's interpreter asserts that it never loses an exception, and then does.
@pytest.mark.skipif(hasattr(sys, "gettotalrefcount"), reason="even int('x') aborts there")
def test_each_allocation_fails_once() -> None:
    pytest.importorskip("_testcapi", reason="this Python came without its test helpers")
    assert run(NO_MEMORY) == "done"


def test_a_second_import() -> None:
    assert run(AGAIN) == "done"


def test_threads_share_a_key() -> None:
    tokens = [mint(), mint(number=1)]
    shared, wrong = VerifyKey.from_pem(pem()), []
    start = threading.Barrier(12)

    def work() -> None:
        start.wait()
        for _ in range(50):
            got = [verify_jwt(token, shared, NOW * 1000) for token in tokens]
            if got != [CLAIMS, "token-invalid-signature"]:
                wrong.append(got)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


TOKEN, SHORT = mint(), mint({})


def leaks(deed: Any) -> int:
    for _ in range(20):
        deed()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(200):
        deed()
    gc.collect()
    return sys.getallocatedblocks() - before


def refuse() -> None:
    with pytest.raises(ValueError, match="private"):
        VerifyKey.from_jwk(jwk(d="AQAB"))


@pytest.mark.parametrize(
    "deed",
    [
        lambda: VerifyKey.from_pem(pem()),
        lambda: VerifyKey.from_jwk(jwk()),
        refuse,
        lambda: verify_jwt(TOKEN, {"ins_1": key()}, NOW * 1000, authorized_parties=["a", "b"]),
        lambda: verify_jwt(SHORT, key(), audience=str(NOW), cache=TokenCache(1)),
        lambda: (VerifyKey.from_pem(pem()) == key(), hash(key()), repr(key()), key().fingerprint),
    ],
)
def test_nothing_is_left_behind(deed: Any) -> None:
    assert leaks(deed) < 50
