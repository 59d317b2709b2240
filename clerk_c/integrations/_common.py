"""What the frameworks share: options out of settings, the decision, and what a refusal says."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from clerk_c.sdk import Clerk
from clerk_c.security._place import place_of, place_of_async
from clerk_c.security.authenticaterequest import (
    authenticate_request,
    authenticate_request_async,
)
from clerk_c.security.jwks import keeper_at
from clerk_c.security.types import (
    AuthenticateRequestOptions,
    AuthErrorReason,
    AuthObject,
    RequestState,
    TokenType,
    TokenVerificationErrorReason,
)

REALM = "clerk"
_ENVIRONMENT = ("secret_key", "machine_secret_key", "jwt_key", "publishable_key", "api_url")
_OF_CLIENTS = ("secret_key", "api_url")
_LISTS = ("authorized_parties", "accepts_token")
# This side failed: it says nothing about who is asking.
_UNDECIDED = frozenset(
    (
        TokenVerificationErrorReason.JWK_FAILED_TO_LOAD,
        TokenVerificationErrorReason.JWK_FAILED_TO_RESOLVE,
        TokenVerificationErrorReason.JWK_REMOTE_INVALID,
        TokenVerificationErrorReason.SERVER_ERROR,
    )
)
_KINDS = frozenset(("any", *(kind.value for kind in TokenType)))
_NAMES = frozenset(AuthenticateRequestOptions.__dataclass_fields__)


class ClerkAuth:
    """How the requests of an application are authenticated.

    Args:
        options: all of it as an `AuthenticateRequestOptions`, or instead:
        settings: the fields of one by name. What is not given comes from the
            environment: CLERK_SECRET_KEY, CLERK_MACHINE_SECRET_KEY, CLERK_JWT_KEY,
            CLERK_PUBLISHABLE_KEY, CLERK_API_URL. Unless given, only session tokens are
            accepted (`accepts_token`), and sessions with pending tasks are signed out
            (`treat_pending_as_signed_out`).
        client: a `Clerk`. Its key and server count where none is given, before those of the
            environment, and its connections (proxy, certificates, `client=`) are the way to
            the signing keys.

    Raises:
        TypeError: a setting has an unknown name or a wrong type.
        ValueError: a setting makes no sense, or there is no key to verify anything with.
    """

    def __init__(
        self,
        options: AuthenticateRequestOptions | None = None,
        *,
        client: Clerk | None = None,
        **settings: Any,
    ) -> None:
        if options is not None and settings:
            raise TypeError("options: give these or settings by name, not both")
        if client is not None and not isinstance(client, Clerk):
            raise TypeError(f"client must be a Clerk or None, not {type(client).__name__!r}")
        if options is None:
            options = made(settings, os.environ, client)
        self.client = client
        self.options = checked(options, client)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def authenticate(self, request: Any) -> RequestState:
        """Who is asking. `request` is one, or its headers in any shape."""
        if self.client is not None:
            return self.client.authenticate_request(request, self.options)
        return authenticate_request(request, self.options)

    async def authenticate_async(self, request: Any) -> RequestState:
        """The same for tasks."""
        if self.client is not None:
            return await self.client.authenticate_request_async(request, self.options)
        return await authenticate_request_async(request, self.options)

    def prewarm(self) -> bool:
        """Fetches the instance's keys at the start of the application, so that the first request
        need not. Are they there? With `jwt_key` they always are."""
        if self.options.jwt_key:
            return True
        place = place_of(self.options, self.client)
        return not place[0] or keeper_at(place).prewarm()

    async def prewarm_async(self) -> bool:
        """The same for tasks."""
        if self.options.jwt_key:
            return True
        place = await place_of_async(self.options, self.client)
        return not place[0] or await keeper_at(place).prewarm_async()


def made(
    settings: Mapping[str, Any], environment: Mapping[str, Any], client: Clerk | None
) -> AuthenticateRequestOptions:
    """Options out of settings, then of the environment, then the defaults of these helpers."""
    given = {name: value for name, value in settings.items() if value is not None}
    for name in given:
        if name not in _NAMES:
            raise TypeError(f"there is no setting {name!r}; there are {', '.join(sorted(_NAMES))}")
    for name in _ENVIRONMENT:
        value = environment.get(f"CLERK_{name.upper()}")
        if value and (client is None or name not in _OF_CLIENTS):
            given.setdefault(name, value)
    given.setdefault("accepts_token", ["session_token"])
    given.setdefault("treat_pending_as_signed_out", True)
    for name in _LISTS:
        if name in given:
            given[name] = _texts(name, given[name])
    return AuthenticateRequestOptions(**given)


def _texts(name: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of str, not {type(value).__name__!r}")
    return list(value)


def checked(
    options: AuthenticateRequestOptions, client: Clerk | None
) -> AuthenticateRequestOptions:
    """The same, if anything can be verified with them."""
    for name in _ENVIRONMENT:
        value = getattr(options, name)
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be str or None, not {type(value).__name__!r}")
    _check_lists(options)
    skew = options.clock_skew_in_ms
    if not isinstance(skew, (int, float)) or isinstance(skew, bool) or not 0 <= skew < math.inf:
        raise ValueError(f"clock_skew_in_ms must be a number of milliseconds, not {skew!r}")
    own = None if client is None else client._given["bearer_auth"]
    if not any((options.secret_key, options.jwt_key, options.machine_secret_key, own)):
        raise ValueError(
            "there is no key to verify tokens with: secret_key (CLERK_SECRET_KEY) or jwt_key"
            " (CLERK_JWT_KEY) is needed"
        )
    return options


def _check_lists(options: AuthenticateRequestOptions) -> None:
    given: Any = options.accepts_token
    kinds = [given] if isinstance(given, (str, TokenType)) else _texts("accepts_token", given)
    for kind in kinds:
        value = kind.value if isinstance(kind, TokenType) else kind
        if value not in _KINDS:
            raise ValueError(f"accepts_token: {value!r} is none of {', '.join(sorted(_KINDS))}")
    audience = options.audience
    for name, values in (
        ("authorized_parties", options.authorized_parties),
        ("audience", [audience] if isinstance(audience, str) else audience),
    ):
        for value in [] if values is None else _texts(name, values):
            if not isinstance(value, str):
                raise TypeError(f"{name} must hold str, not {type(value).__name__!r}")


class Refusal(NamedTuple):
    """An answer to a request that may not go on.

    Attributes:
        status: 401 signed out, 403 not allowed, 503 nobody can tell at the moment.
        code: such as "token-expired", "not-allowed".
        message: for people.
        headers: WWW-Authenticate among them.
        body: what to answer as JSON.
    """

    status: int
    code: str
    message: str
    headers: dict[str, str]
    body: dict[str, Any]


class Conditions:
    """What a signed-in request needs besides: see `AuthObject.has`."""

    def __init__(self, wanted: Mapping[str, Any]) -> None:
        self.wanted = {name: value for name, value in wanted.items() if value is not None}
        if self.wanted:
            AuthObject().has(**self.wanted)  # raises now what it would for each request

    def refusal(self, state: RequestState) -> Refusal | None:
        """Why not; None if the request may go on."""
        if not state.is_signed_in:
            return _signed_out(state)
        if not self.wanted:
            return None
        auth = state.to_auth()
        if auth.has(**self.wanted):
            return None
        rest = {n: v for n, v in self.wanted.items() if n != "reverification"}
        recent = self.wanted.get("reverification")
        if recent is not None and (not rest or auth.has(**rest)):
            return _too_long_ago(recent)
        return _refusal(
            403, "not-allowed", "This needs a role, permission, feature or plan that is not there.",
            error="insufficient_scope",
        )  # fmt: skip


def _signed_out(state: RequestState) -> Refusal:
    reason = state.reason
    code = "signed-out" if reason is None else str(reason.value[0])
    message = state.message or "Nobody is signed in."
    if reason in _UNDECIDED:
        return _refusal(503, code, message, challenge=False)
    missing = reason in (None, AuthErrorReason.SESSION_TOKEN_MISSING)
    return _refusal(401, code, message, error=None if missing else "invalid_token")


def _too_long_ago(wanted: Any) -> Refusal:
    """As Clerk's components for browsers know it: they ask the user to verify again."""
    found = _refusal(
        403, "reverification-needed", "This needs a more recent verification.",
        error="insufficient_user_authentication",
    )  # fmt: skip
    metadata = {"reverification": wanted if isinstance(wanted, str) else dict(wanted)}
    found.body["clerk_error"] = {
        "type": "forbidden",
        "reason": "reverification-error",
        "metadata": metadata,
    }
    return found


def _refusal(
    status: int, code: str, message: str, *, error: str | None = None, challenge: bool = True
) -> Refusal:
    headers = {"Cache-Control": "no-store"}
    if challenge:
        parts = [f'Bearer realm="{REALM}"']
        if error is not None:
            text = message.replace("\\", "").replace('"', "'")
            parts += [f'error="{error}"', f'error_description="{text}"']
        headers["WWW-Authenticate"] = ", ".join(parts)
    else:
        headers["Retry-After"] = "5"
    body = {"errors": [{"code": code, "message": message}]}
    return Refusal(status, code, message, headers, body)


def needed(error: ModuleNotFoundError, extra: str) -> ModuleNotFoundError:
    """What to say where a framework is not installed."""
    text = f'clerk_c.integrations.{extra} needs {error.name}: pip install "clerk_c[{extra}]"'
    return ModuleNotFoundError(text, name=error.name)
