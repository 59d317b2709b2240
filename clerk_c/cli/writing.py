"""Standard output in pieces, each of which is written whole whenever Ctrl-C comes."""

from __future__ import annotations

import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType


class Writer:
    """Writes pieces. While one is being written the first Ctrl-C waits; a second one does not,
    for readers that have fallen asleep.

        with Writer() as writer:
            writer.write("[1")

    Attributes:
        count: pieces that were written.
    """

    def __init__(self) -> None:
        self.count = 0
        self._is_writing = False
        self._is_asked = False
        self._is_installed = False

    def __enter__(self) -> Writer:
        # A handler of somebody else's stays, and so does "ignored", as in a background job.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            try:
                signal.signal(signal.SIGINT, self._interrupted)
                self._is_installed = True
            except ValueError:  # not the main thread, which is the one that is interrupted
                pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupted(self, number: int, frame: FrameType | None) -> None:
        if self._is_asked or not self._is_writing:
            raise KeyboardInterrupt
        self._is_asked = True

    def write(self, text: str) -> None:
        """Writes a piece. Raises KeyboardInterrupt after it if Ctrl-C came meanwhile."""
        self._is_writing = True
        try:
            sys.stdout.write(text)
            self.count += 1
        finally:
            self._is_writing = False
        self._end()

    def flush(self) -> None:
        """Lets the reader see what was written."""
        self._is_writing = True
        try:
            sys.stdout.flush()
        finally:
            self._is_writing = False
        self._end()

    def _end(self) -> None:
        if self._is_asked:
            self._is_asked = False
            raise KeyboardInterrupt
