"""The generated C tables hold what schema/clerk.json says: compiled,
written back by test_schema_dump.c, and compared row by row."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "schema/clerk.json").read_text(encoding="utf-8"))
FLAGS = (
    "-std=c11 -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror"
    " -fsanitize=address,undefined -fno-sanitize-recover"
)
NAME_KINDS = ("models", "enums", "unions", "errors", "typed_dicts", "typed_dict_unions")

Row = dict[str, Any]


def generate(output: Path, schema: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools/generate.py"), "--output", str(output)]
    if schema is not None:
        command += ["--schema", str(schema)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def dumped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """The rows of the tables by kind, in table order."""
    compiler = shutil.which("cc")
    assert compiler is not None, "these tests need a C compiler"
    folder = tmp_path_factory.mktemp("tables")
    assert generate(folder / "tables.c").returncode == 0
    program = folder / "dump"
    source = Path(__file__).with_name("test_schema_dump.c")
    files = [str(source), str(folder / "tables.c")]
    include = f"-I{ROOT / 'csrc/core'}"
    command = [compiler, *FLAGS.split(), include, "-o", str(program), *files]
    subprocess.run(command, check=True)
    run = subprocess.run([program], capture_output=True, text=True, check=True)
    rows: dict[str, list[Row]] = {}
    for line in run.stdout.splitlines():
        row = json.loads(line)
        rows.setdefault(row.pop("kind"), []).append(row)
    return rows


def expected_field(model: Row, field: Row) -> Row:
    name = field["name"]
    row = {
        "name": name,
        "wire_name": field.get("alias", field.get("wire_name", name)),
        "type": field["type"],
        "place": field.get("place", ""),
        "required": field.get("required", False),
        "deprecated": field.get("deprecated", False),
        "optional": (field.get("alias") or name) in model.get("optional_fields", ()),
        "keep_null": (field.get("alias") or name) in model.get("nullable_fields", ()),
        "explode": field.get("explode", False),
    }
    row |= {key: field[key] for key in ("default", "field") if key in field}
    return row


def expected_responses(operation: Row) -> Iterator[Row]:
    for response in operation["responses"]:
        for status in response["status"]:
            row = {
                "status": int(status.removesuffix("XX")),
                "outcome": response["outcome"],
                "any_content": response["content"] == "*",
            }
            yield row | {key: response[key] for key in ("type", "error") if key in response}


def expected_operation(row: Row) -> Row:
    same = "name group method path operation_id accept deprecated security result tags"
    body = row["body"] or {}
    model = row["request"] or ""
    return {
        **{key: row[key] for key in same.split()},
        "body": body.get("kind", "none"),
        "body_type": body.get("type"),
        "body_required": body.get("required", False),
        "null_omitted": body.get("omitted_when_none", False),
        "request_model": model.removeprefix("model:").removesuffix("|null")
        if model.startswith("model:")
        else "",
        "parameters": [expected_field({}, field) for field in row["parameters"]],
        "responses": list(expected_responses(row)),
    }


def test_groups(dumped: dict[str, list[Row]]) -> None:
    assert dumped["groups"] == SCHEMA["groups"]


def test_operations(dumped: dict[str, list[Row]]) -> None:
    assert dumped["operations"] == [expected_operation(row) for row in SCHEMA["operations"]]


def test_models(dumped: dict[str, list[Row]]) -> None:
    assert dumped["models"] == [
        {
            "name": row["name"],
            "module": row["module"],
            "serializer": row["serializer"],
            "extra": "extra" in row,
            "deprecated": row.get("deprecated", False),
            "fields": [expected_field(row, field) for field in row["fields"]],
        }
        for row in SCHEMA["models"]
    ]


def test_enums(dumped: dict[str, list[Row]]) -> None:
    assert dumped["enums"] == [
        {
            "name": row["name"],
            "module": row["module"],
            "open": row["open"],
            "int": row["base"] == "int",
            "members": [
                {"name": member["name"], "text": member["value"], "number": 0}
                for member in row["members"]
            ],
        }
        for row in SCHEMA["enums"]
    ]


def of_models(union: Row) -> bool:
    return all(variant["type"].startswith("model:") for variant in union["variants"])


def test_unions(dumped: dict[str, list[Row]]) -> None:
    assert dumped["unions"] == [
        {
            "name": row["name"],
            "module": row["module"],
            "discriminator": row.get("discriminator", ""),
            "open": False,
            "variants": [{"tag": "", **variant} for variant in row["variants"]],
        }
        for row in SCHEMA["unions"]
        if of_models(row)
    ]


def test_errors(dumped: dict[str, list[Row]]) -> None:
    keys = ("name", "module", "data")
    assert dumped["errors"] == [
        {key: row[key] for key in keys if key in row} for row in SCHEMA["errors"]
    ]


def test_names(dumped: dict[str, list[Row]]) -> None:
    """All exports, each with its kind and row, in strictly rising order."""
    expected = {
        row["name"]: (kind, row.get("mirrors", row["name"]))
        for kind in ("models", "enums", "errors", "typed_dicts")
        for row in SCHEMA[kind]
    }
    for row in SCHEMA["unions"]:
        kind = "unions" if of_models(row) else "typed_dict_unions"
        expected[row["name"]] = (kind, row["name"].removesuffix("TypedDict"))
    expected |= {row["name"]: expected[row["of"]] for row in SCHEMA["aliases"]}
    found = {row["name"]: (NAME_KINDS[row["as"]], row["row"]) for row in dumped["names"]}
    assert found == expected
    assert all(row["rises"] for row in dumped["names"])


def test_output_depends_on_the_schema_alone(tmp_path: Path) -> None:
    """The same bytes from two places and two hash seeds; and a second run
    leaves the file as it is."""
    outputs = [tmp_path / "a" / "tables.c", tmp_path / "b" / "other.c"]
    for seed, output in enumerate(outputs):
        subprocess.run(
            [sys.executable, str(ROOT / "tools/generate.py"), "--output", str(output)],
            check=True,
            cwd=tmp_path,
            env={"PYTHONHASHSEED": str(seed)},
        )
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    before = outputs[0].stat()
    assert generate(outputs[0]).returncode == 0
    after = outputs[0].stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_changed_schema_changes_the_tables(tmp_path: Path) -> None:
    output, schema = tmp_path / "tables.c", tmp_path / "clerk.json"
    assert generate(output).returncode == 0
    before = output.read_text(encoding="utf-8")
    changed = json.loads(json.dumps(SCHEMA))
    changed["operations"][0]["path"] = '/a"b\\c??/é'
    schema.write_text(json.dumps(changed), encoding="utf-8")
    assert generate(output, schema).returncode == 0
    after = output.read_text(encoding="utf-8")
    assert before != after
    assert '"/a\\042b\\134c\\077\\077/\\303\\251\\0"' in after


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("operations", "retry_codes", ["429"], "other retry codes"),
        ("operations", "error_codes", [], "other error codes"),
        ("models", "extra", "forbid", "extra=forbid"),
    ],
)
def test_what_the_tables_cannot_hold_is_refused(
    tmp_path: Path, section: str, key: str, value: Any, words: str
) -> None:
    changed = json.loads(json.dumps(SCHEMA))
    changed[section][0][key] = value
    schema = tmp_path / "clerk.json"
    schema.write_text(json.dumps(changed), encoding="utf-8")
    run = generate(tmp_path / "tables.c", schema)
    assert run.returncode != 0
    assert words in run.stderr
    assert not (tmp_path / "tables.c").exists()


def test_generating_needs_only_the_standard_library(tmp_path: Path) -> None:
    script, output = ROOT / "tools/generate.py", tmp_path / "tables.c"
    command = [sys.executable, "-I", "-S", str(script), "--output", str(output)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
