"""tools/adopt.py tells each kind of change, once, and writes only what it understands."""

from __future__ import annotations

import ast
import copy
import io
import json
import re
import subprocess
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from releases import CASES, NEW, SCHEMA_FILE, field, older, row, told

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def tools() -> Iterator[None]:
    sys.path.insert(0, str(ROOT / "tools"))
    yield
    sys.path.remove(str(ROOT / "tools"))


def compare(old: Any, new: Any) -> list[Any]:
    from clerk_schema.compare import compare

    return compare(old, new)


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_told_once(case: str) -> None:
    edit, expected = CASES[case]
    assert [told(change) for change in compare(older(edit), NEW)] == [expected]


def test_the_same_release_has_no_changes() -> None:
    assert compare(NEW, copy.deepcopy(NEW)) == []


def renamed(names: dict[str, str]) -> Any:
    """A release in which types had other names, everywhere."""
    text = json.dumps(NEW)
    for now, before in names.items():
        text = re.sub(rf"\b{now}(TypedDict)?\b", rf"{before}\1", text)
    return json.loads(text)


def test_a_renamed_type_is_one_change() -> None:
    """Not a removal, an addition and a new type for each field that holds it. PhoneNumberObject is
    reached through PhoneNumber alone, the way a generator renames: a whole branch at once."""
    names = {"PhoneNumber": "Telephone", "PhoneNumberObject": "TelephoneObject"}
    changes = compare(renamed(names), NEW)
    assert [(c.sign, c.before, c.after) for c in changes if c.breaking] == [
        ("renamed", "Telephone", "PhoneNumber"),
        ("renamed", "TelephoneObject", "PhoneNumberObject"),
    ]
    assert len(changes) == 2


def test_unlike_types_in_one_place_are_no_renaming() -> None:
    old = renamed({"PhoneNumber": "Telephone"})
    fields = row(old, "models", "Telephone")["fields"]
    for number, item in enumerate(fields):
        item["name"] = f"other_{number}"
    signs = {(c.kind, c.name, c.sign) for c in compare(old, NEW)}
    assert {("model", "Telephone", "removed"), ("model", "PhoneNumber", "added")} <= signs
    assert ("field", "phone_numbers", "changed") in signs  # User.phone_numbers


def test_tags_are_not_compared_with_a_release_that_has_none() -> None:
    def edit(schema: Any) -> None:
        for item in schema["operations"]:
            item["tags"] = []

    assert compare(older(edit), NEW) == []


# These take away what another case edits.
ALONE = ("group added", "operation added", "parameter now demanded", "field added", "member added")


def everything(schema: Any) -> None:
    for name, (edit, _) in CASES.items():
        if name not in ALONE:
            edit(schema)


def test_each_form_tells_every_change() -> None:
    from clerk_schema.report import Report

    old = older(everything)
    changes = compare(old, NEW)
    assert len(changes) > 30
    report = Report(old, NEW, changes)
    text, markdown = (" ".join(form.split()) for form in (report.text(), report.markdown()))
    document = json.loads(report.json())
    assert document["from"]["version"] == "6.9.0"
    assert [told(types.SimpleNamespace(**item)) for item in document["changes"]] == [
        told(change) for change in changes
    ]
    assert sum(sum(signs.values()) for signs in document["counts"].values()) == len(changes)
    assert document["breaking"] == report.breaking == sum(change.breaking for change in changes)
    assert f"{report.breaking} of {len(changes)} changes are breaking (!)." in text
    assert report.text().count("\n !") == report.breaking
    for change in changes:
        for shown in (text, markdown):
            assert change.name in shown and change.parent in shown
            if change.sign == "changed":
                assert f"{change.before}`" in markdown or change.kind == "outcome"
                assert f"{change.before} ->" in text and f"-> {change.after}" in text
    assert max(map(len, report.text().splitlines())) <= 100


# The command


def adopt(tree: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "tools/adopt.py", *words, "--tree", tree]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout that was built from 6.9.0, which had one field less in a model that is only
    read."""
    folder = tmp_path / "tree"
    (folder / "schema").mkdir(parents=True)
    old = older(CASES["field added"][0])
    (folder / "schema/clerk.json").write_text(json.dumps(old), encoding="utf-8")
    (folder / "pyproject.toml").write_text("a\n'sdk==6.9.0'\n'x==16.9.0'\n'x==6.9.0.1'\n")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def release(folder: Path, content: Any, failure: str = "") -> Path:
    """What stands for a Python with a release that holds this schema."""
    (folder / "new.json").write_text(json.dumps(content), encoding="utf-8")
    python = folder / "python"
    ending = f"echo '{failure}' >&2; exit 1" if failure else ""
    python.write_text(f'#!/bin/sh\ncp "{folder}/new.json" "$3"\n{ending}\n')
    python.chmod(0o755)
    return python


def test_adopting_the_installed_reference(tree: Path) -> None:
    done = adopt(tree, "7.0.0", "--python", sys.executable)
    assert (done.returncode, "6.9.0 -> 7.0.0" in done.stdout) == (0, True), done.stderr
    assert "+ created_at: int required" in done.stdout
    assert "0 of 1 changes are breaking" in done.stdout
    assert (tree / "schema/clerk.json").read_bytes() == SCHEMA_FILE.read_bytes()
    for made in ("build/generated/tables.c", "clerk_c/testing/interface.json", "clerk_c/users.pyi"):
        assert (tree / made).stat().st_size > 1000
    assert "Still to be raised by hand from 6.9.0:\npyproject.toml:2: 'sdk==6.9.0'" in done.stderr
    assert "pyproject.toml:3" not in done.stderr and "pyproject.toml:4" not in done.stderr


def test_a_breaking_release_is_adopted_and_ends_with_1(tree: Path, tmp_path: Path) -> None:
    new = copy.deepcopy(NEW)
    CASES["route"][0](new)
    field("Client", "updated_at", type="str")(new)
    done = adopt(tree, "7.0.0", "--markdown", "--python", release(tmp_path, new))
    assert done.returncode == 1, done.stderr
    assert "- `users.get`: route" in done.stdout
    adopted = json.loads((tree / "schema/clerk.json").read_text(encoding="utf-8"))
    assert adopted == new
    assert adopt(tree, "7.0.0", "--python", tmp_path / "python").stdout.endswith(
        "Nothing changed.\n"
    )


def test_looking_writes_nothing(tree: Path, tmp_path: Path) -> None:
    before = files(tree)
    done = adopt(tree, "7.0.0", "--dry-run", "--json", "--python", release(tmp_path, NEW))
    assert done.returncode == 0
    assert json.loads(done.stdout)["to"]["version"] == "7.0.0"
    assert files(tree) == before


def other_retries(schema: Any) -> None:
    schema["operations"][0]["retry_codes"] = ["429"]


def other_content(schema: Any) -> None:
    schema["operations"][0]["responses"][0]["content"] = "text/csv"


@pytest.mark.parametrize(
    ("edit", "version", "failure", "reason"),
    [
        (other_retries, "7.0.0", "", "the tables have no column for this: ValueError: "),
        (other_content, "7.0.0", "", "a response of type text/csv"),
        (lambda _: None, "7.1.0", "", "has 7.0.0, not 7.1.0"),
        (lambda _: None, "7.0.0", "TypeError: x", "7.0.0 is not understood: TypeError: x"),
    ],
)
def test_what_is_not_understood_changes_nothing(
    tree: Path,
    tmp_path: Path,
    edit: Callable[[Any], object],
    version: str,
    failure: str,
    reason: str,
) -> None:
    before = files(tree)
    python = release(tmp_path, older(lambda schema: (edit(schema), as_new(schema))), failure)
    done = adopt(tree, version, "--python", python)
    assert done.returncode == 2
    assert reason in done.stderr and done.stderr.splitlines()[-1].startswith("adopt: ")
    assert files(tree) == before


def as_new(schema: Any) -> None:
    schema["reference"]["version"] = "7.0.0"


def test_a_version_is_a_version(tree: Path) -> None:
    for version in ("../7", "7.0.0 --pre", "latest", ""):
        done = adopt(tree, version)
        assert (done.returncode, "is no version" in done.stderr) == (2, True)


# What older releases write otherwise

OLDER_METHOD = """
def get(self, *, ids: list, retries=None):
    request = Request(ids=ids)
    req = self._build_request(method="GET", path="/x", accept_header_value="*/*", request=request)
    http_res = self.do_request(
        hook_ctx=HookContext(operation_id="Get"),
        request=req,
        error_status_codes=["400", "404", "4XX", "500", "5XX", "302"],
    )
    if utils.match_response(http_res, "200", "*"):
        return None
"""


def test_methods_of_older_releases() -> None:
    """No tags; error statuses listed one by one; lists passed on as they are."""
    from clerk_schema.annotations import Annotations
    from clerk_schema.operations import Operation

    module = types.ModuleType("older")
    module.__dict__["Request"] = type("Request", (), {})
    exec(OLDER_METHOD, vars(module))
    (node,) = ast.parse(OLDER_METHOD).body
    assert isinstance(node, ast.FunctionDef)
    ids = {"name": "ids", "type": "list[str]", "place": "query"}
    models: Any = types.SimpleNamespace(
        annotations=Annotations(type), fields_of={"Request": {"ids": ids}}.get
    )
    models.annotations.name(vars(module)["Request"], "model", "Request")
    found = Operation(module, vars(module)["get"], node, models).row()
    assert found["tags"] == []
    assert found["error_codes"] == ["4XX", "5XX", "302"]
    assert [(item["name"], item["uncoerced"]) for item in found["parameters"]] == [("ids", True)]


def test_file_contents_of_older_releases() -> None:
    from clerk_schema.annotations import Annotations

    for kind in (io.IOBase, io.BufferedReader):
        union = typing.Union[bytes, IO[bytes], kind]  # noqa: UP007
        assert str(Annotations(type).describe(union)) == "content"
    with pytest.raises(TypeError):
        Annotations(type).describe(typing.Union[bytes, IO[bytes], io.StringIO])  # noqa: UP007
