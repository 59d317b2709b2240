"""What the tables say of operations, and the libraries of themselves, as the command line asks."""

from __future__ import annotations

import re

import pytest

from clerk_c import _core, _libraries

OPERATIONS = [_core.describe(number) for number in range(237)]


def test_parameters_agree_with_the_description() -> None:
    for number, row in enumerate(OPERATIONS):
        named = [(name, required) for name, _, required, _ in row["parameters"]]
        found = _core.parameters(number)
        assert [(name, required) for name, _, _, required, _ in found] == named, row["name"]


def test_places() -> None:
    """As many parameters in the path as it has place holders; a request is alone but for them."""
    for number, row in enumerate(OPERATIONS):
        places = [place for _, place, *_ in _core.parameters(number)]
        assert set(places) <= {"path", "query", "body", "header", "request"}, row["name"]
        assert places.count("path") == row["path"].count("{"), row["name"]
        assert "request" not in places or set(places) <= {"path", "request"}, row["name"]


def test_routes() -> None:
    for number, row in enumerate(OPERATIONS):
        in_path = [name for name, place, *_ in _core.parameters(number) if place == "path"]
        route = (row["method"], row["path"], in_path, row["deprecated"])
        assert _core.route(number) == route


def test_secured() -> None:
    names = [row["name"] for row in OPERATIONS if not row["secured"]]
    assert names == ["get_public_interstitial"]


@pytest.mark.parametrize("wrong", [-1, 237, 10**9])
def test_no_such_operation(wrong: int) -> None:
    with pytest.raises(IndexError):
        _core.parameters(wrong)
    with pytest.raises(IndexError):
        _core.route(wrong)


def test_libraries() -> None:
    found = _libraries.libraries()
    assert {"libcurl", "libcrypto", "cJSON"} <= found.keys()
    assert re.match(r"\d+\.\d+\.\d+$", found["cJSON"])
    assert re.match(r"\d+\.\d+", found["libcurl"])
    assert "OpenSSL" in found["libcrypto"] or "LibreSSL" in found["libcrypto"]
