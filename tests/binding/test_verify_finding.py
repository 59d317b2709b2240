"""find_token(): the way to a token in C, beside a plain model of it. Shapes of frameworks:
tests/security/test_finding.py."""

from __future__ import annotations

import random
from typing import Any

import pytest

from clerk_c._core import find_token


class Has:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


class Text(str):
    pass


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ({}, None),
        ([], None),
        ({"Authorization": "x"}, "x"),
        ({b"AUTHORIZATION": b"bearer x", b"cookie": "y"}, "x"),
        ({Text("Authorization"): Text("Bearer x")}, "x"),
        ([(bytearray(b"authorization"), bytearray(b"Bearer x"))], "x"),
        ([("cookie", b"__session=\xe9")], "\xe9"),
        ([("cookie", "__session=\u20ac\U0001f600")], "\u20ac\U0001f600"),
        ([("authorization", "Bearer\u2003\u20ac\u2003")], "\u20ac"),
        ([["authorization", "x y"], (b"Cookie", "__session=z"), (), ("cookie",), 5, None], "z"),
        ({"authorizatio": "x", "cookies": "y", "c\u00f6\u00f6kie": "z", 5: 6}, None),
        ({"cookie": "\ud800=\udfff; __session=\ud800"}, "\ud800"),
        ({"Cookie": "__session=a", "cookie": "__session=b"}, "a"),
        ([("authorization", "Basic a"), ("Authorization", "b"), ("authorization", "c")], "b"),
        ({"cookie": ["x=1", ("__session=no",), b"__session=a"]}, "a"),
        ({"authorization": None, "cookie": ("x", "__session=a")}, "a"),
        ({"HTTP_AUTHORIZATION": "Basic a", "HTTP_COOKIE": "__session=b"}, "b"),
        ({"REQUEST_METHOD": "GET", "authorization": "a"}, None),
        ({"HTTP_COOKIE": None, "cookie": "__session=a"}, "a"),
        ({"headers": [(b"authorization", b"a")], "HTTP_AUTHORIZATION": "b"}, "a"),
        ({"headers": {"authorization": "a"}, "HTTP_AUTHORIZATION": "b"}, "b"),
        ({"headers": {"authorization": "a"}}, "a"),
        ({"headers": "x", "authorization": "a"}, "a"),
        ({"headers": None}, None),
        (Has(headers={"Authorization": "Bearer x"}), "x"),
        (Has(headers=[("Authorization", "Bearer x")]), "x"),
        (Has(headers=Has(raw=[(b"authorization", b"Bearer x")])), "x"),
        # what is left to Python
        ((("cookie", "a"),), NotImplemented),
        (None, NotImplemented),
        ("cookie", NotImplemented),
        (Has(), NotImplemented),
        (Has(headers=None), NotImplemented),
        (Has(headers=()), NotImplemented),
        (Has(headers=Has(raw=())), NotImplemented),
        ({"headers": ()}, NotImplemented),
    ],
)
def test_shapes(request_: Any, found: Any) -> None:
    token = find_token(request_)
    assert token == found and type(token) is type(found)


class Failing:
    @property
    def headers(self) -> Any:
        raise KeyError("of the program")


class Unequal(str):
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("never equal")


def test_what_raises() -> None:
    with pytest.raises(KeyError, match="of the program"):
        find_token(Failing())
    assert find_token({Unequal("headers"): "x", "authorization": "a"}) == "a"


def test_a_pair_of_itself() -> None:
    value: list[Any] = []
    value += [value, value]
    headers: list[Any] = [("authorization", value), ("cookie", value)]
    headers.append(headers)
    assert find_token(headers) is None
    request: dict[Any, Any] = {}
    request["headers"] = request
    assert find_token(request) is None


def model(header: str, own: str | None) -> str | None:
    plain: str | None = None
    for pair in header.split(";"):
        name, _, value = pair.partition("=")
        name, value = name.strip(" \t"), value.strip(" \t").strip('"')
        if value and name == own:
            return value
        suffixed = own is None and name.startswith("__session_")
        if value and plain is None and (name == "__session" or suffixed):
            plain = value
    return plain


# fmt: off
PIECES = ["__session", "__session_abc", "_x", "=", "=", ";", "; ", '"', "v", "w ", " ", "\t",
          "a=b;", "\u00e9", "\0", "\ud800", "\U0001f600", "__sess"]
# fmt: on


def test_cookies() -> None:
    chosen, found = random.Random(3), 0
    for _ in range(30_000):
        header = "".join(chosen.choices(PIECES, k=chosen.randrange(14)))
        for own in (None, "__session_abc"):
            value = find_token({"cookie": header}, own)
            assert value == model(header, own)
            found += value is not None
    assert found > 1000


def test_cookies_of_several_headers() -> None:
    headers = [("cookie", "__session=a"), ("cookie", "__session_x=b"), ("cookie", "__session_x=c")]
    assert find_token(headers) == "a"
    assert find_token(headers, "__session_x") == "b"
    assert find_token(headers, "__session_y") == "a"


def bearer(header: str) -> str | None:
    words = header.split()
    if not words:
        return None
    if words[0].lower() == "bearer":
        return header.strip()[6:].strip() or None
    return words[0] if len(words) == 1 else None


# fmt: off
WORDS = ["Bearer", "bearer", "BEARER", "Basic", "x", "x.y", " ", "  ", "\t", "\n", "\x1f", "\x85",
         "\xa0", "\u2003", "\u20ac", "\0", "\u017f"]
# fmt: on


def test_authorizations() -> None:
    chosen, found = random.Random(4), 0
    for _ in range(20_000):
        header = "".join(chosen.choices(WORDS, k=chosen.randrange(7)))
        token = find_token({"authorization": header})
        assert token == bearer(header)
        found += token is not None
        if header.isascii() or max(header) < "\u0100":
            assert find_token({"authorization": header.encode("latin-1")}) == token
    assert found > 1000


def test_arguments() -> None:
    assert find_token({"cookie": "__session=a"}, None) == "a"
    for bad in ((), ({}, 5), ({}, b"__session"), ({}, None, None)):
        with pytest.raises(TypeError):
            find_token(*bad)
    with pytest.raises(UnicodeEncodeError):
        find_token({}, "\ud800")
