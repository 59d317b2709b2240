"""Answers that nobody documented: both packages make the same of them, or the same error."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from answers import Answers
from compare import Pair
from generate import OPERATIONS
from recorder import reply
from test_results import call, same

ROWS = {f"{row['group']}.{row['name']}": row for row in OPERATIONS}
USER = Answers(Random(1), "maximal").model("User") | {"first_name": "Zoë é"}
ERRORS = {"errors": [{"message": "nö", "long_message": "lang", "code": "c"}], "clerk_trace_id": "t"}
JSON = "application/json"


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def swapped(old: bytes, new: bytes) -> bytes:
    """The user's text with something else in it."""
    body = text(USER).encode()
    assert old in body
    return body.replace(old, new)


def with_duplicate(value: dict[str, Any]) -> str:
    return text(value)[:-1] + ', "first_name": "twice"}'


def bare(status: int, *lines: str, body: bytes = b"") -> bytes:
    """An answer with exactly these header lines, and the body's length."""
    head = [f"HTTP/1.1 {status} Status", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + body


BODIES: dict[str, tuple[bytes, str | None]] = {
    "latin-1": (text(USER).encode("latin-1"), f"{JSON}; charset=latin-1"),
    "latin-1 quoted": (text(USER).encode("latin-1"), f'{JSON}; charset="ISO-8859-1"'),
    "utf-16": (text(USER).encode("utf-16"), f"{JSON}; charset=utf-16"),
    "utf-8 said": (text(USER).encode(), f"{JSON}; charset=UTF-8"),
    "utf-8 said to be latin-1": (text(USER).encode(), f"{JSON}; charset=latin-1"),
    "latin-1 said to be utf-8": (text(USER).encode("latin-1"), f"{JSON}; charset=utf-8"),
    "latin-1 unsaid": (text(USER).encode("latin-1"), JSON),
    "unknown charset": (text(USER).encode(), f"{JSON}; charset=klingon"),
    "other parameters": (text(USER).encode(), f"{JSON}; profile=x; q=1"),
    "upper case": (text(USER).encode(), "Application/JSON"),
    "no space": (text(USER).encode(), f"{JSON};charset=utf-8"),
    "no type": (text(USER).encode(), None),
    "empty type": (text(USER).encode(), ""),
    "problem": (text(USER).encode(), "application/problem+json"),
    "plain text": (text(USER).encode(), "text/plain"),
    "html": (b"<html>", "text/html; charset=utf-8"),
    "json5": (text(USER).encode(), "application/json5"),
    "byte order mark": (b"\xef\xbb\xbf" + text(USER).encode(), JSON),
    "invalid utf-8 in a value": (swapped(b"Zo", b"Zo\xff\xfe"), JSON),
    "invalid utf-8 in a key": (swapped(b'"locale"', b'"loc\xffale"'), JSON),
    "overlong utf-8": (swapped(b"Zo", b"\xc0\x80"), JSON),
    "encoded surrogate": (swapped(b"Zo", b"\xed\xa0\x80"), JSON),
    "escaped surrogate": (swapped(b"Zo", b"\\ud800"), JSON),
    "escaped pair": (swapped(b"Zo", b"\\ud83d\\ude00"), JSON),
    "escaped nul": (swapped(b"Zo", b"\\u0000"), JSON),
    "control character": (swapped(b"Zo", b"\x01"), JSON),
    "duplicate keys": (with_duplicate(USER).encode(), JSON),
    "NaN": (text(USER | {"public_metadata": {"x": float("nan")}}).encode(), JSON),
    "Infinity for an integer": (swapped(b"1700000000000", b"Infinity"), JSON),
    "huge numbers": (text(USER | {"public_metadata": {"x": 10**400}}).encode(), JSON),
    "1e400": (swapped(b"1700000000000", b"1e400"), JSON),
    "trailing text": (text(USER).encode() + b" x", JSON),
    "trailing space": (text(USER).encode() + b" \n\t", JSON),
    "trailing nul": (text(USER).encode() + b"\0", JSON),
    "cut off": (text(USER).encode()[:-1], JSON),
    "empty": (b"", JSON),
    "blank": (b" ", JSON),
    "null": (b"null", JSON),
    "list": (b"[]", JSON),
    "string": (b'"x"', JSON),
    "number": (b"1", JSON),
    "object": (b"{}", JSON),
    "deep": (b'{"a":' * 150 + b"1" + b"}" * 150, JSON),
    "errors": (text(ERRORS).encode(), JSON),
    "long": (b"x" * 20_000, "text/plain"),
    "long text": ("é".encode() * 20_000, "text/plain"),
}


@pytest.mark.parametrize("status", [200, 201, 204, 400, 402, 404, 500])
@pytest.mark.parametrize("name", BODIES)
def test_bodies(pair: Pair, name: str, status: int) -> None:
    body, kind = BODIES[name]
    same(call(pair, ROWS["users.get"], reply(status, body, kind)))


@pytest.mark.parametrize("status", [299, 300, 304, 305, 399, 418, 422, 499, 501, 503, 599])
@pytest.mark.parametrize("operation", ["users.get", "users.list", "sessions.revoke"])
def test_statuses(pair: Pair, operation: str, status: int) -> None:
    for body in (USER, ERRORS, [USER]):
        same(call(pair, ROWS[operation], reply(status, body)))


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Type: text/plain", f"Content-Type: {JSON}"],
        [f"content-type:{JSON}"],
        [f"CONTENT-TYPE:   {JSON}   "],
        [f"Content-Type: {JSON}", "X-Text: \xe9", "X-Twice: 1", "x-twice: 2", "X-Empty:"],
    ],
)
@pytest.mark.parametrize("status", [200, 404, 500])
def test_headers(pair: Pair, lines: list[str], status: int) -> None:
    same(call(pair, ROWS["users.get"], bare(status, *lines, body=text(USER).encode())))


def test_the_cases_are_told_apart(pair: Pair) -> None:
    """The comparison sees values, refusals and errors: not one outcome for all."""
    seen = {
        same(call(pair, ROWS["users.get"], reply(status, *BODIES[name])))
        for status, name in ((200, "latin-1"), (200, "cut off"), (404, "errors"), (500, "html"))
    }
    assert seen == {"value", "ResponseValidationError", "ClerkErrors", "SDKError"}
