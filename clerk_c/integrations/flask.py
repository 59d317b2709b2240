"""Clerk in Flask: an extension.

    auth = ClerkAuth(app)

    @app.get("/me")
    @auth.protect
    def me():
        return {"user": auth.state.payload["sub"]}

The settings come from `app.config`: CLERK_SECRET_KEY, CLERK_JWT_KEY, CLERK_AUTHORIZED_PARTIES and
so on, the fields of `AuthenticateRequestOptions`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

from clerk_c.security.types import AuthenticateRequestOptions, RequestState

from . import _common

try:
    from flask import Flask, Response, current_app, jsonify, request
except ModuleNotFoundError as _error:
    raise _common.needed(_error, "flask") from _error

_View = TypeVar("_View", bound=Callable[..., Any])
_EXTENSION = "clerk_c"
_DECIDED = "clerk_c.decided"


class ClerkAuth:
    """Authentication of an application's requests; each is asked for at most once.

    Args:
        app: the application; without one call `init_app` later.
        settings: fields of `AuthenticateRequestOptions`, before those in `app.config` and
            then the environment (CLERK_SECRET_KEY and so on).

    Raises:
        TypeError, ValueError: the settings make no sense, when there is an application.
    """

    def __init__(self, app: Flask | None = None, **settings: Any) -> None:
        self._settings = settings
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Reads the application's settings."""
        given = dict(self._settings)
        for name in AuthenticateRequestOptions.__dataclass_fields__:
            value = app.config.get(f"CLERK_{name.upper()}")
            if given.get(name) is None and value is not None:
                given[name] = value
        app.extensions.setdefault(_EXTENSION, {})[self] = _common.ClerkAuth(**given)

    @property
    def state(self) -> RequestState:
        """Who is asking, signed in or not.

        Raises:
            RuntimeError: outside of a request, or the application is none of this extension.
        """
        # In the request's environ, where no header gets. Not in `g`, which outlives a request
        # in tests.
        decided: dict[ClerkAuth, RequestState] = request.environ.setdefault(_DECIDED, {})
        if self not in decided:
            try:
                auth: _common.ClerkAuth = current_app.extensions[_EXTENSION][self]
            except KeyError:
                raise RuntimeError("ClerkAuth(app) or auth.init_app(app) is missing") from None
            decided[self] = auth.authenticate(request.environ)
        return decided[self]

    def check(self) -> Response | None:
        """None for a request that is signed in, or the answer 401 or 503: for
        `app.before_request(auth.check)`, or that of a blueprint."""
        return self._refused(_common.Conditions({}))

    @overload
    def protect(self, view: _View, /) -> _View: ...
    @overload
    def protect(
        self, view: None = None, /, *, role: str | None = None, permission: str | None = None,
        feature: str | None = None, plan: str | None = None, reverification: Any = None,
    ) -> Callable[[_View], _View]: ...
    def protect(self, view: Any = None, /, **wanted: Any) -> Any:
        """Lets a view run for requests that are signed in and fulfil the conditions, which are
        those of `AuthObject.has`; answers 401, 403 or 503 otherwise. Stands below the route."""
        conditions = _common.Conditions(wanted)
        if view is None:
            return functools.partial(self._protected, conditions)
        return self._protected(conditions, view)

    def _protected(self, conditions: _common.Conditions, view: Any) -> Any:
        if not callable(view) or isinstance(view, type):
            raise TypeError("protect is for view functions; for classes there is `decorators`")

        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            refused = self._refused(conditions)
            if refused is not None:
                return refused
            return current_app.ensure_sync(view)(*args, **kwargs)

        return guarded

    def _refused(self, conditions: _common.Conditions) -> Response | None:
        refusal = conditions.refusal(self.state)
        if refusal is None:
            return None
        answer = jsonify(refusal.body)
        answer.status_code = refusal.status
        answer.headers.update(refusal.headers)
        return answer


__all__ = ["ClerkAuth", "RequestState"]
