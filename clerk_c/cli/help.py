"""Help texts at each level, made when they are asked for."""

from __future__ import annotations

import sys

from .. import _core
from . import catalogue
from .catalogue import Operation, Parameter, kebab
from .commands import COMMANDS, HIDDEN
from .options import GROUPS, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_WIDTH = 78
_COLUMN = 34  # where explanations begin
_LONGEST = 36  # of choices in one line

_METAVARS = {
    "any": "JSON",
    "bool": "true|false",
    "const": "true",
    "date": "DATE",
    "datetime": "TIME",
    "dict": "JSON",
    "float": "NUMBER",
    "int": "NUMBER",
    "list": "JSON",
    "model": "JSON",
    "str": "TEXT",
    "union": "JSON",
}


def metavar(tree: Any) -> str:
    """What stands for a value of this type."""
    kind, detail, *_ = tree
    if kind == "enum":
        known = "|".join(str(member.value) for member in detail)
        return known if len(known) <= _LONGEST else "CHOICE"
    return _METAVARS.get(kind, "FILE")


def top(failed: bool = False) -> None:
    """All groups and commands."""
    names = ", ".join(kebab(group) for group in catalogue.groups())
    out = [
        _head("Usage"),
        "  clerk-c GROUP OPERATION [ARGUMENT ...] [--option ...]",
        "  clerk-c COMMAND ...",
        "",
        "Clerk's Backend API on the command line: each operation of each group.",
        "The secret key is taken from CLERK_SECRET_KEY.",
        "",
        _head("For example"),
        "  clerk-c users list --limit 5 --table",
        "  clerk-c users create --email-address ada@example.com",
        "  clerk-c users get user_123",
        "",
        _head("Groups") + "  (clerk-c GROUP --help shows the operations)",
        *_filled(names, "  "),
        "",
        _head("Commands"),
        *(f"  {name:14}{text}" for name, (_, text) in COMMANDS.items() if name != HIDDEN),
        "",
        *_options(),
        "",
        "More: docs/command-line.md, with all exit statuses.",
    ]
    print("\n".join(out), file=sys.stderr if failed else sys.stdout)


def group(name: str, failed: bool = False) -> None:
    """The operations of a group."""
    known = catalogue.operations(name)
    short = {long: alias for alias, long in catalogue.aliases(name, [*known]).items()}
    out = [_head("Usage"), f"  clerk-c {kebab(name)} OPERATION [ARGUMENT ...] [--option ...]", ""]
    out.append(_head("Operations"))
    for each, function in known.items():
        method, path, names, is_deprecated = _core.route(function)
        words = " ".join([kebab(each), *(kebab(parameter).upper() for parameter in names)])
        about = f"{method}\xa0{path}"
        if each in short:
            about += f"; also {kebab(short[each])}"
        if is_deprecated:
            about += "; deprecated"
        out += _entry(words, about)
    out += ["", f"clerk-c {kebab(name)} OPERATION --help tells more."]
    print("\n".join(out), file=sys.stderr if failed else sys.stdout)


def operation(one: Operation) -> None:
    """The parameters of an operation."""
    places = [parameter.flag.upper() for parameter in one.in_path]
    out = [
        _head("Usage"),
        f"  clerk-c {' '.join([one.words, *places])} [--option ...]",
        "",
        f"{one.method} {one.path}",
        f"Answers with {_plain(one.result)}." if one.result != "None" else "Answers with nothing.",
    ]
    if one.is_destructive:
        out.append("Asks before it is done, unless --yes says so already.")
    if one.deprecated:
        out.append("Deprecated.")
    if one.in_path:
        out += ["", _head("Arguments"), *(line for p in one.in_path for line in _argument(p))]
    rest = [parameter for parameter in one.parameters if parameter.place != "path"]
    if rest:
        out += ["", _head("Parameters")]
        for parameter in sorted(rest, key=lambda parameter: not parameter.required):
            out += _parameter(parameter)
    out += ["", *_options()]
    print("\n".join(out))


def _argument(parameter: Parameter) -> list[str]:
    about = f"also --{parameter.flag}"
    if parameter.item[0] == "enum":
        about = f"{metavar(parameter.item)}; {about}"
    return _entry(parameter.flag.upper(), about)


def _parameter(parameter: Parameter) -> list[str]:
    name = f"--{parameter.flag}"
    if parameter.type[0] == "bool":
        name = f"--[no-]{parameter.flag}"
    elif not parameter.is_switch:
        short = "FILE" if parameter.is_file else metavar(parameter.item)
        name = f"{name} {short}"
    return _entry(name, "; ".join(_notes(parameter)))


def _notes(parameter: Parameter) -> Iterable[str]:
    kind, detail, *_ = parameter.item
    if parameter.required:
        yield "required"
    if parameter.is_list:
        yield "may be repeated"
    if kind == "enum" and metavar(parameter.item) == "CHOICE":
        yield "one of " + ", ".join(str(member.value) for member in detail)
    if kind == "model" and not parameter.is_file:
        names = [name for name, *_ in detail.__clerk_fields__()]
        if names:
            yield "object with " + ", ".join(names)
    if kind in ("model", "dict", "any") and not parameter.is_file:
        yield f"@FILE reads one; --{parameter.flag}.NAME sets a member"
    if kind == "str" and _core.is_secret(parameter.name):
        yield "@FILE reads it, @- from standard input"
    default = getattr(parameter.default, "value", parameter.default)
    if isinstance(default, (str, int, float)):
        yield f"default: {str(default).lower() if isinstance(default, bool) else default}"
    if parameter.is_nullable:
        yield "may be null"
    if parameter.deprecated:
        yield "deprecated"


def _options() -> list[str]:
    out: list[str] = []
    for title, options in GROUPS:
        out += [_head(title), *entries(options)]
    return out


def entries(options: Iterable[Option]) -> list[str]:
    """Options of our own, each with its explanation."""
    out: list[str] = []
    for option in options:
        out += _entry(f"--{option.name} {option.metavar}".strip(), option.text)
    return out


def _plain(result: str) -> str:
    """A type as one would say it."""
    inner = result.removeprefix("List[").removesuffix("]").removeprefix("models.")
    return f"a list of {inner}" if result.startswith("List[") else inner


def _entry(left: str, right: str) -> list[str]:
    """A name and its explanation beside it, or below it."""
    first = f"  {left}"
    longest = max(map(len, right.split(" ")))
    margin = _COLUMN if _COLUMN + longest <= _WIDTH else 4  # for paths that are long
    lines = list(_filled(right, " " * margin))
    if margin == _COLUMN and len(first) + 2 <= _COLUMN and lines:
        lines[0] = first.ljust(_COLUMN) + lines[0].lstrip()
        return lines
    return [first, *lines]


def _filled(text: str, margin: str) -> Iterable[str]:
    """The text in lines that are not too long. A no-break space is written as a space."""
    line = ""
    for word in (word.replace("\xa0", " ") for word in text.split(" ")):
        if line and len(margin) + len(line) + 1 + len(word) > _WIDTH:
            yield margin + line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield margin + line


def _head(text: str) -> str:
    from .output import is_colourful

    return f"\x1b[1m{text}\x1b[0m" if is_colourful(sys.stdout) else text
