"""Settings of the helpers: where they come from, and those that make no sense."""

from __future__ import annotations

from typing import Any

import pytest

from clerk_c.integrations import aws_lambda, starlette
from clerk_c.integrations.starlette import ClerkAuth, ClerkMiddleware
from clerk_c.security import AuthenticateRequestOptions
from clerk_c.security.types import TokenType


def test_settings_from_the_environment(environment: Any) -> None:
    auth = ClerkAuth()
    assert auth.options.secret_key == environment.server.secret_key
    assert auth.options.accepts_token == ["session_token"]
    assert auth.options.treat_pending_as_signed_out is True
    assert ClerkAuth(secret_key="sk_test_own").options.secret_key == "sk_test_own"
    options = AuthenticateRequestOptions(jwt_key="x")
    assert ClerkAuth(options).options is options
    assert environment.server.secret_key not in repr(auth)


@pytest.mark.parametrize("make", [aws_lambda.ClerkAuth, starlette.ClerkAuth])
def test_bad_settings(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "JWT_KEY", "MACHINE_SECRET_KEY"):
        monkeypatch.delenv(f"CLERK_{name}", raising=False)
    with pytest.raises(ValueError, match="there is no key to verify tokens with"):
        make()
    with pytest.raises(ValueError, match="there is no key to verify tokens with"):
        make(AuthenticateRequestOptions())
    with pytest.raises(TypeError, match="there is no setting 'secret'; there are accepts_token,"):
        make(secret="sk_test_x")
    with pytest.raises(TypeError, match="authorized_parties must be a list of str"):
        make(secret_key="sk_test_x", authorized_parties="https://a.example.com")
    with pytest.raises(TypeError, match="secret_key must be str or None"):
        make(secret_key=5)
    for name, value, kind, says in (
        ("accepts_token", ["session"], ValueError, "accepts_token: 'session' is none of any, api_"),
        ("accepts_token", [5], ValueError, "accepts_token: 5 is none of any, api_"),
        ("authorized_parties", [None], TypeError, "authorized_parties must hold str"),
        ("audience", [5], TypeError, "audience must hold str"),
        ("clock_skew_in_ms", "5", ValueError, "clock_skew_in_ms must be a number of milli"),
        ("clock_skew_in_ms", -1, ValueError, "clock_skew_in_ms must be a number of milli"),
        ("clock_skew_in_ms", float("nan"), ValueError, "clock_skew_in_ms must be a number"),
    ):
        with pytest.raises(kind, match=f"^{says}"):
            make(secret_key="sk_test_x", **{name: value})
    for kinds in (["any"], [TokenType.API_KEY, "session_token"], "any", TokenType.API_KEY):
        options = AuthenticateRequestOptions(secret_key="sk_test_x", accepts_token=kinds)
        assert make(options).options is options
    one = AuthenticateRequestOptions(secret_key="x", authorized_parties="https://a.example.com")
    with pytest.raises(TypeError, match="authorized_parties must be a list of str"):
        make(one)
    with pytest.raises(TypeError, match="options: give these or settings"):
        make(AuthenticateRequestOptions(secret_key="x"), secret_key="y")
    auth = make(secret_key="sk_test_x")
    with pytest.raises(TypeError, match="auth: give it or settings"):
        ClerkMiddleware(lambda *_: None, auth, secret_key="sk_test_y")  # type: ignore[arg-type]
