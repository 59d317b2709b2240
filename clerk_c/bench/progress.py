"""What is going on, on standard error: a line that is written over, or a line for each case."""

from __future__ import annotations

import shutil
import sys
import time

WIDTH = 24


class Progress:
    """Told of each case as it begins and of each round in it."""

    def __init__(self, cases: int) -> None:
        self.cases, self.begun = cases, 0
        self.title, self.since = "", time.monotonic()
        self.over = sys.stderr.isatty()  # whether a line can be written over

    def case(self, title: str) -> None:
        self.begun += 1
        self.title = title
        if not self.over:
            self._print(f"{self.begun}/{self.cases} {title}\n")
        self.round(0, 1)

    def round(self, done: int, of: int) -> None:
        """So many rounds of this case are done."""
        if not self.over:
            return
        part = min(1.0, (self.begun - 1 + done / of) / max(1, self.cases))
        bar = ("█" * round(part * WIDTH)).ljust(WIDTH, "·")
        minutes, seconds = divmod(int(time.monotonic() - self.since), 60)
        text = f"{bar} {part:4.0%}  {minutes}:{seconds:02}  {self.title}"
        self._print(f"\r\x1b[K{text[: shutil.get_terminal_size().columns - 1]}")

    def close(self) -> None:
        if self.over:
            self._print("\r\x1b[K")

    @staticmethod
    def _print(text: str) -> None:
        print(text, end="", file=sys.stderr, flush=True)
