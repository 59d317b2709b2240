"""A table as HTML for notebooks: no request, no class names but its own, sortable by a click.

Where scripts are taken away it cannot be sorted; where styles are, too, it is a plain table.
"""

from __future__ import annotations

import hashlib
from html import escape
from typing import Any

from . import _columns, _show, _terminal, _values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Table

# Colours of the notebook where it tells them (JupyterLab, VS Code), else those of the page.
COLOURS = """
--ck-text: var(--jp-content-font-color1, var(--vscode-editor-foreground, CanvasText));
--ck-ground: var(--jp-layout-color0, var(--vscode-editor-background, Canvas));
--ck-faint: color-mix(in srgb, var(--ck-text) 62%, transparent);
--ck-line: color-mix(in srgb, var(--ck-text) 16%, transparent);
--ck-tint: color-mix(in srgb, var(--ck-text) 5%, var(--ck-ground));
color: var(--ck-text); background: var(--ck-ground);
font: 13px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
"""

# Dollar signs in a name are no formula.
UNTYPESET = "tex2jax_ignore mathjax_ignore"

# The class twice: notebooks have rules of their own for whatever is in an output.
_STYLE = (
    "div.ck-table.ck-table {"
    + COLOURS
    + """
max-width: 100%; margin: .4em 0; border: 1px solid var(--ck-line); border-radius: 8px;
overflow: hidden; }
div.ck-table.ck-table .ck-scroll { overflow: auto; max-height: 34em; }
div.ck-table.ck-table table { border-collapse: separate; border-spacing: 0; margin: 0; border: 0;
width: 100%; color: inherit; font: inherit; table-layout: auto; }
div.ck-table.ck-table th, div.ck-table.ck-table td {
padding: .4em .85em; text-align: left; white-space: nowrap;
max-width: 26em; overflow: hidden; text-overflow: ellipsis; vertical-align: baseline;
border: 0; border-bottom: 1px solid var(--ck-line); background: none; }
div.ck-table.ck-table tbody tr:last-child td { border-bottom: 0; }
div.ck-table.ck-table tbody tr, div.ck-table.ck-table tbody tr:nth-child(odd) { background: none; }
div.ck-table.ck-table tbody tr:hover { background: var(--ck-tint); }
div.ck-table.ck-table thead th { position: sticky; top: 0; background: var(--ck-tint);
font-weight: 600; font-size: 12px; }
div.ck-table.ck-table .ck-n { text-align: right; font-variant-numeric: tabular-nums; }
div.ck-table.ck-table .ck-t { font-variant-numeric: tabular-nums; }
div.ck-table.ck-table .ck-id { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
font-size: 12px; color: var(--ck-faint); }
div.ck-table.ck-table .ck-no { color: var(--ck-faint); }
div.ck-table.ck-table button { all: unset; cursor: pointer; }
div.ck-table.ck-table button:focus-visible {
outline: 2px solid var(--ck-faint); outline-offset: 2px; }
div.ck-table.ck-table button::after { content: "\\2195"; opacity: .3; margin-left: .4em; }
div.ck-table.ck-table [aria-sort=ascending] button::after { content: "\\2191"; opacity: 1; }
div.ck-table.ck-table [aria-sort=descending] button::after { content: "\\2193"; opacity: 1; }
div.ck-table.ck-table .ck-said { padding: .4em .85em; color: var(--ck-faint); font-size: 12px;
border-top: 1px solid var(--ck-line); }
"""
)

# Empty cells stay at the end whichever way the others are sorted.
_SCRIPT = """
document.querySelectorAll('[data-ck="%s"]:not([data-ck-on])').forEach(function (box) {
  box.setAttribute("data-ck-on", "");
  var body = box.querySelector("tbody");
  box.querySelectorAll("thead th").forEach(function (head, place, heads) {
    var button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () {
      var way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
      Array.from(body.rows).map(function (row) {
        var cell = row.cells[place], number = cell.getAttribute("data-v");
        return {row: row, text: cell.textContent, number: number === null ? NaN : +number};
      }).sort(function (a, b) {
        if (!a.text || !b.text) return !a.text - !b.text;
        if (a.number === a.number && b.number === b.number) return way * (a.number - b.number);
        return way * a.text.localeCompare(b.text, undefined, {numeric: true});
      }).forEach(function (entry) { body.appendChild(entry.row); });
    });
  });
});
"""


def shielded(text: str) -> str:
    """The text for HTML: nothing in it is markup, steers, or turns the direction of reading."""
    return escape(_terminal.harmless(text))


def table(shown: Table, most: int) -> str:
    """The fragment: a style, the table, and the script that makes it sortable."""
    rows = _show.shown_rows(shown, most)
    head = "".join(f'<th scope="col">{shielded(name)}</th>' for name in shown.columns)
    body = "\n".join(
        "<tr>" + "".join(map(_cell, row, shown._columns)) + "</tr>" for row in rows
    )
    said = shielded(_show.remarks(shown, len(rows)))
    if len(rows) < len(shown):
        said += "; sorting moves those that are shown"
    text = (
        f'<div class="ck-scroll"><table><thead><tr>{head}</tr></thead>\n'
        f'<tbody>{body}</tbody></table></div><div class="ck-said">{said}</div>'
    )
    # One that is shown twice in a page has one name twice: the script looks at all of them.
    name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return (
        f'<div class="ck-table {UNTYPESET}" data-ck="{name}"><style>{_STYLE}</style>\n{text}</div>'
        f"<script>{_SCRIPT % name}</script>"
    )


def _cell(value: Any, column: _columns.Column) -> str:
    text = shielded(_show.shown(value, column))
    if value is False:
        return f'<td class="ck-no">{text}</td>'
    if column.time and _values.moment(value) is not None:
        return f'<td class="ck-t" data-v="{value}">{text}</td>'
    if _show.is_number(value, column):
        return f'<td class="ck-n" data-v="{escape(str(value))}">{text}</td>'
    if isinstance(value, str) and (column.path == "id" or column.path.endswith(("_id", ".id"))):
        return f'<td class="ck-id">{text}</td>'
    return f"<td>{text}</td>" if len(text) < 40 else f'<td title="{text}">{text}</td>'
