"""Made, used and dropped, again and again: clients, loops, threads, modules, interpreters.

`CLERK_C_LIFE_CYCLES=1000` makes it that many at least, of more kinds, and prints what was counted
(`pytest -s`).
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from lifecycles import KINDS, LAST

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self"),
    pytest.mark.skipif("LD_PRELOAD" in os.environ, reason="sanitizers keep memory for a while"),
]

CYCLES = int(os.environ.get("CLERK_C_LIFE_CYCLES", "0"))
HANGS = 120 + 10 * CYCLES  # seconds: only a hang takes longer
ROUNDS = 60
SHORT = 8  # in each of at least five rounds
SLOW = {"module": 2, "interpreter": 1}
# test_memory.py and test_fork.py have cases like these: only when asked for.
LONG = {"client", "client unused", "loop", "loop trio", "thread", "process", "interpreter alone"}

PROGRAM = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import lifecycles
{}
lifecycles.main()
"""
HERE = str(Path(__file__).parent)


def run(child: Any, url: str, kind: str, cycles: int, rounds: int, before: str = "") -> Any:
    arguments = (HERE, kind, url, str(cycles), str(rounds))
    process = child(PROGRAM.format(before), *arguments).process
    out, err = process.communicate(timeout=HANGS)
    assert process.returncode == 0, err
    return json.loads(out)


@pytest.mark.timeout(2 * HANGS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if CYCLES or kind not in LONG])
def test_nothing_is_left(child: Any, answering: str, kind: str) -> None:
    if kind == "loop uvloop" and find_spec("uvloop") is None:
        pytest.skip("no uvloop here")
    cycles = -(-CYCLES // LAST) or SLOW.get(kind, SHORT)
    found = run(child, answering, kind, cycles, ROUNDS)
    if CYCLES:
        print(f"\n{kind}: {found['cycles']} cycles; {found['rounds'][-LAST:]}")
    assert found["levels"], found
    assert found["cycles"] >= max(CYCLES, LAST * cycles)


LEAKS = {
    "descriptors": "kept.append(os.dup(0))",
    "threads": "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "pages": "kept.append(b'x' * 20_000)",
}


@pytest.mark.parametrize("what", LEAKS)
def test_a_leak_is_seen(child: Any, answering: str, what: str) -> None:
    """The measurement itself."""
    leak = f"""
import os, threading
kept = []
lifecycles.PATIENCE = 0
lifecycles.KINDS["leak"] = lambda: {LEAKS[what]}
"""
    found = run(child, answering, "leak", 10, LAST + 1, leak)
    assert not found["levels"]
    assert found["rounds"][-1][what] > 0


OWN_LOCK = """
import sys
try:
    import _interpreters as interpreters
    inner = interpreters.create("isolated")
except ImportError:
    import _xxsubinterpreters as interpreters
    inner = interpreters.create()
try:
    problem = interpreters.run_string(inner, "import clerk_c; clerk_c.Clerk")
except interpreters.RunFailedError as error:  # before 3.13 it raises
    problem = error
interpreters.destroy(inner)
assert "clerk_c._core does not support loading in subinterpreters" in str(problem), problem
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="one lock for all interpreters")
def test_an_interpreter_with_a_lock_of_its_own_is_refused(child: Any) -> None:
    """By Python, before a line of ours runs: nothing declares that it would work."""
    assert child(OWN_LOCK).finish() == ""
