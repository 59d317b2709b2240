"""A run as one PNG, for a README. Drawn by matplotlib."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from .report import LABELS, ORDER, number, quantity

INK, DIM, OURS, OTHERS = "#1c2024", "#60646c", "#5b5bd6", "#c1c3cd"
CHOSEN = (
    ("startup.wall", "import and construct a client"),
    ("get.cpu", "one GET, CPU"),
    ("post.cpu", "one POST of 20 fields, CPU"),
    ("async.cpu", "one of 100 GETs in flight, CPU"),
    ("read.cpu", "500 users listed and read, CPU"),
    ("auth_again.cpu", "a request authenticated again, CPU"),
)
COLUMNS = 2


def write(report: dict[str, Any], path: Path) -> None:
    """Draws what this run has of the chosen lines. SystemExit if it has none of them."""
    matplotlib: Any = import_module("matplotlib")
    matplotlib.use("Agg")
    figure_class: Any = import_module("matplotlib.figure").Figure
    lines = {line["key"]: line for line in report["lines"]}
    chosen = [(lines[key], title) for key, title in CHOSEN if key in lines]
    if not chosen:
        raise SystemExit(f"--png: this run has none of {', '.join(key for key, _ in CHOSEN)}")
    rows = -(-len(chosen) // COLUMNS)
    figure = figure_class(figsize=(10, 0.9 + 1.95 * rows), dpi=144, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.12)
    places = figure.subplots(rows, COLUMNS, squeeze=False).flat
    for place, (line, title) in zip(places, chosen):
        draw(place, line, title)
    for place in figure.axes[len(chosen) :]:
        place.set_axis_off()
    figure.suptitle(caption(report), fontsize=9, color=DIM, x=0.02, ha="left")
    figure.savefig(path, facecolor="white", metadata={"Software": None})


def caption(report: dict[str, Any]) -> str:
    return (
        f"clerk_c {report['packages']['clerk_c']} beside others: medians of {report['rounds']} "
        f"interleaved rounds, shorter is better. Python {report['python']}, {report['server']} on "
        f"loopback, {report['time'][:10]}"
    )

def draw(place: Any, line: dict[str, Any], title: str) -> None:
    """One case: a bar for each contender, clerk_c on top."""
    names = [name for name in ORDER if line["medians"].get(name)]
    values = [line["medians"][name] for name in names]
    longest = max(values)
    colors = [OURS if name == "clerk_c" else OTHERS for name in names]
    place.barh(range(len(names)), values, color=colors, height=0.72)
    for at, (name, value) in enumerate(zip(names, values)):
        own = name == "clerk_c"
        text = quantity(value, line["unit"])
        if own and line.get("gain"):
            text += f"   {number(line['gain'])}x less than the official SDK"
        place.text(
            value + longest * 0.012, at, text, va="center", fontsize=8,
            color=OURS if own else INK, fontweight="bold" if own else "normal",
        )  # fmt: skip
    place.set_yticks(range(len(names)), [LABELS[name] for name in names], fontsize=8)
    place.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK)
    place.set_xlim(0, longest * 1.18)
    place.invert_yaxis()
    place.set_xticks([])
    place.tick_params(length=0, colors=INK)
    for spine in place.spines.values():
        spine.set_visible(False)
