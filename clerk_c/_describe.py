"""Signatures and help texts of operations, made from the tables when asked for."""

from inspect import Parameter, Signature
from typing import Any

from . import _core

_COMMON = (
    ("retries", "OptionalNullable[utils.RetryConfig]", _core.UNSET),
    ("server_url", "Optional[str]", None),
    ("timeout_ms", "Optional[int]", None),
    ("http_headers", "Optional[Mapping[str, str]]", None),
)


def signature(index: int, is_async: bool = False) -> Signature:
    """The signature of an operation, its types as text."""
    row: dict[str, Any] = _core.describe(index)
    parameters = [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)]
    for name, type_text, required, default in row["parameters"]:
        parameters.append(
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if required else default,
                annotation=type_text,
            )
        )
    for name, type_text, default in _COMMON:
        parameters.append(
            Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=type_text)
        )
    return Signature(parameters, return_annotation=_result(row))


def docstring(index: int, is_async: bool = False) -> str:
    """The help text of an operation: route, parameters, result, errors."""
    row: dict[str, Any] = _core.describe(index)
    lines = [f"{row['method']} {row['path']}", ""]
    if row["deprecated"]:
        lines += ["Deprecated.", ""]
    if is_async:
        lines += ["To be awaited, under asyncio or trio; nothing is sent before that.", ""]
    if row["parameters"]:
        lines += ["Args:"]
        for name, type_text, required, default in row["parameters"]:
            note = "" if required else f" = {default!r}"
            lines.append(f"    {name}: {type_text}{note}")
        lines.append("")
    lines += [
        f"Returns: {_result(row)}",
        "",
        "Raises:",
        "    TypeError, ValueError: an argument is wrong; nothing was sent.",
        *(f"    models.{name}: as the server answered." for name in row["errors"]),
        "    models.ResponseValidationError: the answer is not what is documented.",
        "    exceptions.TransportError: no usable answer came.",
        "",
        "timeout_ms is in milliseconds.",
    ]
    return "\n".join(lines)


def _result(row: "dict[str, Any]") -> str:
    return str(row["result"])
