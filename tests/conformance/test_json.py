"""The reader of JSON against the reference's, pydantic_core.from_json: both give the same value,
down to the types and signs of numbers and the order of keys, or both refuse."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pydantic_core
import pytest

from clerk_c import _core

from .json_cases import VALUES, WRAPPED, Maker, nested

REFUSED = "refused"


def outcome(read: Any, text: bytes | str) -> Any:
    try:
        value = read(text)
    except ValueError:
        return REFUSED
    return types(value), repr(value)


def types(value: Any) -> Any:
    """repr() tells everything about these types but that they are no subclasses."""
    if type(value) is list:
        return [types(item) for item in value]
    if type(value) is dict:
        return [(type(key), types(item)) for key, item in value.items()]
    return type(value)


def differences(texts: Iterable[bytes | str]) -> tuple[int, int]:
    """Compares, and returns how many texts were taken and refused."""
    taken = refused = 0
    for text in texts:
        expected = outcome(pydantic_core.from_json, text)
        assert outcome(_core.parse_json, text) == expected, text
        if expected == REFUSED:
            refused += 1
        else:
            taken += 1
    return taken, refused


@pytest.mark.parametrize("form", WRAPPED)
def test_edge_cases(form: bytes) -> None:
    taken, refused = differences(form.replace(b"%s", value) for value in VALUES)
    assert taken + refused == len(VALUES)
    assert refused > 0


def test_edge_cases_as_text() -> None:
    texts = [text.decode() for text in VALUES if text.decode(errors="replace").encode() == text]
    taken, refused = differences(texts)
    assert taken > 80
    assert refused > 60


@pytest.mark.parametrize("depth", [1, 2, 63, 64, 65, 198, 199, 200, 201, 202, 1000])
def test_depth(depth: int) -> None:
    differences(nested(depth))


def test_very_deep_text_is_refused() -> None:
    assert differences([b"[" * 1_000_000, b'{"a":' * 1_000_000, b"[" * 200 + b"[1"]) == (0, 3)


def test_every_text_of_two_bytes() -> None:
    texts = (bytes([first, second]) for first in range(256) for second in range(256))
    taken, _ = differences(texts)
    assert taken > 100


def test_every_string_of_two_bytes() -> None:
    texts = (b'"%c%c"' % (first, second) for first in range(256) for second in range(256))
    taken, _ = differences(texts)
    assert taken > 8000


def test_sequences_of_utf8() -> None:
    seconds = [0x00, 0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    tails = [b"", b"\x80", b"\xbf", b"x", b"\x80\x80", b"\xbf\xbf", b"\x80x", b"\xc0\x80"]
    tails += [b"\x80\x80\x80"]
    differences(
        b'"%s%c%c%s"' % (before, lead, second, tail)
        for before in (b"", b"0123456789abcde")
        for lead in range(0xC0, 0x100)
        for second in seconds
        for tail in tails
    )


def test_every_escape_of_four_digits() -> None:
    taken, refused = differences(b'"\\u%04x"' % code for code in range(0x10000))
    assert (taken, refused) == (0x10000 - 0x800, 0x800)


def test_pairs_of_surrogates() -> None:
    halves = [*range(0xD7FE, 0xE002, 0x55), 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0x41]
    pairs = [(one, two) for one in halves for two in halves]
    taken, refused = differences(b'"\\u%04x\\u%04X"' % pair for pair in pairs)
    assert taken > 100
    assert refused > 100


def test_numbers() -> None:
    rng = random.Random(17)
    texts = []
    for _ in range(20_000):
        length = rng.choice([1, 2, 3, 4, 5, 6, 8, 12, 20])
        texts.append(bytes(rng.choices(b"0123456789-+.eE", [9] * 10 + [6, 2, 6, 5, 3], k=length)))
    taken, refused = differences(texts)
    assert taken > 5000
    assert refused > 5000


def test_floats_are_the_nearest() -> None:
    rng = random.Random(18)
    texts = []
    for _ in range(20_000):
        value = math.ldexp(rng.random(), rng.randrange(-1080, 1025))
        digits = 800 if rng.random() < 0.1 else rng.randrange(1, 25)
        texts.append(f"{value:.{digits}e}".encode())
    assert differences(texts)[1] == 0


def test_halves_between_floats() -> None:
    rng = random.Random(19)
    texts = []
    for _ in range(2000):
        whole = rng.randrange(1 << 53, 1 << 54) | 1  # one bit too long, so a tie
        shift = rng.randrange(0, 200)
        for text in (str(whole << shift), str((whole << shift) + 1), str((whole << shift) - 1)):
            texts += [text.encode() + b".0", text.encode() + b"e-20"]
            texts += [text.encode() + b"." + b"0" * 800 + b"1"]
    assert differences(texts)[1] == 0


@pytest.mark.parametrize("seed", range(10))
def test_valid_documents(seed: int) -> None:
    maker = Maker(seed)
    assert differences(maker.padded() for _ in range(400)) == (400, 0)


@pytest.mark.parametrize("seed", range(10))
def test_changed_documents(seed: int) -> None:
    maker = Maker(100 + seed)
    texts = []
    for _ in range(150):
        text = maker.padded()
        texts += [maker.mutated(text) for _ in range(10)]
    taken, refused = differences(texts)
    assert taken > 100
    assert refused > 300


def medium_document() -> bytes:
    user = {
        "id": "user_2a",
        "names": ["Ada", "Björn", "\0", "a\\b\"c\n😀"],
        "rate": 0.25,
        "big": 12345678901234567890,
        "nested": [{"a": [], "b": {}, "c": [None, True, False, -0.0, 1e300]}],
    }
    return json.dumps(user).encode() + b" " + json.dumps(user, ensure_ascii=False).encode()


def test_cut_at_every_place() -> None:
    text = medium_document()
    differences(text[:end] for end in range(len(text) + 1))
    differences(text[start:] for start in range(len(text) + 1))


def test_every_byte_changed() -> None:
    text = medium_document().split(b"} ", 1)[0] + b"}"
    for new in b'"\\,:[]{}0-e.\x00\x1f \xff\x80\xc3u':
        differences(text[:at] + bytes([new]) + text[at + 1 :] for at in range(len(text)))
        differences(text[:at] + bytes([new]) + text[at:] for at in range(len(text) + 1))


def test_kinds_of_input() -> None:
    text = '{"a": [1.5, "é", NaN]}'
    expected = repr(pydantic_core.from_json(text))
    data = bytearray(text.encode())

    class Text(str):
        pass

    class Data(bytes):
        pass

    for value in (text, text.encode(), data, Text(text), Data(text.encode())):
        assert repr(_core.parse_json(value)) == expected
    assert data == text.encode()  # patched in a copy only
    data.append(0)  # and no longer held
    for wrong in (None, 1, memoryview(b"1"), [b"1"]):
        with pytest.raises(TypeError, match="bytes, bytearray or str"):
            _core.parse_json(wrong)
    with pytest.raises(ValueError, match="surrogates"):
        _core.parse_json('"\ud800"')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "unexpected end of the text at line 1 column 0"),
        (b'{"a": "b" "c": 1}', "expected ',' or '}' at line 1 column 11"),
        (b'[\n  1,\n  "\xff"\n]', "invalid UTF-8 at line 3 column 4"),
        (b"[" * 300, "containers nested too deep at line 1 column 202"),
    ],
)
def test_message(text: bytes, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 (the message is compared whole)
        _core.parse_json(text)
    assert str(caught.value) == message
    with pytest.raises(ValueError, match=message.split(" at ")[1] + "$"):
        pydantic_core.from_json(text)


def test_limit_of_digits_is_none_of_ours() -> None:
    text = b"[%s,-%s]" % (b"7" * 4300, b"9" * 4000)
    limit = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(640)
        ours = _core.parse_json(text)
        assert ours == pydantic_core.from_json(text)
    finally:
        sys.set_int_max_str_digits(limit)
    assert str(ours[0]) == "7" * 4300


def test_recursion_limit_of_the_program() -> None:
    text = b"[" * 150 + b"]" * 150
    limit = sys.getrecursionlimit()

    def deep(levels: int) -> Any:
        return deep(levels - 1) if levels else _core.parse_json(text)

    for room in range(20, 400, 20):
        try:
            value = deep(limit - room)
        except RecursionError:
            continue
        assert repr(value) == text.decode()
    assert repr(_core.parse_json(text)) == text.decode()


def test_threads() -> None:
    documents = [Maker(seed).padded() for seed in range(200)]
    expected = [repr(pydantic_core.from_json(text)) for text in documents]
    wrong: list[bytes] = []

    def work() -> None:
        for text, shown in zip(documents, expected):
            if repr(_core.parse_json(text)) != shown:
                wrong.append(text)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


IN_LOCALE = """
import locale, sys
from clerk_c import _core
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
assert locale.localeconv()["decimal_point"] == ","
print(_core.parse_json(sys.argv[1]))
"""


@pytest.mark.skipif(shutil.which("localedef") is None, reason="no localedef")
def test_other_locale(tmp_path: Path) -> None:
    """cJSON asks the C locale what a decimal point is."""
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")],
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        pytest.skip(made.stderr.strip())
    text = "[1.5, 2, -0.25e1, 123456789.123456789123456789, 1e400]"
    child = subprocess.run(
        [sys.executable, "-c", IN_LOCALE, text],
        env={**os.environ, "LOCPATH": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert child.stdout.strip() == repr(pydantic_core.from_json(text)), child.stderr
