"""The client: which server, which key, which settings."""

import os
import sys

from . import _core, _version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Any, SupportsIndex

    from typing_extensions import Self

    from ._transport_options import AnyPath, ClientCert, TransportOptions
    from ._travel import Portable
    from .sdkconfiguration import SDKConfiguration
    from .security.types import AuthenticateRequestOptions, RequestLike, RequestState

_deciding: "Any" = None  # clerk_c.security.authenticaterequest, once it is needed

SERVERS = ("https://api.clerk.com/v1",)


class Clerk(_core.Client):
    """A client for Clerk's Backend API.

    The resource groups are attributes: `clerk.users`, `clerk.invitations` and
    so on. Each operation has an asynchronous twin, such as
    `clerk.users.get_async`, to be awaited under asyncio or trio. Leaving a
    `with` statement closes the blocking side, leaving `async with` the
    asynchronous one, `close()` and `aclose()` close both. Connections are
    kept between calls and shared by threads.

    Args:
        bearer_auth: secret key, or a callable that returns it and is asked
            once per call. An asynchronous callable is awaited by the `*_async`
            methods; the others raise TypeError. None sends no authorization.
        server_idx: index of a documented server; 0 is the only one.
        url_params: values for place holders in `server_url`.
        server_url: base of all URLs, such as "https://api.clerk.com/v1".
        client: an `httpx.Client`, or an object with its methods
            `build_request`, `send` and `close`, to send every request. Its
            errors pass through, and it is never closed here.
        async_client: the same for asynchronous calls: an `httpx.AsyncClient`,
            or an object with `build_request`, `send` and `aclose`.
        retry_config: a `RetryPolicy`, or a `utils.RetryConfig` as the official
            SDK has it: when and how to send a request again. None: each
            request is sent once. Without it, after answers of 500 and more
            and after broken connections, POST included: after 0.5 s, later at
            most 60 s, for up to an hour.
        timeout_ms: longest wait, in milliseconds, for a connection and then
            between any two bytes. Default: 5000.
        debug_logger: an object with a method debug(message, *arguments), such
            as a `logging.Logger`: told about requests, responses and failures,
            with stars in the place of secrets.
        hooks: objects with any of the methods sdk_init, before_request,
            after_success and after_error, as the classes of `clerk_c._hooks`
            describe them.
        response_validation: "tolerant" (the default) or "strict": what
            happens when an answer is not quite what is documented. Tolerant,
            an unknown enum value, a missing field or one of another type never
            raises and never hides its neighbours; `drift` counts such places.
            Strict, it raises ResponseValidationError, as the official SDK
            does. Without it, CLERK_C_RESPONSE_VALIDATION in the environment
            decides.
        proxy: URL of a proxy for every request: http, https, socks4, socks4a,
            socks5 or socks5h. "" means none. Default: what http_proxy,
            https_proxy, all_proxy and no_proxy in the environment say.
        ca_file: file of CA certificates (PEM) to trust instead of the
            machine's. Default: SSL_CERT_FILE in the environment, else the
            machine's own, else those of certifi.
        ca_dir: directory of CA certificates, as `openssl rehash` leaves it.
            Default: SSL_CERT_DIR in the environment.
        client_cert: certificate of the client's own (PEM): a path to it and
            its key, or (certificate, key), or (certificate, key, password).
        http2: False speaks HTTP/1.1 only. Default: HTTP/2 over TLS where the
            server offers it.
        max_response_bytes: largest answer, after decompression. A larger one
            raises ResponseTooLarge. Default: 256 MiB.
        max_connections: most asynchronous requests on their way at once;
            others wait for their turn. Default: 100.
        max_idle_connections: most connections that are kept between blocking
            calls. Default: 20.

    Attributes:
        drift: where answers differed from what is documented (`Drift`).

    Raises:
        TypeError, ValueError, IndexError: an argument makes no sense.
    """

    def __init__(
        self,
        bearer_auth: "str | Callable[[], str | Awaitable[str | None] | None] | None" = None,
        server_idx: "int | None" = None,
        url_params: "Mapping[str, str] | None" = None,
        server_url: "str | None" = None,
        client: object = None,
        async_client: object = None,
        retry_config: object = _core.UNSET,
        timeout_ms: "int | None" = None,
        debug_logger: object = None,
        *,
        hooks: "Iterable[object] | None" = None,
        response_validation: "str | None" = None,
        proxy: "str | None" = None,
        ca_file: "AnyPath | None" = None,
        ca_dir: "AnyPath | None" = None,
        client_cert: "ClientCert | None" = None,
        http2: bool = True,
        max_response_bytes: "int | None" = None,
        max_connections: "int | None" = None,
        max_idle_connections: "int | None" = None,
    ) -> None:
        given = dict(locals())
        del given["self"], given["__class__"]
        _check_clients(given)
        if debug_logger is not None and not callable(getattr(debug_logger, "debug", None)):
            raise TypeError(
                f"debug_logger must have a method debug(message, *arguments), as logging.Logger "
                f"has; {type(debug_logger).__name__!r} has none"
            )
        super().__init__(
            bearer_auth,
            _server(server_url, server_idx, url_params),
            _timeout(timeout_ms),
            _version.USER_AGENT,
            _version.FIXED_HEADERS,
            not _is_strict(response_validation),
            retry_config,
            _transport(
                proxy=proxy,
                ca_file=ca_file,
                ca_dir=ca_dir,
                client_cert=client_cert,
                http2=None if http2 is True else http2,
                max_response_bytes=max_response_bytes,
                max_connections=max_connections,
                max_idle_connections=max_idle_connections,
            ),
        )
        self._given = _Given(given)
        self.__dict__.pop("_configuration", None)  # __init__ may be called again
        self.__dict__.pop("_facts", None)
        observers = (client, async_client, debug_logger, hooks)
        shared = sys.modules.get("clerk_c._hooks.sdkhooks")
        if observers != (None,) * 4 or (shared is not None and shared.are_replaced()):
            _ = self.sdk_configuration

    @property
    def sdk_configuration(self) -> "SDKConfiguration":
        """The settings; what is assigned to them holds from the next call on."""
        config: SDKConfiguration | None = self.__dict__.get("_configuration")
        if config is None:
            from .sdkconfiguration import make

            config = self.__dict__.setdefault("_configuration", make(self, self._given))
            self._observe()
        return config

    def replace(self, **settings: "Any") -> "Self":
        """A client of its own with these settings and else the same ones, the key and hooks
        included. Connections are not shared; what `client=` and `async_client=` gave is.

        Raises:
            TypeError, ValueError, IndexError: as when a client is made.
        """
        from ._travel import replaced

        made: Self = replaced(self, settings)
        return made

    def portable(self) -> "Portable[Self]":
        """Something to pickle in the client's place that takes the key along: what is unpickled
        is a client. `pickle.dumps(clerk)` leaves the key behind."""
        from ._travel import Portable

        return Portable(self)

    def __copy__(self) -> "Self":
        return self.replace()

    def __deepcopy__(self, memo: object) -> "Self":
        return self.replace()

    def __reduce_ex__(self, protocol: "SupportsIndex") -> "tuple[Any, ...]":
        from ._travel import reduced

        return reduced(self, with_key=False)

    def __enter__(self) -> "Clerk":
        return self

    def __exit__(
        self,
        exc_type: "type[BaseException] | None",
        exc_val: "BaseException | None",
        exc_tb: "TracebackType | None",
    ) -> None:
        self._close_blocking()

    async def __aenter__(self) -> "Clerk":
        return self

    async def __aexit__(
        self,
        exc_type: "type[BaseException] | None",
        exc_val: "BaseException | None",
        exc_tb: "TracebackType | None",
    ) -> None:
        self._close_async()

    async def aclose(self) -> None:
        """The same as `close`, for `contextlib.aclosing` and the like."""
        self.close()

    def authenticate_request(
        self, request: "RequestLike", options: "AuthenticateRequestOptions"
    ) -> "RequestState":
        """Who is asking? `clerk_c.security.authenticate_request` with this client's key and
        server where the options name none.

        Raises:
            TypeError, ValueError: an argument makes no sense. What the request holds never
                raises.
        """
        state: RequestState = (_deciding or _load_deciding()).decide(request, options, self)
        return state

    async def authenticate_request_async(
        self, request: "RequestLike", options: "AuthenticateRequestOptions"
    ) -> "RequestState":
        """`authenticate_request` for tasks of asyncio or trio."""
        deciding = _deciding or _load_deciding()
        state: RequestState = await deciding.decide_async(request, options, self)
        return state

    def __dir__(self) -> "list[str]":
        return sorted({*super().__dir__(), *self._groups()})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {'closed' if self.closed else 'open'}>"


def _check_clients(given: "Mapping[str, Any]") -> None:
    for name in ("client", "async_client"):
        if given[name] is not None:
            from ._foreign import check

            check(given[name], name)


def _load_deciding() -> "Any":
    global _deciding
    from .security import authenticaterequest

    _deciding = authenticaterequest
    return authenticaterequest


class _Given(dict[str, "Any"]):
    """The arguments that a client was made with; some of them are secret."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} settings>"

    __str__ = __repr__


def _is_strict(response_validation: "str | None") -> bool:
    source = "response_validation"
    mode = response_validation
    if mode is None:
        source = "CLERK_C_RESPONSE_VALIDATION"
        mode = os.environ.get(source) or "tolerant"
    if mode not in ("tolerant", "strict"):
        raise ValueError(f"{source} must be 'tolerant' or 'strict', not {mode!r}")
    return mode == "strict"


def _server(
    server_url: "str | None",
    server_idx: "int | None",
    url_params: "Mapping[str, str] | None",
) -> str:
    if server_url:
        if not isinstance(server_url, str):
            raise TypeError(f"server_url must be str or None, not {type(server_url).__name__!r}")
        for name, value in (url_params or {}).items():
            if not isinstance(value, str):
                raise TypeError(f"url_params: {name!r} must be str, not {type(value).__name__!r}")
            server_url = server_url.replace("{" + name + "}", value)
        return server_url
    if server_idx is not None and not isinstance(server_idx, int):
        raise TypeError(f"server_idx must be int or None, not {type(server_idx).__name__!r}")
    try:
        return SERVERS[server_idx or 0]
    except IndexError:
        raise IndexError(f"server_idx: there is no server {server_idx}") from None


def _transport(**given: "Any") -> "TransportOptions | None":
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        return None
    from ._transport_options import TransportOptions

    return TransportOptions(**given)


def _timeout(timeout_ms: "int | None") -> int:
    if timeout_ms is None:
        return 0  # the core's default: 5000
    if not isinstance(timeout_ms, int) or isinstance(timeout_ms, bool):
        raise TypeError(
            f"timeout_ms must be int (milliseconds) or None, not {type(timeout_ms).__name__!r}"
        )
    if timeout_ms < 1:
        raise ValueError("timeout_ms must be at least 1 millisecond")
    return timeout_ms
