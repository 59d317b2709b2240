"""Stubs of `clerk_c.models` and its submodules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from clerk_schema.notation import Type, parse

from .annotate import HEAD, Annotator, Imports, default, exported, twins_of

Row = dict[str, Any]

# Written by hand in clerk_c/models/_errors.py; the schema has no more than their names.
ROOT_ERRORS = {"ClerkBaseError", "NoResponseError", "ResponseValidationError", "SDKError"}


class ModelStubs:
    """The stubs of all modules of models."""

    def __init__(self, schema: Row) -> None:
        self._schema = schema
        self._twins = twins_of(schema)
        self._home: dict[str, str] = {}
        self._rows: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        for kind in ("enums", "typed_dicts", "models", "unions", "errors"):
            for row in schema[kind]:
                self._home[row["name"]] = row["module"]
                self._rows[row["module"]].append((kind, row))
        for row in schema["aliases"]:
            module = self._home[row["of"]]
            self._home[row["name"]] = module
            self._rows[module].append(("aliases", row))

    def files(self) -> dict[str, str]:
        """All stubs by their path under clerk_c/."""
        made = {
            f"models/{module}.pyi": ModuleStub(self._home, self._twins, module).render(rows)
            for module, rows in self._rows.items()
        }
        made["models/__init__.pyi"] = self._package()
        return made

    def _package(self) -> str:
        names = defaultdict(list)
        for name, module in sorted(self._home.items()):
            names[module].append(name)
        lines = [HEAD]
        for module in sorted(names):
            listed = "".join(f"    {name},\n" for name in names[module])
            lines.append(f"from .{module} import (\n{listed})\n")
        return "".join([*lines, "\n", exported(self._home)])


class ModuleStub:
    """The stub of one module."""

    def __init__(self, home: dict[str, str], twins: set[str], module: str) -> None:
        self._home = home
        self._module = module
        self._imports = Imports()
        self._use = self._imports.use
        self._write = Annotator(self._imports, twins, self._name)

    def _name(self, name: str) -> str:
        if self._home[name] != self._module:
            self._use(name, f".{self._home[name]}")
        return name

    def render(self, rows: list[tuple[str, Row]]) -> str:
        """The text of the stub."""
        makers: dict[str, Callable[[Row], str]] = {
            "enums": self._enum,
            "typed_dicts": self._typed_dict,
            "models": self._model,
            "unions": self._union,
            "errors": self._error,
            "aliases": lambda row: f"{row['name']} = {row['of']}\n",
        }
        body = "\n".join(filter(None, (makers[kind](row) for kind, row in rows)))
        clash = self._imports.taken() & {row["name"] for _, row in rows} - ROOT_ERRORS
        if clash:
            raise ValueError(f"{self._module}: names of types hide {clash}")
        names = exported(row["name"] for _, row in rows)
        return "\n".join(filter(None, (HEAD + self._imports.render(), names, body)))

    def _enum(self, row: Row) -> str:
        bases = f"{row['base']}, {self._use('Enum')}"
        if row["open"]:
            bases += f", metaclass={self._use('OpenEnumMeta', 'clerk_c.utils.enums')}"
        members = [f"    {item['name']} = {item['value']!r}\n" for item in row["members"]]
        return f"class {row['name']}({bases}):\n{''.join(members)}"

    def _typed_dict(self, row: Row) -> str:
        head = f"class {row['name']}({self._use('TypedDict')}):\n"
        keys = [self._key(item) for item in row["keys"]]
        return self._deprecated(row) + head + ("".join(keys) or "    pass\n")

    def _key(self, row: Row) -> str:
        text = self._write.full(parse_typed(row["type"]))
        if not row["required"]:
            text = f"{self._use('NotRequired')}[{text}]"
        return f"    {row['name']}: {text}\n"

    def _model(self, row: Row) -> str:
        head = f"class {row['name']}({self._use('BaseModel', 'clerk_c.types')}):\n"
        fields = [self._field(item) for item in row["fields"]]
        for name in row.get("properties", ()):
            # Both faces of the property; only models that keep unknown members have it.
            any_dict = f"{self._use('Dict')}[str, {self._use('Any')}]"
            fields.append(f"    @property\n    def {name}(self) -> {any_dict}: ...\n")
            fields.append(f"    @{name}.setter\n")
            fields.append(f"    def {name}(self, value: {any_dict}) -> None: ...\n")
        return self._deprecated(row) + head + ("".join(fields) or "    pass\n")

    def _field(self, row: Row) -> str:
        text = f"    {row['name']}: {self._write.full(parse(row['type']))}"
        return text + ("\n" if row.get("required") else f" = {default(row['default'])}\n")

    def _deprecated(self, row: Row) -> str:
        if not row.get("deprecated"):
            return ""
        return f'@{self._use("deprecated")}("{row["name"]} is deprecated")\n'

    def _union(self, row: Row) -> str:
        parts = [self._write.bare(parse_typed(item["type"])) for item in row["variants"]]
        alias, union = self._use("TypeAlias"), self._use("Union")
        return f"{row['name']}: {alias} = {union}[{', '.join(parts)}]\n"

    def _error(self, row: Row) -> str:
        name = row["name"]
        if name in ROOT_ERRORS:
            self._use(name, "._errors")
            return ""
        data = self._write.full(parse(row["data"]))
        response = self._use("Response", "clerk_c._core")
        return (
            f"class {name}({self._use(row['base'], '._errors')}):\n"
            f"    data: {data}\n"
            f"    def __init__(\n"
            f"        self,\n"
            f"        data: {data},\n"
            f"        raw_response: {response},\n"
            f"        body: {self._use('Optional')}[str] = None,\n"
            f"    ) -> None: ...\n"
        )


def parse_typed(text: str) -> Type:
    """A type in which TypedDicts may occur, which are exports like models."""
    return parse(text.replace("typed:", "model:"))
