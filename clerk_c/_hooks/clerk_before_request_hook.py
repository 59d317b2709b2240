"""The hook that every client has: the version of the API that is asked for, and who asks."""

from typing import Any

from .._version import FIXED_HEADERS
from .types import BeforeRequestContext, BeforeRequestHook


class ClerkBeforeRequestHook(BeforeRequestHook):
    """Sets Clerk-API-Version and X-Clerk-SDK, whatever the call says."""

    def before_request(self, hook_ctx: BeforeRequestContext, request: Any) -> Any:
        for name, value in FIXED_HEADERS:
            request.headers[name] = value
        return request
