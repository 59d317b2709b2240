"""The command line: `clerk-c`, also `python -m clerk_c`. See docs/command-line.md.

Nothing is imported that a command does not need, so that the shell's user does not wait.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .failures import Failure


def main(argv: Sequence[str] | None = None) -> int:
    """Carries a command out.

    Args:
        argv: the words of the command without its name; those of the process by default.

    Returns:
        The exit status, as clerk_c.cli.failures has them.
    """
    from . import failures

    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["run"]:  # whatever happens there is the program's own business
        from .program import main as run

        return run(words[1:])
    try:
        if sys.stdout is None:
            raise failures.Failure(failures.LOCAL, "standard output is closed")
        status = _main(words)
        sys.stdout.flush()
        return status
    except failures.Failure as failure:
        return _ended(failure)
    except KeyboardInterrupt:
        return _ended(failures.Failure(failures.INTERRUPTED, "interrupted"))
    except BrokenPipeError:
        _give_output_up()
        return failures.BROKEN_PIPE
    except OSError as error:
        _give_output_up()
        failures.tell(failures.unreadable(str(error.filename or "standard output"), error))
        return failures.LOCAL


def _ended(failure: Failure) -> int:
    """What was written before goes out first."""
    from .failures import tell

    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except (OSError, ValueError, KeyboardInterrupt):
            _give_output_up()
    tell(failure)
    return failure.status


def _give_output_up() -> None:
    """What is still to be written goes nowhere, so that Python does not try at its end."""
    import os

    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # not a real file
        pass


def _main(words: list[str]) -> int:
    from .commands import COMMANDS
    from .parse import leading, take_apart

    before, rest = leading(words)
    if "--version" in before:
        from .._version import REFERENCE_VERSION, __version__

        print(f"clerk_c {__version__} (interface of clerk-backend-api {REFERENCE_VERSION})")
        return 0
    if rest[:1] == ["help"]:  # clerk-c help users is clerk-c users --help
        return _main([*before, *rest[1:], "--help"])
    asks = take_apart(before, None).has("help")
    if rest and rest[0] in COMMANDS:
        from .commands import find

        return find(rest[0])(before + rest[1:]) or 0
    if not rest:
        from . import help as texts

        texts.top(failed=not asks)
        return 0 if asks else 2
    return _operation(before, rest, asks)


def _operation(before: list[str], rest: list[str], asks: bool) -> int:
    from . import catalogue, failures, options
    from .parse import take_apart

    words = before + rest[2:]
    options.refuse_keys(words + rest)
    group = catalogue.find_group(rest[0])
    if group is None:
        from .commands import COMMANDS

        known = [*map(catalogue.kebab, catalogue.groups()), *COMMANDS]
        raise failures.UsageError(
            f"there is no group or command {rest[0]!r}",
            failures.nearest(rest[0], known) or "clerk-c --help shows them all",
        )
    asks = asks or rest[1:2] in (["-h"], ["--help"])
    if len(rest) == 1 or rest[1].startswith("-"):
        from . import help as texts

        if not asks and len(rest) > 1:
            raise failures.UsageError("an option comes after the name of the operation")
        texts.group(group, failed=not asks)
        return 0 if asks else failures.USAGE
    operation = catalogue.find_operation(group, rest[1])
    line = take_apart(words, operation)
    if line.has("help"):
        from . import help as texts

        texts.operation(operation)
        return 0
    from .call import run

    run(operation, line)
    return 0


__all__ = ["main"]
