"""A client for Clerk's Backend API with a core written in C.

The names are those of the official SDK: `from clerk_c import Clerk, models`.
Everything but the client is imported when it is first named, so that
`import clerk_c` costs next to nothing.
"""

import sys

from ._version import OPENAPI_DOC_VERSION, USER_AGENT, __version__
from .sdk import SERVERS, Clerk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from . import bulk, exceptions, models, security, testing, types, utils
    from ._compat import install_as_clerk_backend_api
    from ._core import UNSET, BaseModel, Headers, Response
    from ._hooks import SDKHooks
    from ._modelapi import json_default
    from ._origin import ResponseInfo, response_of
    from ._request import Request
    from ._upload import Upload
    from ._validation import ValidationError
    from .buildinfo import BuildInfo, build_info
    from .httpclient import AsyncHttpClient, HttpClient
    from .models import *  # noqa: F403
    from .pagination import AsyncPages, Pages, apaginate, paginate
    from .publishable import PublishableKey, parse_publishable_key
    from .sdkconfiguration import SDKConfiguration
    from .security import (
        AuthenticateRequestOptions,
        Requestish,
        RequestState,
        authenticate_request,
        authenticate_request_async,
    )
    from .tables import Table, table
    from .types import OptionalNullable
    from .utils.logger import Logger, get_default_logger
    from .utils.retries import RetryConfig, RetryPolicy
    from .webhook_events import WebhookEvent, WebhookVerificationError, verify_webhook

VERSION = __version__

_MODULES = frozenset(
    (
        *("bulk", "exceptions", "httpclient", "models", "sdkconfiguration", "security", "testing"),
        *("types", "utils"),
    )
)
_ELSEWHERE = {
    "AsyncHttpClient": "httpclient",
    "AsyncPages": "pagination",
    "AuthenticateRequestOptions": "security",
    "BaseModel": "_core",
    "BuildInfo": "buildinfo",
    "Headers": "_core",
    "HttpClient": "httpclient",
    "Logger": "utils.logger",
    "OptionalNullable": "types",
    "Pages": "pagination",
    "PublishableKey": "publishable",
    "Request": "_request",
    "RequestState": "security",
    "Requestish": "security",
    "Response": "_core",
    "ResponseInfo": "_origin",
    "RetryConfig": "utils.retries",
    "RetryPolicy": "utils.retries",
    "SDKConfiguration": "sdkconfiguration",
    "SDKHooks": "_hooks",
    "Table": "tables",
    "UNSET": "_core",
    "Upload": "_upload",
    "ValidationError": "_validation",
    "WebhookEvent": "webhook_events",
    "WebhookVerificationError": "webhook_events",
    "apaginate": "pagination",
    "authenticate_request": "security",
    "authenticate_request_async": "security",
    "build_info": "buildinfo",
    "get_default_logger": "utils.logger",
    "install_as_clerk_backend_api": "_compat",
    "json_default": "_modelapi",
    "paginate": "pagination",
    "parse_publishable_key": "publishable",
    "response_of": "_origin",
    "table": "tables",
    "verify_webhook": "webhook_events",
}

__all__ = [
    "OPENAPI_DOC_VERSION",
    "SERVERS",
    "UNSET",
    "USER_AGENT",
    "VERSION",
    "AsyncHttpClient",
    "AsyncPages",
    "AuthenticateRequestOptions",
    "BaseModel",
    "BuildInfo",
    "Clerk",
    "Headers",
    "HttpClient",
    "Logger",
    "OptionalNullable",
    "Pages",
    "PublishableKey",
    "Request",
    "RequestState",
    "Requestish",
    "Response",
    "ResponseInfo",
    "RetryConfig",
    "RetryPolicy",
    "SDKConfiguration",
    "SDKHooks",
    "Table",
    "Upload",
    "ValidationError",
    "WebhookEvent",
    "WebhookVerificationError",
    "__version__",
    "apaginate",
    "authenticate_request",
    "authenticate_request_async",
    "build_info",
    "bulk",
    "exceptions",
    "get_default_logger",
    "install_as_clerk_backend_api",
    "json_default",
    "models",
    "paginate",
    "parse_publishable_key",
    "response_of",
    "security",
    "table",
    "testing",
    "types",
    "utils",
    "verify_webhook",
]


class _Submodules:
    """Finds the submodules that have no file, such as clerk_c.users and clerk_c.models.user."""

    @staticmethod
    def find_spec(
        name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        if not name.startswith("clerk_c."):
            return None
        from ._submodules import find

        return find(name)


# The last to be asked, so that no other import pays for it; and once, should this run again.
if not any(type(finder).__qualname__ == "_Submodules" for finder in sys.meta_path):
    sys.meta_path.append(_Submodules())


if not TYPE_CHECKING:  # a type checker would take any name for granted

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _MODULES:
            return import_module(f"{__name__}.{name}")
        if name in _ELSEWHERE:
            value = getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
        else:
            try:  # the reference offers each model here too
                value = getattr(import_module(f"{__name__}.models"), name)
            except AttributeError:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        from . import models

        return sorted({*globals(), *__all__, *models.__all__})
