"""Models of clerk_c inside pydantic's and FastAPI's, and enums of both kinds."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, List, Optional  # noqa: UP035

import pydantic
import pytest
from fastapi import Body, FastAPI

from clerk_c import BaseModel, models

Email = models.EmailAddress
EMAIL = {
    "id": "x", "object": "email_address", "email_address": "a@b.c", "reserved": False,
    "verification": None, "linked_to": [{"type": "t", "id": "i"}], "created_at": 1,
    "updated_at": 1,
}  # fmt: skip


class Account(pydantic.BaseModel):
    email: Email  # type: ignore[valid-type, unused-ignore]
    others: List[Email] = []  # type: ignore[valid-type, unused-ignore]  # noqa: UP006
    backup: Optional[Email] = None  # type: ignore[valid-type, unused-ignore]  # noqa: UP045
    anything: Any = None


class Kinds(pydantic.BaseModel):
    open: Optional[models.EmailAddressObject] = None  # noqa: UP045
    closed: Optional[models.VerificationStatus] = None  # noqa: UP045


def test_dicts_and_instances() -> None:
    instance = Email(**EMAIL)
    made = Account(email=instance, others=[EMAIL, instance])
    assert made.email is instance and made.others[1] is instance
    assert type(made.others[0]) is Email and made.others[0] == instance
    again = Account.model_validate_json(made.model_dump_json())
    assert again.email == instance and again.backup is None
    with pytest.raises(pydantic.ValidationError):
        Account(email=5)
    with pytest.raises(pydantic.ValidationError):
        Account(email=models.IdentificationLink(type="a", id="b"))


def test_findings_are_placed_in_the_outer_model() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        Account(email={**EMAIL, "linked_to": [{"type": "{x}"}, {"type": 5, "id": "i"}]})
    found = [(one["type"], one["loc"]) for one in caught.value.errors()]
    assert found == [
        ("missing", ("email", "linked_to", 0, "id")),
        ("string_type", ("email", "linked_to", 1, "type")),
    ]


def test_dumps_are_ours() -> None:
    instance = Email(**EMAIL)
    made = Account(email=instance, backup=instance, anything={"a": [instance]})
    plain = instance.model_dump()
    assert made.model_dump() == {
        "email": plain, "others": [], "backup": plain, "anything": {"a": [plain]},
    }  # fmt: skip
    assert made.model_dump(mode="json")["anything"]["a"][0] == instance.model_dump(mode="json")
    assert json.loads(made.model_dump_json())["email"] == EMAIL
    assert made.model_dump(include={"email": {"linked_to": {0: {"id"}}}}) == {
        "email": instance.model_dump(include={"linked_to": {0: {"id"}}})
    }
    assert made.model_dump(exclude_unset=True)["backup"] == instance.model_dump(exclude_unset=True)


def test_schemas() -> None:
    schema = Account.model_json_schema()
    assert schema["properties"]["email"] == {"$ref": "#/$defs/EmailAddress"}
    assert schema["properties"]["others"]["items"] == {"$ref": "#/$defs/EmailAddress"}
    ours = Email.model_json_schema()
    assert schema["$defs"]["EmailAddress"]["required"] == ours["required"]
    assert set(schema["$defs"]) == {*ours["$defs"], "EmailAddress"}
    assert Account.model_json_schema(mode="serialization") == schema


def test_other_annotations() -> None:
    adapter = pydantic.TypeAdapter(BaseModel)
    instance = Email(**EMAIL)
    assert adapter.validate_python(instance) is instance
    with pytest.raises(pydantic.ValidationError):
        adapter.validate_python({})

    class Mine(Email):  # type: ignore[misc, valid-type, unused-ignore]
        def domain(self) -> str:
            return str(self.email_address.partition("@")[2])

    assert pydantic.TypeAdapter(Mine).validate_python(EMAIL).domain() == "b.c"


def test_enums() -> None:
    made = Kinds(open="email_address", closed="verified")
    assert made.open is models.EmailAddressObject.EMAIL_ADDRESS
    assert made.closed is models.VerificationStatus.VERIFIED
    assert Kinds(open="of tomorrow").open == "of tomorrow"
    assert json.loads(Kinds(open="new", closed="failed").model_dump_json()) == {
        "open": "new", "closed": "failed",
    }  # fmt: skip
    with pytest.raises(pydantic.ValidationError):
        Kinds(closed="of tomorrow")
    with pytest.raises(pydantic.ValidationError):
        Kinds(open=5)
    with pytest.raises(pydantic.ValidationError):
        Kinds.model_validate({"open": "of tomorrow"}, strict=True)
    for mode in ("validation", "serialization"):
        schema = Kinds.model_json_schema(mode=mode)  # type: ignore[arg-type]
        assert {"type": "string"} in schema["properties"]["open"]["anyOf"]


async def call(app: FastAPI, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One request, straight to the application."""
    sent: list[dict[str, Any]] = []
    content = json.dumps(body).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    return sent[0]["status"], json.loads(b"".join(one.get("body", b"") for one in sent[1:]))


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/one", response_model=Email)
    def one() -> Any:
        return EMAIL

    @app.get("/many")
    def many() -> List[Email]:  # type: ignore[valid-type, unused-ignore]  # noqa: UP006
        return [Email(**EMAIL)]

    @app.post("/echo")
    def echo(email: Annotated[Email, Body()]) -> Account:
        return Account(email=email)

    @app.get("/short", response_model=Email, response_model_exclude={"linked_to", "id"})
    def short() -> Any:
        return Email(**EMAIL)

    return app


def test_fastapi() -> None:
    app = application()
    assert asyncio.run(call(app, "GET", "/one")) == (200, EMAIL)
    assert asyncio.run(call(app, "GET", "/many")) == (200, [EMAIL])
    status, made = asyncio.run(call(app, "POST", "/echo", EMAIL))
    assert (status, made["email"]) == (200, EMAIL)
    # as in the SDK: a required field survives every exclusion, as null
    short = {name: value for name, value in EMAIL.items() if name != "id"}
    assert asyncio.run(call(app, "GET", "/short")) == (200, {**short, "linked_to": None})
    schemas = asyncio.run(call(app, "GET", "/openapi.json"))[1]["components"]["schemas"]
    assert schemas["EmailAddress"]["required"] == Email.model_json_schema()["required"]
