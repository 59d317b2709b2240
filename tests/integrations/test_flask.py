"""Flask with the real framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("flask")

from flask import Blueprint, Flask

from clerk_c.integrations.flask import ClerkAuth
from clerk_c.security import RequestState


def shown(state: RequestState) -> dict[str, Any]:
    return {"user": (state.payload or {}).get("sub"), "signed_in": state.is_signed_in}


def application(settings: dict[str, Any], later: bool = False) -> Flask:
    app = Flask(__name__)
    app.config.update({f"CLERK_{name.upper()}": value for name, value in settings.items()})
    auth = ClerkAuth(None if later else app)
    if later:
        auth.init_app(app)

    @app.get("/me")
    @auth.protect
    def me() -> Any:
        return shown(auth.state)

    @app.get("/admin")
    @auth.protect(role="org:admin")
    def admin() -> Any:
        return shown(auth.state)

    @app.get("/open")
    def open_() -> Any:
        assert auth.state is auth.state
        return shown(auth.state)

    inner = Blueprint("inner", __name__, url_prefix="/inner")
    inner.before_request(auth.check)

    @inner.get("/me")
    def inner_me() -> Any:
        return shown(auth.state)

    app.register_blueprint(inner)
    return app


@pytest.mark.parametrize("later", [False, True])
def test_outcomes(
    later: bool, instance: Any, outcomes: Callable[[], Any], judge: Callable[..., None]
) -> None:
    client = application(instance.settings, later).test_client(use_cookies=False)
    for path, headers, status, code in outcomes():
        for place in (path, *(["/inner/me"] if path == "/me" else [])):
            answer = client.get(place, headers=headers)
            assert answer.status_code == status, (place, headers)
            if status != 200:
                plain = {name.lower(): value for name, value in answer.headers.items()}
                judge(status, code, answer.json, plain)
            elif path != "/open":
                assert answer.json == {"user": instance.user, "signed_in": True}


def test_odd_headers(instance: Any, odd: list[tuple[str, str]]) -> None:
    client = application(instance.settings).test_client(use_cookies=False)
    assert client.get("/me", headers=odd).status_code == 401
    assert client.get("/open", headers=odd).json == {"user": None, "signed_in": False}


def test_each_request_and_each_auth_decides(instance: Any) -> None:
    app = application(instance.settings)
    strict = ClerkAuth(app, authorized_parties=["https://other.example.com"])

    @app.get("/strict")
    @strict.protect
    def view() -> Any:
        return shown(strict.state)

    headers = {"Authorization": f"Bearer {instance.mint()}"}
    with app.app_context():  # which all of these requests share
        client = app.test_client(use_cookies=False)
        assert client.get("/me", headers=headers).status_code == 200
        assert client.get("/strict", headers=headers).status_code == 401
        assert client.get("/me").status_code == 401


def test_async_views(instance: Any) -> None:
    """Flask needs asgiref for them."""
    pytest.importorskip("asgiref")
    app = application(instance.settings)
    auth = ClerkAuth(app)

    @app.get("/async")
    @auth.protect
    async def view() -> Any:
        return shown(auth.state)

    client = app.test_client()
    headers = {"Authorization": f"Bearer {instance.token()}"}
    assert client.get("/async", headers=headers).json == {"user": instance.user, "signed_in": True}
    assert client.get("/async").status_code == 401


def test_settings(instance: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLERK_SECRET_KEY", raising=False)
    app = Flask(__name__)
    with pytest.raises(ValueError, match="there is no key to verify tokens with"):
        ClerkAuth(app)
    app.config["CLERK_SECRET_KEY"] = "sk_test_config"
    app.config["CLERK_CLOCK_SKEW_IN_MS"] = 1
    auth = ClerkAuth(app, secret_key="sk_test_argument")
    options = app.extensions["clerk_c"][auth].options
    assert (options.secret_key, options.clock_skew_in_ms) == ("sk_test_argument", 1)
    with pytest.raises(TypeError, match="there is no setting 'sekret_key'"):
        ClerkAuth(app, sekret_key="x")


def test_bad_use(instance: Any) -> None:
    auth = ClerkAuth()
    with pytest.raises(TypeError, match="protect is for view functions"):
        auth.protect(type("View", (), {}))
    app = Flask(__name__)
    with app.test_request_context(), pytest.raises(RuntimeError, match="init_app"):
        auth.state  # noqa: B018
    with pytest.raises(RuntimeError):
        auth.state  # noqa: B018
