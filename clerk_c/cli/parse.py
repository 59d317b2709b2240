"""A command line, taken apart: which words belong to which option and parameter."""

from __future__ import annotations

from .catalogue import Operation, Parameter, kebab
from .failures import UsageError, nearest
from .options import BY_NAME, KEYS, SHORT, refuse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Line:
    """What was said, still as text."""

    def __init__(self) -> None:
        self.options: dict[str, list[str]] = {}  # of our own; an empty text where none takes one
        self.given: list[tuple[Parameter, str, str | bool]] = []  # parameter, dotted path, text
        self.arguments: list[str] = []  # without a flag

    def has(self, option: str) -> bool:
        return option in self.options

    def last(self, option: str) -> str | None:
        """The value of an option; of several the last."""
        return self.options[option][-1] if option in self.options else None


def leading(words: list[str]) -> tuple[list[str], list[str]]:
    """The options before the first word that is none, and the rest."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        name, equals, _ = words[place].removeprefix("--").partition("=")
        option = BY_NAME.get(name)
        place += 2 if option is not None and option.metavar and not equals else 1
    return words[:place], words[place:]


def take_apart(words: list[str], operation: Operation | None) -> Line:
    """Raises UsageError for what is neither an option nor a flag of the operation."""
    line = Line()
    rest = iter(words)
    for word in rest:
        if word == "--":
            line.arguments += rest
        elif word in SHORT:
            line.options.setdefault(SHORT[word], []).append("")
        elif word.startswith("--"):
            _long(line, word[2:], rest, operation)
        elif word.startswith("-") and len(word) > 1 and not word[1].isdigit():
            raise UsageError(f"there is no option {word!r}", "values that begin with - go after --")
        else:
            line.arguments.append(word)
    return line


def _long(line: Line, word: str, rest: Iterator[str], operation: Operation | None) -> None:
    name, equals, value = word.partition("=")
    text = value if equals else None
    flag, _, path = name.partition(".")
    by_flag = operation.by_flag if operation is not None else {}
    flag = kebab(flag)
    parameter = by_flag.get(flag)
    if parameter is not None:
        line.given.append((parameter, path, _value(parameter, name, text, path, rest)))
        return
    option = BY_NAME.get(flag)
    if option is not None and not path:
        if option.metavar:
            line.options.setdefault(flag, []).append(_next(name, text, option.metavar, rest))
        elif text is not None:
            raise UsageError(f"--{name} takes no value")
        else:
            line.options.setdefault(flag, []).append("")
        return
    parameter = by_flag.get(flag.removeprefix("no-"))
    if parameter is not None and parameter.type[0] == "bool" and text is None and not path:
        line.given.append((parameter, "", False))
        return
    if flag in KEYS:
        refuse(f"there is no option --{flag}")
    raise UsageError(f"there is no option --{name}", _hint(flag, operation))


def _value(
    parameter: Parameter, name: str, text: str | None, path: str, rest: Iterator[str]
) -> str | bool:
    if path and parameter.type[0] not in ("dict", "model", "any", "union"):
        raise UsageError(f"--{name}: --{parameter.flag} has nothing inside")
    if parameter.is_switch and text is None:
        return True
    from .help import metavar

    return _next(name, text, metavar(parameter.item), rest)


def _next(name: str, text: str | None, metavar: str, rest: Iterator[str]) -> str:
    if text is not None:
        return text
    text = next(rest, None)
    if text is None or text.startswith("--"):
        hint = f"--{name}=... if it begins with --"
        raise UsageError(f"--{name} needs a value ({metavar})", hint)
    return text


def _hint(flag: str, operation: Operation | None) -> str | None:
    known = [*BY_NAME]
    if operation is not None:
        known += operation.by_flag
        known += [f"no-{p.flag}" for p in operation.parameters if p.type[0] == "bool"]
    found = nearest(flag, known)
    if found is not None:
        return found.replace("mean ", "mean --").replace(" or ", " or --")
    where = f"clerk-c {operation.words} --help" if operation is not None else "clerk-c --help"
    return f"{where} shows them all"
