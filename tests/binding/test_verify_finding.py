"""auth_headers() and session_cookie(): the way to a token in C, beside a plain model of it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from clerk_c._core import auth_headers, session_cookie


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, (None, None)),
        ([], (None, None)),
        ({"Authorization": "x"}, ("x", None)),
        ({"AUTHORIZATION": b"x", b"cookie": "y"}, ("x", "y")),
        ([("cookie", b"\xe9")], (None, "\xe9")),
        ([["authorization", "x"], (b"Cookie", "y"), (), ("cookie",), 5, None], ("x", "y")),
        ({"authorizatio": "x", "cookies": "y", "c\u00f6\u00f6kie": "z", 5: 6}, (None, None)),
        ({"cookie": "\ud800"}, (None, "\ud800")),
        ({"Cookie": "a", "cookie": "b"}, None),
        ([("authorization", "a"), ("Authorization", "b")], None),
        ({"cookie": ["a"]}, None),
        ({"authorization": None}, None),
        ((("cookie", "a"),), None),
        (None, None),
        ("cookie", None),
    ],
)
def test_headers(headers: Any, found: Any) -> None:
    assert auth_headers(headers) == found


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
            value = session_cookie(header, own)
            assert value == model(header, own)
            found += value is not None
    assert found > 1000


def test_arguments() -> None:
    assert session_cookie("__session=a") == "a"
    for bad in ((), (None,), (b"__session=a",), ("a", 5), ("a", None, None)):
        with pytest.raises(TypeError):
            session_cookie(*bad)
