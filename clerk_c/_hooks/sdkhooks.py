"""The hooks of one client, and how they are run."""

from typing import Any

from . import registration
from .clerk_before_request_hook import ClerkBeforeRequestHook
from .registration import init_hooks
from .types import (
    AfterErrorContext,
    AfterErrorHook,
    AfterSuccessContext,
    AfterSuccessHook,
    BeforeRequestContext,
    BeforeRequestHook,
    Hooks,
    SDKInitHook,
)

_OURS = init_hooks


class SDKHooks(Hooks):
    """The hooks of one client, in the order in which they were registered.

    An exception that a hook returns is raised, like one that it raises; later hooks are then
    not asked.

    Attributes:
        sdk_init_hooks, before_request_hooks, after_success_hooks, after_error_hooks: the lists.
    """

    def __init__(self) -> None:
        self.sdk_init_hooks: list[SDKInitHook] = []
        self.before_request_hooks: list[BeforeRequestHook] = []
        self.after_success_hooks: list[AfterSuccessHook] = []
        self.after_error_hooks: list[AfterErrorHook] = []
        # A program may have replaced either name.
        (init_hooks if init_hooks is not _OURS else registration.init_hooks)(self)

    def register_sdk_init_hook(self, hook: SDKInitHook) -> None:
        self.sdk_init_hooks.append(hook)

    def register_before_request_hook(self, hook: BeforeRequestHook) -> None:
        self.before_request_hooks.append(hook)

    def register_after_success_hook(self, hook: AfterSuccessHook) -> None:
        self.after_success_hooks.append(hook)

    def register_after_error_hook(self, hook: AfterErrorHook) -> None:
        self.after_error_hooks.append(hook)

    def sdk_init(self, base_url: str, client: Any) -> "tuple[str, Any]":
        """The server's URL and the HTTP client, after all hooks."""
        for hook in self.sdk_init_hooks:
            base_url, client = hook.sdk_init(base_url, client)
        return base_url, client

    def before_request(self, hook_ctx: BeforeRequestContext, request: Any) -> Any:
        """The request to send, after all hooks."""
        for hook in self.before_request_hooks:
            request = _unless_exception(hook.before_request(hook_ctx, request))
        return request

    def after_success(self, hook_ctx: AfterSuccessContext, response: Any) -> Any:
        """The response to go on with, after all hooks."""
        for hook in self.after_success_hooks:
            response = _unless_exception(hook.after_success(hook_ctx, response))
        return response

    def after_error(
        self, hook_ctx: AfterErrorContext, response: Any, error: "Exception | None"
    ) -> "tuple[Any, Exception | None]":
        """The response and the error to go on with, after all hooks."""
        for hook in self.after_error_hooks:
            response, error = _unless_exception(hook.after_error(hook_ctx, response, error))
        return response, error


_BEFORE, _SUCCESS, _ERROR = SDKHooks.before_request, SDKHooks.after_success, SDKHooks.after_error
_BEFORE_HOOK = ClerkBeforeRequestHook.before_request


def are_patched() -> bool:
    """Has the program put methods of its own into the classes here?"""
    return (
        ClerkBeforeRequestHook.before_request is not _BEFORE_HOOK
        or SDKHooks.before_request is not _BEFORE
        or SDKHooks.after_success is not _SUCCESS
        or SDKHooks.after_error is not _ERROR
    )


def are_replaced() -> bool:
    """Has it put anything of its own in the place of what every new client has?"""
    return are_patched() or init_hooks is not _OURS or registration.init_hooks is not _OURS


def _unless_exception(result: Any) -> Any:
    if isinstance(result, Exception):
        raise result
    return result
