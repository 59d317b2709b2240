"""clerk_c.Request: what hooks see and may change."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import httpx
import pytest

import clerk_c
from clerk_c import Request
from clerk_c._request import URL, from_parts, timeout_ms_of

FULL = "https://user:pw@api.example.com:8443/v1/users?limit=2&order_by=a&limit=3#end"


@pytest.mark.parametrize("text", [FULL, "http://[::1]:80/", "https://a.b", "http://h/p?q"])
def test_parts_of_a_url_are_those_of_httpx(text: str) -> None:
    ours, theirs = URL(text), httpx.URL(text)
    for name in ("scheme", "host", "path", "query", "raw_path", "fragment"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.netloc.split(b":")[0] == theirs.netloc.split(b":")[0]
    assert dict(theirs.params) == {**ours.params} | {
        name: values[0]
        for name in ours.params
        if (values := theirs.params.get_list(name)) and len(values) > 1
    }


def test_a_changed_url() -> None:
    url = URL(FULL)
    assert url.port == 8443
    assert url.copy_with(host="other", port=None) == (
        "https://user:pw@other/v1/users?limit=2&order_by=a&limit=3#end"
    )
    assert url.copy_with(path="/v2/a b", query=b"x=1").raw_path == b"/v2/a%20b?x=1"
    assert url.copy_set_param("limit", 9).query == b"order_by=a&limit=9"
    assert url.copy_merge_params({"a": ["1", "2"]}).query.endswith(b"limit=3&a=1&a=2")
    assert url.copy_with(params={"q": "a b"}).query == b"q=a+b"
    assert url.copy_with(host="::1").host == "::1"
    assert url.join("../x").path == "/x"
    assert isinstance(url.join("/y"), URL)
    with pytest.raises(TypeError, match="nonsense"):
        url.copy_with(nonsense=1)
    assert "pw" not in repr(url)


def test_what_can_be_given() -> None:
    request = Request("get", httpx.URL("http://a/b"), params={"c": 1}, headers={"X-A": "1"})
    assert (request.method, str(request.url), request.content) == ("GET", "http://a/b?c=1", b"")
    assert not request.has_body
    assert request.headers["x-a"] == "1"
    request.headers["x-b"] = "2"
    request.url = "http://c/d"
    assert request.url.host == "c"
    assert Request("POST", "http://a", content="é").read() == "é".encode()
    assert Request("POST", "http://a", content=bytearray(b"x")).content == b"x"
    as_json = Request("POST", "http://a", json={"a": ["é"]})
    assert as_json.content == '{"a":["é"]}'.encode()
    assert as_json.headers["content-type"] == "application/json"
    for wrong in ({"content": b"", "json": 1}, {"content": 5}):
        with pytest.raises(TypeError):
            Request("POST", "http://a", **wrong)
    with pytest.raises(TypeError, match="method"):
        Request(b"GET", "http://a")  # type: ignore[arg-type]


def test_secrets_do_not_travel() -> None:
    secret = {"Authorization": "Bearer sk_test_hush", "Cookie": "a=sk_test_hush", "X-A": "1"}
    request = Request("POST", "http://u:sk_test_hush@a/b?token=sk_test_hush", headers=secret)
    assert "hush" not in repr(request) + repr(request.headers) + repr(request.url)
    request = Request("POST", "http://a/b", headers=secret, content=b"x", extensions={"a": 1})
    data = pickle.dumps(request)
    assert b"hush" not in data
    back = pickle.loads(data)
    assert (back.method, back.url, back.content) == ("POST", "http://a/b", b"x")
    assert back.extensions == {"a": 1}
    assert back.headers.multi_items() == [("x-a", "1")]
    for same in (copy.copy(request), copy.deepcopy(request)):
        assert same.headers["authorization"] == "Bearer sk_test_hush"
        same.headers["x-a"] = "2"
        assert request.headers["x-a"] == "1"
    for url in ("http://hush:hush@a/b?c=d@e", "http://hush@a/b?c=d@e"):
        data = pickle.dumps(Request("GET", url))
        assert b"hush" not in data
        assert pickle.loads(data).url == "http://a/b?c=d@e"


@pytest.mark.parametrize(
    ("given", "milliseconds"),
    [
        (None, None),
        ({}, None),
        ({"timeout": 1.5}, 1500),
        ({"timeout": None}, 0),
        ({"timeout": {"connect": 1, "read": 2.5}}, 2500),
        ({"timeout": {"read": None}}, 0),
        ({"timeout": {"connect": 1}}, None),
    ],
)
def test_time_limits(given: Any, milliseconds: int | None) -> None:
    assert timeout_ms_of(given) == milliseconds


def test_from_what_was_sent() -> None:
    request = from_parts("GET", "http://a/b", b"X-A: 1\0X-B: c: d\0", None)
    assert request.headers.multi_items() == [("x-a", "1"), ("x-b", "c: d")]
    assert not request.has_body
    assert clerk_c.Request is Request
