"""Authentication of requests, of which the frameworks have several types."""

from collections.abc import Mapping
from typing import Any

from clerk_c import AuthenticateRequestOptions, Clerk, RequestState, security
from clerk_c.security.types import AuthObject, SessionAuthObjectV2


class Framework:
    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers


class Other:
    headers: list[tuple[bytes, bytes]]


OPTIONS = AuthenticateRequestOptions(
    accepts_token=["session_token"],
    authorized_parties=["https://app.example.com"],
    treat_pending_as_signed_out=True,
)


def user(clerk: Clerk, request: Framework, other: Other, scope: dict[str, Any]) -> str | None:
    state: RequestState = clerk.authenticate_request(request, OPTIONS)
    clerk.authenticate_request(other, OPTIONS)
    clerk.authenticate_request(scope, OPTIONS)
    clerk.authenticate_request([(b"authorization", b"Bearer x")], OPTIONS)
    if not state.is_signed_in:
        code: str | None = None if state.reason is None else state.reason.value[0]
        return code or state.message
    auth: AuthObject = state.to_auth()
    if isinstance(auth, SessionAuthObjectV2) and auth.has(role="org:admin", reverification="lax"):
        return auth.sub
    return None


async def later(clerk: Clerk, request: Framework) -> bool:
    state = await clerk.authenticate_request_async(request, OPTIONS)
    again = await security.authenticate_request_async(request, OPTIONS)
    return state.is_signed_in and again.is_authenticated


def keys(secret: str) -> int:
    keeper = security.JwksKeeper(secret, grace_ms=900_000)
    security.use_keeper(keeper, secret)
    return keeper.counters.fetches if keeper.prewarm() else 0


def claims(token: str, pem: str) -> dict[str, Any]:
    try:
        return security.verify_token(token, security.VerifyTokenOptions(jwt_key=pem))
    except security.TokenVerificationError as error:
        return {"reason": error.reason.name}
