"""Clerk in Django: a middleware that says who is asking, and a decorator for views.

    MIDDLEWARE = [..., "clerk_c.integrations.django.ClerkMiddleware"]

    @protect(role="org:admin")
    def view(request):
        request.clerk.payload["sub"]

The settings are CLERK_SECRET_KEY, CLERK_JWT_KEY, CLERK_AUTHORIZED_PARTIES and so on: the fields
of `AuthenticateRequestOptions`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

from clerk_c.security.types import AuthenticateRequestOptions, RequestState

from . import _common

try:
    from asgiref.sync import iscoroutinefunction, markcoroutinefunction
    from django.core.exceptions import ImproperlyConfigured
    from django.http import HttpRequest, JsonResponse
except ModuleNotFoundError as _error:
    raise _common.needed(_error, "django") from _error

_View = TypeVar("_View", bound=Callable[..., Any])


class ClerkMiddleware:
    """`request.clerk` is a RequestState for each request, signed in or not. It refuses nothing:
    that is for `protect`, where the view is. For WSGI and ASGI.

    Raises:
        ImproperlyConfigured: the settings make no sense.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.auth = _auth()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self._is_async:
            return self._answer(request)
        request.clerk = self.auth.authenticate(_headers(request))
        return self.get_response(request)

    async def _answer(self, request: HttpRequest) -> Any:
        request.clerk = await self.auth.authenticate_async(_headers(request))
        return await self.get_response(request)


def _headers(request: HttpRequest) -> Any:
    # Of an ASGI request not META: there several Cookie headers, which HTTP/2 allows, are joined
    # by commas.
    return getattr(request, "scope", request.META)


def _auth() -> _common.ClerkAuth:
    from django.conf import settings

    names = (*AuthenticateRequestOptions.__dataclass_fields__, "client")
    given = {name: getattr(settings, f"CLERK_{name.upper()}", None) for name in names}
    try:
        return _common.ClerkAuth(**given)
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"CLERK_... settings: {error}") from None


@overload
def protect(view: _View, /) -> _View: ...
@overload
def protect(
    view: None = None, /, *, role: str | None = None, permission: str | None = None,
    feature: str | None = None, plan: str | None = None, reverification: Any = None,
) -> Callable[[_View], _View]: ...
def protect(view: Any = None, /, **wanted: Any) -> Any:
    """Lets a view run for requests that are signed in and fulfil the conditions, which are those
    of `AuthObject.has`; answers 401, 403 or 503 otherwise. It needs the middleware.

    For functions, also coroutine functions; for classes with Django's `method_decorator`.
    """
    conditions = _common.Conditions(wanted)
    if view is None:
        return functools.partial(_protected, conditions)
    return _protected(conditions, view)


def _protected(conditions: _common.Conditions, view: Any) -> Any:
    if not callable(view) or isinstance(view, type):
        raise TypeError("protect is for view functions; for classes there is method_decorator")
    if iscoroutinefunction(view):

        @functools.wraps(view)
        async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            refused = _refused(conditions, request)
            return await view(request, *args, **kwargs) if refused is None else refused

        return answer

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        refused = _refused(conditions, request)
        return view(request, *args, **kwargs) if refused is None else refused

    return guarded


def _refused(conditions: _common.Conditions, request: HttpRequest) -> JsonResponse | None:
    state = getattr(request, "clerk", None)
    if not isinstance(state, RequestState):
        raise ImproperlyConfigured("protect needs clerk_c.integrations.django.ClerkMiddleware")
    refusal = conditions.refusal(state)
    if refusal is None:
        return None
    return JsonResponse(refusal.body, status=refusal.status, headers=refusal.headers)


__all__ = ["ClerkMiddleware", "RequestState", "protect"]
