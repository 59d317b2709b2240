"""Where a program can have hooks registered with every client that it makes."""

from .clerk_before_request_hook import ClerkBeforeRequestHook
from .types import Hooks


def init_hooks(hooks: Hooks) -> None:
    """Register the hooks of a new client. A program may put a function of its own in this one's
    place, before it makes clients."""
    hooks.register_before_request_hook(ClerkBeforeRequestHook())
