"""Publishable keys: what they say, and what is said about those that say nothing."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

import clerk_c
from clerk_c import parse_publishable_key


def key(host: str, prefix: str = "pk_test_", end: str = "$") -> str:
    return prefix + base64.b64encode(f"{host}{end}".encode()).decode()


@pytest.mark.parametrize(
    ("prefix", "kind"), [("pk_test_", "development"), ("pk_live_", "production")]
)
@pytest.mark.parametrize(
    "host",
    ["clerk.example.com", "foo-bar-13.clerk.accounts.dev", "CLERK.example.org", "a.localhost:8080"],
)
def test_what_a_key_says(host: str, prefix: str, kind: str) -> None:
    text = key(host, prefix)
    found = parse_publishable_key(text)
    assert found == (text, kind, host)
    assert (found.key, found.kind, found.frontend_api) == found
    assert parse_publishable_key(text.rstrip("=")).frontend_api == host


def test_documented_key() -> None:
    """The one of Clerk's documentation."""
    found = parse_publishable_key("pk_test_Y2xlcmsuZXhhbXBsZS5jb20k")
    assert found.frontend_api == "clerk.example.com"
    assert found.kind == "development"


def test_cookie_suffix() -> None:
    for number in range(200):
        text = key(f"clerk{number}.example.com")
        digest = base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()
        expected = digest.replace("+", "-").replace("/", "_")[:8]
        assert parse_publishable_key(text).cookie_suffix == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "begins with pk_test_ or pk_live_"),
        ("sk_test_verysecret", "this is a secret key"),
        (" pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", "white space"),
        ("pk_prod_Y2xlcmsuZXhhbXBsZS5jb20k", "begins with"),
        ("pk_test_", "cut off"),
        ("pk_test_!!!!", "not base64"),
        ("pk_test_Y2xlcmsuZXhhbXBsZS5jb20k\n", "not base64"),
        ("pk_test_ä", "not base64"),
        (key("clerk.example.com", end=""), "cut off"),
        (key("clerk.example.com$"), "names no host"),
        (key("clerk"), "names no host"),
        (key("https://clerk.example.com"), "names no host"),
        (key("clerk.example.com/path"), "names no host"),
        (key("clerk..example.com"), "names no host"),
        (key("a." * 126 + "example"), "names no host"),
    ],
)
def test_no_key(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"^key: .*{says}") as caught:
        parse_publishable_key(text)
    assert "verysecret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [None, b"pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", 1])
def test_no_text(value: Any) -> None:
    with pytest.raises(TypeError, match="key must be str, not"):
        parse_publishable_key(value)


def test_exported() -> None:
    assert clerk_c.PublishableKey is type(parse_publishable_key(key("clerk.example.com")))
