"""Clerk in Starlette, and in any other ASGI application.

    app = Starlette(routes=..., middleware=[Middleware(ClerkMiddleware, auth=auth)])

    @auth.protect(role="org:admin")
    async def endpoint(request):
        request.state.clerk.payload["sub"]
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar, overload

from clerk_c.security.types import AuthenticateRequestOptions, RequestState

from . import _common

_View = TypeVar("_View", bound=Callable[..., Any])
_Scope = MutableMapping[str, Any]
_App = Callable[[_Scope, Any, Any], Awaitable[None]]

# Where a scope keeps what was decided, and by whom: two ClerkAuths do not trust each other.
_DECIDED = "clerk_c.decided"


class ClerkAuth(_common.ClerkAuth):
    __doc__ = _common.ClerkAuth.__doc__

    async def of(self, connection: Any) -> RequestState:
        """Who is asking, decided once for each request or WebSocket.

        Args:
            connection: a Starlette request or WebSocket, or an ASGI scope.
        """
        scope: _Scope = connection if isinstance(connection, MutableMapping) else connection.scope
        decided = scope.get(_DECIDED)
        if decided is None or decided[0] is not self:
            decided = self, await self.authenticate_async(scope)
            scope[_DECIDED] = decided
        state: RequestState = decided[1]
        return state

    @overload
    def protect(self, view: _View, /) -> _View: ...
    @overload
    def protect(
        self, view: None = None, /, *, role: str | None = None, permission: str | None = None,
        feature: str | None = None, plan: str | None = None, reverification: Any = None,
    ) -> Callable[[_View], _View]: ...
    def protect(self, view: Any = None, /, **wanted: Any) -> Any:
        """Lets an endpoint run for requests that are signed in and fulfil the conditions, which
        are those of `AuthObject.has`; answers 401, 403 or 503 otherwise. `request.state.clerk`
        is the RequestState.

        The endpoint takes a Request, first or after `self`; it may be a coroutine function.
        """
        conditions = _common.Conditions(wanted)
        if view is None:
            return functools.partial(_protected, self, conditions)
        return _protected(self, conditions, view)


def _protected(auth: ClerkAuth, conditions: _common.Conditions, view: Any) -> Any:
    try:
        from starlette.concurrency import run_in_threadpool
        from starlette.requests import HTTPConnection
        from starlette.responses import JSONResponse
    except ModuleNotFoundError as error:
        raise _common.needed(error, "starlette") from error
    if not callable(view) or inspect.isclass(view):
        raise TypeError("protect is for functions and methods that take a Request")

    @functools.wraps(view)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        found = [one for one in (*args, *kwargs.values()) if isinstance(one, HTTPConnection)]
        if not found:
            raise TypeError(f"{view.__qualname__} has to take a Request")
        state = await auth.of(found[0])
        refusal = conditions.refusal(state)
        if refusal is not None:
            return JSONResponse(refusal.body, refusal.status, refusal.headers)
        found[0].state.clerk = state
        if inspect.iscoroutinefunction(view):
            return await view(*args, **kwargs)
        return await run_in_threadpool(view, *args, **kwargs)

    return guarded


class ClerkMiddleware:
    """ASGI middleware: `request.state.clerk` is a RequestState for each request, signed in or
    not. It refuses nothing: that is for `protect`, where the endpoint is.

    Args:
        app: the application.
        auth: a ClerkAuth; None makes one of the settings.
        settings: see `ClerkAuth`.
    """

    def __init__(
        self,
        app: _App,
        auth: ClerkAuth | None = None,
        options: AuthenticateRequestOptions | None = None,
        **settings: Any,
    ) -> None:
        if auth is not None and (settings or options is not None):
            raise TypeError("auth: give it or settings, not both")
        self.app = app
        self.auth = ClerkAuth(options, **settings) if auth is None else auth

    async def __call__(self, scope: _Scope, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            scope.setdefault("state", {})["clerk"] = await self.auth.of(scope)
        await self.app(scope, receive, send)


__all__ = ["ClerkAuth", "ClerkMiddleware", "RequestState"]
