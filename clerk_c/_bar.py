"""How far a listing is: a bar in the terminal (rich) or in a notebook (tqdm), or a function."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

Report = Callable[[int, "int | None"], object]


def reporter(wanted: object, name: str) -> tuple[Report | None, Callable[[], object]]:
    """What to tell how many were given out of how many, and what to call at the end."""
    if wanted is False or wanted is None:
        return None, _nothing
    if wanted is not True:
        if not callable(wanted):
            raise TypeError(
                "progress must be bool or a function of how many were given and the total,"
                f" not {type(wanted).__name__!r}"
            )
        return wanted, _nothing
    try:
        return _notebook_bar(name) if _in_notebook() else _terminal_bar(name)
    except ModuleNotFoundError as error:
        text = f'progress=True needs {error.name}: pip install "clerk_c[progress]"'
        raise ModuleNotFoundError(text, name=error.name) from error


def _nothing() -> None:
    pass


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return type(shell).__name__ == "ZMQInteractiveShell"


def _terminal_bar(name: str) -> tuple[Report, Callable[[], object]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=False,
    )  # fmt: skip
    task = bar.add_task(name, total=None)
    bar.start()

    def report(done: int, total: int | None) -> None:
        bar.update(task, completed=done, total=total)

    return report, bar.stop


def _notebook_bar(name: str) -> tuple[Report, Callable[[], object]]:
    from importlib.util import find_spec

    if find_spec("ipywidgets") is None:  # tqdm.auto would warn, and the bar be an error's colour
        from tqdm import tqdm

        bar: Any = tqdm(desc=name, unit="", file=sys.stdout)
    else:
        from tqdm.auto import tqdm as with_widgets

        bar = with_widgets(desc=name, unit="")

    def report(done: int, total: int | None) -> None:
        if total != bar.total:
            bar.total = total
            bar.refresh()
        bar.update(done - bar.n)

    return report, bar.close
