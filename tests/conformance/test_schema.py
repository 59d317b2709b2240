"""schema/clerk.json says of the installed reference what is so.

Everything here looks at the reference by a way of its own, not through
tools/extract.py; only the last test runs that program.
"""

from __future__ import annotations

import ast
import enum
import inspect
import json
import subprocess
import sys
import typing
import warnings
from pathlib import Path
from typing import Any

import clerk_backend_api
import pydantic
import pytest
import typing_extensions
from clerk_backend_api import models
from clerk_backend_api.types import UNSET
from clerk_backend_api.utils.enums import OpenEnumMeta

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "schema/clerk.json").read_text(encoding="utf-8"))
COMMON = ["retries", "server_url", "timeout_ms", "http_headers"]
EXPORTS = {name: getattr(models, name) for name in models.__all__}


def by_name(section: str) -> dict[str, dict[str, Any]]:
    rows = {row["name"]: row for row in SCHEMA[section]}
    assert len(rows) == len(SCHEMA[section])
    return rows


def exported(base: type) -> dict[str, Any]:
    return {
        name: what
        for name, what in EXPORTS.items()
        if isinstance(what, type) and issubclass(what, base)
    }


def decoded(value: Any) -> Any:
    """A default of the schema as the reference has it."""
    if value == {"unset": True}:
        return UNSET
    if isinstance(value, dict) and "model" in value:
        return EXPORTS[value["model"]]()
    if isinstance(value, dict):
        name, member = value["member"].split(".")
        return EXPORTS[name][member]
    return value


def same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and left == right


def test_counts() -> None:
    """The sizes that users of 7.0.0 can count, second names included."""
    assert SCHEMA["reference"]["version"] == clerk_backend_api.__version__ == "7.0.0"
    aliases = [row["name"] for row in SCHEMA["aliases"]]
    typed_aliases = [name for name in aliases if typing_extensions.is_typeddict(EXPORTS[name])]
    model_aliases = [name for name in aliases if name in exported(pydantic.BaseModel)]
    union_aliases = set(aliases) - set(typed_aliases) - set(model_aliases)
    assert len(SCHEMA["groups"]) == 43
    assert len(SCHEMA["operations"]) == 237
    assert len(SCHEMA["models"]) + len(model_aliases) == 676
    assert len(SCHEMA["typed_dicts"]) + len(typed_aliases) == 640
    assert len(SCHEMA["unions"]) + len(union_aliases) == 28
    assert len(SCHEMA["enums"]) == 233
    assert sum(row["open"] for row in SCHEMA["enums"]) == 11
    assert len(SCHEMA["errors"]) == 40


def test_every_export_is_there_once() -> None:
    names = [
        row["name"]
        for section in ("models", "typed_dicts", "enums", "unions", "aliases", "errors")
        for row in SCHEMA[section]
    ]
    assert sorted(names) == sorted(EXPORTS)


def test_aliases_are_the_same_objects() -> None:
    for row in SCHEMA["aliases"]:
        assert EXPORTS[row["name"]] is EXPORTS[row["of"]]


def test_modules() -> None:
    for section in ("models", "typed_dicts", "enums", "errors"):
        for row in SCHEMA[section]:
            module = EXPORTS[row["name"]].__module__
            assert module == f"clerk_backend_api.models.{row['module']}"


def test_groups() -> None:
    with clerk_backend_api.Clerk(bearer_auth="sk_test_x") as clerk:
        for row in SCHEMA["groups"]:
            resource = type(getattr(clerk, row["attribute"]))
            assert resource.__name__ == row["class"]
            assert resource.__module__ == f"clerk_backend_api.{row['module']}"


def methods(group: dict[str, Any]) -> dict[str, Any]:
    module = sys.modules[f"clerk_backend_api.{group['module']}"]
    cls = vars(module)[group["class"]]
    return {name: item for name, item in vars(cls).items() if inspect.isfunction(item)}


@pytest.mark.parametrize("group", SCHEMA["groups"], ids=lambda row: row["attribute"])
def test_signatures(group: dict[str, Any]) -> None:
    with clerk_backend_api.Clerk(bearer_auth="sk_test_x") as clerk:
        getattr(clerk, group["attribute"])
    found = methods(group)
    rows = [row for row in SCHEMA["operations"] if row["group"] == group["attribute"]]
    assert [row["name"] for row in rows] == [n for n in found if not n.endswith("_async")]
    for row in rows:
        assert inspect.iscoroutinefunction(inspect.unwrap(found[row["name"] + "_async"]))
        for name in (row["name"], row["name"] + "_async"):
            check_signature(row, inspect.signature(found[name]))
            assert row["deprecated"] == hasattr(found[name], "__deprecated__")


def check_signature(row: dict[str, Any], signature: inspect.Signature) -> None:
    parameters = list(signature.parameters.values())[1:]
    own = parameters[: -len(COMMON)]
    assert [p.name for p in parameters[len(own) :]] == COMMON
    assert [p.name for p in own] == [p["name"] for p in row["parameters"]]
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters)
    for parameter, fact in zip(own, row["parameters"], strict=True):
        required = parameter.default is parameter.empty
        assert fact.get("required", False) == required
        assert ("default" in fact) != required
        if not required:
            assert same(decoded(fact["default"]), parameter.default)
        if parameter.annotation in (str, int, bool, float):
            assert fact["type"] == parameter.annotation.__name__


def test_models() -> None:
    rows = by_name("models")
    distinct = {cls.__name__: cls for cls in exported(pydantic.BaseModel).values()}
    assert set(rows) == set(distinct)
    with_serializer = 0
    for name, cls in distinct.items():
        row = rows[name]
        assert row.get("extra") == cls.model_config.get("extra")
        assert row["serializer"] == ("serialize_model" in vars(cls))
        with_serializer += row["serializer"]
        check_fields(row, cls)
    second = sum(rows[a["of"]]["serializer"] for a in SCHEMA["aliases"] if a["of"] in rows)
    assert with_serializer + second == 357


def check_fields(row: dict[str, Any], cls: type[pydantic.BaseModel]) -> None:
    assert [field["name"] for field in row["fields"]] == list(cls.model_fields)
    for fact in row["fields"]:
        field = cls.model_fields[fact["name"]]
        assert fact.get("alias") == field.alias
        assert fact.get("required", False) == field.is_required()
        assert fact.get("deprecated", False) == bool(field.deprecated)
        if not field.is_required():
            assert same(decoded(fact["default"]), field.default)


def test_serializers_keep_what_the_two_sets_say() -> None:
    """A model's own serializer, given nothing but None, shows by what it
    keeps which keys are in its sets: for fields never set, and set."""
    for row in SCHEMA["models"]:
        cls = EXPORTS[row["name"]]
        values = {field["name"]: None for field in row["fields"]}
        keys = [field.get("alias") or field["name"] for field in row["fields"]]
        optional, nullable = row.get("optional_fields", []), row.get("nullable_fields", [])
        if not row["serializer"]:
            assert optional == nullable == []
            continue
        required = [key for key in keys if key not in optional]
        kept = [key for key in keys if key in required or key in nullable]
        assert kept_by_serializer(cls, values, set()) == required
        assert kept_by_serializer(cls, values, set(values)) == kept


def kept_by_serializer(cls: Any, values: dict[str, None], fields_set: set[str]) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        instance = cls.model_construct(_fields_set=fields_set, **values)
    return list(cls.serialize_model(instance, lambda _: dict(values)))


def test_deprecated_classes() -> None:
    """They carry the mark; making an instance of such a model warns."""
    rows = [*SCHEMA["models"], *SCHEMA["typed_dicts"]]
    marked = {row["name"] for row in rows if row.get("deprecated", False)}
    assert marked == {n for n, what in EXPORTS.items() if hasattr(what, "__deprecated__")}
    for name in marked & set(by_name("models")):
        with pytest.warns(DeprecationWarning, match="DEPRECATED"):
            EXPORTS[name].model_construct()


SIMPLE = {"str", "int", "float", "bool", "datetime", "date"}
CONTENT = "Union[bytes, IO[bytes], io.IOBase]"


def notation_of(node: ast.expr) -> str:
    """The notation of an annotation as it is written in the reference."""
    text = ast.unparse(node)
    if text == CONTENT:
        return "content"
    if isinstance(node, ast.Name):
        return notation_of_name(node.id)
    assert isinstance(node, ast.Subscript), text
    first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
    kind = ast.unparse(node.value)
    if kind == "Annotated":
        return notation_of(first)
    if kind == "Literal":
        return "const:" + json.dumps(ast.literal_eval(first))
    if kind == "Dict":
        assert isinstance(node.slice, ast.Tuple)
        return f"dict[{notation_of(node.slice.elts[1])}]"
    marks = {"Optional": "|null", "Nullable": "|null", "OptionalNullable": "|null|unset"}
    if kind == "List":
        return f"list[{notation_of(first)}]"
    return notation_of(first) + marks[kind]


def notation_of_name(name: str) -> str:
    if name in SIMPLE or name == "Any":
        return name.lower()
    name = {row["name"]: row["of"] for row in SCHEMA["aliases"]}.get(name, name)
    for section in ("models", "enums", "unions"):
        if any(row["name"] == name for row in SCHEMA[section]):
            return f"{section[:-1]}:{name}"
    raise LookupError(name)


def test_field_types_are_as_written() -> None:
    checked = 0
    for row in SCHEMA["models"]:
        (source,) = ast.parse(inspect.getsource(EXPORTS[row["name"]])).body
        assert isinstance(source, ast.ClassDef)
        written = {
            node.target.id: notation_of(node.annotation)
            for node in source.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        for private in ("model_config", "__pydantic_extra__"):
            written.pop(private, None)
        assert {field["name"]: field["type"] for field in row["fields"]} == written
        checked += len(written)
    assert checked > 3000


def test_enums() -> None:
    rows = by_name("enums")
    found = exported(enum.Enum)
    assert set(rows) == set(found)
    for name, cls in found.items():
        members = [(member["name"], member["value"]) for member in rows[name]["members"]]
        assert members == [(key, item.value) for key, item in cls.__members__.items()]
        assert rows[name]["open"] == (type(cls) is OpenEnumMeta)
        assert rows[name]["base"] == ("int" if issubclass(cls, int) else "str")


def test_fields_that_the_serializer_recodes_are_those_of_open_enums() -> None:
    opened = {f"enum:{row['name']}" for row in SCHEMA["enums"] if row["open"]}
    for row in SCHEMA["models"]:
        for field in row["fields"]:
            assert field.get("recoded", False) == (field["type"] in opened)


def test_typed_dicts() -> None:
    rows = by_name("typed_dicts")
    for name, row in rows.items():
        cls = EXPORTS[name]
        hints = typing_extensions.get_type_hints(cls, include_extras=True)
        required = {
            key: typing.get_origin(hint) is not typing_extensions.NotRequired
            for key, hint in hints.items()
        }
        assert cls.__total__
        assert [(k["name"], k["required"]) for k in row["keys"]] == list(required.items())
        assert EXPORTS[row["mirrors"]].__name__ + "TypedDict" == name


def test_unions() -> None:
    rows = by_name("unions")
    for name, row in rows.items():
        what = EXPORTS[name]
        what = getattr(what, "__value__", what)
        assert ("discriminator" in row) == hasattr(what, "__metadata__")
        parts = typing.get_args(typing.get_args(what)[0] if "discriminator" in row else what)
        found = []
        for part in parts:
            cls = typing.get_args(part)[0] if "discriminator" in row else part
            tag = part.__metadata__[0].tag if "discriminator" in row else None
            found.append((cls.__name__, tag))
            if tag is not None:
                probe = {row["discriminator"]: tag}
                assert what.__metadata__[0].discriminator(probe) == tag
        assert found == [(v["type"].partition(":")[2], v.get("tag")) for v in row["variants"]]


def test_errors() -> None:
    rows = by_name("errors")
    assert set(rows) == set(exported(Exception))
    for name, row in rows.items():
        hints = typing.get_type_hints(EXPORTS[name])
        data = hints.get("data")
        assert row.get("data") == (data and f"model:{data.__name__}")
        assert row["base"] == EXPORTS[name].__bases__[0].__name__


def test_extracting_again_gives_the_same_bytes(tmp_path: Path) -> None:
    output = tmp_path / "clerk.json"
    command = [sys.executable, str(ROOT / "tools/extract.py"), "--output", str(output)]
    subprocess.run(command, check=True, capture_output=True)
    assert output.read_bytes() == (ROOT / "schema/clerk.json").read_bytes()
