"""A client for Clerk's Backend API with a core written in C.

The names are those of the official SDK: `from clerk_c import Clerk, models`.
Everything but the client is imported when it is first named, so that
`import clerk_c` costs next to nothing.
"""

from ._version import __version__
from .sdk import Clerk

VERSION = __version__

_MODULES = frozenset(("exceptions", "models", "testing", "types", "utils"))
_ELSEWHERE = {
    "BaseModel": "_core",
    "Headers": "_core",
    "Response": "_core",
    "ValidationError": "_validation",
}

__all__ = [
    "VERSION",
    "BaseModel",
    "Clerk",
    "Headers",
    "Response",
    "ValidationError",
    "__version__",
    "exceptions",
    "models",
    "testing",
    "types",
    "utils",
]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _ELSEWHERE:
        value: object = getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
    else:
        try:  # the reference offers each model here too
            value = getattr(import_module(f"{__name__}.models"), name)
        except AttributeError:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from . import models

    return sorted({*globals(), *__all__, *models.__all__})
