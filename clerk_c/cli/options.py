"""The options that every operation has."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


class Option:
    """One of them. Without a metavar it takes no value."""

    def __init__(self, name: str, metavar: str, text: str) -> None:
        self.name = name
        self.metavar = metavar
        self.text = text


INPUT = (
    Option("body", "FILE", "JSON object with parameters; - is standard input"),
    Option("null", "NAME", "send null for this parameter; may be repeated"),
)
OUTPUT = (
    Option("json", "", "JSON as it came, indented"),
    Option("jsonl", "", "JSON, one line for each element"),
    Option("table", "", "a table"),
    Option("csv", "", "comma-separated values"),
    Option("columns", "A,B,...", "only these, in this order; dotted names reach inside"),
    Option("show-private", "", "secrets and private metadata in tables, too"),
    Option("all", "", "every page of a list; --limit is the size of a page"),
)
CONNECTION = (
    Option("key-file", "FILE", "read the secret key there, not from CLERK_SECRET_KEY"),
    Option("api-url", "URL", "default: CLERK_API_URL, else https://api.clerk.com/v1"),
    Option("timeout", "TIME", "longest silence: 10, 2.5s, 500ms (default 5s)"),
    Option("retries", "NUMBER", "further tries, as far as they are safe (default 3)"),
    Option("debug", "", "show requests and answers, without secrets"),
)
OTHER = (
    Option("yes", "", "do not ask before something is lost (-y)"),
    Option("dry-run", "", "show the request instead of sending it"),
    Option("help", "", "this text (-h)"),
)
GROUPS = (
    ("Input", INPUT),
    ("Output", OUTPUT),
    ("Connection", CONNECTION),
    ("Other", OTHER),
)
BY_NAME = {option.name: option for _, options in GROUPS for option in options}
SHORT = {"-h": "help", "-y": "yes"}

# What somebody might call an option for the key; there is none.
KEYS = frozenset(("key", "secret-key", "api-key", "bearer-auth", "bearer"))


def refuse_keys(words: list[str]) -> None:
    """No secret key in a command.

    Raises:
        UsageError: there is one, which is not repeated.
    """
    for word in words:
        for text in (word, word.partition("=")[2]):
            if text.startswith(("sk_test_", "sk_live_")):
                refuse("the command contains a secret key")


def refuse(what: str) -> NoReturn:
    """Raises UsageError, with the reason why no command takes a secret key."""
    from .failures import UsageError

    raise UsageError(
        f"{what}: everybody on this machine can see the commands that run, and shells keep them",
        "set CLERK_SECRET_KEY in the environment, or use --key-file FILE",
    )


def milliseconds(text: str) -> int:
    """A time: "10" and "2.5s" are seconds, "500ms" milliseconds, "1m" a minute."""
    from .failures import UsageError

    units = (("ms", 1), ("s", 1000), ("m", 60_000), ("", 1000))
    unit, factor = next(entry for entry in units if text.endswith(entry[0]))
    try:
        found = round(float(text.removesuffix(unit)) * factor)
    except (ValueError, OverflowError):
        found = 0
    if not 1 <= found <= 86_400_000:
        raise UsageError(
            f"--timeout: {text!r} is not a time between a millisecond and a day",
            "for example 10, 2.5s or 500ms",
        )
    return found


def tries(text: str) -> int:
    """How often a request may be sent, given the further tries."""
    from .failures import UsageError

    if not (text.isascii() and text.isdigit()) or len(text) > 3:
        raise UsageError(f"--retries: {text!r} is not a number between 0 and 999")
    return int(text) + 1
