"""`model_fields` and the signatures of models, made from the rows of the tables."""

import datetime
import io
import typing
from inspect import Parameter, Signature
from typing import Any

from . import types

TREE = tuple[str, Any, bool, bool]
"""A type: (kind, detail, takes None, takes UNSET); csrc/py/modelrows.h says more."""

_source: Any = typing  # for what a type checker would want to know beforehand
_PLAIN: "dict[str, Any]" = {
    "any": Any,
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "datetime": datetime.datetime,
    "date": datetime.date,
    "content": typing.Union[bytes, typing.IO[bytes], io.IOBase],  # noqa: UP007
}


class FieldInfo:
    """What is known of a field, under the names that pydantic uses."""

    __slots__ = ("alias", "annotation", "default", "deprecated", "required")

    # The interface has none of these.
    default_factory = description = discriminator = examples = exclude = frozen = None
    json_schema_extra = title = validate_default = None
    init = kw_only = repr = True

    def __init__(
        self, annotation: Any, alias: "str | None", required: bool, default: Any, deprecated: bool
    ) -> None:
        self.annotation = annotation
        self.alias = alias
        self.required = required
        self.default = ... if required else default
        self.deprecated = True if deprecated else None

    @property
    def validation_alias(self) -> "str | None":
        """The name on the wire, where it is another than the field's."""
        return self.alias

    serialization_alias = validation_alias

    @property
    def metadata(self) -> "list[Any]":
        """Always empty: what else is known is in the tables."""
        return []

    def is_required(self) -> bool:
        """Whether the field must be given."""
        return self.required

    def get_default(self, *, call_default_factory: bool = False, **_: Any) -> Any:
        """The default; None for a required field."""
        return None if self.required else self.default

    def rebuild_annotation(self) -> Any:
        """The annotation."""
        return self.annotation

    def __repr__(self) -> str:
        name = getattr(self.annotation, "__name__", None)
        shown = name if name and not typing.get_args(self.annotation) else str(self.annotation)
        parts = [f"annotation={shown.replace('typing.', '')}", f"required={self.required}"]
        if not self.required:
            parts.append(f"default={self.default!r}")
        if self.alias:
            parts.append(f"alias={self.alias!r}")
        if self.deprecated:
            parts.append("deprecated=True")
        return f"FieldInfo({', '.join(parts)})"


_made: "dict[int, dict[str, FieldInfo]]" = {}


def fields(cls: Any) -> "dict[str, FieldInfo]":
    """The fields of a model class by name; empty for BaseModel. The same dict each time."""
    row = getattr(cls, "__clerk_row__", None)
    if row is None:
        return {}
    if row not in _made:
        _made[row] = {
            name: FieldInfo(annotation(tree), alias if alias not in ("", name) else None, *rest)
            for name, alias, tree, *rest in cls.__clerk_fields__()
        }
    return _made[row]


def nothing(cls: Any) -> "dict[str, Any]":
    """No model has computed fields."""
    return {}


def config(cls: Any) -> "dict[str, Any]":
    """How models behave, in pydantic's words."""
    made: dict[str, Any] = {
        "populate_by_name": True,
        "arbitrary_types_allowed": True,
        "protected_namespaces": (),
    }
    if hasattr(cls, "__clerk_row__") and cls.__clerk_keeps_extra__():
        made["extra"] = "allow"
    return made


def annotation(tree: TREE) -> Any:
    """The type of a tree, as one would write it in an annotation."""
    kind, detail, null, unset = tree
    made = _bare(kind, detail)
    if unset:
        return typing.Union[made, None, types.Unset] if null else typing.Union[made, types.Unset]  # noqa: UP007
    return typing.Optional[made] if null else made  # noqa: UP045


def _bare(kind: str, detail: Any) -> Any:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "const":
        return typing.Literal[detail]
    if kind == "list":
        return _source.List[annotation(detail)]
    if kind == "dict":
        return _source.Dict[str, annotation(detail)]
    if kind == "union":
        variants = tuple(annotation(tree) for _, tree in detail[2])
        return typing.Union[variants]  # noqa: UP007
    return detail


def signature(cls: Any) -> Signature:
    """How a model is built. A subclass with an __init__ of its own has that one's."""
    from ._core import BaseModel

    if cls.__init__ is not BaseModel.__init__:
        raise AttributeError("__signature__")
    parameters = [
        Parameter(
            info.alias if info.alias and info.alias.isidentifier() else name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if info.required else info.default,
            annotation=info.annotation,
        )
        for name, info in fields(cls).items()
    ]
    return Signature(parameters, return_annotation=None)
