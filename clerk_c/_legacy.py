"""What pydantic 1 called the methods of models, and pydantic 2 still has: each says what to use."""

import warnings
from typing import Any


def _warn(old: str, new: str) -> None:
    warnings.warn(f"{old} is deprecated: use {new}", DeprecationWarning, stacklevel=3)


def fields(cls: Any) -> "dict[str, Any]":
    """`model_fields`, formerly."""
    _warn("__fields__", "model_fields")
    found: dict[str, Any] = cls.model_fields
    return found


def to_dict(self: Any, **options: Any) -> "dict[str, Any]":
    """`model_dump()`, formerly."""
    _warn("dict()", "model_dump()")
    made: dict[str, Any] = self.model_dump(**options)
    return made


def to_json(self: Any, *, encoder: Any = None, models_as_dict: Any = None, **options: Any) -> str:
    """`model_dump_json()`, formerly."""
    _warn("json()", "model_dump_json()")
    if models_as_dict is not None:
        raise TypeError("models_as_dict is not supported")
    made: str = self.model_dump_json(fallback=encoder, **options)
    return made


def copy(
    self: Any, *, include: Any = None, exclude: Any = None, update: Any = None, deep: bool = False
) -> Any:
    """`model_copy()`, formerly; include and exclude are sets of names."""
    _warn("copy()", "model_copy()")
    made = self.model_copy(update=update, deep=deep)
    if include is None and exclude is None:
        return made
    kept = set(made.model_fields_set)
    values = {
        name: value
        for name, value in made
        if (include is None or name in include) and (exclude is None or name not in exclude)
    }
    return type(self).model_construct(kept & set(values), **values)


def construct(cls: Any, _fields_set: Any = None, **values: Any) -> Any:
    """`model_construct()`, formerly."""
    _warn("construct()", "model_construct()")
    return cls.model_construct(_fields_set, **values)


def validate(cls: Any, value: Any) -> Any:
    """`model_validate()`, formerly."""
    _warn("validate()", "model_validate()")
    return cls.model_validate(value)


def parse_obj(cls: Any, obj: Any) -> Any:
    """`model_validate()`, formerly."""
    _warn("parse_obj()", "model_validate()")
    return cls.model_validate(obj)


def parse_raw(cls: Any, b: "str | bytes", *, encoding: str = "utf8", **options: Any) -> Any:
    """`model_validate_json()`, formerly; other formats than JSON are refused."""
    _warn("parse_raw()", "model_validate_json()")
    _refuse_formats(options)
    return cls.model_validate_json(b.decode(encoding) if isinstance(b, bytes) else b)


def parse_file(cls: Any, path: Any, *, encoding: str = "utf8", **options: Any) -> Any:
    """`model_validate_json()` of a file's content, formerly."""
    _warn("parse_file()", "model_validate_json()")
    _refuse_formats(options)
    with open(path, encoding=encoding) as file:
        return cls.model_validate_json(file.read())


def _refuse_formats(options: "dict[str, Any]") -> None:
    proto = options.pop("proto", None)
    content_type = options.pop("content_type", None) or "application/json"
    options.pop("allow_pickle", None)
    if options:
        raise TypeError(f"unexpected arguments: {sorted(options)}")
    if getattr(proto, "value", proto) not in (None, "json") or "json" not in content_type:
        raise TypeError("only JSON can be read")


def from_orm(cls: Any, obj: Any) -> Any:
    """`model_validate(obj, from_attributes=True)`, formerly."""
    _warn("from_orm()", "model_validate(obj, from_attributes=True)")
    return cls.model_validate(obj, from_attributes=True)


def schema(cls: Any, by_alias: bool = True, **options: Any) -> "dict[str, Any]":
    """`model_json_schema()`, formerly."""
    _warn("schema()", "model_json_schema()")
    made: dict[str, Any] = cls.model_json_schema(by_alias=by_alias, **options)
    return made


def schema_json(
    cls: Any, *, by_alias: bool = True, ref_template: str = "#/$defs/{model}", **options: Any
) -> str:
    """`model_json_schema()` as text, formerly."""
    import json

    _warn("schema_json()", "model_json_schema() and json.dumps()")
    made = cls.model_json_schema(by_alias=by_alias, ref_template=ref_template)
    return json.dumps(made, **options)


def update_forward_refs(cls: Any, **localns: Any) -> None:
    """Nothing is left to resolve."""
    _warn("update_forward_refs()", "model_rebuild()")
