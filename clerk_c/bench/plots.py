"""Plots as SVG: dots for a case, curves for what grows."""

from __future__ import annotations

import html
import itertools
import math
from typing import Any

from .cases import SIZES
from .report import LABELS, ORDER, quantity

LEFT, RIGHT, WIDTH, ROW = 112, 330, 400, 21  # of the dots, in their own units
COLORS = {name: f"c{at}" for at, name in enumerate(ORDER)}


def dots(line: dict[str, Any]) -> str:
    """One case: a dot and its range for each contender, on a logarithmic scale. Nothing for a
    contender without company."""
    names = [name for name in ORDER if (line["medians"].get(name) or 0) > 0]
    if len(names) < 2:
        return ""
    bounds = [line["spreads"][name] for name in names]
    low = math.log10(min(first for first, _ in bounds if first > 0)) - 0.12
    high = math.log10(max(last for _, last in bounds)) + 0.05
    height = ROW * len(names) + 4

    def x(value: float) -> float:
        return LEFT + (math.log10(max(value, 10**low)) - low) * (RIGHT - LEFT) / (high - low)

    parts = []
    for power in range(math.ceil(low), math.floor(high) + 1):
        at = f"{x(10.0**power):.1f}"
        parts.append(f'<line class="grid" x1="{at}" x2="{at}" y1="0" y2="{height}"/>')
    for index, (name, (first, last)) in enumerate(zip(names, bounds)):
        y = index * ROW + ROW // 2 + 2
        middle = line["medians"][name]
        kind = "ours" if name == "clerk_c" else "others"
        parts += [
            f'<text class="{kind}" x="{LEFT - 10}" y="{y + 4}" text-anchor="end">'
            f"{LABELS[name]}</text>",
            f'<line class="stem" x1="{LEFT}" x2="{x(middle):.1f}" y1="{y}" y2="{y}"/>',
            f'<line class="range {kind}" x1="{x(first):.1f}" x2="{x(last):.1f}" y1="{y}" '
            f'y2="{y}"/>',
            f'<circle class="{kind}" cx="{x(middle):.1f}" cy="{y}" r="5"/>',
            f'<text class="value {kind}" x="{max(x(last), x(middle) + 5) + 6:.1f}" y="{y + 4}">'
            f"{quantity(middle, line['unit'])}</text>",
        ]
    return _figure(line["name"], WIDTH, height, parts, marks(line))


def marks(line: dict[str, Any]) -> str:
    """What is aimed at, in the corner of the plot."""
    texts = []
    for entry in line["verdicts"]:
        kind, sign = ("met", "✓") if entry["met"] else ("missed", "✗")
        texts.append(f'<span class="{kind}">{html.escape(entry["text"])} {sign}</span>')
    return " ".join(texts)


def curves(lines: list[dict[str, Any]]) -> str:
    """Microseconds for each user of lists of 10 to 10,000: level where cost is proportional."""
    found = {line["key"]: line["medians"] for line in lines}
    medians = {size: found.get(f"{name}.cpu", {}) for size, name in SIZES.items()}
    names = [name for name in ORDER if all(medians[size].get(name) for size in SIZES)]
    if not names:
        return ""
    series = {name: [medians[size][name] / size for size in SIZES] for name in names}
    values = [value for row in series.values() for value in row]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    exponents = found.get("parse.exponent", {})
    height, right, bottom, top = 240, 270, 210, 10

    def x(index: int) -> float:
        return 44 + index * (right - 44) / (len(SIZES) - 1)

    def y(value: float) -> float:
        return bottom - (math.log10(value) - low) * (bottom - top) / max(1, high - low)

    parts = []
    for power in range(low, high + 1):
        level, text = y(10.0**power), quantity(10.0**power, "µs")
        parts.append(f'<line class="grid" x1="44" x2="{right}" y1="{level:.1f}" y2="{level:.1f}"/>')
        parts.append(f'<text x="38" y="{level + 4:.1f}" text-anchor="end">{text}</text>')
    for index, size in enumerate(SIZES):
        at = f'x="{x(index):.1f}" y="{bottom + 20}"'
        parts.append(f'<text {at} text-anchor="middle">{size:,}</text>')
    ends = _apart([y(series[name][-1]) for name in names], 14)
    for name, end in zip(names, ends):
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in enumerate(series[name]))
        parts.append(f'<polyline class="{COLORS[name]}" points="{points}"/>')
        label = LABELS[name]
        if exponents.get(name):
            label += f" {exponents[name]:.2f}"
        at = f'x="{right + 8}" y="{end + 4:.1f}"'
        parts.append(f'<text class="{COLORS[name]}" {at}>{label}</text>')
    title = "CPU per user, lists of 10 to 10,000; exponent of growth"
    return _figure(title, WIDTH, height, parts, "")


def _apart(places: list[float], least: float) -> list[float]:
    """The same places, moved down where two are too close to be read."""
    order = sorted(range(len(places)), key=places.__getitem__)
    found = list(places)
    for above, below in itertools.pairwise(order):
        found[below] = max(found[below], found[above] + least)
    return found


def _figure(title: str, width: int, height: float, parts: list[str], caption: str) -> str:
    text = html.escape(title)
    return (
        f'<figure><figcaption>{text}<span class="aims">{caption}</span></figcaption>'
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{text}">{"".join(parts)}</svg>'
        "</figure>"
    )
