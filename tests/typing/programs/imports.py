"""Every way to a name leads to the same type."""

import clerk_c.models.user
import clerk_c.users
from clerk_c import Clerk, HttpClient, Logger, RetryConfig, get_default_logger, models, utils
from clerk_c._hooks import BeforeRequestContext, BeforeRequestHook
from clerk_c.httpclient import AsyncHttpClient
from clerk_c.models import ClerkError, EmailAddress, User, UserTypedDict
from clerk_c.models.emailaddress import Verification, VerificationTypedDict
from clerk_c.types import UNSET, BaseModel, Nullable, OptionalNullable
from clerk_c.types.basemodel import UnrecognizedStr, Unset
from clerk_c.utils import BackoffStrategy
from clerk_c.utils.retries import RetryConfig as SameRetryConfig


def same(user: User) -> "list[clerk_c.models.user.User]":
    base: BaseModel = user
    others: list[models.User] = [user, clerk_c.User.model_validate(base)]
    return others


def group(clerk: Clerk) -> clerk_c.users.Users:
    return clerk.users


def config() -> SameRetryConfig:
    backoff = BackoffStrategy(500, 60_000, 1.5, 3_600_000, jitter_ms=100)
    made = RetryConfig("backoff", backoff, retry_connection_errors=False)
    made.status_codes_override = ["429", "5XX"]
    return made


def call(clerk: Clerk) -> models.User:
    once = utils.RetryConfig("none", config().backoff, True)
    return clerk.users.get(user_id="user_1", retries=once)


def absent(value: OptionalNullable[str]) -> Nullable[str]:
    if isinstance(value, Unset):
        return None
    return value


def tell(address: EmailAddress) -> str:
    verification: Verification | None = address.verification
    if isinstance(verification, models.Otp):
        return f"{verification.strategy} {verification.attempts}"
    if isinstance(verification, models.Admin):
        return "by an administrator"
    return "not known" if verification is None else type(verification).__name__


class Hook(BeforeRequestHook):
    def before_request(self, hook_ctx: BeforeRequestContext, request: object) -> object:
        logger: Logger = get_default_logger()
        logger.debug("%s", hook_ctx.operation_id)
        return request


def clients(one: HttpClient, other: AsyncHttpClient) -> None:
    one.send(one.build_request("GET", "https://example.com"), stream=True)
    other.build_request("GET", "https://example.com")


address: EmailAddress
user: UserTypedDict
otp: models.OtpTypedDict = {
    "status": models.VerificationStatus.VERIFIED,
    "strategy": models.Strategy.PHONE_CODE,
    "attempts": 1,
    "expire_at": None,
}
verification: VerificationTypedDict = otp
error: ClerkError = ClerkError(message="m", long_message="l", code="c")
marker: Unset = UNSET
text: str = UnrecognizedStr("new")
