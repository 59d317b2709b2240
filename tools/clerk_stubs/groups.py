"""Stubs of the resource groups, such as `clerk_c.users`, and of the client that has them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from clerk_schema.notation import parse

from .annotate import HEAD, Annotator, Imports, default, files_of, twins_of

Row = dict[str, Any]

CORE = Path(__file__).with_name("core.pyi.in")
GROUPS_MARK = "    # the resource groups stand here\n"
IMPORTS_MARK = "# their imports stand here\n"


class GroupStubs:
    """The stubs of all groups."""

    def __init__(self, schema: Row) -> None:
        self._groups = schema["groups"]
        self._twins = twins_of(schema)
        self._files = files_of(schema)
        self._operations: dict[str, list[Row]] = defaultdict(list)
        for row in schema["operations"]:
            self._operations[row["group"]].append(row)

    def files(self) -> dict[str, str]:
        """All stubs by their path under clerk_c/."""
        made = {f"{row['module']}.pyi": self._group(row) for row in self._groups}
        made["_core.pyi"] = self._core()
        return made

    def _group(self, row: Row) -> str:
        stub = GroupStub(self._twins, self._files)
        return stub.render(row["class"], self._operations[row["attribute"]])

    def _core(self) -> str:
        """The stub of the C module: written by hand, but for the groups of a client."""
        text = CORE.read_text(encoding="utf-8")
        if text.count(GROUPS_MARK) != 1 or text.count(IMPORTS_MARK) != 1:
            raise ValueError(f"{CORE.name} lacks a mark")
        imports = [f"from .{row['module']} import {row['class']}\n" for row in self._groups]
        groups = [f"    {row['attribute']}: {row['class']}\n" for row in self._groups]
        text = text.replace(IMPORTS_MARK, "".join(sorted(imports)))
        return HEAD + text.replace(GROUPS_MARK, "".join(groups))


class GroupStub:
    """The stub of one group."""

    def __init__(self, twins: set[str], files: frozenset[str]) -> None:
        self._imports = Imports()
        self._use = self._imports.use
        self._write = Annotator(self._imports, twins, self._name, files)

    def _name(self, name: str) -> str:
        self._use("models", ".")
        return f"models.{name}"

    def render(self, class_name: str, operations: list[Row]) -> str:
        """The text of the stub."""
        base = self._use("Resource", "._core")
        mark = f'__all__ = ["{class_name}"]\n\n@{self._use("final")}\n'
        methods = [self._operation(row, twin) for row in operations for twin in (False, True)]
        body = f"{mark}class {class_name}({base}):\n" + "\n".join(methods)
        return f"{HEAD}{self._imports.render()}\n{body}"

    def _operation(self, row: Row, twin: bool) -> str:
        """An operation, or its asynchronous twin."""
        mark = ""
        name, definition = row["name"], "def"
        if twin:
            name, definition = f"{name}_async", "async def"
        if row["deprecated"]:
            mark = f'    @{self._use("deprecated")}("{name}() is deprecated")\n'
        parameters = [self._parameter(item) for item in row["parameters"]] + self._common()
        listed = "".join(f"        {text},\n" for text in parameters)
        result = "None" if row["result"] is None else self._write.full(parse(row["result"]))
        return (
            f"{mark}    {definition} {name}(\n        self,\n        *,\n"
            f"{listed}    ) -> {result}:\n"
            f'        """{row["method"]} {row["path"]}"""\n'
        )

    def _parameter(self, row: Row) -> str:
        text = f"{row['name']}: {self._write.full(parse(row['type']), either=True)}"
        return text if row.get("required") else f"{text} = {default(row['default'])}"

    def _common(self) -> list[str]:
        nullable = self._use("OptionalNullable", "clerk_c.types")
        retries = self._use("RetryConfig", "clerk_c.utils.retries")
        optional, mapping = self._use("Optional"), self._use("Mapping")
        return [
            f"retries: {nullable}[{retries}] = ...",
            f"server_url: {optional}[str] = None",
            f"timeout_ms: {optional}[int] = None",
            f"http_headers: {optional}[{mapping}[str, str]] = None",
        ]
