"""The example applications run: signing in, roles, webhooks."""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from clerk_c.testing import sign_webhook

EXAMPLES = Path(__file__).parents[2] / "examples"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
USER = {"id": "user_1", "object": "user", "first_name": "Ada"}

# method, path, headers, body -> status and JSON
Ask = Callable[[str, str, "dict[str, str]", bytes], "tuple[int, Any]"]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ask_fastapi() -> Ask:
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would like another HTTP client better
        from fastapi.testclient import TestClient
    client = TestClient(load("fastapi_app").create_app())

    def ask(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        answer = client.request(method, path, headers=headers, content=body)
        return answer.status_code, answer.json()

    return ask


def ask_flask() -> Ask:
    pytest.importorskip("flask")
    client = load("flask_app").create_app().test_client(use_cookies=False)

    def ask(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        answer = client.open(path, method=method, headers=headers, data=body)
        return answer.status_code, answer.json

    return ask


def ask_django() -> Ask:
    pytest.importorskip("django")
    import django
    from django.conf import settings
    from django.test import Client, override_settings

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="of no meaning")
        django.setup()
    module = load("django_app")

    class Urls:
        urlpatterns = module.urlpatterns

    def ask(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        with override_settings(
            ROOT_URLCONF=Urls,
            MIDDLEWARE=["clerk_c.integrations.django.ClerkMiddleware"],
            CLERK_SECRET_KEY=None,
        ):
            kind = headers.get("content-type", "text/plain")
            rest = {name: value for name, value in headers.items() if name != "content-type"}
            client = Client(raise_request_exception=True)
            answer = client.generic(method, path, body, content_type=kind, headers=rest)
            return answer.status_code, json.loads(answer.content)

    return ask


def ask_lambda() -> Ask:
    module = load("lambda_app")
    handlers = {"/me": module.me, "/admin": module.reports, "/open": module.hello}
    handlers["/webhooks/clerk"] = module.webhook

    def ask(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        event = {"version": "2.0", "headers": headers, "body": body.decode()}
        answer = handlers[path](event, None)
        return answer["statusCode"], json.loads(answer["body"])

    return ask


@pytest.fixture(params=[ask_fastapi, ask_flask, ask_django, ask_lambda])
def ask(request: pytest.FixtureRequest, environment: Any, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("CLERK_WEBHOOK_SIGNING_SECRET", SECRET)
    made: Ask = request.param()
    return made


def test_signing_in(ask: Ask, instance: Any, outcomes: Callable[[], Any]) -> None:
    for path, headers, status, _ in outcomes():
        found, body = ask("GET", path, headers, b"")
        assert found == status, (path, headers)
        if status == 200 and path != "/open":
            user, organization = {"user": instance.user}, {"organization": instance.organization}
            assert body == (user if path == "/me" else organization)
    good = {"Authorization": f"Bearer {instance.token()}"}
    assert ask("GET", "/open", good, b"") == (200, {"signed_in": True})
    bad = {"Authorization": f"Bearer {instance.expired()}"}
    assert ask("GET", "/open", bad, b"") == (200, {"signed_in": False})


def test_webhooks(ask: Ask) -> None:
    event = {"type": "user.created", "object": "event", "data": USER}
    body, headers = sign_webhook(event, SECRET)
    status, answer = ask("POST", "/webhooks/clerk", headers, body)
    assert (status, next(iter(answer.values())) in (1, "user_1")) == (200, True)
    status, answer = ask("POST", "/webhooks/clerk", headers, body + b" ")
    assert (status, answer["detail"]) == (400, "signature-invalid")
    status, answer = ask("POST", "/webhooks/clerk", {}, body)
    assert (status, answer["detail"]) == (400, "headers-missing")


def test_deletion(ask: Ask) -> None:
    for kind, data, count in (
        ("user.created", USER, 1),
        ("user.deleted", {"id": "user_1", "object": "user", "deleted": True}, 0),
    ):
        body, headers = sign_webhook({"type": kind, "data": data}, SECRET)
        status, answer = ask("POST", "/webhooks/clerk", headers, body)
        assert status == 200
        assert "users" not in answer or answer["users"] == count


def test_the_authorizer(instance: Any, environment: Any) -> None:
    module = load("lambda_app")
    event = {"version": "2.0", "headers": {"authorization": f"Bearer {instance.token()}"}}
    assert module.authorizer(event, None)["isAuthorized"] is True
    assert module.authorizer({"version": "2.0"}, None)["isAuthorized"] is False


def test_all_of_them() -> None:
    names = {path.stem for path in EXAMPLES.glob("*_app.py")}
    assert names == {"fastapi_app", "flask_app", "django_app", "lambda_app"}
