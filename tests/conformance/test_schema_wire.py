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
sys.path.append(str(ROOT / "tools"))  # has a generate.py, too

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
    return [sample(what.item)] * 2 if what.kind == "list" else {"key": sample(what.item)}


def wire_name(row: Row) -> str:
    name: str = row["name"]
    for key in ("alias", "wire_name"):
        name = row.get(key, name)
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

    def call(self, row: Row, **given: Any) -> Any:
        """Call the operation with samples, save for what is given."""
        method = getattr(getattr(self.clerk, row["group"]), row["name"])
        for parameter in row["parameters"]:
            given.setdefault(parameter["name"], sample(parse(parameter["type"])))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
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
        items = [as_text(item) for item in (value if isinstance(value, list) else [value])]
        if not field["explode"]:
            items = [",".join(items)]
        pairs += [(wire_name(field), item) for item in items]
    return sorted(pairs)


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


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
    stage.answer = lambda: httpx.Response(500)
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


def takes_request_none(row: Row) -> bool:
    return any(p["place"] == "request" and parse(p["type"]).null for p in row["parameters"])


@pytest.mark.parametrize(
    "row", [param for param in operations() if takes_request_none(param.values[0])]
)
def test_request_none(stage: Stage, row: Row) -> None:
    assert row["body"]["omitted_when_none"]
    assert not row["body"]["required"]
    stage.answer = lambda: httpx.Response(500)
    with pytest.raises(models.SDKError):
        stage.call(row, request=None)
    assert stage.request is not None
    assert stage.request.content == b""
    assert "content-type" not in stage.request.headers


STATUSES = sorted(
    {
        int(status.replace("XX", "77"))
        for row in SCHEMA["operations"]
        for response in row["responses"]
        for status in response["status"]
    }
    | {299}
)


def find_response(row: Row, status: int, content: str) -> Row | None:
    """The first row of responses that an answer falls under."""
    for response in row["responses"]:
        if response["content"] in ("*", content):
            for wanted in response["status"]:
                if wanted in (str(status), f"{status // 100}XX"):
                    return dict(response)
    return None


def make_answer(status: int, response: Row | None, content: str) -> httpx.Response:
    if response is None or response["outcome"] not in ("json", "error"):
        return httpx.Response(status, content=b"{}", headers={"content-type": content})
    data = response.get("type")
    if response["outcome"] == "error":
        (error,) = [e for e in SCHEMA["errors"] if e["name"] == response["error"]]
        data = error["data"]
    return httpx.Response(status, json=sample(parse(data)))


@pytest.mark.parametrize("content", ["application/json", "text/plain"])
@pytest.mark.parametrize("row", operations())
def test_responses(stage: Stage, row: Row, content: str) -> None:
    """Every status that stands in any row, and one that stands in none,
    given to every operation."""
    for status in STATUSES:
        response = find_response(row, status, content)
        stage.answer = lambda s=status, r=response: make_answer(s, r, content)
        if response is not None and response["outcome"] in ("json", "none"):
            assert row["result"] == response.get("type")
            check_result(stage.call(row), response)
        else:
            check_error(stage, row, response)


def check_error(stage: Stage, row: Row, response: Row | None) -> None:
    error = (response or {}).get("error", "SDKError")
    with pytest.raises(getattr(models, error)) as caught:
        stage.call(row)
    assert type(caught.value).__name__ == error
    if response is None:
        assert str(caught.value).startswith("Unexpected response received: ")
    elif response["outcome"] == "sdk_error":
        assert str(caught.value).startswith("API error occurred: ")


def check_result(value: Any, response: Row) -> None:
    if response["outcome"] == "none":
        assert value is None
        return
    what = parse(response["type"])
    if what.kind == "list":
        assert len(value) == 2
        value, what = value[0], what.item or what
    names = [what.name]
    if what.kind == "union":
        names = [v["type"].partition(":")[2] for v in UNIONS[what.name]["variants"]]
    assert type(value).__name__ in names
