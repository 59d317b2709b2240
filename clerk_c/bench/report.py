"""The numbers of a run: medians, spreads, ratios, targets, the table, one run beside another."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .cases import GROUPS, Target

LABELS = {
    "clerk_c": "clerk_c",
    "reference": "official SDK",
    "httpx": "httpx+pydantic",
    "pycurl_orjson": "pycurl+orjson",
    "pycurl_msgspec": "pycurl+msgspec",
    "aiohttp": "aiohttp+orjson",
    "pyjwt": "PyJWT",
    "c": "plain C",
    "python": "bare Python",
}
SHORT = {"reference": "SDK", "c": "C"}  # in targets
ORDER = list(LABELS)
PEERS = ("httpx", "pycurl_orjson", "pycurl_msgspec", "aiohttp", "pyjwt")


def spread(values: list[float]) -> tuple[float, float]:
    """The 10th and the 90th percentile."""
    if len(values) < 2:
        return values[0], values[0]
    cuts = statistics.quantiles(values, n=10, method="inclusive")
    return cuts[0], cuts[-1]


def exponent(times: dict[int, float]) -> float:
    """The slope of the line through the logarithms, by least squares: 1 is proportional."""
    pairs = [(math.log(size), math.log(spent)) for size, spent in times.items()]
    across, up = (sum(column) / len(pairs) for column in zip(*pairs))
    slope: float = sum((x - across) * (y - up) for x, y in pairs)
    return float(slope / sum((x - across) * (x - across) for x, _ in pairs))


@dataclass
class Line:
    """One line of the report: the same quantity of all contenders over the rounds."""

    key: str
    name: str
    unit: str
    group: str
    values: dict[str, list[float]]
    targets: tuple[Target, ...] = ()

    def median(self, name: str) -> float | None:
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def ratios(self, upper: str, lower: str) -> list[float]:
        """Of two contenders, round by round."""
        pairs = zip(self.values.get(upper, []), self.values.get(lower, []))
        return [above / below for above, below in pairs if below > 0]

    def ratio(self, upper: str, lower: str) -> float | None:
        above, below = self.median(upper), self.median(lower)
        return above / below if above is not None and below and below > 0 else None

    def verdicts(self) -> list[dict[str, Any]]:
        """Each target that can be judged: a text, and whether it was met."""
        found = []
        for target in self.targets:
            bound, other = target.bound, target.other
            if not other:
                value, text = self.median("clerk_c"), f"≤ {bound:g} {self.unit}".rstrip()
            elif target.at_least:
                value = self.ratio(other, "clerk_c")
                times = "" if bound == 1 else f"≥ {bound:g}x "
                text = f"{times}below {SHORT.get(other, LABELS[other])}"
                floor = self.ratio(other, "c")
                if value is not None and value < bound and floor is not None and floor < bound:
                    text += f" (C itself {number(floor)}x)"
            else:
                value = self.ratio("clerk_c", other)
                text = f"≤ {bound:g}x {SHORT.get(other, LABELS[other])}"
            if value is not None:
                met = value >= bound if target.at_least else value <= bound
                found.append({"text": text, "met": met})
        return found

    def as_json(self) -> dict[str, Any]:
        about: dict[str, Any] = {
            "key": self.key, "name": self.name, "unit": self.unit, "group": self.group,
            "medians": {name: self.median(name) for name in self.values},
            "spreads": {name: spread(values) for name, values in self.values.items() if values},
            "verdicts": self.verdicts(), "values": self.values,
        }  # fmt: skip
        for name, pair in (("gain", ("reference", "clerk_c")), ("above_c", ("clerk_c", "c"))):
            about[name] = self.ratio(*pair) if self.unit else None
            if about[name] is not None:
                about[f"{name}_range"] = spread(self.ratios(*pair))
        return about


# --- texts ----------------------------------------------------------------------------------


def number(value: float) -> str:
    if abs(value) < 0.005:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def quantity(value: float, unit: str) -> str:
    for small, large in (("µs", "ms"), ("ms", "s")):
        if unit == small and value >= 1000:
            value, unit = value / 1000, large
    return f"{number(value)} {unit}".rstrip()


def ratio(line: dict[str, Any], key: str) -> str:
    """A ratio with its range over the rounds; nothing where a contender is missing."""
    if line.get(key) is None:
        return ""
    low, high = (number(value) for value in line[f"{key}_range"])
    return f"{number(line[key])}x ({low}-{high})" if low != high else f"{number(line[key])}x"


def best_peer(line: dict[str, Any]) -> str | None:
    """Of what is no SDK, the one with the smallest median."""
    able = [name for name in PEERS if line["medians"].get(name) is not None]
    return min(able, key=lambda name: float(line["medians"][name]), default=None)


def verdict(line: dict[str, Any]) -> str:
    """The targets, each with how it came out."""
    marks = ((entry["text"], "✓" if entry["met"] else "✗") for entry in line["verdicts"])
    return ", ".join(f"{text} {mark}" for text, mark in marks)


def by_group(lines: Iterable[dict[str, Any]]) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Title, note and lines of each group that has any."""
    lines = list(lines)
    groups = [
        (group.title, group.note, [line for line in lines if line["group"] == group.name])
        for group in GROUPS
    ]
    return [group for group in groups if group[2]]


def table(report: dict[str, Any]) -> list[str]:
    """All lines, fit for a terminal."""
    head = ["", "clerk_c", "official SDK", "SDK / clerk_c", "best other", "", "plain C",
            "clerk_c / C", "aimed at"]  # fmt: skip
    rows: list[list[str] | str] = [head]
    for title, _, lines in by_group(report["lines"]):
        rows.append(title)
        rows += [_row(line) for line in lines]
    cells = [row for row in rows if isinstance(row, list)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    texts = []
    for row in rows:
        if isinstance(row, str):
            texts += ["", row]
            continue
        parts = [
            text.ljust(width) if at in (0, 5, 8) else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths))
        ]
        texts.append("  ".join(parts).rstrip())
    return texts


def _row(line: dict[str, Any]) -> list[str]:
    def median(name: str | None) -> str:
        value = line["medians"].get(name)
        return "" if value is None else quantity(value, line["unit"])

    peer = best_peer(line)
    return [
        f"  {line['name']}", median("clerk_c"), median("reference"), ratio(line, "gain"),
        median(peer), LABELS[peer] if peer else "", median("c"), ratio(line, "above_c"),
        verdict(line),
    ]  # fmt: skip


# --- one run beside another -----------------------------------------------------------------


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What changed for clerk_c from one run to another, absolutely and beside the others."""
    before = {line["key"]: line for line in old["lines"]}
    texts = [f"{'clerk_c, median':<40}{'before':>14}{'after':>14}{'change':>10}"
             f"{'beside the SDK':>16}{'beside C':>12}"]  # fmt: skip
    for line in new["lines"]:
        known = before.get(line["key"])
        if known is None or not known["medians"].get("clerk_c"):
            continue
        was, now = known["medians"]["clerk_c"], line["medians"].get("clerk_c")
        if now is None:
            continue
        text = f"{line['name']:<40}{quantity(was, known['unit']):>14}"
        text += f"{quantity(now, line['unit']):>14}"
        was *= _scale(known["unit"]) / _scale(line["unit"])
        text += f"{(now / was - 1) * 100:>+9.1f}%"
        for other, width in (("reference", 15), ("c", 11)):
            then, today = known["medians"].get(other), line["medians"].get(other)
            if then and today:  # how much of the change the machine does not explain
                then *= _scale(known["unit"]) / _scale(line["unit"])
                text += f"{((now / today) / (was / then) - 1) * 100:>+{width}.1f}%"
            else:
                text += " " * (width + 1)
        texts.append(text.rstrip())
    return texts


def _scale(unit: str) -> float:
    """Reports of earlier versions have milliseconds in places."""
    return 1000 if unit == "ms" else 1
