"""Each operation row against the reference at work: what it sends when every
parameter is given, and what it makes of each documented answer."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from clerk_backend_api import Clerk, models

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from clerk_schema.notation import Type, parse  # noqa: E402

SCHEMA: dict[str, Any] = json.loads((ROOT / "schema/clerk.json").read_text(encoding="utf-8"))
MODELS = {row["name"]: row for row in SCHEMA["models"]}
ENUMS = {row["name"]: row for row in SCHEMA["enums"]}
UNIONS = {row["name"]: row for row in SCHEMA["unions"]}
SCALARS: dict[str, Any] = {
    "str": "text",
    "int": 7,
    "float": 1.5,
    "bool": True,
    "datetime": "2024-02-29T12:30:00Z",
    "date": "2024-02-29",
    "any": "anything",
    "content": "file content",
}

Row = dict[str, Any]


def sample(what: Type) -> Any:
    """JSON that fits a type, with every field of every model present."""
    if what.kind in SCALARS:
        return SCALARS[what.kind]
    if what.kind == "const":
        return json.loads(what.name)
    if what.kind == "enum":
        return ENUMS[what.name]["members"][0]["value"]
    if what.kind == "union":
        union = UNIONS[what.name]
        value = sample(parse(union["variants"][0]["type"]))
        if "discriminator" in union:
            assert value[union["discriminator"]] == union["variants"][0]["tag"]
        return value
    if what.kind == "model":
        return {
            wire_name(field): sample(parse(field["type"])) for field in MODELS[what.name]["fields"]
        }
    assert what.item is not None
    return [sample(what.item)] if what.kind == "list" else {"key": sample(what.item)}


def wire_name(row: Row) -> str:
    name: str = row.get("alias", row.get("wire_name", row["name"]))
    return name


class Stage:
    """The reference's client over a transport that answers as told."""

    def __init__(self) -> None:
        self.request: httpx.Request | None = None
        self.context: Any = None
        self.answer: Callable[[], httpx.Response] = lambda: httpx.Response(500)
        self.clerk = Clerk(
            bearer_auth="sk_test_x",
            client=httpx.Client(transport=httpx.MockTransport(self._handle)),
        )
        hooks = self.clerk.sdk_configuration.__dict__["_hooks"]
        hooks.register_before_request_hook(self)

    def before_request(self, context: Any, request: httpx.Request) -> httpx.Request:
        self.context = context
        return request

    def _handle(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.request = request
        return self.answer()

    def call(self, row: Row) -> Any:
        method = getattr(getattr(self.clerk, row["group"]), row["name"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            given = {p["name"]: sample(parse(p["type"])) for p in row["parameters"]}
            return method(**given, retries=None)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


def operations() -> list[Any]:
    return [pytest.param(row, id=f"{row['group']}.{row['name']}") for row in SCHEMA["operations"]]


def request_fields(row: Row, place: str) -> list[Row]:
    """Everything that goes to one place: parameters, and the fields of the
    model that the parameter `request` takes."""
    found = [p for p in row["parameters"] if p["place"] == place]
    if any(p["place"] == "request" for p in row["parameters"]):
        what = parse(row["request"])
        if what.kind == "model":
            found += [f for f in MODELS[what.name]["fields"] if f.get("place") == place]
    return found


def expected_query(row: Row) -> list[tuple[str, str]]:
    pairs = []
    for field in request_fields(row, "query"):
        value = sample(parse(field["type"]))
        for item in value if isinstance(value, list) else [value]:
            pairs.append((wire_name(field), json.dumps(item).strip('"')))
    return sorted(pairs)


def expected_body(row: Row) -> Any:
    """The JSON body, or the names of the parts of a multipart one."""
    for parameter in row["parameters"]:
        if parameter["place"] in ("body", "request"):
            return sample(parse(parameter["type"]))
    fields = [p for p in row["parameters"] if p["place"] == "body_field"]
    assert {p["field"].split(".")[0] for p in fields} <= {parse(row["body"]["type"]).name}
    return {wire_name(p): sample(parse(p["type"])) for p in fields}


@pytest.mark.parametrize("row", operations())
def test_request(stage: Stage, row: Row) -> None:
    with pytest.raises(models.SDKError):
        stage.call(row)
    request = stage.request
    assert request is not None
    assert request.method == row["method"]
    path = re.sub(r"\{(\w+)\}", lambda match: path_values(row)[match[1]], row["path"])
    assert request.url.path == "/v1" + path
    assert sorted(request.url.params.multi_items()) == expected_query(row)
    assert request.headers["accept"] == row["accept"]
    assert ("authorization" in request.headers) == row["security"]
    assert stage.context.operation_id == row["operation_id"]
    assert stage.context.tags == row["tags"]
    check_body(request, row)


def path_values(row: Row) -> dict[str, str]:
    return {wire_name(p): str(sample(parse(p["type"]))) for p in request_fields(row, "path")}


def check_body(request: httpx.Request, row: Row) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0]
    if row["body"] is None:
        assert (kind, request.content) == ("", b"")
    elif row["body"]["kind"] == "json":
        assert kind == "application/json"
        assert json.loads(request.content) == expected_body(row)
    else:
        assert kind == "multipart/form-data"
        names = re.findall(rb'form-data; name="([^"]*)"', request.content)
        assert {name.decode() for name in names} == set(expected_body(row))
        assert b"\r\n\r\nfile content\r\n" in request.content


def statuses(row: Row) -> list[tuple[int, Row]]:
    """Each status that a row of responses names; one unnamed for a class."""
    named = {s for response in row["responses"] for s in response["status"]}
    found = []
    for response in row["responses"]:
        for status in response["status"]:
            number = int(status.replace("XX", "77"))
            assert str(number) not in named or not status.endswith("XX")
            found.append((number, response))
    return found


def make_answer(status: int, response: Row) -> httpx.Response:
    if response["content"] == "*":
        return httpx.Response(status, text="plain words")
    data = response.get("type")
    if response["outcome"] == "error":
        (error,) = [e for e in SCHEMA["errors"] if e["name"] == response["error"]]
        data = error["data"]
    return httpx.Response(status, json=sample(parse(data)))


@pytest.mark.parametrize("row", operations())
def test_responses(stage: Stage, row: Row) -> None:
    seen: set[int] = set()
    for status, response in statuses(row):
        if status in seen:
            continue  # an earlier row takes it
        seen.add(status)
        stage.answer = lambda s=status, r=response: make_answer(s, r)
        if response["outcome"] in ("json", "none"):
            check_result(stage.call(row), response)
            assert row["result"] == response.get("type")
            continue
        error = response.get("error", "SDKError")
        with pytest.raises(getattr(models, error)) as caught:
            stage.call(row)
        assert type(caught.value).__name__ == error
        if response["outcome"] == "sdk_error":
            assert caught.value.message.startswith("API error occurred: Status ")


@pytest.mark.parametrize("row", operations())
def test_undocumented_status(stage: Stage, row: Row) -> None:
    """299 stands in no row: the reference takes only what the rows name."""
    stage.answer = lambda: httpx.Response(299, json={})
    with pytest.raises(models.SDKError, match=r"^Unexpected response received: "):
        stage.call(row)


def check_result(value: Any, response: Row) -> None:
    if response["outcome"] == "none":
        assert value is None
        return
    what = parse(response["type"])
    if what.kind == "list":
        assert len(value) == 1
        value, what = value[0], what.item or what
    names = [what.name]
    if what.kind == "union":
        names = [v["type"].partition(":")[2] for v in UNIONS[what.name]["variants"]]
    assert type(value).__name__ in names
