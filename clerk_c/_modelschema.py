"""`model_json_schema()`: JSON Schema (draft 2020-12) of models, from the rows of the tables."""

from enum import Enum
from typing import Any

from ._core import UNSET
from ._modelfields import TREE
from .utils.enums import OpenEnumMeta

_PLAIN: "dict[str, dict[str, Any]]" = {
    "any": {},
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"format": "date-time", "type": "string"},
    "date": {"format": "date", "type": "string"},
    "content": {"format": "binary", "type": "string"},
}
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


def model_json_schema(
    cls: Any,
    by_alias: "bool | None" = None,
    ref_template: str = "#/$defs/{model}",
    schema_generator: Any = None,
    mode: str = "validation",
    *,
    union_format: str = "any_of",
) -> "dict[str, Any]":
    """The JSON Schema of a model; models and enums inside it are under `$defs`.

    Names are those on the wire unless by_alias is false. Raises TypeError for a schema_generator,
    which only pydantic could run.
    """
    if schema_generator is not None:
        raise TypeError("schema_generator is not supported: use pydantic.TypeAdapter(model)")
    if getattr(cls, "__clerk_row__", None) is None:
        raise TypeError(f"{cls.__name__} has no fields: use a model class")
    writer = _Writer(by_alias is not False, ref_template)
    made = writer.model(cls)
    writer.finish()
    if cls in writer.names:  # it refers to itself
        name = writer.names[cls]
        writer.definitions[name] = made
        made = {"$ref": ref_template.format(model=name)}
    if writer.definitions:
        return {"$defs": dict(sorted(writer.definitions.items())), **made}
    return made


class _Writer:
    """Collects the definitions that a schema refers to."""

    def __init__(self, by_alias: bool, ref_template: str) -> None:
        self.by_alias = by_alias
        self.ref_template = ref_template
        self.names: dict[Any, str] = {}
        self.definitions: dict[str, dict[str, Any]] = {}
        self._waiting: list[Any] = []

    def finish(self) -> None:
        """Writes what was referred to, and what that refers to."""
        while self._waiting:
            cls = self._waiting.pop()
            made = _enum(cls) if issubclass(cls, Enum) else self.model(cls)
            self.definitions[self.names[cls]] = made

    def model(self, cls: Any) -> "dict[str, Any]":
        properties = {}
        required = []
        for name, alias, tree, is_required, default, deprecated in cls.__clerk_fields__():
            key = alias if self.by_alias and alias else name
            made = self.field(name, tree)
            if is_required:
                required.append(key)
            elif default is not UNSET:
                made["default"] = _plain(default)
            if deprecated:
                made["deprecated"] = True
            properties[key] = made
        made = {"properties": properties}
        if required:
            made["required"] = required
        made.update(title=cls.__name__, type="object")
        if cls.__clerk_keeps_extra__():
            made["additionalProperties"] = True
        if "__deprecated__" in cls.__dict__:  # not so for subclasses
            made["deprecated"] = True
        return made

    def field(self, name: str, tree: TREE) -> "dict[str, Any]":
        made = self.type(tree)
        kind, detail = tree[:2]
        if kind not in ("enum", "model", "union") or isinstance(detail, OpenEnumMeta):
            made["title"] = name.replace("_", " ").title()
        return made

    def type(self, tree: TREE) -> "dict[str, Any]":
        kind, detail, null, _ = tree
        made = self._bare(kind, detail)
        if not null or not made:  # {} takes anything
            return made
        if list(made) == ["anyOf"]:
            return {"anyOf": [*made["anyOf"], {"type": "null"}]}
        return {"anyOf": [made, {"type": "null"}]}

    def _bare(self, kind: str, detail: Any) -> "dict[str, Any]":
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        if kind == "const":
            return {"const": detail, "type": _JSON_TYPES[type(detail)]}
        if kind == "list":
            return {"items": self.type(detail), "type": "array"}
        if kind == "dict":
            return {"additionalProperties": self.type(detail) or True, "type": "object"}
        if kind == "enum" and isinstance(detail, OpenEnumMeta):
            return {"type": "string" if issubclass(detail, str) else "integer"}
        if kind == "union":
            name, tag, variants = detail
            if tag or not name:
                choices = [self.type(variant) for _, variant in variants]
                return {"oneOf" if tag else "anyOf": choices}
            if name not in self.definitions:
                self.definitions[name] = {}
                choices = [self.type(variant) for _, variant in variants]
                self.definitions[name] = {"anyOf": choices}
            return {"$ref": self.ref_template.format(model=name)}
        return {"$ref": self.ref_template.format(model=self._name(detail))}

    def _name(self, cls: Any) -> str:
        if cls not in self.names:
            name = cls.__name__
            if name in self.names.values():
                name = f"{cls.__module__}.{name}".replace(".", "__")
            self.names[cls] = name
            self._waiting.append(cls)
        return self.names[cls]


def _enum(cls: Any) -> "dict[str, Any]":
    values = [member.value for member in cls]
    return {"enum": values, "title": cls.__name__, "type": _JSON_TYPES[type(values[0])]}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump else value
