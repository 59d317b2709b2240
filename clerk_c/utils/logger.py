"""The logger that a client writes its requests and answers to."""

from typing import Any, Protocol


class Logger(Protocol):
    """Anything with a `debug` method like that of `logging.Logger`."""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Take a message, its arguments not yet formatted into it."""


class NoOpLogger:
    """Ignores what it is told."""

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


def get_default_logger() -> Logger:
    """The logger of a client that was given none."""
    return NoOpLogger()
