"""When memory runs out, at whatever allocation: MemoryError or success, never a crash.

`_testcapi.set_nomemory` makes Python's own allocations fail; those of the core are tested in C.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest

CODE = """
import gc, os, pickle, sys, tempfile
from urllib.request import urlopen

import _testcapi

from clerk_c import Clerk, Headers, Response, _async, _core, models

# A full collection empties the interpreter's lists of free tuples; then even an iteration over
# dict.items() asks for memory, and without it Python 3.11 crashes (dictiter_new).
gc.disable()

url = sys.argv[1]
with urlopen(url + "/users/user_1") as stream:
    user = stream.read().decode()
clerk = Clerk(bearer_auth="sk_test_nomemory", server_url=url)
held = _core.read_json("User", user)
text = pickle.dumps(held)
actor = models.CreateActorTokenActor.model_validate({"sub": "user_1", "a": [1, {"b": "c"}]})
names = iter(_core.exports())

class Hook:
    def before_request(self, context, request):
        return request

    def after_error(self, context, response, error):
        return response, error

hooked = Clerk("sk_test_nomemory", server_url=url, hooks=[Hook()], retry_config=None)
image = {"file_name": "a.png", "content": b"x", "content_type": "image/png"}

class Coroutine:  # instead of those that need a loop, whose own allocations would fail
    def __init__(self, call):
        self.call = call

class Waiter:
    told = False

    def set_result(self, result):
        self.told = True

    def done(self):
        return self.told

_async.perform = Coroutine
queue = _core.Queue()

with tempfile.TemporaryFile(buffering=0) as large:
    large.truncate(2 << 20)  # sparse, and too large to be sent from memory
    image_large = {"file_name": "a.png", "content": large}
    upload = clerk.users.set_profile_image_async(user_id="user_1", file=image_large).call

def asynchronously(operation, **arguments):
    call, waiter = operation(**arguments).call, Waiter()
    call.start(queue, waiter)
    while not waiter.told:
        queue.wait()
        queue.drain()
    return call.finish()

DEEDS = {
    "first use of a name": lambda: _core.export(next(names)),
    "construct": lambda: models.TotalCount(object="total_count", total_count="7"),
    "refuse": lambda: models.TotalCount(object="total_count", total_count="x"),
    "keep unknown members": lambda: models.CreateActorTokenActor(sub="user_1", a=1, b=[2]),
    "dump": lambda: held.model_dump(),
    "dump as JSON": lambda: actor.model_dump_json(indent=2),
    "dump a part": lambda: actor.model_dump(include={"a": {0, -1}}, exclude={"a": {1: {"b"}}}),
    "read": lambda: dict(_core.read_json("User", user)),
    "read tolerantly": lambda: dict(_core.read_json("User", '{"id": 5}', clerk.drift)),
    "describe": lambda: _core.describe(clerk.users.list.__func__),
    "refuse a text": lambda: _core.read_json("User", "{}"),
    "parse": lambda: _core.parse_json(user),
    "repr": lambda: repr(_core.read_json("User", user)),
    "pickle": lambda: pickle.loads(pickle.dumps(held)),
    "copy": lambda: actor.model_copy(deep=True, update={"sub": "user_2"}),
    "compare": lambda: held == pickle.loads(text),
    "call": lambda: clerk.users.get(user_id="user_1").model_dump(),
    "call for a list": lambda: [one.id for one in clerk.users.list(request={})],
    "call with a body": lambda: clerk.users.create(first_name="Ada", public_metadata={"a": [1]}),
    "call with a file": lambda: clerk.users.set_profile_image(user_id="user_1", file=image),
    "body of a call with a large file": lambda: upload.stream,
    "call in vain": lambda: clerk.users.get(user_id="user_missing"),
    "async call": lambda: asynchronously(clerk.users.get_async, user_id="user_1").id,
    "async call in vain": lambda: asynchronously(clerk.users.get_async, user_id=".."),
    "async call for a list": lambda: asynchronously(clerk.users.list_async)[0].id,
    "call with hooks": lambda: hooked.users.get(user_id="user_1").id,
    "call with hooks in vain": lambda: hooked.users.get(user_id="user_missing"),
    "change settings": lambda: clerk._change(timeout_ms=5000, retry_config=None),
    "headers": lambda: repr(Headers({"a": "b", "c": "d"}).copy()),
    "response": lambda: Response(200, text="a").text,
}

def descriptors():
    return len(os.listdir("/dev/fd"))

def attempt(deed, start):
    _testcapi.set_nomemory(start, start + 1)
    try:
        deed()
    except BaseException as error:
        return error
    finally:
        _testcapi.remove_mem_hooks()
    return None

def is_fair(outcome, usual):
    if outcome is None or isinstance(outcome, (MemoryError, ImportError, type(usual))):
        return True
    # the interpreter's own: what type, enum, pickle and import make of a MemoryError, an exception
    # that is lost while its traceback is made
    if name.startswith("first use") and isinstance(outcome, (AttributeError, TypeError)):
        return True
    return type(outcome).__name__ == "PicklingError" or str(outcome) in (
        "can't allocate lock",
        "error return without exception set",
    )

for name, deed in DEEDS.items():
    usual, calm, start = attempt(deed, 1_000_000_000), 0, 0
    before = descriptors()
    while calm < 3 and start < 5000:
        outcome = attempt(deed, start)
        if not is_fair(outcome, usual):
            print(f"{name}, allocation {start}: {outcome!r}")
        calm = calm + 1 if type(outcome) is type(usual) else 0
        start += 1
    if "body" in name and descriptors() != before:
        print(f"{name}: {descriptors() - before} descriptors are left open")
print("done")
"""


# A debug build's interpreter asserts that it never loses an exception, and then does.
@pytest.mark.skipif(hasattr(sys, "gettotalrefcount"), reason="even int('x') aborts there")
def test_each_allocation_fails_once(child: Any, answering: str) -> None:
    pytest.importorskip("_testcapi", reason="this Python came without its test helpers")
    assert child(CODE, answering).finish() == "done"
