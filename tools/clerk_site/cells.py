"""Tables of the built pages, made fit for narrow screens: see docs/site.css."""

from __future__ import annotations

import re

TABLE = re.compile(r"<table>\n<thead>\n(.*?)</thead>\n(.*?)</table>", re.DOTALL)
HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr>\n(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<td\b([^>]*)>(.*?)</td>", re.DOTALL)
NAME = re.compile(r"(<(?:code|a)\b[^>]*>)(.*?)(</(?:code|a)>)", re.DOTALL)
# Where a long name may go on in the next line: not before a file's ".c".
BREAK = re.compile(r"(?<=[\w)])[_./](?=\w{3})")
# What HTML itself is written with stays whole.
MARKUP = re.compile(r"(<[^>]+>|&[#\w]+;)")
TAG = re.compile(r"<[^>]+>")
# Narrower tables are fine as they are.
STACKED_FROM = 3


def fitted(content: str) -> str:
    """A page's HTML with tables that know each cell's title and where names may break."""
    return TABLE.sub(_table, content)


def _table(match: re.Match[str]) -> str:
    titles = [TAG.sub("", title) for title in HEAD.findall(match[1])]
    rows = ROW.sub(lambda row: f"<tr>\n{_cells(row[1], titles)}</tr>", match[2])
    kind = ' data-stacked=""' if len(titles) >= STACKED_FROM else ""
    return f"<table{kind}>\n<thead>\n{match[1]}</thead>\n{rows}</table>"


def _cells(row: str, titles: list[str]) -> str:
    remaining = iter(titles)

    def cell(match: re.Match[str]) -> str:
        title = next(remaining, "").replace('"', "&quot;")
        text = NAME.sub(lambda name: f"{name[1]}{_breakable(name[2])}{name[3]}", match[2])
        inner = f"<span>{text}</span>" if text else ""
        return f'<td{match[1]} data-title="{title}">{inner}</td>'

    return CELL.sub(cell, row)


def _breakable(name: str) -> str:
    parts = MARKUP.split(name)
    return "".join(
        part if number % 2 else BREAK.sub(r"\g<0><wbr>", part) for number, part in enumerate(parts)
    )
