"""Helpers that programs of the official SDK import from here. Each is imported when it is named.

What the official SDK keeps here for the code that its generator wrote (serializers, metadata of
fields, request bodies) has no counterpart: the C core does that work from its tables.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .datetimes import parse_datetime
    from .enums import OpenEnumMeta
    from .logger import Logger, get_default_logger
    from .retries import BackoffStrategy, Retries, RetryConfig, RetryPolicy
    from .url import remove_suffix, template_url
    from .values import (
        cast_partial,
        get_global_from_env,
        match_content_type,
        match_response,
        match_status_codes,
    )

__all__ = [
    "BackoffStrategy",
    "Logger",
    "OpenEnumMeta",
    "Retries",
    "RetryConfig",
    "RetryPolicy",
    "cast_partial",
    "get_default_logger",
    "get_global_from_env",
    "match_content_type",
    "match_response",
    "match_status_codes",
    "parse_datetime",
    "remove_suffix",
    "template_url",
]

_MODULES = {
    "datetimes": ("parse_datetime",),
    "enums": ("OpenEnumMeta",),
    "logger": ("Logger", "get_default_logger"),
    "retries": ("BackoffStrategy", "Retries", "RetryConfig", "RetryPolicy"),
    "url": ("remove_suffix", "template_url"),
    "values": (
        "cast_partial",
        "get_global_from_env",
        "match_content_type",
        "match_response",
        "match_status_codes",
    ),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    for module, names in _MODULES.items():
        if name in names:
            value: object = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
