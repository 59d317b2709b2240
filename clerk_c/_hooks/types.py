"""The interfaces of hooks and the contexts that they are given."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from ..httpclient import HttpClient


class HookContext:
    """What a hook is told about the call.

    Attributes:
        config: the settings of the client.
        base_url: the server's URL, without the operation's path.
        operation_id: the operation's name in the API's description, such as "GetUserList".
        oauth2_scopes: the scopes that the operation asks for, if any.
        security_source: where the key comes from: a value, or a callable.
        tags: the operation's groups in the API's description.
        extensions: additions to the API's description of the operation.
    """

    def __init__(
        self,
        config: Any,
        base_url: str,
        operation_id: str,
        oauth2_scopes: "list[str] | None",
        security_source: "Any | Callable[[], Any] | None",
        tags: "list[str] | None",
        extensions: "dict[str, Any] | None",
    ) -> None:
        self.config = config
        self.base_url = base_url
        self.operation_id = operation_id
        self.oauth2_scopes = oauth2_scopes
        self.security_source = security_source
        self.tags = tags
        self.extensions = extensions


class _Context(HookContext):
    """A context made from another."""

    def __init__(self, hook_ctx: HookContext) -> None:
        super().__init__(
            hook_ctx.config,
            hook_ctx.base_url,
            hook_ctx.operation_id,
            hook_ctx.oauth2_scopes,
            hook_ctx.security_source,
            hook_ctx.tags,
            hook_ctx.extensions,
        )


class BeforeRequestContext(_Context):
    """The call whose request is about to be sent."""


class AfterSuccessContext(_Context):
    """The call that got an answer."""


class AfterErrorContext(_Context):
    """The call that failed."""


class SDKInitHook(ABC):
    """Sees a client being made."""

    @abstractmethod
    def sdk_init(self, base_url: str, client: HttpClient) -> "tuple[str, HttpClient]":
        """The server's URL and HTTP client to use: those given, or others."""


class BeforeRequestHook(ABC):
    """Sees each request before it is sent."""

    @abstractmethod
    def before_request(self, hook_ctx: BeforeRequestContext, request: Any) -> Any:
        """The request to send, or an exception to raise instead."""


class AfterSuccessHook(ABC):
    """Sees each answer that is no error."""

    @abstractmethod
    def after_success(self, hook_ctx: AfterSuccessContext, response: Any) -> Any:
        """The response to go on with, or an exception to raise instead."""


class AfterErrorHook(ABC):
    """Sees each failure: an answer that is an error, or an exception."""

    @abstractmethod
    def after_error(
        self, hook_ctx: AfterErrorContext, response: Any, error: "Exception | None"
    ) -> "tuple[Any, Exception | None] | Exception":
        """The response and error to go on with, or an exception to raise instead."""


class Hooks(ABC):
    """Where hooks are registered."""

    @abstractmethod
    def register_sdk_init_hook(self, hook: SDKInitHook) -> None:
        """Have the hook see clients being made."""

    @abstractmethod
    def register_before_request_hook(self, hook: BeforeRequestHook) -> None:
        """Have the hook see requests."""

    @abstractmethod
    def register_after_success_hook(self, hook: AfterSuccessHook) -> None:
        """Have the hook see answers."""

    @abstractmethod
    def register_after_error_hook(self, hook: AfterErrorHook) -> None:
        """Have the hook see failures."""
