"""State belongs to the module object: a second one, or a second interpreter, gets its own."""

from __future__ import annotations

from typing import Any

AGAIN = """
import sys
from clerk_c import Clerk, models

first, user = Clerk, models.User
clerk = Clerk(bearer_auth="sk_test_again", server_url=sys.argv[1])
held = clerk.users.get(user_id="user_1")
for name in [name for name in sys.modules if name.partition(".")[0] == "clerk_c"]:
    del sys.modules[name]
from clerk_c import Clerk, models

assert Clerk is not first
assert models.User is not user
with Clerk(bearer_auth="sk_test_again", server_url=sys.argv[1]) as second:
    other = second.users.get(user_id="user_2")
assert isinstance(other, models.User)
assert not isinstance(held, models.User)
assert clerk.users.get(user_id="user_3").id == "user_3"  # the first goes on
del clerk, first, user, models, Clerk
print(held.id, other.id, held.model_dump() == other.model_dump() | {"id": "user_1"})
"""


def test_a_second_import_has_its_own_state(child: Any, answering: str, loopback: Any) -> None:
    assert child(AGAIN, loopback.url).finish() == "user_1 user_2 True"


INTERPRETERS = """
import sys
try:
    import _interpreters as interpreters  # 3.13 and later
except ImportError:
    import _xxsubinterpreters as interpreters
from clerk_c import Clerk

code = f'''
from clerk_c import Clerk, models  # before asyncio, with which 3.12 may crash where this is refused
import asyncio
with Clerk(bearer_auth="sk_test_inner", server_url={sys.argv[1]!r}) as clerk:
    assert clerk.users.get(user_id="user_inner").first_name == "Ada"

async def ask():
    users = await asyncio.gather(*(clerk.users.get_async(user_id="user_x") for _ in range(20)))
    assert [user.id for user in users] == ["user_x"] * 20

asyncio.run(ask())
'''
with Clerk(bearer_auth="sk_test_outer", server_url=sys.argv[1]) as clerk:
    assert clerk.users.get(user_id="user_1").id == "user_1"
    for _ in range(3):
        inner = interpreters.create()
        try:
            problem = interpreters.run_string(inner, code)
        except interpreters.RunFailedError as error:  # before 3.13 it raises
            problem = error
        interpreters.destroy(inner)
        print("ran" if problem is None else problem)
    assert clerk.users.get(user_id="user_2").id == "user_2"
"""


def test_other_interpreters_work_or_are_refused(child: Any, loopback: Any) -> None:
    """What is declared holds: a call in each, or an ImportError that says so, never a crash."""
    lines = child(INTERPRETERS, loopback.url).finish().splitlines()
    assert len(lines) >= 3
    for line in lines:
        assert line == "ran" or "does not support loading in subinterpreters" in line
