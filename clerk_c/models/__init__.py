"""Models, enums and error classes. Each is made when it is first named."""

from .. import _core

__all__ = tuple(_core.exports())


def __getattr__(name: str) -> object:
    value: object = _core.export(name)
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__})
