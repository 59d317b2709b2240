"""Types of the schema as annotations, and the imports that a stub needs for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from clerk_schema.notation import Type

HEAD = "# Made by tools/stubs.py from schema/clerk.json: not to be edited.\n"

# Names that annotations use, by the module that they come from.
SOURCES = {
    "datetime": ("date", "datetime"),
    "enum": ("Enum",),
    "io": ("IOBase",),
    "os": ("PathLike",),
    "typing": (
        "IO", "Any", "AsyncIterable", "Dict", "Iterable", "List", "Literal", "Mapping", "Optional",
        "Sequence", "Union",
    ),
    "typing_extensions": ("NotRequired", "TypeAlias", "TypedDict", "deprecated", "final"),
}
ORIGIN = {name: module for module, names in SOURCES.items() for name in names}


class Imports:
    """What one stub imports, collected while its text is made."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}

    def use(self, name: str, module: str = "") -> str:
        """The name, imported from `module` or from where annotations have it."""
        self._names.setdefault(module or ORIGIN[name], set()).add(name)
        return name

    def taken(self) -> set[str]:
        """All names that the stub imports."""
        return set().union(*self._names.values())

    def render(self) -> str:
        """The import statements: absolute ones, then relative ones."""
        modules = sorted(self._names, key=lambda module: (module.startswith("."), module))
        return "".join(
            f"from {module} import {', '.join(sorted(self._names[module]))}\n" for module in modules
        )


class Annotator:
    """Writes types for one stub.

    `name` turns the name of an export of clerk_c.models into what the stub calls it. `files` are
    the models for which an Upload is taken.
    """

    def __init__(
        self,
        imports: Imports,
        twins: set[str],
        name: Callable[[str], str],
        files: frozenset[str] = frozenset(),
    ) -> None:
        self._use = imports.use
        self._twins = twins
        self._name = name
        self._files = files

    def bare(self, what: Type, typed: bool = False) -> str:
        """A type without its None and UNSET; models by their TypedDicts where `typed`."""
        if what.kind in ("str", "int", "float", "bool"):
            return what.kind
        if what.kind in ("datetime", "date"):
            return self._use(what.kind)
        if what.kind == "any":
            return self._use("Any")
        if what.kind == "content":
            generic = [f"{self._use(name)}[bytes]" for name in ("IO", "Iterable", "AsyncIterable")]
            path, upload = f"{self._use('PathLike')}[str]", self._use("Upload", "clerk_c._upload")
            parts = ["bytes", *generic, self._use("IOBase"), path, upload]
            return f"{self._use('Union')}[{', '.join(parts)}]"
        if what.kind == "const":
            return f"{self._use('Literal')}[{json.loads(what.name)!r}]"
        if what.kind in ("enum", "model", "union"):
            twin = f"{what.name}TypedDict"
            return self._name(twin if typed and twin in self._twins else what.name)
        if what.item is None:
            raise ValueError(f"no annotation for {what}")
        item = self.bare(what.item, typed)
        if what.item.null:
            item = f"{self._use('Optional')}[{item}]"
        return self._use("List") + f"[{item}]" if what.kind == "list" else self._dict(item)

    def _dict(self, item: str) -> str:
        return f"{self._use('Dict')}[str, {item}]"

    def _either(self, what: Type) -> str:
        text, twin = self.bare(what), self.bare(what, typed=True)
        if text == twin:
            return text
        if what.item is not None and what.kind == "list":
            # Not List, which would take neither a list of models nor one of TypedDicts.
            return f"{self._use('Sequence')}[{self._either(what.item)}]"
        upload = f", {self._use('Upload', 'clerk_c._upload')}" if what.name in self._files else ""
        return f"{self._use('Union')}[{text}, {twin}{upload}]"

    def full(self, what: Type, either: bool = False) -> str:
        """A type with its None and UNSET; with `either`, TypedDicts are taken for models."""
        text = self._either(what) if either else self.bare(what)
        if what.unset:
            return f"{self._use('OptionalNullable', 'clerk_c.types')}[{text}]"
        return f"{self._use('Optional')}[{text}]" if what.null else text


def default(value: Any) -> str:
    """A default as a stub shows it: what is no plain value is left out."""
    return "..." if isinstance(value, dict) else repr(value)


def exported(names: Iterable[str]) -> str:
    """The statement that lists what a stub exports."""
    return f"__all__ = [\n{''.join(f'    {name!r},{chr(10)}' for name in sorted(names))}]\n"


def files_of(schema: dict[str, Any]) -> frozenset[str]:
    """Names of the models that describe a file to upload."""
    return frozenset(
        row["name"]
        for row in schema["models"]
        if any(field["type"] == "content" for field in row["fields"])
    )


def twins_of(schema: dict[str, Any]) -> set[str]:
    """Names of all TypedDicts, and of unions of them."""
    names = {row["name"] for row in schema["typed_dicts"]}
    return names | {row["name"] for row in schema["unions"] if row["name"].endswith("TypedDict")}
