"""A run as one HTML page: bars for each case, the numbers beneath, light and dark, fit to print."""

from __future__ import annotations

import html
import math
from pathlib import Path
from typing import Any

from .report import LABELS, ORDER, number, quantity

STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fcfcfd; --line: #d9d9e0;
  --dim: #60646c; --ours: #5b5bd6; --others: #b9bbc6; --good: #218358; --bad: #ce2c31 }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --paper: #111113; --line: #363a3f;
  --dim: #b0b4ba; --ours: #9b9ef0; --others: #5a6169; --good: #3dd68c; --bad: #ff9592 } }
@media print { :root { --ink: #000; --paper: #fff; --line: #ccc; --dim: #444; --ours: #444;
  --others: #bbb } section { break-inside: avoid } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 58rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1rem; margin: 1.6rem 0 .3rem }
p { color: var(--dim); margin: .3rem 0 1rem }
svg { width: 100%; height: auto; display: block } svg text { font-size: 12px; fill: var(--ink) }
.ours { fill: var(--ours) } .others { fill: var(--others) } .range { stroke: var(--ink) }
.grid { stroke: var(--line) } .met { color: var(--good) } .missed { color: var(--bad) }
table { border-collapse: collapse; width: 100%; font-size: .82rem }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .4rem; text-align: right }
td:first-child, th:first-child { text-align: left }
.wide { overflow-x: auto }
"""
LEFT, RIGHT, ROW = 130, 640, 22  # of the plots, in their own units


def write(report: dict[str, Any], path: Path) -> None:
    """Writes the page for what __main__ reports."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(report), encoding="utf-8")


def page(report: dict[str, Any]) -> str:
    """The text of the page."""
    plots = "".join(plot(line) for line in report["lines"] if line["unit"] in ("µs", "ms"))
    packages = ", ".join(f"{name} {what}" for name, what in report["packages"].items())
    about = (
        f"{report['time']}, Python {report['python']} on {report['system']}, "
        f"{report['processors']} processors, {report['server']} on loopback, "
        f"{report['rounds']} interleaved rounds. {packages}; "
        f"the C program: libcurl {report['libcurl of the C program']}."
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>clerk_c: benchmark</title><style>{STYLE}</style></head><body>"
        f"<h1>clerk_c beside others</h1><p>{html.escape(about)}</p>"
        "<p>Bars are medians on a logarithmic scale, with the 10th and the 90th percentile; "
        f"shorter is faster.</p>{plots}<h2>All numbers</h2>{table(report)}</body></html>\n"
    )


def plot(line: dict[str, Any]) -> str:
    """One case: a bar for each contender."""
    names = [name for name in ORDER if line["medians"].get(name)]
    if len(names) < 2:
        return ""
    values = [bound for name in names for bound in line["spreads"][name]]
    low = math.floor(math.log10(min(values)) - 0.15)
    high = math.ceil(math.log10(max(values)))
    scale = (RIGHT - LEFT) / (high - low)

    def at(value: float) -> float:
        return round(LEFT + (math.log10(value) - low) * scale, 1)

    parts = []
    height = ROW * len(names) + 20
    for power in range(low, high + 1):
        x, text = at(10.0**power), quantity(10.0**power, line["unit"])
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="0" y2="{height - 18}"/>')
        parts.append(f'<text x="{x}" y="{height - 4}" text-anchor="middle">{text}</text>')
    for index, name in enumerate(names):
        top = index * ROW + 3
        middle = line["medians"][name]
        first, last = line["spreads"][name]
        kind = "ours" if name == "clerk_c" else "others"
        label = f"{LABELS[name]}"
        parts.append(f'<text x="{LEFT - 8}" y="{top + 12}" text-anchor="end">{label}</text>')
        parts.append(
            f'<rect class="{kind}" x="{LEFT}" y="{top}" width="{round(at(middle) - LEFT, 1)}" '
            f'height="{ROW - 7}" rx="2"/>'
        )
        y = top + (ROW - 7) / 2
        parts.append(
            f'<line class="range" x1="{at(first)}" x2="{at(last)}" y1="{y}" y2="{y}"/>'
        )
        text = quantity(middle, line["unit"])
        parts.append(f'<text x="{max(at(last), at(middle)) + 6}" y="{top + 12}">{text}</text>')
    title = html.escape(line["name"])
    return (
        f"<section><h2>{title}{verdicts(line)}</h2>"
        f'<svg viewBox="0 0 {RIGHT + 90} {height}" role="img" aria-label="{title}">'
        f"{''.join(parts)}</svg></section>"
    )


def verdicts(line: dict[str, Any]) -> str:
    """How the targets came out."""
    marks = [
        f'<span class="{"missed" if "MISSED" in text else "met"}">{html.escape(text)}</span>'
        for text in line["verdicts"]
    ]
    return "".join(f" · {mark}" for mark in marks)


def table(report: dict[str, Any]) -> str:
    """Every median and ratio."""
    names = [
        name for name in ORDER if any(line["medians"].get(name) for line in report["lines"])
    ]
    head = "".join(f"<th>{LABELS[name]}</th>" for name in names)
    rows = []
    for line in report["lines"]:
        cells = ""
        for name in names:
            value = line["medians"].get(name)
            cells += f"<td>{quantity(value, line['unit']) if value else ''}</td>"
        for key in ("gain", "above_c"):
            cells += f"<td>{ratio(line, key)}</td>"
        rows.append(f"<tr><td>{html.escape(line['name'])}</td>{cells}</tr>")
    return (
        f'<div class="wide"><table><tr><th></th>{head}<th>SDK / ours</th><th>ours / C</th></tr>'
        f"{''.join(rows)}</table></div>"
    )


def ratio(line: dict[str, Any], key: str) -> str:
    """A ratio with its range over the rounds; nothing where a contender is missing."""
    if line.get(key) is None:
        return ""
    low, high = line[f"{key}_range"]
    return f"{number(line[key])}x ({number(low)}-{number(high)})"
