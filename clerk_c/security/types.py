"""What goes into the authentication of a request and what comes out: options, states, reasons,
and the objects that say who is asking."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar, Protocol

from ._access import Wanted, check

__all__ = [
    "APIKeyMachineAuthObject",
    "AuthErrorReason",
    "AuthObject",
    "AuthStatus",
    "AuthenticateRequestOptions",
    "M2MMachineAuthObject",
    "OAuthMachineAuthObject",
    "RequestState",
    "Requestish",
    "SessionAuthObjectV1",
    "SessionAuthObjectV2",
    "TokenPrefix",
    "TokenType",
    "TokenVerificationError",
    "TokenVerificationErrorReason",
    "VerifyTokenOptions",
]

API_URL = "https://api.clerk.com"
API_VERSION = "v1"

# Whose keys, and where they are: secret key, api_url, api_version; and the client whose
# connections reach them, None for connections of our own.
Place = tuple["str | None", str, str, Any]


class TokenVerificationErrorReason(Enum):
    """Why a token was not accepted. The value is a code and a text for people."""

    JWK_FAILED_TO_LOAD = (
        "jwk-failed-to-load",
        "The signing keys could not be fetched from Clerk's Backend API.",
    )
    JWK_REMOTE_INVALID = (
        "jwk-remote-invalid",
        "Clerk's Backend API answered without a list of signing keys.",
    )
    JWK_FAILED_TO_RESOLVE = (
        "jwk-failed-to-resolve",
        "The key is not an RSA public key in a form that can be read.",
    )
    JWK_KID_MISMATCH = (
        "jwk-kid-mismatch",
        "None of the instance's signing keys has the kid that the token names.",
    )
    TOKEN_EXPIRED = ("token-expired", "The token has expired (exp).")
    TOKEN_INVALID = ("token-invalid", "The token is malformed or was refused.")
    TOKEN_INVALID_AUTHORIZED_PARTIES = (
        "token-invalid-authorized-parties",
        "The token was made for another origin (azp) than those in authorized_parties.",
    )
    TOKEN_INVALID_AUDIENCE = (
        "token-invalid-audience",
        "The token was made for another audience (aud) than the one asked for.",
    )
    TOKEN_IAT_IN_THE_FUTURE = (
        "token-iat-in-the-future",
        "The token says that it was issued at an impossible time (iat).",
    )
    TOKEN_NOT_ACTIVE_YET = (
        "token-not-active-yet",
        "The token does not count yet (nbf or iat): do the clocks agree?",
    )
    TOKEN_INVALID_SIGNATURE = (
        "token-invalid-signature",
        "The signature of the token does not fit the key.",
    )
    SECRET_KEY_MISSING = (
        "secret-key-missing",
        "A secret key is needed (or jwt_key for session tokens): see the API keys of the "
        "instance in Clerk's dashboard.",
    )
    SERVER_ERROR = (
        "server-error",
        "Clerk's Backend API could not be asked about the token; try again later.",
    )
    INVALID_TOKEN_TYPE = (
        "invalid-token-type",
        "This is no kind of token that Clerk issues.",
    )


class TokenType(Enum):
    """Kinds of tokens, with the names that `accepts_token` knows."""

    SESSION_TOKEN = "session_token"
    API_KEY = "api_key"
    MACHINE_TOKEN = "machine_token"
    MACHINE_TOKEN_V2 = "m2m_token"
    OAUTH_TOKEN = "oauth_token"


class TokenPrefix(Enum):
    """How the opaque tokens begin."""

    API_KEY_PREFIX = "ak_"
    OAUTH_TOKEN_PREFIX = "oat_"
    MACHINE_TOKEN_PREFIX = "m2m_"
    MACHINE_TOKEN_PREFIX_V2 = "mt_"


class TokenVerificationError(Exception):
    """A token was not accepted; `reason` says why."""

    reason: TokenVerificationErrorReason

    def __init__(self, reason: TokenVerificationErrorReason) -> None:
        self.reason = reason
        super().__init__(reason.value[1])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason,)


_SECRETS = ("secret_key", "machine_secret_key")


class _Discreet:
    """Its repr does not tell secrets: reprs end in logs."""

    __slots__ = ()

    def __repr__(self) -> str:
        parts = []
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            hidden = item.name in _SECRETS and value is not None
            parts.append(f"{item.name}={'**********' if hidden else repr(value)}")
        return f"{type(self).__name__}({', '.join(parts)})"


@dataclass(repr=False)
class VerifyTokenOptions(_Discreet):
    """How `verify_token` decides.

    Attributes:
        audience: the audience, or several, of which the token has to name one.
        authorized_parties: origins that the token (azp) may come from; None: any.
        clock_skew_in_ms: milliseconds that clocks may differ by.
        jwt_key: the instance's public key in PEM. With it, nothing is fetched.
        secret_key: the instance's secret key, to fetch the signing keys with.
        machine_secret_key: a machine's secret key, for machine tokens.
        api_url: origin of Clerk's Backend API.
        api_version: its version, a segment of the path.
    """

    audience: str | list[str] | None = None
    authorized_parties: list[str] | None = None
    clock_skew_in_ms: int = 5000
    jwt_key: str | None = None
    secret_key: str | None = None
    machine_secret_key: str | None = None
    api_url: str = API_URL
    api_version: str = API_VERSION


class Requestish(Protocol):
    """Anything with headers. Beyond this protocol also the headers themselves are taken (a
    mapping or pairs), an ASGI scope, and a WSGI environ."""

    @property
    def headers(self) -> Mapping[str, str]: ...


class _WithHeaders(Protocol):
    """The same with headers of any other shape."""

    @property
    def headers(self) -> Any: ...


RequestLike = Requestish | _WithHeaders | Mapping[Any, Any] | Iterable[Any]


class AuthErrorReason(Enum):
    """Why a request is signed out although no token was refused."""

    SESSION_TOKEN_MISSING = (
        "session-token-missing",
        "The request has no token: neither a bearer token in the Authorization header nor a "
        "__session cookie.",
    )
    SECRET_KEY_MISSING = TokenVerificationErrorReason.SECRET_KEY_MISSING.value
    TOKEN_TYPE_NOT_SUPPORTED = (
        "token-type-not-supported",
        "Tokens of this kind are not among those in accepts_token.",
    )
    # beyond the reference; only where treat_pending_as_signed_out asks for it
    SESSION_PENDING = (
        "session-pending",
        "The session counts only after its pending tasks, such as choosing an organization.",
    )


class AuthStatus(Enum):
    SIGNED_IN = "signed-in"
    SIGNED_OUT = "signed-out"


class AuthObject(ABC):  # noqa: B024 - the reference's, too, has nothing to override
    """Who is asking: what `RequestState.to_auth` returns."""

    # The claims that has() looks into. No field: repr, == and asdict() leave it out.
    _claims: ClassVar[Mapping[str, Any] | None] = None

    def has(
        self,
        *,
        role: str | None = None,
        permission: str | None = None,
        feature: str | None = None,
        plan: str | None = None,
        reverification: str | Mapping[str, Any] | None = None,
    ) -> bool:
        """Is all of this true? Fails closed: what the token does not say is not so.

        Args:
            role: role in the active organization, "org:admin" or "admin".
            permission: permission there, "org:invoices:create" or "invoices:create".
            feature: feature of the user's or the organization's plan. With a scope,
                "user:x" or "org:x", only there.
            plan: plan, in the same way.
            reverification: how recently the user has to have verified: "strict_mfa",
                "strict", "moderate", "lax", or a mapping of `level` ("first_factor",
                "second_factor", "multi_factor") and `after_minutes` (or `afterMinutes`).

        Raises:
            TypeError, ValueError: a condition makes no sense, or there is none.
        """
        wanted = Wanted(role, permission, feature, plan, reverification)
        return self._claims is not None and check(wanted, self._claims)


@dataclass
class SessionAuthObjectV2(AuthObject):
    """A session whose token has version 2: its claims."""

    exp: int | None = None
    iat: int | None = None
    iss: str | None = None
    sid: str | None = None
    sub: str | None = None
    v: int | None = None
    jti: str | None = None
    role: str | None = None
    fva: list[int] | None = None
    nbf: int | None = None
    email: str | None = None
    azp: str | None = None
    org_id: str | None = None
    org_slug: str | None = None
    org_role: str | None = None
    org_permissions: list[str] | None = None


@dataclass
class SessionAuthObjectV1(AuthObject):
    """A session whose token has no version."""

    session_id: str | None = None
    user_id: str | None = None
    org_id: str | None = None
    org_role: str | None = None
    org_permissions: list[str] | None = None
    factor_verification_age: list[int] | None = None
    claims: dict[str, Any] | None = None


@dataclass
class OAuthMachineAuthObject(AuthObject):
    """An application that acts for a user by OAuth."""

    token_type: TokenType = TokenType.OAUTH_TOKEN
    id: str | None = None
    user_id: str | None = None
    client_id: str | None = None
    name: str | None = None
    scopes: list[str] | None = None


@dataclass
class APIKeyMachineAuthObject(AuthObject):
    """An API key of a user or of an organization."""

    token_type: TokenType = TokenType.API_KEY
    id: str | None = None
    user_id: str | None = None
    org_id: str | None = None
    name: str | None = None
    scopes: list[str] | None = None
    claims: dict[str, Any] | None = None


@dataclass
class M2MMachineAuthObject(AuthObject):
    """A machine."""

    token_type: TokenType = TokenType.MACHINE_TOKEN
    id: str | None = None
    machine_id: str | None = None
    client_id: str | None = None
    name: str | None = None
    scopes: list[str] | None = None
    claims: dict[str, Any] | None = None


@dataclass
class RequestState:
    """Is the request signed in, and if not, why?

    Attributes:
        status: signed in or signed out.
        reason: why it is signed out; None when it is signed in.
        token: the token that was accepted.
        payload: the claims of a session token, or what the API says of another token.
    """

    status: AuthStatus
    reason: AuthErrorReason | TokenVerificationErrorReason | None = None
    token: str | None = field(default=None, repr=False)
    payload: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def is_authenticated(self) -> bool:
        return self.status is AuthStatus.SIGNED_IN

    @property
    def is_signed_in(self) -> bool:
        return self.status is AuthStatus.SIGNED_IN

    @property
    def message(self) -> str | None:
        """`reason` as a text for people."""
        if self.reason is None:
            return None
        text: str = self.reason.value[1]
        return text

    def to_auth(self) -> AuthObject:
        """Who is asking.

        Raises:
            ValueError: the request is signed out.
        """
        from ._objects import auth_object

        return auth_object(self)


@dataclass(repr=False)
class AuthenticateRequestOptions(_Discreet):
    """How `authenticate_request` decides. Never written to.

    Attributes:
        secret_key: the instance's secret key. `Clerk.authenticate_request` takes its own.
        machine_secret_key: a machine's secret key, for tokens of machines.
        jwt_key: the instance's public key in PEM. With it, nothing is fetched for session
            tokens.
        audience: the audience, or several, of which the token has to name one.
        authorized_parties: origins that the token (azp) may come from; None: any.
        clock_skew_in_ms: milliseconds that clocks may differ by.
        accepts_token: kinds of tokens to accept: "session_token", "api_key", "oauth_token",
            "machine_token", "m2m_token", or "any".
        publishable_key: the instance's publishable key. With it, the session cookie is the one
            of this instance, even where others share the domain.
        treat_pending_as_signed_out: is a session signed out as long as it has pending tasks?
        api_url: origin of Clerk's Backend API. None: that of the client, else
            "https://api.clerk.com".
        api_version: its version, a segment of the path. None: likewise, else "v1".
    """

    secret_key: str | None = None
    machine_secret_key: str | None = None
    jwt_key: str | None = None
    audience: str | list[str] | None = None
    authorized_parties: list[str] | None = None
    clock_skew_in_ms: int = 5000
    accepts_token: list[str] = field(default_factory=lambda: ["any"])
    publishable_key: str | None = field(default=None, kw_only=True)
    treat_pending_as_signed_out: bool = field(default=False, kw_only=True)
    api_url: str | None = field(default=None, kw_only=True)
    api_version: str | None = field(default=None, kw_only=True)
