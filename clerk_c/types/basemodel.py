"""The names of clerk_c.types by the path that programs of the official SDK know."""

from . import UNSET, UNSET_SENTINEL, BaseModel, UnrecognizedInt, UnrecognizedStr, Unset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import Nullable, OptionalNullable

__all__ = ["UNSET", "UNSET_SENTINEL", "BaseModel", "Nullable", "OptionalNullable",
           "UnrecognizedInt", "UnrecognizedStr", "Unset"]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .. import types

    return getattr(types, name)
