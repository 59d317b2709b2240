"""The numbers of a run: medians, ratios, the table, JSON, and one run beside another."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

LABELS = {
    "reference": "official SDK",
    "clerk_c": "clerk_c",
    "httpx": "httpx+pydantic",
    "pycurl": "pycurl+msgspec",
    "aiohttp": "aiohttp+orjson",
    "c": "C",
}
ORDER = list(LABELS)
WIDTH = 15


def spread(values: list[float]) -> tuple[float, float]:
    """The 10th and the 90th percentile."""
    if len(values) < 2:
        return values[0], values[0]
    cuts = statistics.quantiles(values, n=10, method="inclusive")
    return cuts[0], cuts[-1]


@dataclass
class Line:
    """One line of the report: the same quantity of all contenders over the rounds."""

    key: str
    name: str
    unit: str
    values: dict[str, list[float]]
    below_reference: float | None = None
    above_floor: float | None = None

    def median(self, name: str) -> float | None:
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def ratios(self, upper: str, lower: str) -> list[float]:
        """Of two contenders, round by round."""
        pairs = zip(self.values.get(upper, []), self.values.get(lower, []))
        return [above / below for above, below in pairs if below > 0]

    def ratio(self, upper: str, lower: str) -> float | None:
        above, below = self.median(upper), self.median(lower)
        return above / below if above is not None and below else None

    def verdicts(self) -> list[str]:
        found = []
        gain, cost = self.ratio("reference", "clerk_c"), self.ratio("clerk_c", "c")
        if self.below_reference is not None and gain is not None:
            met = "met" if gain >= self.below_reference else "MISSED"
            found.append(f"≥{self.below_reference:g}x {met}")
        if self.above_floor is not None and cost is not None:
            met = "met" if cost <= self.above_floor else "MISSED"
            found.append(f"≤{self.above_floor:g}x C {met}")
        return found

    def as_json(self) -> dict[str, Any]:
        about: dict[str, Any] = {
            "key": self.key, "name": self.name, "unit": self.unit,
            "medians": {name: self.median(name) for name in self.values},
            "spreads": {name: spread(values) for name, values in self.values.items() if values},
            "targets": {"below_reference": self.below_reference, "above_floor": self.above_floor},
            "verdicts": self.verdicts(), "values": self.values,
        }  # fmt: skip
        for name, pair in (("gain", ("reference", "clerk_c")), ("above_c", ("clerk_c", "c"))):
            about[name] = self.ratio(*pair)
            if about[name] is not None:
                about[f"{name}_range"] = spread(self.ratios(*pair))
        return about


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def quantity(value: float, unit: str) -> str:
    if unit == "µs" and value >= 10_000:
        value, unit = value / 1000, "ms"
    return f"{number(value)} {unit}".rstrip()


class Table:
    """Prints lines as they come."""

    def __init__(self, names: list[str]) -> None:
        self.names = [name for name in ORDER if name in names]

    def head(self) -> str:
        cells = "".join(f"{LABELS[name]:>{WIDTH}}" for name in self.names)
        return f"{'median':<33}{cells}{'SDK / ours':>24}{'ours / C':>22}"

    def row(self, line: Line) -> str:
        text = f"{line.name:<33}"
        for name in self.names:
            value = line.median(name)
            text += f"{quantity(value, line.unit) if value is not None else '':>{WIDTH}}"
        for pair in (("reference", "clerk_c"), ("clerk_c", "c")):
            ratio = line.ratio(*pair)
            cell = ""
            if ratio is not None:
                low, high = spread(line.ratios(*pair))
                cell = f"{number(ratio)}x ({number(low)}-{number(high)})"
            text += f"{cell:>24}" if pair[0] == "reference" else f"{cell:>22}"
        return f"{text}  {', '.join(line.verdicts())}".rstrip()


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What changed for clerk_c from one run to another, absolutely and beside the others."""
    before = {line["key"]: line for line in old["lines"]}
    texts = [f"{'clerk_c, median':<33}{'before':>14}{'after':>14}{'change':>10}"
             f"{'beside the SDK':>16}{'beside C':>12}"]  # fmt: skip
    for line in new["lines"]:
        known = before.get(line["key"])
        if known is None or not known["medians"].get("clerk_c"):
            continue
        was, now = known["medians"]["clerk_c"], line["medians"].get("clerk_c")
        if now is None:
            continue
        text = f"{line['name']:<33}{quantity(was, line['unit']):>14}"
        text += f"{quantity(now, line['unit']):>14}{(now / was - 1) * 100:>+9.1f}%"
        for other, width in (("reference", 15), ("c", 11)):
            then, today = known["medians"].get(other), line["medians"].get(other)
            if then and today:  # how much of the change the machine does not explain
                text += f"{((now / today) / (was / then) - 1) * 100:>+{width}.1f}%"
            else:
                text += " " * (width + 1)
        texts.append(text)
    return texts
