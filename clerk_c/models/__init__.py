"""Models, enums, error classes, TypedDicts and unions. Each is made when it is first named.

The submodules (`clerk_c.models.user`) have no files: clerk_c._submodules makes them.
"""

from .. import _core

__all__ = _core.exports()


def __getattr__(name: str) -> object:
    try:
        value: object = _core.export(name)
    except AttributeError:
        if name.startswith("_") or not _core.exports(name):
            raise
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
