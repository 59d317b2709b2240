"""Where the token of a request is found: headers of all shapes, schemes, cookies."""

from __future__ import annotations

import base64
import hashlib
import http.cookies
import types
from collections.abc import Iterator, Mapping
from typing import Any

import django.http
import httpx
import pytest
import starlette.datastructures
import werkzeug.datastructures
from django.conf import settings

import clerk_c
from clerk_c.security._finding import cookie_suffix, find_token

TOKEN = "aaa.bbb-_.ccc"
KEY = "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k"


class Request:
    def __init__(self, headers: Any) -> None:
        self.headers = headers


class CaseSensitive(Mapping[str, str]):
    """A mapping that is no dict and has nothing of an HTTP library's."""

    def __init__(self, items: dict[str, str]) -> None:
        self._items = items

    def __getitem__(self, name: str) -> str:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


NAMES = {
    "authorization": ["Authorization", "authorization", "AUTHORIZATION", "aUTHORIZATION"],
    "cookie": ["Cookie", "cookie", "COOKIE", "cOOKIE"],
}


def shapes(name: str, value: str) -> Iterator[tuple[str, Any]]:
    """The same header as the frameworks have it."""
    raw = (name.encode(), value.encode("latin-1"))
    other = ("X-Other", "1")
    yield "dict", Request({"X-Other": "1", name: value})
    yield "headers", {"X-Other": "1", name: value}
    yield "bytes", {raw[0]: raw[1]}
    yield "proxy", Request(types.MappingProxyType({name: value}))
    yield "mapping", Request(CaseSensitive({name: value}))
    yield "pairs", [other, (name, value)]
    yield "lists", [list(other), [name, value]]
    yield "raw pairs", Request([(b"x-other", b"1"), raw])
    yield "asgi", {"type": "http", "headers": [(b"x", b"1"), (raw[0].lower(), raw[1])]}
    yield "lambda", {"headers": {name: value}, "multiValueHeaders": None}
    yield "lists of values", {"headers": {"x": ["1"], name: [value]}}
    variable = "HTTP_" + name.upper()
    yield "wsgi", {"REQUEST_METHOD": "GET", variable: value, "wsgi.url_scheme": "http"}
    yield "short wsgi", {variable: value}
    yield "starlette", Request(starlette.datastructures.Headers(raw=[(raw[0].lower(), raw[1])]))
    yield "httpx", Request(httpx.Headers({"a": "b", name: value}))
    yield "own", Request(clerk_c.Headers({"a": "b", name: value}))
    yield "werkzeug", Request(werkzeug.datastructures.Headers([other, (name, value)]))
    environ = {variable: value}
    yield "environ", Request(werkzeug.datastructures.EnvironHeaders(environ))
    if not settings.configured:
        settings.configure()
    django_request = django.http.HttpRequest()
    django_request.META = environ
    yield "django", django_request


@pytest.mark.parametrize("name", NAMES["authorization"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_bearer_in_all_shapes(name: str, scheme: str) -> None:
    for shape, request in shapes(name, f"{scheme} {TOKEN}"):
        assert find_token(request) == TOKEN, shape


@pytest.mark.parametrize("name", NAMES["cookie"])
def test_cookie_in_all_shapes(name: str) -> None:
    for shape, request in shapes(name, f'a=1; __session={TOKEN}; json={{"a":"b"}}'):
        assert find_token(request) == TOKEN, shape


def test_no_token_in_all_shapes() -> None:
    for shape, request in shapes("X-Something", f"Bearer {TOKEN}"):
        assert find_token(request) is None, shape


def both(authorization: Any, cookie: str = f"__session={TOKEN}") -> Any:
    return Request({"Authorization": authorization, "Cookie": cookie})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Bearer x.y.z", "x.y.z"),
        ("  Bearer   x.y.z  ", "x.y.z"),
        ("Bearer\tx.y.z", "x.y.z"),
        ("Bearer  x y", "x y"),  # no token, and to be refused as one
        ("x.y.z", "x.y.z"),
        ("Bearerx.y.z", "Bearerx.y.z"),
        ("bearer mt_1", "mt_1"),
        ("Basic dXNlcjpwYXNz", TOKEN),
        ("Digest username=a, realm=b", TOKEN),
        ("Basic x, Bearer y", TOKEN),
        ("Bearer", TOKEN),
        ("Bearer ", TOKEN),
        ("bearer   ", TOKEN),
        ("", TOKEN),
        (None, TOKEN),
        (7, TOKEN),
        ([], TOKEN),
        ([None, 1], TOKEN),
        (["Basic x", "Bearer y"], "y"),
        (b"Bearer \xff", "\xff"),
    ],
)
def test_schemes(value: Any, found: str) -> None:
    assert find_token(both(value)) == found


def test_several_authorizations_the_first_bearer_counts() -> None:
    pairs = [("authorization", "Basic x"), ("Authorization", "Bearer y"), ("authorization", "z")]
    assert find_token(pairs) == "y"
    assert find_token(Request(starlette.datastructures.Headers(
        raw=[(b"authorization", b"Basic x"), (b"authorization", b"Bearer y")]
    ))) == "y"  # fmt: skip


def test_cookies_in_several_headers() -> None:
    assert find_token([(b"cookie", b"a=b"), (b"cookie", b"__session=" + TOKEN.encode())]) == TOKEN
    assert find_token(httpx.Headers([("cookie", "a=b"), ("cookie", "__session=x")])) == "x"


COOKIES = {
    f"__session={TOKEN}": TOKEN,
    f"a=b;__session={TOKEN};c=d": TOKEN,
    f"  __session  =  {TOKEN}  ; x": TOKEN,
    f'__session="{TOKEN}"': TOKEN,
    f'j={{"a":1,"b":[2]}}; __session={TOKEN}': TOKEN,
    f"a@b=c; __session={TOKEN}": TOKEN,
    f"a b=c d; [x]=(y); ü=\xfc; __session={TOKEN}": TOKEN,
    f"novalue; =noname; ; ;; __session={TOKEN}": TOKEN,
    f"expires=Thu, 01 Jan 1970 00:00:00 GMT; __session={TOKEN}": TOKEN,
    "__session=first; __session=second": "first",
    "__session=; __session=second": "second",
    "__session=": None,
    "__session": None,
    '__session=""': None,
    "": None,
    "__client_uat=1": None,
    f"x__session={TOKEN}": None,
    f"__sessionx={TOKEN}": None,
    f"__SESSION={TOKEN}": None,
    f"a=__session={TOKEN}": None,
    f"a=b,__session={TOKEN}": None,
    f"__session_AbCdEfGh={TOKEN}": TOKEN,
    "__session_AbCdEfGh=one; __session=two": "one",
    "__session=two; __session_AbCdEfGh=one": "two",
}


@pytest.mark.parametrize("header", COOKIES)
def test_cookies(header: str) -> None:
    assert find_token({"cookie": header}) == COOKIES[header]


def test_cookies_as_browsers_send_what_the_standard_library_sets() -> None:
    jar = http.cookies.SimpleCookie()
    for name, value in {"a": 'x"y;z', "__session": TOKEN, "b": "ö"}.items():
        jar[name] = value
    sent = "; ".join(f"{item.key}={item.coded_value}" for item in jar.values())
    assert find_token({"cookie": sent}) == TOKEN


def test_the_cookie_of_the_instance() -> None:
    digest = hashlib.sha1(KEY.encode()).digest()
    suffix = base64.b64encode(digest, b"-_")[:8].decode()
    assert cookie_suffix(KEY) == suffix and len(suffix) == 8
    foreign, own, plain = "__session_AbCdEfGh=foreign", f"__session_{suffix}=own", "__session=plain"
    for header, found in {
        f"{foreign}; {plain}; {own}": "own",
        f"{own}; {foreign}": "own",
        f"{foreign}; {plain}": "plain",
        foreign: None,
        f"{foreign}; {own[:-3]}; {plain}": "plain",
    }.items():
        assert find_token({"cookie": header}, KEY) == found
    assert find_token({"cookie": foreign, "authorization": "bearer t"}, KEY) == "t"


def test_suffixes_are_remembered_within_bounds() -> None:
    from clerk_c.security import _finding

    for number in range(3 * _finding._MAX_SUFFIXES):
        cookie_suffix(f"pk_test_{number}")
    assert len(_finding._suffixes) <= _finding._MAX_SUFFIXES


def test_long_headers() -> None:
    many = ";".join(f"__session_{number:08}x" for number in range(20_000))
    assert find_token({"cookie": f"{many};__session={TOKEN}"}) == TOKEN
    assert find_token({"authorization": "Bearer " + "x" * 1_000_000}) == "x" * 1_000_000


@pytest.mark.parametrize("request_", [None, 5, "Bearer x", b"Bearer x", object()])
def test_what_has_no_headers(request_: Any) -> None:
    with pytest.raises(TypeError, match="request must have headers"):
        find_token(request_)


@pytest.mark.parametrize(
    "request_",
    [
        *({}, [], [1, 2], [("a",)], [("a", "b", "c")], {1: 2}, {None: None}, {"cookie": None}),
        *([(1, 2), (None, "x")], {"headers": {}}, {"headers": []}, {"headers": [None, (b"x",)]}),
        {"type": "http", "headers": [(b"cookie", 1), (b"\xff", b"\xff")]},
        {"cookie": "\ud800=1; __session_\ud800"},
    ],
)
def test_odd_headers_have_no_token(request_: Any) -> None:
    assert find_token(request_) is None
