"""Facts about the service, and the settings of a client while it lives."""

import weakref
from typing import Any

from . import _version
from ._core import UNSET
from .utils.logger import NoOpLogger

SERVERS = ("https://api.clerk.com/v1",)
"""The documented servers; `server_idx` chooses one."""

__all__ = ["SERVERS", "SDKConfiguration"]


class SDKConfiguration:
    """The settings of a client: `clerk.sdk_configuration`. What is assigned holds from the next
    call on.

    Attributes:
        client, async_client: what sends requests. Where the program gave none, they use the
            client's own connections.
        client_supplied, async_client_supplied: did the program give them? Assigning a client
            sets them.
        debug_logger: has a method debug(message, *arguments).
        security: the key as a `models.Security`, a function that returns one, or None.
        server_url: base of all URLs; "" or None for the documented server number server_idx.
        server_idx: int.
        retry_config: a `utils.RetryConfig`, None or UNSET.
        timeout_ms: int in milliseconds, or None.
        user_agent: the header of that name.
        language, openapi_doc_version, sdk_version, gen_version: str.
    """

    client: Any
    client_supplied: bool
    async_client: Any
    async_client_supplied: bool
    debug_logger: Any
    security: Any
    server_url: "str | None"
    server_idx: "int | None"
    language: str
    openapi_doc_version: str
    sdk_version: str
    gen_version: str
    user_agent: str
    retry_config: Any
    timeout_ms: "int | None"

    def __init__(
        self,
        client: Any,
        client_supplied: bool,
        async_client: Any,
        async_client_supplied: bool,
        debug_logger: Any,
        security: Any = None,
        server_url: "str | None" = "",
        server_idx: "int | None" = 0,
        language: str = "python",
        openapi_doc_version: str = _version.OPENAPI_DOC_VERSION,
        sdk_version: str = _version.REFERENCE_VERSION,
        gen_version: str = _version.__version__,
        user_agent: str = _version.USER_AGENT,
        retry_config: Any = UNSET,
        timeout_ms: "int | None" = None,
    ) -> None:
        settings = dict(locals())
        del settings["self"]
        self.__dict__.update(settings, _changes=0)

    def get_server_details(self) -> "tuple[str, dict[str, str]]":
        """The server's URL without a slash at its end, and values for place holders (none)."""
        if self.server_url:
            return self.server_url.removesuffix("/"), {}
        if self.server_idx is None:
            self.__dict__["server_idx"] = 0
        return SERVERS[self.server_idx or 0], {}

    def __setattr__(self, name: str, value: Any) -> None:
        owner = self.__dict__.get("_owner")
        clerk = owner and owner()
        if clerk is not None:
            _apply(clerk, self, name, value)
        self.__dict__[name] = value
        if name in ("client", "async_client"):
            self.__dict__[f"{name}_supplied"] = True
        elif name == "debug_logger" and value is None:
            self.__dict__[name] = NoOpLogger()
        self.__dict__["_changes"] = self.__dict__.get("_changes", 0) + 1

    def __eq__(self, other: object) -> bool:
        """Are the settings the same? What sends the requests counts where a program gave it."""
        if not isinstance(other, SDKConfiguration):
            return NotImplemented
        return self._comparable() == other._comparable()

    __hash__ = None  # type: ignore[assignment]

    def _comparable(self) -> "dict[str, Any]":
        found = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        for name in ("client", "async_client"):
            if not found[f"{name}_supplied"]:
                del found[name]
        if type(found["debug_logger"]) is NoOpLogger:
            del found["debug_logger"]
        if not isinstance(found["retry_config"], type(UNSET)):
            found["retry_config"] = repr(found["retry_config"])
        return found

    def __repr__(self) -> str:
        from ._masking import STARS, mask_url

        shown = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        shown["security"] = None if self.security is None else STARS
        shown["server_url"] = self.server_url and mask_url(self.server_url)
        return f"SDKConfiguration({', '.join(f'{n}={v!r}' for n, v in shown.items())})"


def make(clerk: Any, given: "dict[str, Any]") -> SDKConfiguration:
    """The configuration of a client, from the arguments that it was made with; its sdk_init hooks
    have run."""
    from ._hooks import SDKHooks
    from ._transport_client import AsyncTransportClient, TransportClient
    from .utils.logger import get_default_logger

    client, async_client = given["client"], given["async_client"]
    config = SDKConfiguration(
        client=TransportClient(clerk) if client is None else client,
        client_supplied=client is not None,
        async_client=AsyncTransportClient(clerk) if async_client is None else async_client,
        async_client_supplied=async_client is not None,
        debug_logger=given["debug_logger"] or get_default_logger(),
        security=_security(given["bearer_auth"]),
        server_url=_templated(given["server_url"], given["url_params"]),
        server_idx=given["server_idx"],
        retry_config=given["retry_config"],
        timeout_ms=given["timeout_ms"],
    )
    hooks = SDKHooks()
    config.__dict__.update(
        _hooks=hooks,
        _owner=weakref.ref(clerk),
        _security_given=config.security,
        _hooks_of_all=_registered(hooks),
    )
    _register(hooks, given["hooks"])
    before = config.get_server_details()[0]
    server_url, chosen = hooks.sdk_init(before, config.client)
    if chosen is not config.client:
        config.client = chosen
    if server_url != before:
        config.server_url = server_url
    return config


def _templated(server_url: Any, url_params: Any) -> Any:
    from .sdk import _server

    return _server(server_url, None, url_params) if server_url else server_url


def _security(bearer_auth: Any) -> Any:
    if bearer_auth is None:
        return None
    from .models import Security

    async def later(key: Any) -> Any:
        return Security(bearer_auth=await key)

    def ask() -> Any:
        key = bearer_auth()
        return later(key) if hasattr(key, "__await__") else Security(bearer_auth=key)

    return ask if callable(bearer_auth) else Security(bearer_auth=bearer_auth)


def bearer_of(security: Any) -> Any:
    async def later(found: Any) -> Any:
        return (await found).bearer_auth

    def ask() -> Any:
        found = security()
        return later(found) if hasattr(found, "__await__") else found.bearer_auth

    if callable(security):
        return ask
    return None if security is None else security.bearer_auth


_KINDS = ("sdk_init", "before_request", "after_success", "after_error")


def _register(hooks: Any, given: Any) -> None:
    """Registers what `hooks=` lists; an object may be a hook of several kinds."""
    for hook in () if given is None else given:
        kinds = [kind for kind in _KINDS if callable(getattr(hook, kind, None))]
        if not kinds or isinstance(hook, type):
            raise TypeError(
                f"hooks: an object with one of the methods {', '.join(_KINDS)} is needed, "
                f"not {type(hook).__name__!r}"
            )
        for kind in kinds:
            getattr(hooks, f"register_{kind}_hook")(hook)


def _registered(hooks: Any) -> "list[Any]":
    """All hooks, each once."""
    found: list[Any] = []
    for kind in _KINDS:
        for hook in getattr(hooks, f"{kind}_hooks", ()):
            if not any(hook is other for other in found):
                found.append(hook)
    return found


def hooks_of(config: SDKConfiguration) -> "list[Any]":
    """The hooks that this client has and others have not."""
    of_all = config.__dict__["_hooks_of_all"]
    hooks = _registered(config.__dict__["_hooks"])
    return [hook for hook in hooks if not any(hook is other for other in of_all)]


def _apply(clerk: Any, config: SDKConfiguration, name: str, value: Any) -> None:
    """Has a new setting hold from the next call on; raises where it makes no sense."""
    from . import _foreign
    from .sdk import _server, _timeout

    if name == "timeout_ms":
        clerk._change(timeout_ms=_timeout(value))
    elif name == "server_url":
        clerk._change(server_url=_server(value, config.server_idx, None))
    elif name == "server_idx" and not config.server_url:
        clerk._change(server_url=_server(None, value, None))
    elif name in ("retry_config", "user_agent"):
        clerk._change(**{name: value})
    elif name == "security":
        clerk._change(bearer_auth=bearer_of(value))
    elif name in ("client", "async_client") and value is not None:
        _foreign.check(value, name)
