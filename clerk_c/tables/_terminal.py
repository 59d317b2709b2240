"""A table as text: fits the terminal, counts wide and combining characters, shows control
characters harmlessly."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

_GAP = "  "
_NARROWEST = 12  # columns that have no room give way only so far
_TITLE = 12  # of a title, where there is little room
_MARKS = 8  # combining marks on one character; more of them serve no language
_JOINER = "\u200d"
_EMOJI = "\ufe0f"


class Cell(NamedTuple):
    """A cell: its text, and whether it is a number."""

    text: str
    number: bool = False


def harmless(text: str) -> str:
    """The text in one line, without anything that steers a terminal or turns the direction of
    reading: such characters appear as escapes."""
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        kind = unicodedata.category(character)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > _MARKS:
            continue
        steers = kind in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\u200c\u200d"
        shown.append(_escaped(character) if steers else character)
    return "".join(shown)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def width_of(text: str) -> int:
    """How many places of a terminal a text takes."""
    if text.isascii():
        return len(text)
    total, last, before = 0, 0, ""
    for character in text:
        if character == _EMOJI and last == 1:
            total, last = total + 1, 2  # the picture instead of the sign
        elif before != _JOINER or unicodedata.east_asian_width(character) != "W":
            last = _width(character) or last
            total += _width(character)
        before = character
    return total


def _width(character: str) -> int:
    if "\u1160" <= character <= "\u11ff":  # the later parts of a Korean syllable
        return 0
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if width_of(text) <= width:
        return text
    room = width - 1
    kept = text[: room * (2 + _MARKS)]
    while kept and width_of(kept) > room:
        kept = kept[:-1]
    return kept.rstrip(f" {_JOINER}") + "…"


def padded(cell: Cell, width: int) -> str:
    """The cell as wide as its column; numbers to the right."""
    text = cut(cell.text, width)
    space = " " * (width - width_of(text))
    return space + text if cell.number else text + space


def draw(
    titles: list[str], rows: list[list[Cell]], width: int, kept: int | None = None
) -> list[str]:
    """The lines of a table that is at most so wide: columns that do not fit are left out at
    the end, and a last line says so. The column `kept` is left out after all but the first."""
    heads = [harmless(title) for title in titles]
    cells = [[Cell(harmless(cell.text), cell.number) for cell in row] for row in rows]
    widths = _widths(heads, cells, width)
    if kept is not None and 1 < len(widths) <= kept:
        order = _order(heads, cells, width, kept)
        heads = [heads[index] for index in order]
        cells = [[row[index] for index in order] for row in cells]
        widths = _widths(heads, cells, width)
    numbers = [
        any(row[index].number for row in cells)
        and all(row[index].number or not row[index].text for row in cells)
        for index in range(len(widths))
    ]
    lines = [
        _line([Cell(head, number) for head, number in zip(heads, numbers)], widths),
        _GAP.join("─" * room for room in widths),
    ]
    lines += [_line(row, widths) for row in cells]
    left_out = len(heads) - len(widths)
    if left_out:
        names = ", ".join(heads[len(widths) :])
        lines.append(cut(f"{left_out} more: {names}", width))
    return lines


def _order(heads: list[str], cells: list[list[Cell]], width: int, kept: int) -> list[int]:
    """The columns with one of them as far to the right as it fits."""
    for place in range(kept - 1, 0, -1):
        order = [index for index in range(len(heads)) if index != kept]
        order.insert(place, kept)
        moved = [[row[index] for index in order] for row in cells]
        if len(_widths([heads[index] for index in order], moved, width)) > place:
            return order
    return [*range(len(heads))]


def _line(cells: list[Cell], widths: list[int]) -> str:
    return _GAP.join(padded(cell, room) for cell, room in zip(cells, widths)).rstrip()


def _widths(heads: list[str], cells: list[list[Cell]], width: int) -> list[int]:
    inside = [
        max((width_of(row[index].text) for row in cells), default=0) for index in range(len(heads))
    ]
    wanted = [max(room, width_of(head)) for room, head in zip(inside, heads)]
    if _sum(wanted) > width:  # titles give way before what is below them
        wanted = [max(room, min(width_of(head), _TITLE)) for room, head in zip(inside, heads)]
    least = [min(room, _NARROWEST) for room in wanted]
    if heads[0] == "id" and 2 * wanted[0] <= width:  # half of an id is of no use
        least[0] = wanted[0]
    return fit(wanted, least, width)


def fit(wanted: list[int], least: list[int], width: int) -> list[int]:
    """How wide the columns become: the widest give way first, then the last are left out."""
    count = len(wanted)
    while count > 1 and _sum(least[:count]) > width:
        count -= 1
    widths = [min(max(room, 1), width) for room in wanted[:count]]
    least = [min(low, width) for low in least[:count]]
    while _sum(widths) > width:
        free = [room if room > low else 0 for room, low in zip(widths, least)]
        widths[free.index(max(free))] -= 1
    return widths


def _sum(widths: list[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)
