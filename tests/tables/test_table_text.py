"""Tables in a terminal: they fit, and nothing in a cell does anything but being read."""

from __future__ import annotations

import io
import sys
import unicodedata
from typing import Any

import pytest
from table_rows import HOSTILE, mixtures, user

from clerk_c import models, table
from clerk_c.tables import _terminal


def test_a_table() -> None:
    rows = [
        {"id": "a", "name": "Ada Lovelace", "count": 5, "yes": True, "none": None},
        {"id": "b", "name": "Grace Hopper", "count": 1200, "yes": False, "none": None},
    ]
    made = table(rows, ["id", "name", "count", "yes", "none"])
    assert made.to_text(80).splitlines() == [
        "id  name          count  yes    none",
        "──  ────────────  ─────  ─────  ────",
        "a   Ada Lovelace      5  true",
        "b   Grace Hopper   1200  false",
        "(2 rows)",
    ]
    assert made.to_text(80, max_rows=1).splitlines()[2:] == [
        "a   Ada Lovelace      5  true",
        "(the first 1 of 2 rows)",
    ]
    assert table([]).to_text(80) == "(0 rows)"


def test_it_says_what_it_leaves_out() -> None:
    rows = [{"id": str(index), "n": index} for index in range(10_000)]
    lines = str(table(rows)).splitlines()
    assert len(lines) == 103 and lines[-1] == "(the first 100 of 10,000 rows)"
    assert len(table(rows).to_text(50).splitlines()) == 10_003
    assert '8 of 47 columns (columns="all")' in table([user()]).to_text(200)


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0), ("abc", 3), ("山田太郎", 8), ("\uff46\uff55\uff4c\uff4c", 8), ("e\u0301", 1),
        ("한국어", 6),
        ("\u1112\u1161\u11ab", 2), ("👩", 2), ("👩\u200d👩\u200d👧", 2), ("❤", 1), ("❤\ufe0f", 2),
        ("🇩🇪", 2), ("עברית", 5),
    ],
)  # fmt: skip
def test_places_that_a_text_takes(text: str, width: int) -> None:
    assert _terminal.width_of(text) == width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"), ("a\nb\tc\rd", r"a\nb\tc\rd"), ("\0", r"\x00"),
        ("\x9b", r"\x9b"), ("\u202e", r"\u202e"), ("\u2066", r"\u2066"), ("\u2028", r"\u2028"),
        ("\ufeff", r"\ufeff"), ("\ud800", r"\ud800"), ("\U000e0041", r"\U000e0041"),
        ("a" + "\u0301" * 500, "a" + "\u0301" * 8), ("👩\u200d👧", "👩\u200d👧"),
    ],
    ids=ascii,
)  # fmt: skip
def test_what_steers_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert _terminal.harmless(text) == shown


@pytest.mark.parametrize("width", [1, 2, 7, 20, 40, 80, 100, 133, 500])
def test_every_line_fits_whatever_is_in_it(width: int) -> None:
    """Wide characters, marks and controls in cells and in titles, in 1 to 30 columns."""
    texts = mixtures(120, seed=width)
    for count in (1, 2, 5, 30):
        titles = list(dict.fromkeys(["id", *texts[: count - 1]]))
        rows = [dict(zip(titles, texts[start:])) for start in range(0, 40, 7)]
        shown = table(rows, titles).to_text(width)
        for line in shown.split("\n"):
            assert _terminal.width_of(line) <= width
            assert not any(
                unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in line
            )
            assert not set("\u202e\u2066\ufeff") & set(line)


def test_columns_that_have_no_room_are_named() -> None:
    row = {name * 12: name * 30 for name in "abcdef"}
    lines = table([row], list(row)).to_text(60).splitlines()
    assert lines[0].split() == ["a" * 12, "b" * 12, "c" * 12, "d" * 12]
    assert lines[3] == "2 more: " + "e" * 12 + ", " + "f" * 12


def test_an_id_stays_whole_where_there_is_room_for_two() -> None:
    row = {"id": "user_" + "x" * 25, "a": "a" * 40, "b": "b" * 40}
    assert table([row], list(row)).to_text(80).splitlines()[2].startswith(row["id"] + "  a")
    assert row["id"] not in table([row], list(row)).to_text(50)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_narrow_table_still_says_since_when(width: int) -> None:
    """Where nobody chose the columns; those that somebody chose keep their order."""
    rows = [user(id="user_" + "x" * 27, username="ada" * 5)]
    made = table(rows)
    title, _, row, *_ = lines = made.to_text(width).splitlines()
    assert title.split()[0] == "id" and title.split()[-1] == "created_at"
    assert row.startswith("user_xx") and "20" in row.split("  ")[-1]
    assert all(_terminal.width_of(line) <= width for line in lines)
    assert "created_at" not in table(rows, made.columns).to_text(width).splitlines()[0]
    assert "created_at" in table(rows, made.columns).to_text(200).splitlines()[0]


def test_printing_takes_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    made = table([user()])
    assert max(map(_terminal.width_of, str(made).splitlines())) <= 30
    assert repr(made) == str(made)


class Terminal(io.StringIO):
    encoding = "ascii"


def test_a_terminal_that_knows_only_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    print(table([{"id": "é" * 3, "text": "x" * 500}]))
    assert stream.getvalue().isascii() and r"\xe9" in stream.getvalue()


@pytest.mark.parametrize(
    ("width", "error"), [(0, ValueError), (-5, ValueError), ("80", TypeError), (True, TypeError)]
)
def test_a_width_that_cannot_be(width: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="width must be"):
        table([]).to_text(width)


@pytest.mark.parametrize(("rows", "error"), [(-1, ValueError), ("80", TypeError), (1.5, TypeError)])
def test_a_number_of_rows_that_cannot_be(rows: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="max_rows must be"):
        table([]).to_text(80, max_rows=rows)
    with pytest.raises(error, match="max_rows must be"):
        table([]).to_html(max_rows=rows)


def test_ipython_shows_it_as_text() -> None:
    said: list[str] = []
    printer = type("Printer", (), {"text": staticmethod(said.append)})
    table([{"id": "x"}])._repr_pretty_(printer, False)
    assert said == [str(table([{"id": "x"}]))]


def test_rich() -> None:
    """Nothing in a cell is markup for it either."""
    from rich.console import Console

    rows = [{"id": "[red]x[/red]", "n": 5, "text": text} for text in HOSTILE if text.isprintable()]
    console = Console(file=io.StringIO(), width=200)
    console.print(table(rows))
    console.print(models.IdentificationLink(type="oauth_google", id="idn_1"))
    shown = console.file.getvalue()
    assert "[red]x[/red]" in shown and "IdentificationLink(" in shown and "\x1b" not in shown
