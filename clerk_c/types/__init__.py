"""Markers and bases that signatures mention."""

from .._core import UNSET, BaseModel, Unset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, TypeAlias, TypeVar, Union

    _T = TypeVar("_T")
    Nullable: TypeAlias = Optional[_T]
    OptionalNullable: TypeAlias = Union[_T, None, Unset]

__all__ = ["UNSET", "UNSET_SENTINEL", "BaseModel", "Nullable", "OptionalNullable",
           "UnrecognizedInt", "UnrecognizedStr", "Unset"]  # fmt: skip

UNSET_SENTINEL = "~?~unset~?~sentinel~?~"
"""What the official SDK writes for UNSET between two steps of a dump. No dump of clerk_c has it."""


class UnrecognizedStr(str):
    """A value that an open text enum does not know."""


class UnrecognizedInt(int):
    """A value that an open integer enum does not know."""


def __getattr__(name: str) -> object:
    if name == "basemodel":
        from importlib import import_module

        return import_module(f"{__name__}.basemodel")
    # typing is imported only by programs that name one of the aliases
    if name not in ("Nullable", "OptionalNullable"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from typing import Optional, TypeVar, Union

    T = TypeVar("T")
    value: object = Optional[T] if name == "Nullable" else Union[T, None, Unset]
    globals()[name] = value
    return value
