"""clerk_c.Response against httpx.Response: hand-made ones, and ones that were received."""

from __future__ import annotations

import copy
import datetime
import gc
import pickle
import socket
import sys
import threading
import weakref

import httpx
import pytest

from clerk_c import Clerk, Headers, Response, exceptions, models

REQUEST = httpx.Request("GET", "http://127.0.0.1/v1/users?limit=1")
SIMPLE = [
    "status_code",
    "reason_phrase",
    "http_version",
    "content",
    "charset_encoding",
    "encoding",
    "text",
    "is_informational",
    "is_success",
    "is_redirect",
    "is_client_error",
    "is_server_error",
    "is_error",
    "has_redirect_location",
    "is_closed",
    "is_stream_consumed",
]


def look(response):
    """All that can be read from a response, as plain values."""
    return {
        **{name: getattr(response, name) for name in SIMPLE},
        "headers": response.headers.raw,
        "url": str(response.url),
        "repr": repr(response),
        "read": response.read(),
        "bytes": list(response.iter_bytes()),
        "pieces": list(response.iter_bytes(3)),
        "texts": "".join(response.iter_text()),
        "text pieces": list(response.iter_text(chunk_size=2)),
        "lines": list(response.iter_lines()),
    }


def both(status=200, **arguments):
    arguments = {"request": REQUEST, **arguments}
    return httpx.Response(status, **arguments), Response(status, **arguments)


MADE = [
    {},
    {"headers": {"X": "y"}},
    {"headers": [("x", "1"), ("X", "2")]},
    {"headers": [(b"x", b"\xff")]},
    {"content": b""},
    {"content": b"abcdefgh"},
    {"content": "h\xe9llo"},
    {"content": b"\xff\xfe!"},
    {"content": b"abc", "headers": {"content-length": "7"}},
    {"text": ""},
    {"text": "h\xe9llo\nworld"},
    {"text": "x", "headers": {"Content-Type": "text/plain; charset=ascii"}},
    {"html": "<p>\u20ac"},
    {"json": {"a": [1, None, "\xe9", 1.5]}},
    {"json": []},
    {"json": 0},
    {"json": None},
    {"content": b"x", "text": "y", "html": "z", "json": 1},
    {"text": "y", "html": "z", "json": 1},
    {"html": "z", "json": 1},
    {"text": "a\r\nb\rc\n\nd\x0be\x0cf\x1cg\x85h\u2028i"},
    {"text": "a\n\r"},
    {"text": "\r"},
    {"text": "\n"},
    {"text": "no end"},
]


@pytest.mark.parametrize("arguments", MADE, ids=range(len(MADE)))
def test_made_as_httpx(arguments):
    theirs, ours = both(**arguments)
    assert look(ours) == look(theirs)
    assert isinstance(ours.headers, Headers)
    assert ours.headers is ours.headers
    assert ours.request is REQUEST
    assert ours.num_bytes_downloaded == len(ours.content)
    assert ours.close() is None


@pytest.mark.parametrize("status", [*range(100, 600), 0, 1, 99, 600, 999, -1])
def test_statuses_as_httpx(status):
    for headers in ({}, {"Location": "/x"}):
        theirs, ours = both(status, headers=headers)
        assert look(ours) == look(theirs)


# --- JSON, pieces, constructor -----------------------------------------------


@pytest.mark.parametrize("body", [b"[1, 2.5]", b'{"a": null}', '"\xe9"'.encode("utf-16")])
def test_json_as_httpx(body):
    theirs, ours = both(content=body)
    assert ours.json() == theirs.json()
    assert ours.json(parse_float=str) == theirs.json(parse_float=str)


def test_json_errors_come_through():
    with pytest.raises(ValueError, match="Expecting value"):
        Response(200, content=b"nope").json()
    with pytest.raises(TypeError):
        Response(200, content=b"1").json(1)
    with pytest.raises(TypeError):
        Response(200, content=b"1").json(no_such=1)


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 1 << 80, True])
def test_pieces(size):
    if size == 1 << 80:
        with pytest.raises(OverflowError):
            Response(200, content=b"x").iter_bytes(size)
        return
    theirs, ours = both(text="abcdefgh\u20ac")
    assert list(ours.iter_bytes(size)) == list(theirs.iter_bytes(size))
    assert list(ours.iter_text(size)) == list(theirs.iter_text(size))


def test_refused_pieces():
    ours = Response(200, content=b"x")
    for bad, error in ((0, ValueError), (-1, ValueError), ("1", TypeError), (1.5, TypeError)):
        for method in (ours.iter_bytes, ours.iter_text):
            with pytest.raises(error):
                method(bad)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"status_code": "200"},
        {"status_code": None},
        {"status_code": 1 << 40},
        {"status_code": 200, "content": 5},
        {"status_code": 200, "content": {"a": 1}},
        {"status_code": 200, "text": b"x"},
        {"status_code": 200, "html": b"x"},
        {"status_code": 200, "json": 1j},
        {"status_code": 200, "headers": 5},
        {"status_code": 200, "headers": {"a": 1}},
        {"status_code": 200, "nope": 1},
    ],
    ids=repr,
)
def test_refused_arguments(arguments):
    with pytest.raises((TypeError, OverflowError)):
        Response(**arguments)


def test_refused_text():
    with pytest.raises(TypeError):
        Response(200, {})
    with pytest.raises(ValueError, match="not JSON compliant"):
        Response(200, json=float("nan"))
    with pytest.raises(UnicodeEncodeError):
        Response(200, text="\ud800")


def test_attributes_are_read_only():
    ours = Response(200)
    for name in ("status_code", "headers", "content", "text", "url", "new"):
        with pytest.raises(AttributeError):
            setattr(ours, name, None)


def test_without_a_request():
    ours = Response(404)
    assert ours.request is None
    assert ours.url == ""
    with pytest.raises(RuntimeError, match="elapsed"):
        ours.elapsed  # noqa: B018


# --- raise_for_status --------------------------------------------------------


@pytest.mark.parametrize("status", [200, 204, 299])
def test_success_returns_the_response(status):
    ours = Response(status)
    assert ours.raise_for_status() is ours


@pytest.mark.parametrize("status", [100, 302, 304, 404, 500, 599, 700])
def test_raise_for_status(status):
    ours = Response(status, headers={"location": "/there"}, request=REQUEST)
    with pytest.raises(exceptions.HTTPStatusError) as caught:
        ours.raise_for_status()
    assert isinstance(caught.value, httpx.HTTPStatusError)
    assert caught.value.response is ours
    assert caught.value.request is REQUEST
    assert str(status) in str(caught.value)
    assert str(REQUEST.url) in str(caught.value)
    assert ("/there" in str(caught.value)) is (status == 302)


# --- received ----------------------------------------------------------------

RECEIVED = [
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
    b"HTTP/1.1 418 Short And Stout\r\nContent-Length: 0\r\nX-Empty:\r\n\r\n",
    b"HTTP/1.1 404 \r\nA: 1\r\na: 2\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\nX-Text: \xc3\xa9\r\nY:  padded \t\r\n\r\nabc",
    b"HTTP/1.1 409 Conflict\r\nContent-Length: 3\r\nX-Text: \xff\xe9\r\n\r\n\xff\xfe\xfd",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=latin-1\r\n"
    b"Content-Length: 2\r\n\r\n\xe9\xe8",
    b"HTTP/1.1 422 Unprocessable Entity\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n3\r\n\xe2\x82\xac\r\n1\r\n!\r\n0\r\n\r\n",
    b"HTTP/1.0 404 Gone Away\r\nContent-Length: 1\r\n\r\nx",
]


@pytest.fixture
def serve():
    """Starts a server on loopback that answers `count` requests with the same bytes."""
    threads, listeners = [], []

    def start(answer, count=1):
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(10)

        def run():
            for _ in range(count):
                connection, _address = listener.accept()
                with connection:
                    connection.settimeout(10)
                    received = b""
                    while b"\r\n\r\n" not in received:
                        received += connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=run)
        thread.start()
        threads.append(thread)
        listeners.append(listener)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for thread in threads:
        thread.join()
    for listener in listeners:
        listener.close()


def received_from(url, user_id="u1"):
    with (
        Clerk(bearer_auth="sk_test_hush", server_url=url) as clerk,
        pytest.raises(models.ClerkBaseError) as caught,
    ):
        clerk.users.get(user_id=user_id)
    return caught.value


@pytest.mark.parametrize("answer", RECEIVED, ids=range(len(RECEIVED)))
def test_received_as_httpx(serve, answer):
    url = serve(answer, count=2)
    theirs = httpx.get(f"{url}/users/u1", trust_env=False)
    error = received_from(url)
    ours = error.raw_response
    expected, found = look(theirs), look(ours)
    # httpx keeps the case of names, libcurl hands it over too
    assert found == expected
    assert error.headers is ours.headers
    assert isinstance(ours.elapsed, datetime.timedelta)
    assert datetime.timedelta(0) < ours.elapsed < datetime.timedelta(seconds=10)
    assert "hush" not in repr(ours) + repr(ours.request) + repr(error)
    assert look(pickle.loads(pickle.dumps(ours))) == found
    assert pickle.loads(pickle.dumps(ours)).elapsed == ours.elapsed


# --- copies and memory -------------------------------------------------------


def duplicates(response):
    yield copy.copy(response)
    yield copy.deepcopy(response)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.loads(pickle.dumps(response, protocol))


@pytest.mark.parametrize("arguments", MADE, ids=range(len(MADE)))
def test_copies(arguments):
    ours = Response(404, request=REQUEST, **arguments)
    ours.encoding = "latin-1"
    before = look(ours)
    for again in duplicates(ours):
        assert look(again) == before


DAMAGED = [
    None,
    (),
    (1,),
    (11, 0, {}, None, None, b"", None, None),
    (11, 0, Headers(), 5, None, b"", None, None),
    (11, 0, Headers(), None, 5, b"", None, None),
    (11, 0, Headers(), None, None, "", None, None),
    (11, 0, Headers(), None, None, b"", 5, None),
    ("", 0, Headers(), None, None, b"", None, None),
]


@pytest.mark.parametrize("state", DAMAGED, ids=repr)
def test_damaged_pickles_are_refused(state):
    ours = Response(404, text="x")
    before = look(ours)
    with pytest.raises((TypeError, ValueError)):
        ours.__setstate__(state)
    assert look(ours) == before


class Request:
    url = "http://127.0.0.1/"


def test_cycles_are_collected():
    request = Request()
    request.response = Response(404, request=request)
    gone = weakref.ref(request)
    del request
    gc.collect()
    assert gone() is None


def work():
    for arguments in MADE:
        ours = Response(404, request=REQUEST, **arguments)
        look(ours)
        assert pickle.loads(pickle.dumps(ours)).status_code == 404
        with pytest.raises(exceptions.HTTPStatusError):
            ours.raise_for_status()
    for bad in ({"content": 5}, {"headers": 5}, {"text": "\ud800"}):
        with pytest.raises((TypeError, ValueError)):
            Response(200, **bad)


def test_keeps_no_references():
    work()
    gc.collect()
    before = sys.getrefcount(Response), sys.getrefcount(Headers), sys.getrefcount(REQUEST)
    for _ in range(20):
        work()
    gc.collect()
    after = sys.getrefcount(Response), sys.getrefcount(Headers), sys.getrefcount(REQUEST)
    assert all(new <= old + 1 for old, new in zip(before, after))
