"""Models of clerk_c inside pydantic's: checked and dumped by clerk_c, described to pydantic.

Imported when pydantic asks a model for its schema, so pydantic is there.
"""

from enum import EnumMeta
from functools import cache
from typing import Any

from ._core import UNSET, BaseModel
from ._modelfields import TREE
from ._validation import ValidationError
from .utils.enums import OpenEnumMeta


def core_schema(cls: Any, source: Any = None, handler: Any = None) -> Any:
    """How pydantic checks a value (an instance or a dict) and dumps it."""
    from pydantic_core import core_schema as cs

    def validate(value: Any) -> Any:
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            raise _translated(error) from None

    if getattr(cls, "__clerk_row__", None) is None:
        return cs.is_instance_schema(cls)
    return cs.no_info_plain_validator_function(
        validate,
        ref=_ref(cls),
        serialization=cs.plain_serializer_function_ser_schema(_dump, info_arg=True),
    )


def _ref(cls: Any) -> str:
    return f"{cls.__module__}.{cls.__qualname__}:{cls.__clerk_row__}"


def open_enum_schema(cls: Any) -> Any:
    """How pydantic checks a value of an open enum: strictly only members, else any value."""
    from pydantic_core import core_schema as cs

    def member(value: Any) -> Any:
        return EnumMeta.__call__(cls, value)

    base = cs.int_schema() if issubclass(cls, int) else cs.str_schema()
    return cs.lax_or_strict_schema(
        cs.chain_schema([base, cs.no_info_plain_validator_function(cls)]),
        cs.chain_schema([base, cs.no_info_plain_validator_function(member)]),
    )


def serializer(cls: Any) -> Any:
    """What pydantic looks for on values whose type it was not told."""
    if getattr(cls, "__clerk_row__", None) is None:
        raise AttributeError("__pydantic_serializer__")
    return _serializer(cls)


@cache
def _serializer(cls: Any) -> Any:
    try:
        from pydantic_core import SchemaSerializer
    except ImportError:
        raise AttributeError("__pydantic_serializer__") from None
    return SchemaSerializer(core_schema(cls))


def _dump(value: Any, info: Any) -> Any:
    if not isinstance(value, BaseModel):
        return value
    return value.model_dump(
        mode=info.mode,
        include=info.include,
        exclude=info.exclude,
        by_alias=info.by_alias,
        exclude_unset=info.exclude_unset,
        exclude_defaults=info.exclude_defaults,
        exclude_none=info.exclude_none,
    )


def _translated(error: ValidationError) -> Exception:
    """The same findings as pydantic's own error, which adds where in its model they are."""
    from pydantic_core import InitErrorDetails, PydanticCustomError
    from pydantic_core import ValidationError as TheirError

    details = [
        InitErrorDetails(
            type=PydanticCustomError(found["type"], found["msg"].replace("{", "{{")),
            loc=found["loc"],
            input=found["input"],
        )
        for found in error.errors()
    ]
    return TheirError.from_exception_data(error.title, details)


def json_schema(cls: Any, schema: Any, handler: Any) -> Any:
    """The model for pydantic's JSON schemas and FastAPI's OpenAPI."""
    if getattr(cls, "__clerk_row__", None) is None:
        return {"type": "object"}
    return handler(_Describer(cls).fields(cls))


class _Describer:
    """Core schemas that say what a model looks like. Nothing is checked by them."""

    def __init__(self, cls: Any) -> None:
        from pydantic_core import core_schema as cs

        self.cs = cs
        self._begun = {_ref(cls)}

    def model(self, cls: Any) -> Any:
        """A model inside another, told once and then referred to."""
        ref = _ref(cls)
        if ref in self._begun:
            return self.cs.definition_reference_schema(ref)
        self._begun.add(ref)
        return self.fields(cls, ref)

    def fields(self, cls: Any, ref: "str | None" = None) -> Any:
        cs = self.cs
        fields = {}
        for name, alias, tree, required, default, deprecated in cls.__clerk_fields__():
            schema = self.type(tree)
            if default is UNSET:  # which JSON cannot say: the field may be left out
                schema = cs.with_default_schema(schema, default_factory=type(UNSET))
            elif not required:
                schema = cs.with_default_schema(schema, default=default)
            fields[name] = cs.model_field(
                schema,
                validation_alias=alias if alias not in ("", name) else None,
                serialization_alias=alias if alias not in ("", name) else None,
                metadata={"pydantic_js_updates": {"deprecated": True}} if deprecated else None,
            )
        return cs.model_schema(cls, cs.model_fields_schema(fields), ref=ref)

    def type(self, tree: TREE) -> Any:
        kind, detail, null, _ = tree
        schema = self._bare(kind, detail)
        return self.cs.nullable_schema(schema) if null else schema

    def _bare(self, kind: str, detail: Any) -> Any:
        cs = self.cs
        if kind == "const":
            return cs.literal_schema([detail])
        if kind == "list":
            return cs.list_schema(self.type(detail))
        if kind == "dict":
            return cs.dict_schema(cs.str_schema(), self.type(detail))
        if kind == "model":
            return self.model(detail)
        if kind == "enum":
            return self._enum(detail)
        if kind == "union":
            return self._union(*detail)
        name = "bytes" if kind == "content" else kind
        return getattr(cs, f"{name}_schema")()

    def _enum(self, cls: Any) -> Any:
        members = list(cls)
        if isinstance(cls, OpenEnumMeta):
            return self.cs.str_schema() if issubclass(cls, str) else self.cs.int_schema()
        kind: Any = "int" if isinstance(members[0].value, int) else "str"
        ref = f"{cls.__module__}.{cls.__qualname__}:enum"
        return self.cs.enum_schema(cls, members, sub_type=kind, ref=ref)

    def _union(self, name: str, tag: str, variants: Any) -> Any:
        if not tag:
            ref = f"clerk_c.models.{name}:union" if name else None
            if ref in self._begun:
                return self.cs.definition_reference_schema(ref)
            if ref:
                self._begun.add(ref)
            return self.cs.union_schema([self.type(tree) for _, tree in variants], ref=ref)
        choices = {value: self.type(tree) for value, tree in variants}
        return self.cs.tagged_union_schema(choices, lambda value: None)
