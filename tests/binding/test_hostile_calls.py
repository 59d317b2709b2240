# ruff: noqa: PT011
"""Calls that misbehave on purpose: callbacks that re-enter, text that is none, values without end,
files that lie, codecs that interfere, threads that all come first. Nothing may crash."""

from __future__ import annotations

import codecs
import contextlib
import copy
import gc
import importlib
import io
import json
import math
import pickle
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from recorder import KEY, Recorder

from clerk_c import Clerk, Headers, Response, _convert, _core, models
from clerk_c.utils import BackoffStrategy, RetryConfig

ACTOR = models.CreateActorTokenActor


class Trap:
    """A value that runs a piece of code when it is gone over."""

    def __init__(self, spring: Callable[[], object]) -> None:
        self.spring = spring

    def __iter__(self) -> Iterator[Any]:
        self.spring()
        return iter(())


def fresh() -> str:
    """A text that nobody else holds."""
    return "".join(["fre", "sh", str(id(object()))])


# --- re-entrant reads ----------------------------------------------------------------------------


def example(model: Any) -> dict[str, object]:
    """Members that fit the fields of a model that has simple ones only."""
    plain = {"int": 1, "bool": True, "str": "text", "float": 1.5}
    made: dict[str, object] = {}
    for name, wire, (kind, detail, *_), *_ in model.__clerk_fields__():
        many, (kind, detail, *_) = kind == "list", detail if kind == "list" else (kind, detail)
        value = [member.value for member in detail] if kind == "enum" else [plain[kind]]
        made[wire or name] = value if many else value[0]
    return made


def test_a_model_is_read_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making an enum runs code, which reads all of the model and so lets its document go."""
    text = json.dumps(example(models.OrganizationSettings))
    for name in [n for n in sys.modules if n.partition(".")[0] == "clerk_c"]:
        monkeypatch.delitem(sys.modules, name)
    core: Any = importlib.import_module("clerk_c._core")
    enums: Any = importlib.import_module("clerk_c.utils.enums")
    original, depth, seen = enums.make_enum, [1], []

    def make_enum(*arguments: Any) -> Any:
        if depth:
            depth.pop()
            seen.append(dict(settings))
        return original(*arguments)

    monkeypatch.setattr(enums, "make_enum", make_enum)
    settings = core.read_json("OrganizationSettings", text)
    modes = settings.domains_enrollment_modes
    assert [mode.value for mode in modes] == json.loads(text)["domains_enrollment_modes"]
    assert seen[0]["domains_enrollment_modes"] is modes


def test_a_date_reads_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b'{"extend_to": "2024-01-01T00:00:00Z"}'
    request: Any = _core.read_json("ExtendFreeTrialRequest", text)
    original, seen = _convert.parse_datetime, []

    def parse(value: Any) -> Any:
        if not seen:
            seen.append(1)
            seen.append(request.extend_to)
            dict(request)
        return original(value)

    monkeypatch.setattr(_convert, "parse_datetime", parse)
    assert request.extend_to is seen[1]


# --- text ----------------------------------------------------------------------------------------

SURROGATE = "a\ud800b"


def test_surrogates_everywhere(recorder: Recorder, clerk: Clerk) -> None:
    with pytest.raises(ValueError):
        clerk.users.get(user_id=SURROGATE)
    with pytest.raises(ValueError):
        clerk.users.list(request={"query": SURROGATE})
    with pytest.raises(ValueError):
        clerk.users.get(user_id="a", http_headers={"X-A": SURROGATE})
    with pytest.raises(ValueError):
        clerk.users.get(user_id="a", http_headers={SURROGATE: "a"})
    with pytest.raises(ValueError):
        clerk.users.get(user_id="a", server_url=f"http://{SURROGATE}/")
    with pytest.raises(ValueError):
        clerk.users.set_profile_image(
            user_id="a", file={"file_name": SURROGATE, "content": b"", "content_type": "a/b"}
        )
    with (
        pytest.raises(ValueError),
        Clerk(bearer_auth=SURROGATE, server_url=recorder.url, retry_config=None) as other,
    ):
        other.users.get(user_id="a")
    for name in (SURROGATE, "\0", "a\0b"):
        with pytest.raises(TypeError):
            clerk.users.get(**{name: 1})
        with pytest.raises((AttributeError, ValueError)):
            getattr(clerk, name)
        with pytest.raises((AttributeError, ValueError)):
            getattr(models, name)
        with pytest.raises((ValueError, AttributeError)):
            setattr(models.TotalCount.model_construct(), name, 1)
    assert recorder.requests == []


def test_surrogates_in_a_body(recorder: Recorder, clerk: Clerk) -> None:
    try:
        clerk.users.update_metadata(user_id="a", public_metadata={SURROGATE: [SURROGATE]})
    except ValueError:
        return
    assert b"\\ud800" in recorder.take().body


def test_keywords_that_are_subclasses_of_str(recorder: Recorder, clerk: Clerk) -> None:
    class Name(str):
        def __eq__(self, other: object) -> bool:
            raise AssertionError("nobody has to compare it")

        __hash__ = str.__hash__

    with contextlib.suppress(TypeError, AssertionError):
        clerk.users.get(**{Name("user_id"): "user_1"})


# --- depth ---------------------------------------------------------------------------------------


def test_values_that_hold_themselves(clerk: Clerk) -> None:
    loop: list[object] = []
    loop.append(loop)
    ring: dict[str, object] = {}
    ring["ring"] = ring
    actor: Any = ACTOR(sub="user_1")
    actor.actor = actor
    for value in (loop, ring, actor):
        with pytest.raises(RecursionError):
            clerk.users.update_metadata(user_id="a", public_metadata={"value": value})
    for deed in (actor.model_dump, actor.model_dump_json):
        with pytest.raises((RecursionError, ValueError)):
            deed()
    assert "..." in repr(actor)
    assert "..." in str(actor)
    twin = copy.deepcopy(actor)
    assert twin.actor is twin
    with pytest.raises(RecursionError):
        assert actor == twin
    assert pickle.loads(pickle.dumps(actor)).sub == "user_1"


def test_deep_values(clerk: Clerk) -> None:
    deep: Any = []
    chain: Any = ACTOR(sub="user_1")
    for _ in range(100_000):
        deep = [deep]
        chain = ACTOR.model_construct(sub=chain)
    for value in (deep, chain):
        with pytest.raises(RecursionError):
            clerk.users.update_metadata(user_id="a", public_metadata={"value": value})
    for deed in (chain.model_dump, lambda: repr(chain), lambda: chain == copy.copy(chain)):
        with contextlib.suppress(RecursionError):
            deed()
    with pytest.raises(ValueError):
        _core.parse_json("[" * 100_000 + "]" * 100_000)
    # at the end 100,000 deallocations in each other


# --- containers that change while they are sent ---------------------------------------------------


def test_containers_change_while_they_are_sent(recorder: Recorder, clerk: Clerk) -> None:
    items: list[object] = []
    members: dict[str, object] = {}
    items += [fresh(), Trap(items.clear), fresh(), fresh()]
    members.update(a=fresh(), b=Trap(members.clear), c=[fresh()], d={fresh(): fresh()})
    clerk.users.update_metadata(user_id="a", public_metadata={"items": items, "members": members})
    assert b'"items"' in recorder.take().body
    for sequence in ([Trap(items.clear)], (Trap(items.clear),)):
        clerk.users.update_metadata(user_id="a", public_metadata={"items": sequence})


# --- files ---------------------------------------------------------------------------------------


class OddFile:
    """Gives what it was told to, and then it is at its end."""

    def __init__(self, result: object) -> None:
        self.result = result
        self.is_read = False

    def read(self, *_: object) -> object:
        if self.is_read:
            return b""
        self.is_read = True
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result() if callable(self.result) else self.result


def upload(clerk: Clerk, content: object) -> None:
    file: Any = {"file_name": "a.png", "content": content, "content_type": "image/png"}
    clerk.users.set_profile_image(user_id="user_1", file=file)


def test_files_that_are_odd(clerk: Clerk) -> None:
    for result in (None, 7, [b"a"], object()):
        with pytest.raises((TypeError, ValueError)):
            upload(clerk, OddFile(result))
    for error in (KeyboardInterrupt(), OSError("disk"), MemoryError(), SystemExit(3)):
        with pytest.raises(type(error)):
            upload(clerk, OddFile(error))
    closed = io.BytesIO(b"x")
    closed.close()
    with pytest.raises(ValueError):
        upload(clerk, closed)
    for content in (bytearray(b"ab"), memoryview(b"abcdef")[::2], "text"):
        upload(clerk, content)
    released = memoryview(b"x")
    released.release()
    with pytest.raises(ValueError):
        upload(clerk, released)


def test_a_file_that_calls_and_closes(recorder: Recorder, clerk: Clerk) -> None:
    def call() -> bytes:
        clerk.users.get(user_id="inner")
        return b"content"

    upload(clerk, OddFile(call))
    inner, outer = recorder.requests
    assert inner.path.endswith("/inner")
    assert b"content" in outer.body
    with pytest.raises(Exception, match="closed"):
        upload(clerk, OddFile(lambda: clerk.close() or b"content"))  # type: ignore[func-returns-value]


# --- retries -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e308, -1e308])
def test_waits_that_are_no_time(value: float, recorder: Recorder) -> None:
    """Refused at once, or a wait that a closed client ends."""
    backoff = BackoffStrategy(value, value, value, 10_000)
    try:
        clerk = Clerk(
            bearer_auth=KEY,
            server_url=recorder.url,
            retry_config=RetryConfig("backoff", backoff, True),
        )
    except ValueError:
        return
    timer = threading.Timer(0.2, clerk.close)
    timer.start()
    with contextlib.suppress(Exception):
        clerk.users.get(user_id="user_1", server_url="http://127.0.0.1:9/")
    timer.join()


# --- headers and responses -----------------------------------------------------------------------


def test_pairs_change_while_headers_are_made() -> None:
    pair: list[str] = []

    def encode(text: str, errors: str = "strict") -> tuple[bytes, int]:
        pair.clear()
        return text.encode("latin-1"), len(text)

    def search(name: str) -> codecs.CodecInfo | None:
        if name != "clerk_hostile":
            return None
        return codecs.CodecInfo(
            encode, lambda data, errors: (bytes(data).decode("latin-1"), len(data))
        )

    codecs.register(search)
    try:
        pair += [fresh(), fresh()]
        assert len(Headers([pair], encoding="clerk_hostile")) == 1
    finally:
        codecs.unregister(search)


def test_a_response_changes_while_it_is_decoded() -> None:
    response: Any = Response(200, content=("ab" * 4000).encode())
    state = (11, 0, Headers(), None, None, b"other", None, None)

    def decode(data: Any, errors: str = "strict") -> tuple[str, int]:
        response.__setstate__(state)
        gc.collect()
        return bytes(data).decode("latin-1"), len(data)

    def search(name: str) -> codecs.CodecInfo | None:
        if name != "clerk_hostile_too":
            return None
        return codecs.CodecInfo(lambda text, errors: (text.encode(), len(text)), decode)

    codecs.register(search)
    try:
        response.encoding = "clerk_hostile_too"
        assert response.text == "ab" * 4000
    finally:
        codecs.unregister(search)


# --- threads and garbage -------------------------------------------------------------------------


def in_threads(work: Callable[[], object], threads: int = 8) -> list[object]:
    barrier, results = threading.Barrier(threads), []

    def run() -> None:
        barrier.wait(30)
        results.append(work())

    pool = [threading.Thread(target=run) for _ in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    return results


def test_first_uses_from_many_threads() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with Clerk(bearer_auth=KEY) as clerk:
            drifts = in_threads(lambda: clerk.drift)
            groups = in_threads(lambda: type(clerk.organizations))
        kinds = in_threads(lambda: models.CommercePlan.__name__)
    finally:
        sys.setswitchinterval(interval)
    assert len({id(drift) for drift in drifts}) == 1
    assert len(set(map(id, groups))) == 1
    assert set(kinds) == {"CommercePlan"}


def test_the_module_can_be_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reference that garbage collection cannot see keeps the module and its classes."""
    with monkeypatch.context() as patch:
        for name in [n for n in sys.modules if n.partition(".")[0] == "clerk_c"]:
            patch.delitem(sys.modules, name)
        import clerk_c.models

        second: Any = sys.modules["clerk_c._core"]
        assert second is not _core
        clerk = clerk_c.Clerk(bearer_auth=KEY)
        clerk.users.get  # noqa: B018
        sys.modules["clerk_c.models"].TotalCount(object="total_count", total_count=1)
        seen = [weakref.ref(second), weakref.ref(second.BaseModel)]
        for name in [n for n in sys.modules if n.partition(".")[0] == "clerk_c"]:
            patch.delitem(sys.modules, name)
        del second, clerk, clerk_c
    gc.collect()
    gc.collect()
    assert [reference() for reference in seen] == [None, None]


def test_cycles_through_models_are_collected() -> None:
    class Watched(models.CreateActorTokenActor):
        pass

    made: Any = Watched(sub="user_1")
    made.actor = made
    seen = weakref.ref(made)
    del made
    gc.collect()
    assert seen() is None
