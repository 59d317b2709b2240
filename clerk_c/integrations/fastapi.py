"""Clerk in FastAPI, as dependencies.

    auth = ClerkAuth()

    @app.get("/me")
    async def me(state: Annotated[RequestState, Depends(auth)]):
        return state.payload["sub"]
"""

from __future__ import annotations

from typing import Any

from clerk_c.security.types import AuthenticateRequestOptions

from . import _common, starlette
from .starlette import ClerkMiddleware, RequestState

try:
    from fastapi.exceptions import HTTPException, WebSocketException
    from fastapi.openapi.models import HTTPBearer
    from fastapi.security.base import SecurityBase
    from starlette.requests import HTTPConnection
except ModuleNotFoundError as _error:
    raise _common.needed(_error, "fastapi") from _error

_POLICY_VIOLATION = 1008


class _Dependency(SecurityBase):
    """A dependency that gives a RequestState, or ends the request."""

    def __init__(self, auth: ClerkAuth, conditions: _common.Conditions | None) -> None:
        self.model = HTTPBearer(
            bearerFormat="JWT", description="A session token of Clerk, or its cookie."
        )
        self.scheme_name = "Clerk"
        self._auth = auth
        self._conditions = conditions

    async def __call__(self, connection: HTTPConnection) -> RequestState:
        state = await self._auth.of(connection)
        refusal = None if self._conditions is None else self._conditions.refusal(state)
        if refusal is None:
            return state
        if connection.scope["type"] == "websocket":
            raise WebSocketException(_POLICY_VIOLATION, refusal.code)
        raise HTTPException(refusal.status, refusal.body, refusal.headers)


class ClerkAuth(starlette.ClerkAuth, _Dependency):
    __doc__ = starlette.ClerkAuth.__doc__

    def __init__(
        self, options: AuthenticateRequestOptions | None = None, **settings: Any
    ) -> None:
        starlette.ClerkAuth.__init__(self, options, **settings)
        _Dependency.__init__(self, self, _common.Conditions({}))
        #: A dependency for those signed in and those who are not.
        self.optional = _Dependency(self, None)

    def require(
        self,
        *,
        role: str | None = None,
        permission: str | None = None,
        feature: str | None = None,
        plan: str | None = None,
        reverification: Any = None,
    ) -> _Dependency:
        """A dependency that wants more than being signed in: see `AuthObject.has`.

        Raises:
            TypeError, ValueError: a condition makes no sense, or there is none.
        """
        wanted = {
            "role": role,
            "permission": permission,
            "feature": feature,
            "plan": plan,
            "reverification": reverification,
        }
        if all(value is None for value in wanted.values()):
            raise ValueError("require: no condition is given; Depends(auth) needs none")
        return _Dependency(self, _common.Conditions(wanted))


__all__ = ["ClerkAuth", "ClerkMiddleware", "RequestState"]
