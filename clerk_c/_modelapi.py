"""What programs seldom ask of models: subclasses, pretty printers, foreign values in dumps."""

from collections.abc import Callable, Iterator
from typing import Any


def init_subclass(cls: Any, **kwargs: Any) -> None:
    """Refuses subclasses that would add fields, which the tables do not know.

    Methods, properties, class attributes, ClassVar annotations and names with an underscore are
    fine. Raises TypeError.
    """
    if kwargs:
        raise TypeError(f"{cls.__name__}: class arguments are not supported: {sorted(kwargs)}")
    for name, annotation in _annotations(cls).items():
        if name.startswith("_") or "ClassVar" in str(annotation):
            continue
        raise TypeError(
            f"{cls.__name__}.{name} would be a new field: models of clerk_c have the fields that "
            "Clerk documents. Use a property or a ClassVar, or put the model into a pydantic "
            "model or dataclass of your own."
        )


def _annotations(cls: Any) -> "dict[str, Any]":
    """The annotations of the class itself, names of types that do not exist yet left alone."""
    try:
        from annotationlib import Format, get_annotations  # type: ignore[import-not-found]
    except ImportError:  # before 3.14
        from inspect import get_annotations as before

        return before(cls)
    return dict(get_annotations(cls, format=Format.STRING))


def pretty(self: Any, fmt: "Callable[[Any], Any]", **kwargs: Any) -> "Iterator[Any]":
    """What devtools prints: the fields one to a line."""
    yield type(self).__name__ + "("
    yield 1
    for name, value in self.__repr_args__():
        yield name + "="
        yield fmt(value)
        yield ","
        yield 0
    yield -1
    yield ")"


def model_rebuild(cls: Any, **kwargs: Any) -> None:
    """Nothing is left to build: returns None, as pydantic does for complete models."""


def model_parametrized_name(cls: Any, params: "tuple[Any, ...]") -> str:
    """Models are not generic. Raises TypeError."""
    raise TypeError(f"{cls.__name__} is not generic")


def model_validate_strings(cls: Any, obj: Any, **kwargs: Any) -> Any:
    """An instance from a dict whose values are text. Raises ValidationError.

    The lax conversions of models read text for numbers, booleans and dates anyway.
    """
    return cls.model_validate(obj, **kwargs)


def plain(value: Any) -> Any:
    """A dataclass, or a pydantic model of the program's own, as a dict."""
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump()
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is None or isinstance(value, type):
        return value
    return {name: getattr(value, name) for name in fields}


def json_default(value: Any) -> Any:
    """For `default=` of json.dumps and orjson.dumps, and `enc_hook=` of msgspec: models as the
    dicts that model_dump(mode="json", by_alias=True) gives. Raises TypeError for other types.
    """
    from ._core import UNSET, BaseModel

    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if value is UNSET:
        return None
    raise TypeError(f"a value of type {type(value).__name__!r} has no JSON form")
