"""Values out of the texts on a command line, each as its type in the tables wants it."""

from __future__ import annotations

import os
import sys

from .. import _core
from .catalogue import Parameter
from .failures import LOCAL, Failure, UsageError, nearest, unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0"))
_JSON_KINDS = frozenset(("model", "union", "dict", "any"))


class Input:
    """Standard input can be read once."""

    _used_by: str | None = None

    def read(self, name: str, what: str) -> str:
        """The text of a file, or of standard input if its name is `-`.

        Raises:
            Failure: it cannot be read, or is not UTF-8.
        """
        try:
            if name != "-":
                with open(name, "rb") as stream:
                    return stream.read().decode("utf-8-sig")
            if self._used_by is not None:
                raise UsageError(f"{what}: {self._used_by} has read standard input already")
            self._used_by = what
            if sys.stdin is None:
                raise Failure(LOCAL, f"{what}: standard input is closed")
            return sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Failure(LOCAL, f"{what}: {_named(name)} is not UTF-8 text") from None
        except OSError as error:
            raise unreadable(f"{what}: {_named(name)}", error) from None


def _named(name: str) -> str:
    return "standard input" if name == "-" else name


def read(parameter: Parameter, text: str | bool, given: Input) -> Any:
    """One value of a parameter; of a list one element, or several as a JSON list.

    Raises:
        Failure: the text is not such a value, or names a file that cannot be read.
    """
    what = f"--{parameter.flag}"
    if isinstance(text, bool):
        return text
    if parameter.is_file:
        return _upload(text, what)
    return _of_type(parameter.item, text, what, given, _core.is_secret(parameter.name))


def inside(
    parameter: Parameter, path: str, text: str | bool, given: Input
) -> tuple[list[str], Any]:
    """The keys of a dotted flag and the value behind them."""
    what = f"--{parameter.flag}.{path}"
    keys = path.split(".")
    if not all(keys):
        raise UsageError(f"{what}: a name between dots is empty")
    tree = parameter.type
    for place, key in enumerate(keys):
        tree = _member(tree, keys, place, what) if tree[0] == "model" else _element(tree, key)
    if isinstance(text, bool):
        return keys, text
    if tree[0] in ("any", "list", "union"):
        try:
            return keys, json_of(text, what)
        except UsageError:
            return keys, text
    return keys, _of_type(tree, text, what, given, _core.is_secret(keys[-1]))


def _member(tree: Any, keys: list[str], place: int, what: str) -> Any:
    """The type of a model's member; its name is put in the place of what was written."""
    from .catalogue import bare

    fields = tree[1].__clerk_fields__()
    for name, _, inner, *_ in fields:
        if bare(name) == bare(keys[place]):
            keys[place] = name
            return inner
    names = [name for name, *_ in fields]
    if not names:  # a model of no fields keeps whatever it is given
        return ("any", None, True, False)
    hint = nearest(keys[place], names) or f"there are {', '.join(names)}"
    raise UsageError(f"{what}: there is no {keys[place]!r}", hint)


def _element(tree: Any, key: str) -> Any:
    return tree[1] if tree[0] == "dict" else ("any", None, True, False)


def _of_type(tree: Any, text: str, what: str, given: Input, is_secret: bool) -> Any:
    kind, detail, *_ = tree
    if kind in _JSON_KINDS or kind in ("list", "const"):
        return json_of(given.read(text[1:], what) if text.startswith("@") else text, what)
    if kind in ("int", "float"):
        return _number(kind, text, what)
    if kind == "bool":
        return _truth(text, what)
    if kind == "enum":
        return _member_of(detail, text, what)
    if is_secret and text.startswith("@@"):
        return text[1:]
    if is_secret and text.startswith("@"):
        return given.read(text[1:], what).rstrip("\r\n")
    if not _is_text(text):
        raise UsageError(f"{what}: the value is not UTF-8")
    return text


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes of the command line that are no text
        return False
    return True


def _number(kind: str, text: str, what: str) -> Any:
    try:
        if len(text) > 400 or not text.isascii() or "_" in text:
            raise ValueError
        return int(text) if kind == "int" else float(text)
    except ValueError:
        wanted = "a whole number" if kind == "int" else "a number"
        raise UsageError(f"{what}: {text[:50]!r} is not {wanted}") from None


def _truth(text: str, what: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise UsageError(f"{what}: {text!r} is neither true nor false")
    return word in _TRUE


def choices(enum: Any) -> list[str]:
    """The values of an enum as they are written."""
    return [str(member.value) for member in enum]


def _member_of(enum: Any, text: str, what: str) -> Any:
    for member in enum:
        if str(member.value) == text:
            return member.value
    try:
        return enum(text)  # open enums take what is not known yet
    except ValueError:
        known = choices(enum)
        hint = nearest(text, known) or f"one of {', '.join(known)}"
        raise UsageError(f"{what}: {text!r} is not known", hint) from None


def json_of(text: str, what: str) -> Any:
    """The value of a JSON text.

    Raises:
        UsageError: it is none; what it says is not repeated.
    """
    import json

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        hint = None
        if not text.lstrip().startswith(("{", "[", '"')):
            hint = "an object is written as '{\"name\": \"value\"}', or as @FILE"
        raise UsageError(f"{what}: not JSON: {error.msg} at {place}", hint) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what}: not JSON: {error}") from None


def _upload(text: str, what: str) -> Any:
    from pathlib import Path

    from .. import Upload

    path = Path(text)
    try:
        with path.open("rb") as stream:
            os.fstat(stream.fileno())
        return Upload(path)
    except OSError as error:
        raise unreadable(f"{what}: {text}", error) from None
    except (TypeError, ValueError) as error:
        raise UsageError(f"{what}: {error}") from None
