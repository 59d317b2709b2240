"""Memory levels: what a call takes, it gives back.

Each case runs in a process of its own, in rounds, until three rounds in a row have left the
resident memory (nearly) where it was. A leak never levels.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")

# A call that keeps so little as 32 bytes takes 16 pages a round.
ROUND = 2000
QUIET_PAGES = 4
ROUNDS = 30
AT_LEAST = {"get": 10}  # 20,000 calls

PROGRAM = """
import asyncio, gc, sys
import clerk_c
from clerk_c import Clerk, _core, models

url, text, count, quiet, least, rounds = *sys.argv[1:3], *map(int, sys.argv[3:])
clerk = Clerk(bearer_auth="sk_test_memory", server_url=url)
strict = Clerk(bearer_auth="sk_test_memory", server_url=url, response_validation="strict")

def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

def refused(kind, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind:
        return
    raise SystemExit(f"no {kind.__name__}")

loop = asyncio.new_event_loop()

def awaited(call):
    return loop.run_until_complete(call)

async def given_up(count):
    tasks = [asyncio.ensure_future(clerk.users.get_async(user_id="user_1")) for _ in range(count)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)

async def together(count):
    await asyncio.gather(*(clerk.users.get_async(user_id="user_1") for _ in range(count)))

code = compile(text, "case", "exec")
names = dict(globals())
measured, calm = [resident()], 0
while calm < 3 or len(measured) <= least:
    if len(measured) > rounds:
        raise SystemExit(f"grows without end; resident pages: {measured}")
    for _ in range(count):
        exec(code, names)
    measured.append(resident())
    calm = calm + 1 if measured[-1] - measured[-2] <= quiet else 0
print(len(measured) - 1)
"""

CASES = {
    "get": "clerk.users.get(user_id='user_1')",
    "get and read": """
user = clerk.users.get(user_id='user_1')
user.id, user.first_name, user.public_metadata, user.email_addresses, user.created_at
user.model_dump(), repr(user), user == user
""",
    "list": "[user.id for user in clerk.users.list(request={'limit': 20})]",
    "create": "clerk.users.create(email_address=['a@example.com'], first_name='A')",
    "update": "clerk.users.update_metadata(user_id='user_1', public_metadata={'a': [1, {'b': 2}]})",
    "documented error": "refused(models.ClerkErrors, clerk.users.get, user_id='user_missing')",
    "broken answer": "refused(Exception, clerk.users.get, user_id='user_broken')",
    "unfit answer": "clerk.users.get(user_id='user_unfit').id",
    "unfit answer, strict": (
        "refused(models.ResponseValidationError, strict.users.get, user_id='user_unfit')"
    ),
    "drift": "clerk.users.get(user_id='user_unfit'); [str(d) for d in clerk.drift]",
    "wrong arguments": """
refused(TypeError, clerk.users.get)
refused(TypeError, clerk.users.get, user_id='user_1', unknown=1)
refused(ValueError, clerk.users.get, user_id='..')
refused(Exception, clerk.users.get, user_id=7)
""",
    "assignment": """
user = clerk.users.get(user_id='user_1')
user.first_name = 'Grace'
user.public_metadata['x'] = user
""",
    "parse": """
_core.parse_json(b'{"a": [1, 2.5, null, "x\\\\u0000y", 123456789012345678901234567890]}')
refused(ValueError, _core.parse_json, b'{"a": [1, 2')
""",
    "headers": """
headers = _core.Headers([('a', '1'), ('A', '2'), ('b', '3')])
headers['c'] = '4'
dict(headers), headers['a'], headers.get_list('a'), repr(headers), headers == {'a': '1'}
""",
    "response_of": "clerk_c.response_of(clerk.users.get(user_id='user_1')).headers",
    "async": "awaited(clerk.users.get_async(user_id='user_1')).id",
    "async error": (
        "refused(models.ClerkErrors, awaited, clerk.users.get_async(user_id='user_missing'))"
    ),
    "async, wrong arguments": (
        "refused(ValueError, awaited, clerk.users.get_async(user_id='..'))"
    ),
    "async, never awaited": "clerk.users.get_async(user_id='user_1').close()",
    "async, at once": "awaited(together(5))",
    "async, given up": "awaited(given_up(5))",
    "async in new loops": "asyncio.run(together(2))",
    "new clients": "Clerk(bearer_auth='sk_test_memory', server_url=url).users",
}


@pytest.mark.parametrize("name", CASES)
def test_memory_levels(child: Any, answering: str, name: str) -> None:
    limits = (ROUND, QUIET_PAGES, AT_LEAST.get(name, 3), ROUNDS)
    rounds = int(child(PROGRAM, answering, CASES[name], *map(str, limits)).finish())
    assert rounds >= limits[2]


COUNTING = """
import asyncio, gc, sys
from clerk_c import Clerk, _core, models

loop = asyncio.new_event_loop()
clerk = Clerk(bearer_auth="sk_test_memory", server_url=sys.argv[1])

def work():
    user = clerk.users.get(user_id="user_1")
    user.model_dump(), repr(user), user.email_addresses
    loop.run_until_complete(clerk.users.get_async(user_id="user_1"))
    clerk.users.get_async(user_id="user_1").close()
    try:
        clerk.users.get(user_id="user_missing")
    except models.ClerkErrors as error:
        repr(error.headers), repr(error.raw_response), error.data.errors[0].code
    _core.Headers({"a": "b"})

types = [models.User, models.ClerkErrors, *(t for t in vars(_core).values() if isinstance(t, type))]
for _ in range(50):
    work()
gc.collect()
before = [sys.getrefcount(one) for one in types]
for _ in range(500):
    work()
gc.collect()
after = [sys.getrefcount(one) for one in types]
grown = [(t.__name__, a, b) for t, a, b in zip(types, before, after) if abs(a - b) > 5]
if grown:
    raise SystemExit(f"references to types that grow with use: {grown}")
"""


def test_type_references_stay(child: Any, answering: str) -> None:
    assert child(COUNTING, answering).finish() == ""


def test_a_leak_is_seen(child: Any, answering: str) -> None:
    """The measurement itself: 100 bytes kept by each call must not pass."""
    limits = map(str, (ROUND, QUIET_PAGES, 3, 6))
    process = child(PROGRAM, answering, "clerk.__dict__[object()] = bytes(67)", *limits)
    _, err = process.process.communicate(timeout=120)
    assert "grows without end" in err
