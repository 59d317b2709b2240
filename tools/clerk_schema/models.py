"""Models, TypedDicts, enums, unions and error classes of the reference, by
introspection."""

from __future__ import annotations

import ast
import enum
import importlib
import inspect
import sys
import typing
from typing import Any

import pydantic
import typing_extensions

from .annotations import ALIAS_CLASSES, Annotations

Row = dict[str, Any]


class Models:
    """What the reference's `models` package exports, sorted by kind."""

    def __init__(self, package: str) -> None:
        self.package = importlib.import_module(f"{package}.models")
        types_module = importlib.import_module(f"{package}.types.basemodel")
        self.metadata = importlib.import_module(f"{package}.utils.metadata")
        enums_module = importlib.import_module(f"{package}.utils.enums")
        self._open_meta = enums_module.OpenEnumMeta
        self.annotations = Annotations(types_module.Unset)
        self.models: dict[str, type[pydantic.BaseModel]] = {}
        self.typed_dicts: dict[str, Any] = {}
        self.enums: dict[str, type[enum.Enum]] = {}
        self.unions: dict[str, Any] = {}
        self.aliases: dict[str, str] = {}
        self.errors: dict[str, type[Exception]] = {}
        self._places: dict[str, dict[str, Any]] = {
            "model": self.models,
            "typed": self.typed_dicts,
            "enum": self.enums,
            "union": self.unions,
            "error": self.errors,
        }
        self._rows: list[Row] = []
        self._fields: dict[str, dict[str, Row]] = {}
        self._sources: dict[str, ast.Module] = {}
        for name in sorted(self.package.__all__):
            self._sort(name, getattr(self.package, name))

    def _sort(self, name: str, what: Any) -> None:
        own_name = getattr(what, "__name__", name)
        if own_name != name and typing.get_origin(what) is None:
            if getattr(self.package, own_name) is not what:
                raise TypeError(f"models.{name} has no name of its own")
            self.aliases[name] = own_name
            return
        kind = self._kind(name, what)
        self._places[kind][name] = what
        if kind != "error":
            as_typed = kind == "union" and name.endswith("TypedDict")
            self.annotations.name(what, "typed" if as_typed else kind, name)

    def _kind(self, name: str, what: Any) -> str:
        if typing_extensions.is_typeddict(what):
            return "typed"
        if not isinstance(what, type):
            return "union"
        bases = {
            "model": pydantic.BaseModel,
            "enum": enum.Enum,
            "error": Exception,
        }
        for kind, base in bases.items():
            if issubclass(what, base):
                return kind
        raise TypeError(f"models.{name} is of no known kind")

    def module_of(self, name: str) -> str:
        """Last part of the name of the module that defines an export."""
        lazy: dict[str, str] = self.package._dynamic_imports
        if name in lazy:
            return lazy[name].lstrip(".")
        module: str = getattr(self.package, name).__module__
        return module.rpartition(".")[2]

    def model_rows(self) -> list[Row]:
        """Every model with its fields in order."""
        if not self._rows:
            self._rows = [self._model(name, cls) for name, cls in self.models.items()]
        return self._rows

    def fields_of(self, model: str) -> dict[str, Row]:
        """A model's field rows by name."""
        if not self._fields:
            self._fields = {
                row["name"]: {item["name"]: item for item in row["fields"]}
                for row in self.model_rows()
            }
        return self._fields[model]

    def _model(self, name: str, cls: type[pydantic.BaseModel]) -> Row:
        row: Row = {"name": name, "module": self.module_of(name), **deprecation(cls)}
        extra = cls.model_config.get("extra")
        if extra is not None:
            row["extra"] = extra
        properties = [key for key, item in vars(cls).items() if isinstance(item, property)]
        if properties:
            row["properties"] = properties
        decorators = cls.__pydantic_decorators__
        row["serializer"] = bool(decorators.model_serializers)
        if row["serializer"]:
            row.update(self._serializer_sets(name))
        recoded = {
            field for item in decorators.field_serializers.values() for field in item.info.fields
        }
        is_file = any(self._is_content(field) for field in cls.model_fields.values())
        row["fields"] = [
            self._field(key, field, is_file, key in recoded)
            for key, field in cls.model_fields.items()
        ]
        return row

    def _field(
        self,
        name: str,
        field: pydantic.fields.FieldInfo,
        is_file: bool,
        recoded: bool,
    ) -> Row:
        row: Row = {"name": name}
        if field.alias is not None:
            row["alias"] = field.alias
        row["type"] = str(self.annotations.describe(field.annotation))
        if field.is_required():
            row["required"] = True
        else:
            row["default"] = self.annotations.describe_value(field.default)
        if field.deprecated:
            row["deprecated"] = True
        if recoded:
            row["recoded"] = True
        row.update(self._place(name, field, is_file))
        return row

    def _metadata(self, field: pydantic.fields.FieldInfo) -> Any:
        for item in field.metadata:
            if isinstance(item, self.metadata.FieldMetadata):
                return item
        return None

    def _is_content(self, field: pydantic.fields.FieldInfo) -> bool:
        data = self._metadata(field)
        return bool(data and data.multipart and data.multipart.content)

    def _place(self, name: str, field: pydantic.fields.FieldInfo, is_file: bool) -> Row:
        """Where the field goes in a request."""
        data = self._metadata(field)
        if data is None:
            return {}
        if data.path or data.query or data.header:
            kind = "path" if data.path else "query" if data.query else "header"
            how = getattr(data, kind)
            if how.serialization is not None:
                raise TypeError(f"{name}: serialization is not foreseen")
            return {"place": kind, "style": how.style, "explode": how.explode}
        if data.request:
            return {"place": "body", "media_type": data.request.media_type}
        if data.security:
            return {
                "place": "security",
                "scheme": f"{data.security.scheme_type} {data.security.sub_type}",
                "header": data.security.field_name,
            }
        if data.form or not data.multipart or data.multipart.json:
            raise TypeError(f"{name}: form metadata is not foreseen")
        if not is_file:
            return {"place": "part_file" if data.multipart.file else "part"}
        if data.multipart.content:
            return {"place": "file_content"}
        return {"place": "file_type" if name == "content_type" else "file_name"}

    def _source(self, module: str) -> ast.Module:
        if module not in self._sources:
            full = f"{self.package.__name__}.{module}"
            text = inspect.getsource(sys.modules[full])
            self._sources[module] = ast.parse(text)
        return self._sources[module]

    def _serializer_sets(self, name: str) -> Row:
        """The two sets that a model's serializer compares keys with. They
        are constants in its body, so they are read from the source."""
        sets: Row = {}
        for node in ast.walk(self._class(name)):
            if not (isinstance(node, ast.Assign) and len(node.targets) == 1):
                continue
            target, value = node.targets[0], node.value
            if not isinstance(target, ast.Name) or not target.id.endswith("_fields"):
                continue
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "set":
                value = value.args[0]  # before release 5: just the list
            keys = ast.literal_eval(value)
            if target.id in ("optional_fields", "nullable_fields"):
                sets[target.id] = keys
            elif keys:
                raise TypeError(f"{name}: {target.id} is not foreseen")
        return sets

    def _class(self, name: str) -> ast.ClassDef:
        for node in self._source(self.module_of(name)).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                return node
        raise LookupError(f"no source of class {name}")

    def typed_dict_rows(self) -> list[Row]:
        """Every TypedDict, with the model it mirrors and its keys."""
        rows = []
        for name, cls in self.typed_dicts.items():
            model = name.removesuffix("TypedDict")
            if model not in self.models or model == name:
                raise TypeError(f"{name} mirrors no model")
            hints = typing_extensions.get_type_hints(cls, include_extras=True)
            keys = []
            for key, hint in hints.items():
                required = cls.__total__
                origin: Any = typing.get_origin(hint)
                if origin is typing_extensions.NotRequired:
                    hint, required = typing.get_args(hint)[0], False
                keys.append(
                    {
                        "name": key,
                        "type": str(self.annotations.describe(hint)),
                        "required": required,
                    }
                )
            rows.append(
                {
                    "name": name,
                    "module": self.module_of(name),
                    "mirrors": model,
                    **deprecation(cls),
                    "keys": keys,
                }
            )
        return rows

    def enum_rows(self) -> list[Row]:
        """Every enum with its members in order."""
        return [
            {
                "name": name,
                "module": self.module_of(name),
                "open": isinstance(cls, self._open_meta),
                "base": "int" if issubclass(cls, int) else "str",
                "members": [
                    {"name": key, "value": member.value} for key, member in cls.__members__.items()
                ],
            }
            for name, cls in self.enums.items()
        ]

    def union_rows(self) -> list[Row]:
        """Every union alias, those of TypedDicts included."""
        rows = []
        for name, what in self.unions.items():
            value = what.__value__ if isinstance(what, ALIAS_CLASSES) else what
            row: Row = {"name": name, "module": self.module_of(name)}
            if is_annotated(value):
                value, mark = typing.get_args(value)
                row["discriminator"] = self._discriminator(name, mark)
            row["variants"] = [self._variant(part) for part in typing.get_args(value)]
            rows.append(row)
        return rows

    def _discriminator(self, name: str, mark: Any) -> str:
        """The tag's name: the only text in the function that finds it."""
        code = mark.discriminator.__code__
        texts = {item for item in code.co_consts if isinstance(item, str)}
        if len(texts) != 1:
            raise TypeError(f"{name}: discriminator not understood: {texts}")
        return str(texts.pop())

    def _variant(self, part: Any) -> Row:
        if not is_annotated(part):
            return {"type": str(self.annotations.describe(part))}
        part, tag = typing.get_args(part)
        return {
            "type": str(self.annotations.describe(part)),
            "tag": tag.tag,
        }

    def alias_rows(self) -> list[Row]:
        """Second names of models, TypedDicts and unions."""
        return [{"name": name, "of": of} for name, of in self.aliases.items()]

    def error_data(self, name: str) -> str | None:
        """The type of an error's `data`, None where it has none."""
        cls = self.errors[name]
        note = vars(cls).get("__annotations__", {}).get("data")
        if note is None:
            return None
        data = vars(sys.modules[cls.__module__])[note]
        return str(self.annotations.describe(data))

    def error_rows(self) -> list[Row]:
        """Every exception class, with the model of its `data`."""
        rows = []
        for name, cls in self.errors.items():
            row: Row = {
                "name": name,
                "module": self.module_of(name),
                "base": cls.__bases__[0].__name__,
            }
            data = self.error_data(name)
            if data is not None:
                row["data"] = data
            rows.append(row)
        return rows


def is_annotated(annotation: Any) -> bool:
    """True for Annotated[...]."""
    return hasattr(annotation, "__metadata__")


def deprecation(cls: Any) -> Row:
    """The mark of a class that warns when it is called."""
    return {"deprecated": True} if hasattr(cls, "__deprecated__") else {}
