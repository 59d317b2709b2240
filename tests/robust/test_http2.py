"""HTTP/2 that breaks: each call ends with a documented error, or is answered over another
connection; the client works on, and nothing stays open."""

from __future__ import annotations

import asyncio
import functools
import struct
import threading
from collections import Counter
from typing import Any, NamedTuple

import pytest
from faces import Face, descriptors, fails, settles
from faults import SECRET, shown
from http2 import (
    CONTINUATION,
    DATA,
    HEAD,
    HEADERS,
    PING,
    PUSH_PROMISE,
    SETTINGS,
    UNKNOWN,
    WINDOW_UPDATE,
    Code,
    Codes,
    Connection,
    Fault,
    Server,
    cut_frame,
    ends,
    first,
    frame,
    headed,
    informs,
    informs_first,
    large_head,
    leaves,
    only_head,
    resets,
    says,
    silence,
    then_answer,
    trailers,
    user,
)
from tls import client

from clerk_c import Clerk, exceptions, models, response_of

SHORT_MS = 500
Lost = exceptions.TransportError
Protocol = exceptions.RemoteProtocolError
# libcurl 7.88 takes a connection that nghttp2 gives up for the end of an answer without a length.
Cut = (Lost, models.ResponseValidationError)


class Case(NamedTuple):
    fault: Fault
    error: type[Exception] | tuple[type[Exception], ...] | None = None  # None: the user comes
    is_silent: bool = False  # only the time limit ends it


def long(value: int) -> bytes:
    return struct.pack(">I", value)


BODY = b" " * 16_384
CASES: dict[str, Case] = {
    # one exchange is ended
    "reset": Case(resets(Codes.INTERNAL_ERROR), Protocol),
    "reset-after-head": Case(resets(Codes.INTERNAL_ERROR, 1), Protocol),
    "reset-in-body": Case(resets(Codes.INTERNAL_ERROR, 2), Protocol),
    "cancelled": Case(resets(Codes.CANCEL, 2), Protocol),
    "calm": Case(resets(Codes.ENHANCE_YOUR_CALM), Protocol),
    "reset-for-nothing": Case(resets(Codes.NO_ERROR), Protocol),
    "reset-for-nothing-in-body": Case(resets(Codes.NO_ERROR, 2), Cut),
    "refused": Case(first(resets(Codes.REFUSED_STREAM))),
    "refused-always": Case(resets(Codes.REFUSED_STREAM), Lost),
    "older-wanted": Case(resets(Codes.HTTP_1_1_REQUIRED)),
    # the connection is ended
    "end": Case(ends(), Lost),
    "end-after-head": Case(ends(1), Lost),
    "end-in-body": Case(ends(2), Lost),
    "abrupt": Case(ends(abruptly=True), Lost),
    "abrupt-after-head": Case(ends(1, abruptly=True), Lost),
    "abrupt-in-body": Case(ends(2, abruptly=True), Lost),
    "leave-unseen": Case(leaves(lambda stream: 0), Lost),
    "leave-unseen-end": Case(leaves(lambda stream: 0, ends()), Lost),
    "leave-angry": Case(leaves(int, ends(), Codes.ENHANCE_YOUR_CALM), Lost),
    "leave-answered": Case(leaves(int, Connection.answer)),
    # no HTTP/2
    "data-on-no-stream": Case(says(lambda s: frame(DATA, 0, 0, b"x"), head=True), Cut, True),
    "data-too-long": Case(says(lambda s: frame(DATA, 0, s, b"x" * 70_000), head=True), Cut),
    "data-of-padding": Case(says(lambda s: frame(DATA, 8, s, b"\xff"), head=True), Cut, True),
    "headers-garbage": Case(says(lambda s: frame(HEADERS, 4, s, b"\xff" * 5)), Lost),
    "headers-on-even": Case(says(lambda s: frame(HEADERS, 4, 2, b"\x88")), Lost),
    "headers-on-unknown": Case(says(lambda s: frame(HEADERS, 4, s + 200, b"\x88")), Lost),
    "headers-no-end": Case(
        says(lambda s: frame(HEADERS, 0, s, b"\x88"), lambda s: frame(DATA, 0, s, b"x")), Lost
    ),
    "continuation": Case(says(lambda s: frame(CONTINUATION, 4, s, b"\x88")), Lost),
    "push": Case(says(lambda s: frame(PUSH_PROMISE, 4, s, long(2) + b"\x88")), Lost),
    "settings-size": Case(says(lambda s: frame(SETTINGS, 0, 0, b"abc")), Lost),
    "settings-on-stream": Case(says(lambda s: frame(SETTINGS, 0, s, b"")), Lost),
    "settings-window": Case(says(lambda s: frame(SETTINGS, 0, 0, b"\0\4" + long(1 << 31))), Lost),
    "window-zero": Case(says(lambda s: frame(WINDOW_UPDATE, 0, s, long(0))), Lost),
    "window-overflow": Case(says(lambda s: frame(WINDOW_UPDATE, 0, 0, long((1 << 31) - 1))), Lost),
    "ping-size": Case(says(lambda s: frame(PING, 0, 0, b"abc")), Lost),
    "http-1": Case(says(lambda s: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Lost),
    "frame-cut": Case(cut_frame, Lost),
    "frame-unknown": Case(then_answer(lambda s: frame(UNKNOWN, 0, s, b"hello"))),
    "ping": Case(then_answer(lambda s: frame(PING, 0, 0, b"12345678") * 50)),
    # no HTTP
    "no-status": Case(headed(HEAD[1:], b"{}"), Lost),
    "status-no-number": Case(headed([(":status", "abc")], b"{}"), Lost),
    "status-two-digits": Case(headed([(":status", "99")], b"{}"), Lost),
    "length-long": Case(headed([*HEAD, ("content-length", "100")], b"{}"), Lost),
    "length-short": Case(headed([*HEAD, ("content-length", "1")], b"{}"), Lost),
    "no-body": Case(headed(HEAD), models.ResponseValidationError),
    "informational": Case(informs_first),
    "informational-only": Case(informs, exceptions.ReadTimeout, True),
    "trailers": Case(trailers),
    # too much; nghttp2 1.61 and later count the frames before libcurl counts the bytes
    "headers-large": Case(says(large_head), (exceptions.ResponseTooLarge, Protocol)),
    "body-large": Case(
        says(*[lambda s: frame(DATA, 0, s, BODY)] * 70, head=True), exceptions.ResponseTooLarge
    ),
    # nothing
    "silence": Case(silence, exceptions.ReadTimeout, True),
    "silence-after-head": Case(only_head, exceptions.ReadTimeout, True),
}


@pytest.fixture(scope="module")
def pair(authority: Any) -> Any:
    return authority.issue("http2")


@pytest.fixture
def server(loopback: Any, pair: Any) -> Server:
    return Server(loopback, pair, {name: case.fault for name, case in CASES.items()})


@pytest.fixture
def clerk(kind: str, server: Server, authority: Any) -> Any:
    made = client(server.url, ca_file=authority.file, max_response_bytes=1 << 20)
    yield made
    made.close()


@pytest.mark.parametrize("name", CASES)
def test_fault(clerk: Clerk, kind: str, server: Server, name: str) -> None:
    face, case = Face(clerk, kind), CASES[name]
    limit = {"timeout_ms": SHORT_MS} if case.is_silent else {}
    for user_id in (f"{name}-at-1", f"{name}-at-2"):  # the second time perhaps on a kept connection
        if case.error is None:
            assert face.get(user_id).id in (user_id, "user_1")
        else:
            error = fails(case.error, functools.partial(face.get, user_id), limit)
            assert SECRET not in shown(error)
            assert user_id not in str(error)
        face.recovers()


def test_line_end_in_a_header(clerk: Clerk, kind: str, server: Server) -> None:
    """It makes no second header. nghttp2 1.70 leaves the whole header out; earlier ones, or
    libcurl, end the exchange."""
    server.faults["a"] = headed([*HEAD, ("x-a", "b\r\nx-c: d"), ("x-e", "f")], user("a"))
    face = Face(clerk, kind)
    try:
        headers = response_of(face.get("a")).headers
    except Lost:
        pass
    else:
        assert headers["x-e"] == "f"
        assert not {"x-a", "x-c"} & set(headers)
    face.recovers()


def test_refused_again_and_again(clerk: Clerk, kind: str, server: Server) -> None:
    """More often in the life of a connection's handle than libcurl would put up with."""
    for number in range(12):
        assert Face(clerk, kind).get(f"refused-at-{number}").id == f"refused-at-{number}"
    assert set(Counter(server.names).values()) == {2}


def test_a_refused_post_is_sent_again(clerk: Clerk, kind: str, server: Server) -> None:
    """The server says that it has not looked at it."""
    server.faults["users"] = first(resets(Codes.REFUSED_STREAM))
    if kind == "blocking":
        made = clerk.users.create(first_name="Ada")
    else:
        made = asyncio.run(clerk.users.create_async(first_name="Ada"))
    assert made.id == "users"
    assert server.names == ["users", "users"]


def test_server_that_leaves_while_a_request_is_under_way(
    clerk: Clerk, kind: str, server: Server
) -> None:
    """GOAWAY and the request cross on a kept connection: it goes over another one."""
    server.faults["crossing"] = first(leaves(lambda stream: stream - 2, ends()))
    face = Face(clerk, kind)
    for number in range(3):
        face.recovers()
        assert face.get(f"crossing-at-{number}").id == f"crossing-at-{number}"


@pytest.mark.parametrize("wait", [False, True], ids=["silent", "pings"])
def test_a_sign_of_life_is_no_answer(clerk: Clerk, kind: str, server: Server, wait: bool) -> None:
    """The connection lives, the call gets nothing: its time limit holds."""
    given_up = threading.Event()

    def pings(connection: Connection, stream: int) -> None:
        while wait and not given_up.wait(0.02):
            connection.say(frame(PING, 0, 0, b"12345678"))

    server.faults["pings"] = pings
    try:
        face = Face(clerk, kind)
        limit = {"timeout_ms": SHORT_MS}
        fails(exceptions.ReadTimeout, lambda **more: face.get("pings", **more), limit)
    finally:
        given_up.set()


def upload(clerk: Clerk, kind: str, **arguments: Any) -> Any:
    metadata = {"large": "x" * 200_000}
    if kind == "blocking":
        return clerk.users.update_metadata(
            user_id="user_1", public_metadata=metadata, **arguments
        )
    return asyncio.run(
        clerk.users.update_metadata_async(user_id="user_1", public_metadata=metadata, **arguments)
    )


def test_server_that_takes_no_body(clerk: Clerk, kind: str, server: Server) -> None:
    server.settings = {Code.INITIAL_WINDOW_SIZE: 1000}
    server.takes_bodies = False
    Face(clerk, kind).recovers()  # so that the client knows of it when it uploads
    limit = {"timeout_ms": SHORT_MS}
    fails(exceptions.WriteTimeout, lambda **more: upload(clerk, kind, **more), limit)


def test_server_that_takes_a_body_in_small_bites(clerk: Clerk, kind: str, server: Server) -> None:
    server.settings = {Code.INITIAL_WINDOW_SIZE: 3000}
    Face(clerk, kind).recovers()
    assert upload(clerk, kind).id == "metadata"


# --- many at once -------------------------------------------------------------------------------


async def ends_of(clerk: Clerk, names: list[str], **arguments: Any) -> list[Any]:
    """What becomes of calls that are on their way together: an id, or the class of an error."""

    async def one(name: str) -> Any:
        try:
            found = (await clerk.users.get_async(user_id=name, **arguments)).id
        except (exceptions.TransportError, asyncio.CancelledError) as error:
            return type(error)
        assert found == name
        return found

    return await asyncio.gather(*(one(name) for name in names))


def names(kind: str, count: int) -> list[str]:
    return [f"{kind}-at-{number}" for number in range(count)]


@pytest.fixture
def many(server: Server, authority: Any) -> Any:
    before = descriptors()
    with client(server.url, ca_file=authority.file) as made:
        asyncio.run(ends_of(made, ["user_1"]))
        yield made
        assert asyncio.run(ends_of(made, ["user_1"])) == ["user_1"]
    made.close()
    assert settles(before)


@pytest.mark.parametrize("streams", [1, 3])
def test_few_streams_at_once(many: Clerk, server: Server, streams: int) -> None:
    server.settings = {Code.MAX_CONCURRENT_STREAMS: streams}
    asyncio.run(ends_of(many, ["end"]))  # the settings are those of a new connection
    assert asyncio.run(ends_of(many, names("user", 60))) == names("user", 60)


@pytest.mark.parametrize("abruptly", [False, True], ids=["end", "reset"])
def test_connection_that_dies_with_a_hundred_calls(
    many: Clerk, server: Server, abruptly: bool
) -> None:
    waiting: list[int] = []

    def die(connection: Connection, stream: int) -> None:
        waiting.append(stream)
        if len(waiting) == 100:
            connection.end(abruptly)
        elif len(waiting) > 100:
            connection.answer(stream)

    server.faults["die"] = die
    found = asyncio.run(ends_of(many, names("die", 100)))
    assert len(found) == 100
    assert all(isinstance(end, str) or issubclass(end, Lost) for end in found)


def test_server_that_leaves_in_the_middle(many: Clerk, server: Server) -> None:
    """Ten of forty are answered, GOAWAY says so, and the rest is sent again or told."""
    asked: list[int] = []
    answered: list[str] = []

    def leave(connection: Connection, stream: int) -> None:
        asked.append(stream)
        if len(asked) == 40:
            for one in asked[:10]:
                connection.answer(one)
                answered.append(connection.names[one])
            connection.leave(asked[9])
        elif len(asked) > 40:
            connection.answer(stream)

    server.faults["leave"] = leave
    found = asyncio.run(ends_of(many, names("leave", 40)))
    assert set(answered) <= set(found)
    assert all(isinstance(end, str) or issubclass(end, Lost) for end in found)


def test_calls_given_up_leave_the_others_alone(many: Clerk, server: Server) -> None:
    kept: list[tuple[Connection, int]] = []
    all_there = threading.Event()

    def keep(connection: Connection, stream: int) -> None:
        kept.append((connection, stream))
        if len(kept) == 20:
            all_there.set()

    server.faults["keep"] = keep

    async def main() -> list[Any]:
        tasks = [asyncio.ensure_future(ends_of(many, [name])) for name in names("keep", 20)]
        while not all_there.is_set():
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        assert await ends_of(many, ["release"]) == ["release"]
        return [await task for task in tasks[1::2]]

    def release(connection: Connection, stream: int) -> None:
        for at, one in kept:
            if one not in at.lost:
                at.answer(one)
        connection.answer(stream)

    server.faults["release"] = release
    assert asyncio.run(main()) == [[name] for name in names("keep", 20)[1::2]]


def test_client_closed_with_calls_on_their_way(many: Clerk, server: Server, authority: Any) -> None:
    all_there = threading.Semaphore(0)
    server.faults["wait"] = lambda connection, stream: all_there.release()

    async def main() -> list[Any]:
        clerk = client(server.url, ca_file=authority.file)
        calls = asyncio.ensure_future(
            asyncio.gather(
                *(clerk.users.get_async(user_id=name) for name in names("wait", 30)),
                return_exceptions=True,
            )
        )
        for _ in range(30):
            while not all_there.acquire(blocking=False):
                await asyncio.sleep(0)
        await clerk.aclose()
        return await calls

    assert {type(end) for end in asyncio.run(main())} == {exceptions.ClientClosed}
