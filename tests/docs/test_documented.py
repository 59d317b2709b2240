"""The snippets of the SDK's public documentation run here, with no line but the import changed.

Each one twice: beside the reference on a recording server, where both have to send the same and
give the same; and on the embedded server, in a world that has what the snippet names.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import clerk_backend_api
import httpx
import pytest
from answers import response_for
from compare import plain
from documented import CALLS, MEMBERS, MODELS, Call
from generate import OPERATIONS
from recorder import Recorded, Recorder, reply

import clerk_c
from clerk_c.testing import Server

ROWS = {f"{row['group']}.{row['name']}": row for row in OPERATIONS}
KEY = "sk_test_documented"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001482701d00000000049454e44ae426082"
)
PROGRAM = """
import SDK
from SDK import Clerk, models

with Clerk(
    bearer_auth="<key>",
) as clerk:

    res = CALL

    # Handle response
    print(res)
"""
ASYNCHRONOUS = """
import asyncio
from SDK import Clerk

async def main():
    global res
    async with Clerk(bearer_auth="<key>") as clerk:

        res = await clerk.email_addresses.get_async(email_address_id="email_address_id_example")

        # Handle response
        print(res)

asyncio.run(main())
"""
ERRORS = """
import SDK
from SDK import Clerk, models

with Clerk(bearer_auth="<key>") as clerk:
    res = None
    try:
        res = clerk.clients.verify(request={"token": "jwt_token_example"})
        print(res)
    except models.ClerkBaseError as e:
        print(e.message)
        print(e.status_code)
        print(e.body)
        print(e.headers)
        print(e.raw_response)
        if isinstance(e, models.ClerkErrors):
            print(e.data.errors)
            print(e.data.meta)
"""
ERROR = {
    "errors": [{"message": "no", "long_message": "No.", "code": "cookie_invalid", "meta": None}],
    "meta": {"tries": 1},
}


def program(call: Call, package: str) -> str:
    return PROGRAM.replace("CALL", call.text).replace("SDK", package)


def local(package: ModuleType, url: str, key: str) -> Any:
    """What `Clerk` has to be for a snippet to reach loopback."""

    def made(bearer_auth: str) -> Any:
        assert bearer_auth == "<key>"
        return package.Clerk(bearer_auth=key, server_url=url)

    return made


def run(text: str, package: ModuleType, url: str, key: str = KEY) -> tuple[str, Any]:
    """What a snippet prints, and its result."""
    stand_in = ModuleType(package.__name__)
    stand_in.__dict__.update(models=package.models, Clerk=local(package, url, key))
    stand_in.__getattr__ = lambda name: getattr(package, name)  # type: ignore[method-assign]
    names: dict[str, Any] = {"__name__": "snippet"}
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setitem(sys.modules, package.__name__, stand_in)
        execute(text, names)
    return printed.getvalue(), names["res"]


def execute(text: str, names: dict[str, Any]) -> None:
    """As a file of its own, which inherits nothing of this one's __future__."""
    exec(compile(text, "snippet", "exec", dont_inherit=True), names)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "example.file").write_bytes(PNG)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def parametrized(test: Any) -> Any:
    return pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)(test)


# Beside the reference


def sent(request: Recorded) -> tuple[object, ...]:
    return request.method, request.target, request.plain_type(), request.plain_body()


@parametrized
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the snippet's own
@pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")  # the reference's own
def test_same_request_and_same_result(
    call: Call, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLERK_C_RESPONSE_VALIDATION", "strict")  # as the reference reads
    status, body = response_for(ROWS[call.name], Random(call.name), "maximal")
    recorder.answer = reply(status, body)
    text = program(call, "SDK").replace("<id>", "id_1")  # the reference does not encode paths
    _, theirs = run(text.replace("SDK", "clerk_backend_api"), clerk_backend_api, recorder.url)
    expected = recorder.take()
    printed, ours = run(text.replace("SDK", "clerk_c"), clerk_c, recorder.url)
    found = recorder.take()
    assert sent(found) == sent(expected)
    assert plain(ours) == plain(theirs)
    assert type(ours).__name__ == call.answers
    assert printed == f"{ours}\n"
    assert found.one("authorization") == f"Bearer {KEY}"


def test_same_error_handling(recorder: Recorder) -> None:
    recorder.answer = reply(401, ERROR)
    theirs, _ = run(ERRORS.replace("SDK", "clerk_backend_api"), clerk_backend_api, recorder.url)
    ours, result = run(ERRORS.replace("SDK", "clerk_c"), clerk_c, recorder.url)
    assert result is None
    assert ours == theirs
    assert "cookie_invalid" in ours and "{'tries': 1}" in ours


# On the embedded server


class World:
    """A server with a user, and what one snippet needs besides."""

    def __init__(self, server: Server) -> None:
        server.store.reset()
        self.store = server.store
        self.clerk = clerk_c.Clerk(bearer_auth=server.secret_key, server_url=server.url)
        self.user = self.clerk.users.create(email_address=["ada@example.com"])
        self.id: str = self.user.id

    def subscribe(self) -> str:
        return self.store.subscribe(self.id, self.store.add_plan("Pro", 1500))

    def verified(self) -> dict[str, str]:
        return {"jwt_token_example": self.store.sign_in(self.id)["token"]}

    def address(self) -> dict[str, str]:
        return {"email_address_id_example": self.user.email_addresses[0].id}

    def sorted(self) -> dict[str, str]:
        return {'order_by="<value>"': 'order_by="-created_at"'}

    def subscription(self) -> dict[str, str]:
        self.subscribe()
        return {"<id>": self.id}

    def credited(self) -> dict[str, str]:
        increase = clerk_c.models.Action.INCREASE
        self.clerk.users.adjust_billing_credit_balance(
            user_id=self.id, amount=600000, action=increase, idempotency_key="first"
        )
        return {"<id>": self.id, "New Israeli Sheqel": "USD"}

    def imaged(self) -> dict[str, str]:
        file = {"file_name": "a.png", "content": PNG}
        self.clerk.users.set_profile_image(user_id=self.id, file=file)
        return {"usr_test123": self.id}

    def priced(self) -> dict[str, str]:
        item = self.subscribe()
        self.store.add_plan("Max", 3000)
        prices = {p.amount: p.id for p in self.clerk.billing.list_prices().data}
        return {
            'item_id="<id>"': f'item_id="{item}"',
            'from_price_id="<id>"': f'from_price_id="{prices[1500]}"',
            'to_price_id="<id>"': f'to_price_id="{prices[3000]}"',
        }

    def newcomer(self) -> dict[str, str]:
        """The documentation's example names values that Clerk refuses, and a password beside a
        digest of one."""
        return {
            'password="Secure*Pass4",': "",
            'password_hasher="<value>"': 'password_hasher="argon2i"',
            'legal_accepted_at="<value>"': 'legal_accepted_at="2023-03-15T07:15:20.902Z"',
            "0x123456789abcdef0x123456789abcdef": "0x" + "123456789a" * 4,
            "base32totpsecretkey": "JBSWY3DPEHPK3PXP",
        }


# By operation: what makes the world ready, and says what stands for the place holders.
READY: dict[str, Callable[[World], dict[str, str]]] = {
    "clients.verify": World.verified,
    "email_addresses.get": World.address,
    "users.get_instance_organization_memberships": World.sorted,
    "users.get_billing_subscription": World.subscription,
    "users.adjust_billing_credit_balance": World.credited,
    "users.delete_profile_image": World.imaged,
    "users.create": World.newcomer,
    "billing.create_price_transition": World.priced,
}
USERS = ("<id>", "usr_1234567890", "user_123", "usr_test123")


@parametrized
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # the snippet's own
def test_on_the_embedded_server(call: Call, server: Server) -> None:
    world = World(server)
    text = program(call, "clerk_c")
    for old, new in READY.get(call.name, lambda _: {})(world).items():
        assert old in text
        text = text.replace(old, new)
    for old in USERS:
        text = text.replace(f'user_id="{old}"', f'user_id="{world.id}"')
    server.requests.clear()
    printed, result = run(text, clerk_c, server.url, server.secret_key)
    (request,) = server.requests
    path = re.sub(r"\{\w+\}", "[^/]+", ROWS[call.name]["path"])
    assert request.method == ROWS[call.name]["method"]
    assert re.fullmatch("/v1" + path, request.path)
    assert type(result).__name__ == call.answers
    assert printed == f"{result}\n"
    world.clerk.close()


# Unchanged, import line included


UNCHANGED = """
import io, json, sys
import clerk_backend_api
real = clerk_backend_api.Clerk
url, key, *texts = json.load(sys.stdin)
clerk_backend_api.Clerk = lambda bearer_auth: real(bearer_auth=key, server_url=url)
for text in texts:
    names = {"__name__": "snippet"}
    exec(text, names)
    print(type(names["res"]).__module__, file=sys.stderr)
"""


def documented_answer(request: Recorded) -> bytes:
    """By the route: what response_for gives for the operation."""
    for call in CALLS:
        row = ROWS[call.name]
        path = "/v1" + re.sub(r"\{\w+\}", "[^/]+", row["path"])
        if row["method"] == request.method and re.fullmatch(path, request.path):
            return reply(*response_for(row, Random(call.name), "maximal"))
    raise LookupError(request.target)


def test_unchanged_under_the_official_name(recorder: Recorder) -> None:
    recorder.answer = documented_answer
    Path("unchanged.py").write_text(UNCHANGED)
    texts = [program(call, "clerk_backend_api") for call in CALLS]
    done = subprocess.run(
        [sys.executable, "-m", "clerk_c", "run", "unchanged.py"],
        input=json.dumps([recorder.url, KEY, *texts]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = done.stderr.split()
    assert len(modules) == len(recorder.requests) == len(CALLS)
    assert all(name == "builtins" or name.startswith("clerk_c.models.") for name in modules)


# Names, and what is no call


@pytest.mark.parametrize("member", MEMBERS)
def test_members(member: str) -> None:
    enum, name = member.split(".")
    names: dict[str, Any] = {}
    execute(f"from clerk_c.models import {enum}\nvalue = {member}", names)
    assert names["value"] == MEMBERS[member]
    assert names["value"] is getattr(getattr(clerk_c.models, enum), name)
    assert getattr(clerk_c, enum) is getattr(clerk_c.models, enum)


@pytest.mark.parametrize("name", MODELS)
def test_models_that_annotate(name: str) -> None:
    names: dict[str, Any] = {}
    execute(f"from clerk_c import models\nvalue: models.{name}", names)
    assert issubclass(names["__annotations__"]["value"], clerk_c.BaseModel)


def test_a_script_of_its_own() -> None:
    names: dict[str, Any] = {}
    execute("from clerk_c import Clerk\nsdk = Clerk(\n    # SDK arguments\n)", names)
    assert names["sdk"].users is not None


def test_a_client_of_the_callers() -> None:
    with httpx.Client(headers={"x-custom-header": "someValue"}) as http_client:
        clerk_c.Clerk(client=http_client)


def test_asynchronous_call(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """`await clerk.email_addresses.get_async(...)` in `async with Clerk(...)`."""
    monkeypatch.setenv("CLERK_C_RESPONSE_VALIDATION", "strict")
    name = "email_addresses.get"
    recorder.answer = reply(*response_for(ROWS[name], Random(name), "maximal"))
    outcomes = []
    for package in (clerk_backend_api, clerk_c):
        text = ASYNCHRONOUS.replace("SDK", package.__name__)
        printed, result = run(text, package, recorder.url)
        assert printed == f"{result}\n"
        outcomes.append((sent(recorder.take()), plain(result)))
    assert outcomes[0] == outcomes[1]
