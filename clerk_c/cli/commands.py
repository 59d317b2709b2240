"""The commands that are no operation. Each is a function of its words, imported when it is called.

The functions take a list of str and return the exit status, or None for 0.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    "doctor": ("clerk_c.cli.doctor:main", "versions, certificates, proxy, key, connection, clock"),
    "bulk": ("clerk_c.bulk.cli:main", "one operation for each row of a file"),
    "server": ("clerk_c.testing.__main__:main", "a stand-in for Clerk's API, for tests"),
    "bench": ("clerk_c.bench.__main__:main", "measure clerk_c beside others"),
    "run": ("clerk_c.cli.program:main", "run a program of the official SDK on clerk_c"),
    "completion": ("clerk_c.cli.completion:main", "for bash, zsh or fish"),
    "complete": ("clerk_c.cli.completion:complete", "what the shells' completion asks"),
}
HIDDEN = "complete"


def find(name: str) -> Callable[[list[str]], int | None]:
    """The function of a command.

    Raises:
        Failure: something that it needs is not installed.
    """
    from importlib import import_module

    from .failures import LOCAL, Failure

    module, _, function = COMMANDS[name][0].partition(":")
    try:
        found: Callable[[list[str]], int | None] = getattr(import_module(module), function)
    except ImportError as error:
        raise Failure(LOCAL, f"{name} cannot run: {error}") from error
    return found
