"""Django with the real framework, as WSGI and as ASGI."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("django")

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

if not settings.configured:
    settings.configure(
        DEBUG=False,
        SECRET_KEY="of no meaning",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
    )
    django.setup()

from clerk_c.integrations.django import ClerkMiddleware, protect


def shown(request: HttpRequest) -> JsonResponse:
    state = request.clerk
    return JsonResponse({"user": (state.payload or {}).get("sub"), "signed_in": state.is_signed_in})


@protect
def me(request: HttpRequest) -> JsonResponse:
    return shown(request)


@protect(role="org:admin")
def admin(request: HttpRequest) -> JsonResponse:
    return shown(request)


@protect
async def me_async(request: HttpRequest) -> JsonResponse:
    return shown(request)


@protect(role="org:admin")
async def admin_async(request: HttpRequest) -> JsonResponse:
    return shown(request)


@method_decorator(protect(role="org:admin"), name="dispatch")
class AdminView(View):
    def get(self, request: HttpRequest) -> JsonResponse:
        return shown(request)


urlpatterns = [
    path("me", me),
    path("admin", admin),
    path("class/admin", AdminView.as_view()),
    path("async/me", me_async),
    path("async/admin", admin_async),
    path("open", shown),
    path("async/open", shown),
    path("class/me", me),
    path("class/open", shown),
]


@pytest.fixture(autouse=True)
def configured(instance: Any) -> Iterator[None]:
    names = {f"CLERK_{name.upper()}": value for name, value in instance.settings.items()}
    middleware = ["clerk_c.integrations.django.ClerkMiddleware"]
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware, **names):
        yield


Get = Callable[[str, dict[str, str]], Any]


def get_sync(path: str, headers: dict[str, str]) -> Any:
    return Client().get(path, headers=headers)


def get_async(path: str, headers: dict[str, str]) -> Any:
    return asyncio.run(AsyncClient().get(path, headers=headers))


@pytest.mark.parametrize("get", [get_sync, get_async])
@pytest.mark.parametrize("prefix", ["", "/async", "/class"])
def test_outcomes(
    prefix: str, get: Get, instance: Any, outcomes: Callable[[], Any], judge: Callable[..., None]
) -> None:
    for where, headers, status, code in outcomes():
        answer = get(prefix + where, headers)
        assert answer.status_code == status, (where, headers)
        body = json.loads(answer.content)
        if status != 200:
            plain = {name.lower(): value for name, value in answer.headers.items()}
            judge(status, code, body, plain)
        elif where != "/open":
            assert body == {"user": instance.user, "signed_in": True}


@pytest.mark.parametrize("get", [get_sync, get_async])
def test_odd_headers(get: Get, odd: list[tuple[str, str]]) -> None:
    assert get("/me", dict(odd)).status_code == 401
    assert json.loads(get("/open", dict(odd)).content) == {"user": None, "signed_in": False}


def test_settings(monkeypatch: pytest.MonkeyPatch, instance: Any) -> None:
    made = ClerkMiddleware(shown)
    assert made.auth.options.secret_key == instance.server.secret_key
    assert made.auth.options.treat_pending_as_signed_out is True
    with override_settings(CLERK_AUTHORIZED_PARTIES=("https://a.example.com",)):
        assert ClerkMiddleware(shown).auth.options.authorized_parties == ["https://a.example.com"]
        headers = {"Authorization": f"Bearer {instance.mint()}"}
        assert get_sync("/me", headers).status_code == 401
    monkeypatch.delenv("CLERK_SECRET_KEY", raising=False)
    with override_settings(CLERK_SECRET_KEY=None), pytest.raises(
        ImproperlyConfigured, match="there is no key to verify tokens with"
    ):
        ClerkMiddleware(shown)
    with override_settings(CLERK_AUTHORIZED_PARTIES="https://a.example.com"), pytest.raises(
        ImproperlyConfigured, match="authorized_parties must be a list of str"
    ):
        ClerkMiddleware(shown)


def test_without_the_middleware() -> None:
    with override_settings(MIDDLEWARE=[]), pytest.raises(
        ImproperlyConfigured, match=r"protect needs clerk_c\.integrations\.django\.ClerkMiddleware"
    ):
        get_sync("/me", {})


def test_bad_use() -> None:
    with pytest.raises(TypeError, match="method_decorator"):
        protect(AdminView)
    with pytest.raises(ValueError, match="reverification"):
        protect(reverification="now and then")
