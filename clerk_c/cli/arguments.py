"""The keyword arguments of a call, put together from what a command line says."""

from __future__ import annotations

from . import values
from .catalogue import Operation, Parameter, bare
from .failures import UsageError, nearest
from .parse import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def collect(operation: Operation, line: Line) -> dict[str, Any]:
    """Keyword arguments for the operation.

    Raises:
        Failure: something is missing, unknown or makes no sense, or a file cannot be read.
    """
    source = values.Input()
    found = _body(operation, line, source)
    _flags(line, source, found)
    _path(operation, line, source, found)
    _nulls(operation, line, found)
    missing = [p for p in operation.parameters if p.required and p.name not in found]
    if missing:
        names = ", ".join(_named(parameter) for parameter in missing)
        raise UsageError(
            f"{operation.words} needs {names}", f"clerk-c {operation.words} --help tells more"
        )
    if operation.request != "members":
        return found
    return {"request": found} if found else {}


def _named(parameter: Parameter) -> str:
    return parameter.flag.upper() if parameter.place == "path" else f"--{parameter.flag}"


def _flags(line: Line, source: values.Input, found: dict[str, Any]) -> None:
    fresh: set[str] = set()  # a flag takes the place of what the body says, and is then added to
    for parameter, path, text in line.given:
        name = parameter.name
        if path:
            _put(found, parameter, *values.inside(parameter, path, text, source))
            fresh.add(name)
            continue
        value = values.read(parameter, text, source)
        if parameter.is_list:
            before = found[name] if name in fresh else []
            several = isinstance(value, list) and parameter.item[0] != "list"
            found[name] = [*before, *(value if several else [value])]
        elif name in fresh:
            raise UsageError(f"--{parameter.flag} is given twice")
        else:
            found[name] = value
        fresh.add(name)


def _put(found: dict[str, Any], parameter: Parameter, keys: list[str], value: Any) -> None:
    inner = found.get(parameter.name)
    if inner is None:
        inner = found[parameter.name] = {}
    for place, key in enumerate(keys):
        if not isinstance(inner, dict):
            where = ".".join([parameter.flag, *keys[:place]])
            raise UsageError(f"--{'.'.join([parameter.flag, *keys])}: {where} is no object")
        if place == len(keys) - 1:
            inner[key] = value
        else:
            inner = inner.setdefault(key, {})


def _path(
    operation: Operation, line: Line, source: values.Input, found: dict[str, Any]
) -> None:
    """Words without a flag are the parameters of the path, in its order."""
    open_ = [parameter for parameter in operation.in_path if parameter.name not in found]
    if len(line.arguments) > len(open_):
        extra = line.arguments[len(open_)]
        takes = " ".join(parameter.flag.upper() for parameter in open_) or "none"
        raise UsageError(
            f"{extra!r} is one argument too many: {operation.words} takes {takes}",
            f"clerk-c {operation.words} --help tells more",
        )
    for parameter, text in zip(open_, line.arguments):
        found[parameter.name] = values.read(parameter, text, source)


def _nulls(operation: Operation, line: Line, found: dict[str, Any]) -> None:
    for word in line.options.get("null", ()):
        parameter = _parameter(operation, word)
        if parameter is None:
            raise UsageError(f"--null: there is no parameter {word!r}", _hint(operation, word))
        if not parameter.is_nullable:
            raise UsageError(f"--null: {parameter.flag} cannot be null")
        if parameter.name in found:
            raise UsageError(f"--null: {parameter.flag} has a value, too")
        found[parameter.name] = None


def _parameter(operation: Operation, word: str) -> Parameter | None:
    wanted = bare(word.lstrip("-"))
    for parameter in operation.parameters:
        if wanted in (bare(parameter.name), bare(parameter.flag)):
            return parameter
    return None


def _hint(operation: Operation, word: str) -> str | None:
    names = [parameter.name for parameter in operation.parameters]
    return nearest(word, names) or (f"there are {', '.join(names)}" if names else None)


def _body(operation: Operation, line: Line, source: values.Input) -> dict[str, Any]:
    """What --body says, by the names of parameters."""
    where = line.last("body")
    if where is None:
        return {}
    if not operation.parameters:
        raise UsageError(f"--body: {operation.words} has no parameters")
    is_text = where.lstrip().startswith(("{", "["))
    value = values.json_of(where if is_text else source.read(where, "--body"), "--body")
    if operation.request == "whole" and isinstance(value, list):
        return {"request": value}
    if not isinstance(value, dict):
        wanted = "a list" if operation.request == "whole" else "an object"
        raise UsageError(f"--body: the JSON has to be {wanted}")
    found: dict[str, Any] = {}
    for key, inner in value.items():
        parameter = _parameter(operation, key)
        if parameter is None:
            raise UsageError(f"--body: there is no parameter {key!r}", _hint(operation, key))
        if parameter.is_file:
            raise UsageError(f"--body: a file is given by --{parameter.flag} PATH")
        if parameter.name in found:
            raise UsageError(f"--body: {parameter.name} is there twice")
        found[parameter.name] = inner
    return found
