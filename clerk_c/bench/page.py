"""A run as one HTML page: plots by chapter, the numbers beneath, light and dark, fit to print.
Nothing in it is loaded from elsewhere."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from .cases import GROUPS
from .headlines import headlines
from .plots import curves, dots, marks
from .report import LABELS, ORDER, by_group, quantity, ratio
from .style import STYLE

# One plot for each case: of what is measured twice, CPU and wall, the one that is compared.
PLOTTED = (
    "startup.wall", "startup.memory", "cold.wall", "cold_tls.wall", "latency.p50", "latency.p99",
    "held.memory", "held_read.memory",
)  # fmt: skip
NOT_PLOTTED = ("startup.cpu", "cold.cpu", "cold_tls.cpu")


def write(report: dict[str, Any], path: Path) -> None:
    """Writes the page for what __main__ reports."""
    path.write_text(page(report), encoding="utf-8")


def page(report: dict[str, Any]) -> str:
    """The text of the page."""
    chapters = "".join(chapter(*group) for group in by_group(report["lines"]))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>clerk_c: benchmark</title><style>{STYLE}</style></head><body>"
        "<header><h1>clerk_c beside others</h1>"
        f"<p>{html.escape(summary(report))}</p></header>"
        f"{tiles(report)}<p>Dots are medians on a logarithmic scale, lines reach from the 10th to "
        "the 90th percentile of the rounds; further left is better. Each vertical line is ten "
        "times the one before. CPU is the client's for one call.</p>"
        f"<main>{chapters}</main>"
        f'<section class="numbers"><h2>All numbers</h2>{table(report)}</section>'
        f"{about(report)}</body></html>\n"
    )


def summary(report: dict[str, Any]) -> str:
    rounds = f"{report['rounds']} interleaved rounds"
    if report.get("quick"):
        rounds += " of a quick run"
    return (
        f"{report['time'][:10]}, Python {report['python']} on {report['system']}, "
        f"{report['server']} on loopback, {rounds}."
    )


def tiles(report: dict[str, Any]) -> str:
    """The four numbers that say most."""
    found = [
        f'<div class="tile"><b>{html.escape(entry.times)}</b><span>{html.escape(entry.title)}'
        f"</span><small>{html.escape(entry.detail)}</small></div>"
        for entry in headlines(report)
    ]
    if not found:
        return ""
    head = '<p class="over">Less than the official SDK needs:</p>'
    return f'{head}<div class="tiles">{"".join(found)}</div>'


def chapter(title: str, note: str, lines: list[dict[str, Any]]) -> str:
    plots = [dots(line) for line in lines if is_plotted(line["key"])]
    if lines[0]["group"] == "parse":
        plots.insert(0, curves(lines))
    figures = "".join(plot for plot in plots if plot)
    if not figures:
        return ""
    head = f"<h2>{html.escape(title)}</h2><p>{html.escape(note)}</p>"
    return f'{head}<div class="plots">{figures}</div>'


def is_plotted(key: str) -> bool:
    if key in PLOTTED:
        return True
    return key.endswith(".cpu") and key not in NOT_PLOTTED and not key.startswith("parse_1")


def table(report: dict[str, Any]) -> str:
    """Every median and ratio."""
    names = [
        name for name in ORDER
        if any(line["medians"].get(name) is not None for line in report["lines"])
    ]  # fmt: skip
    head = "".join(f"<th>{LABELS[name]}</th>" for name in names)
    rows = []
    for title, _, lines in by_group(report["lines"]):
        across = f'colspan="{len(names) + 4}"'
        rows.append(f'<tr class="group"><td {across}>{html.escape(title)}</td></tr>')
        rows += [row(line, names) for line in lines]
    return (
        f'<div class="wide"><table><thead><tr><th></th>{head}<th>SDK / clerk_c</th>'
        f"<th>clerk_c / C</th><th>aimed at</th></tr></thead><tbody>{''.join(rows)}</tbody>"
        "</table></div>"
    )


def row(line: dict[str, Any], names: list[str]) -> str:
    cells = ""
    for name in names:
        value = line["medians"].get(name)
        kind = ' class="own"' if name == "clerk_c" else ""
        text = "" if value is None else quantity(value, line["unit"])
        if value is not None and name in line["spreads"]:
            low, high = (quantity(bound, line["unit"]) for bound in line["spreads"][name])
            kind += f' title="10th to 90th percentile: {low} to {high}"'
        cells += f"<td{kind}>{text}</td>"
    for key in ("gain", "above_c"):
        cells += f"<td>{ratio(line, key)}</td>"
    return f"<tr><td>{html.escape(line['name'])}</td>{cells}<td>{marks(line)}</td></tr>"


def about(report: dict[str, Any]) -> str:
    """The machine, the versions, and what was left out."""
    packages = ", ".join(f"{name} {what}" for name, what in report["packages"].items())
    libraries = ", ".join(f"{name} {what}" for name, what in report["C libraries"].items())
    pinned = "clients on one, the server on another" if report["pinned"] else "nothing pinned"
    rows = {
        "Time": report["time"],
        "Processors": f"{report['processors']} ({pinned}) {report['processor']}",
        "Load before": "" if report["load"] is None else str(report["load"]),
        "Packages": packages,
        "Libraries of the C programs": libraries,
        "Left out": "; ".join(report["missing"]),
        "Chapters": "; ".join(f"{group.title}: {group.note}" for group in GROUPS),
    }
    items = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd>"
        for name, text in rows.items() if text
    )  # fmt: skip
    return f"<h2>How it was measured</h2><dl>{items}</dl>"
