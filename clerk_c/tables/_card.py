"""A model as HTML for notebooks: a card with what tells it apart, and the rest folded.

It loads nothing: an image's address is text. Texts are escaped, whatever they hold; secrets and
private metadata are not shown.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from .. import _core
from . import _columns, _readable, _show, _values
from ._html import COLOURS, UNTYPESET, shielded
from ._schema import is_time

_MOST = 100  # members or elements that are shown at one place
_DEEPEST = 6
_ROOM = 2_000  # members that are shown in all
_LONGEST = 300  # characters of a text
_NAMES = ("full_name", "name", "primary_email_address", "email_address", "username",
          "identifier", "slug", "phone_number", "title", "domain", "url", "id")  # fmt: skip

_STYLE = (
    "div.ck-card.ck-card {"
    + COLOURS
    + """
box-sizing: border-box; max-width: 44em; margin: .4em 0; border: 1px solid var(--ck-line);
border-radius: 10px; overflow: hidden; }
div.ck-card.ck-card .ck-head { display: flex; gap: .9em; align-items: center; padding: .9em 1em;
background: var(--ck-tint); border-bottom: 1px solid var(--ck-line); }
div.ck-card.ck-card .ck-face { flex: none; width: 2.7em; height: 2.7em; border-radius: 50%;
color: #fff;
display: flex; align-items: center; justify-content: center; font-weight: 600; }
div.ck-card.ck-card .ck-who { min-width: 0; }
div.ck-card.ck-card .ck-who > * { overflow-wrap: anywhere; }
div.ck-card.ck-card .ck-who b { font-size: 15px; font-weight: 600; }
div.ck-card.ck-card .ck-sub, div.ck-card.ck-card .ck-none { color: var(--ck-faint); }
div.ck-card.ck-card .ck-sub { font-size: 12px; }
div.ck-card.ck-card code { font: 12px ui-monospace, "SF Mono", Menlo, Consolas, monospace;
background: none; color: inherit; padding: 0; border: 0; }
div.ck-card.ck-card dl {
display: grid; grid-template-columns: minmax(7em, max-content) minmax(0, 1fr);
gap: .3em 1.2em; margin: 0; padding: .8em 1em; }
div.ck-card.ck-card dt { color: var(--ck-faint); font-weight: 400; margin: 0; padding: 0;
float: none; width: auto; overflow-wrap: anywhere; }
div.ck-card.ck-card dd {
margin: 0; padding: 0; float: none; width: auto; min-width: 0; overflow-wrap: anywhere;
font-variant-numeric: tabular-nums; }
div.ck-card.ck-card summary { cursor: pointer; color: var(--ck-faint); }
div.ck-card.ck-card dd details > dl {
padding: .4em 0 .4em 1em; border-left: 2px solid var(--ck-line);
margin: .3em 0; }
div.ck-card.ck-card > details { border-top: 1px solid var(--ck-line); }
div.ck-card.ck-card > details > summary { padding: .55em 1em; font-size: 12px; }
@media (max-width: 600px) {
div.ck-card.ck-card dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
div.ck-card.ck-card dd { margin-bottom: .5em; } }
"""
)


def card(model: Any) -> str:
    """The fragment: a style and the card."""
    kind = type(model).__name__
    names = _readable.readable([model], [type(model)], False)
    main = {name: _value(model, name) for name in names}
    title = _title(model)
    ident = _value(model, "id")
    seed = str(ident or title or kind)
    head = (
        f'<div class="ck-head"><div class="ck-face" aria-hidden="true"'
        f' style="background: hsl({_hue(seed)} 45% 42%)">{shielded(_initials(title or kind))}</div>'
        f'<div class="ck-who"><b>{shielded(_brief(title or kind))}</b><div class="ck-sub">'
        f"{shielded(kind)}{_code(ident)}</div></div></div>"
    )
    rows = [
        f"<dt>{shielded(name)}</dt><dd>{_cell(model, name, value)}</dd>"
        for name, value in main.items()
        if name != "id" and value is not None and value != title
    ]
    count = sum(value is not _core.UNSET for _, value in model)
    fields = _Folds(_ROOM).members(model, 0)
    return (
        f'<div class="ck-card {UNTYPESET}"><style>{_STYLE}</style>{head}'
        + (f"<dl>{''.join(rows)}</dl>" if rows else "")
        + f"<details><summary>{count} field{'' if count == 1 else 's'}</summary>{fields}</details>"
        + "</div>"
    )


def _value(model: Any, name: str) -> Any:
    return _values.cell(model, tuple(name.split(".")), False, False)


def _title(model: Any) -> str | None:
    found = (_value(model, name) for name in _NAMES)
    return next((text for text in found if isinstance(text, str) and text.strip()), None)


def _code(ident: Any) -> str:
    return f" · <code>{shielded(_brief(ident))}</code>" if isinstance(ident, str) else ""


def _initials(text: str) -> str:
    """The first letters of the first and the last word."""
    words = ["".join(filter(str.isalnum, word)) for word in text.partition("@")[0].split()]
    words = [word for word in words if word]
    return "".join(word[0].upper() for word in [*words[:1], *words[1:][-1:]])[:4] or "?"


def _hue(seed: str) -> int:
    """A colour that a thing keeps."""
    return zlib.crc32(seed.encode("utf-8", "replace")) % 360


def _cell(model: Any, name: str, value: Any) -> str:
    column = _columns.column(name, [], [type(model)])
    return shielded(_show.shown(value, column))


# All fields


class _Folds:
    """What is inside of a model, folded; at most so many members in all, however they refer to
    one another."""

    def __init__(self, room: int) -> None:
        self._room = room

    def members(self, value: Any, depth: int) -> str:
        """The members of a model or a dict; stars for what is secret or private."""
        timed = not isinstance(value, Mapping)
        found = [(name, inner) for name, inner in _values.pairs(value) if inner is not _core.UNSET]
        rows = []
        for name, inner in found[: self._take(len(found))]:
            hidden = _values.is_hidden(name) and inner is not None
            text = _values.STARS if hidden else self._any(inner, depth, timed and is_time(name))
            rows.append(f"<dt>{shielded(_brief(name))}</dt><dd>{text}</dd>")
        return self._rows(rows, len(found))

    def _elements(self, values: Any, depth: int) -> str:
        rows = [
            f"<dt>{index}</dt><dd>{self._any(value, depth, False)}</dd>"
            for index, value in enumerate(values[: self._take(len(values))])
        ]
        return self._rows(rows, len(values))

    def _take(self, count: int) -> int:
        taken = min(count, _MOST, max(self._room, 0))
        self._room -= taken
        return taken

    def _rows(self, rows: list[str], count: int) -> str:
        if len(rows) < count:
            rows.append(f'<dt></dt><dd class="ck-none">and {count - len(rows):,} more</dd>')
        return f"<dl>{''.join(rows)}</dl>"

    def _any(self, value: Any, depth: int, time: bool) -> str:
        """A value; what has members is folded."""
        if isinstance(value, (_core.BaseModel, Mapping)):
            if isinstance(value, Mapping) and not value:
                return _nothing("empty")
            return self._fold(_label(value), value, depth, self.members)
        if isinstance(value, (list, tuple)):
            if not value:
                return _nothing("none")
            return self._fold(_count(value), value, depth, self._elements)
        if value is None:
            return _nothing("none")
        moment = _values.moment(value) if time else None
        return shielded(_show.moment_text(moment) if moment else _brief(_text(value)))

    def _fold(self, label: str, value: Any, depth: int, inside: Callable[[Any, int], str]) -> str:
        if depth >= _DEEPEST:
            return _nothing("…")
        folded = inside(value, depth + 1)
        return f"<details><summary>{shielded(label)}</summary>{folded}</details>"


def _nothing(text: str) -> str:
    return f'<span class="ck-none">{text}</span>'


def _count(values: Any) -> str:
    return f"{len(values):,} element{'' if len(values) == 1 else 's'}"


def _label(value: Any) -> str:
    if isinstance(value, Mapping):
        names = [_brief(str(name)) for name in value]
        return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
    return _brief(_title(value) or type(value).__name__)


def _text(value: Any) -> str:
    return _values.as_text(_values.plain(value, False))


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
