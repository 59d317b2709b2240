"""What can go wrong on the way to the API and back.

Names and nesting are those of httpx, so that code written for the reference
keeps its `except` clauses. Every `TransportError` is a `NoResponseError` too.
Where the program has imported httpx, what is raised is also an instance of
httpx's class of that name; httpx is never imported from here.
"""

from __future__ import annotations

import sys

from .models._errors import NoResponseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._core import Response


class HTTPError(Exception):
    """Root of everything about a request or its answer."""

    message: str
    # A class attribute, so that it also hides httpx's property of this name.
    request: Any = None

    # Two failures are never the same failure, whatever a base class says.
    __eq__ = object.__eq__
    __hash__ = object.__hash__
    __repr__ = Exception.__repr__

    def __init__(self, message: str) -> None:
        self.args = (message,)
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        cls = type(self)
        return _restore, (vars(cls).get("_plain", cls), self.args), vars(self)


class RequestError(HTTPError):
    """The request could not be carried out."""

    def __init__(self, message: str, *, request: Any = None) -> None:
        super().__init__(message)
        self.request = request


class TransportError(RequestError, NoResponseError):
    """No usable answer came back over the connection."""


class TimeoutException(TransportError):
    """Something took longer than its time limit."""


class ConnectTimeout(TimeoutException):
    """No connection within the time limit."""


class ReadTimeout(TimeoutException):
    """The server sent nothing for as long as the time limit."""


class WriteTimeout(TimeoutException):
    """The server took nothing for as long as the time limit."""


class PoolTimeout(TimeoutException):
    """No free connection within the time limit."""


class NetworkError(TransportError):
    """The network failed."""


class ConnectError(NetworkError):
    """No connection: refused, unreachable, name not found, TLS failed."""


class ReadError(NetworkError):
    """The connection broke while the answer was being received."""


class WriteError(NetworkError):
    """The connection broke while the request was being sent."""


class CloseError(NetworkError):
    """The connection could not be closed in order."""


class ProtocolError(TransportError):
    """The rules of HTTP were broken."""


class LocalProtocolError(ProtocolError):
    """The request would break the rules of HTTP."""


class RemoteProtocolError(ProtocolError):
    """The server broke the rules of HTTP."""


class ProxyError(TransportError):
    """The proxy did not let the request through."""


class UnsupportedProtocol(TransportError):
    """A URL whose scheme is neither http nor https."""


class ResponseTooLarge(TransportError):
    """The answer passed a limit on its size."""


class DecodingError(RequestError):
    """The content encoding of the answer could not be undone."""


class TooManyRedirects(RequestError):
    """More redirects than are followed."""


class HTTPStatusError(HTTPError):
    """`Response.raise_for_status` met a status that is no success."""

    response: Response

    def __init__(self, message: str, *, request: Any, response: Response) -> None:
        super().__init__(message)
        self.request = request
        self.response = response


class InvalidURL(ValueError):
    """A URL that cannot be used."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    __reduce__ = HTTPError.__reduce__


class ClientClosed(RuntimeError):
    """The client was used after it had been closed."""

    def __init__(self, message: str = "the client is closed") -> None:
        super().__init__(message)
        self.message = message


# One entry for each enum ck_status of csrc/core/status.h that csrc/py/errors.c does not raise by
# itself.
_BY_STATUS: dict[str, type[BaseException]] = {
    "TOO_LARGE": ResponseTooLarge,
    "BAD_URL": InvalidURL,
    "BAD_PROTOCOL": UnsupportedProtocol,
    "CONNECT": ConnectError,
    "CONNECT_TIMEOUT": ConnectTimeout,
    "READ": ReadError,
    "READ_TIMEOUT": ReadTimeout,
    "WRITE": WriteError,
    "WRITE_TIMEOUT": WriteTimeout,
    "REMOTE_PROTOCOL": RemoteProtocolError,
    "DECODING": DecodingError,
    "PROXY": ProxyError,
    "TOO_MANY_REDIRECTS": TooManyRedirects,
    "CLOSED": ClientClosed,
}

# (our class, httpx's class) -> the class that is both
_joined: dict[tuple[type, type], type] = {}


def make(status: str, message: str, request: Any = None) -> BaseException:
    """The exception for a failure of the core, to be raised by the caller.

    `status` is the name of an `enum ck_status` without its `CK_`.
    """
    error: BaseException = raisable(_BY_STATUS[status])(message)
    if isinstance(error, RequestError):
        error.request = request
    return error


def make_status_error(message: str, request: Any, response: Response) -> HTTPStatusError:
    """The exception of `Response.raise_for_status`."""
    error: HTTPStatusError = raisable(HTTPStatusError)(message, request=request, response=response)
    return error


def raisable(cls: type) -> Any:
    """`cls`, or where httpx is loaded a class that is both it and httpx's."""
    httpx = sys.modules.get("httpx")
    if httpx is None or cls.__module__ != __name__:
        return cls  # what a program derived stays as it is
    for base in cls.__mro__:
        if base.__module__ != __name__:
            continue
        theirs = getattr(httpx, base.__name__, None)
        if isinstance(theirs, type) and issubclass(theirs, Exception):
            return _join(cls, theirs)
    return cls


def _join(cls: type, theirs: type) -> type:
    joined = _joined.get((cls, theirs))
    if joined is None:
        # Ours comes first and decides; theirs is there to be caught by.
        namespace = {
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
            "_plain": cls,
        }
        joined = type(cls.__name__, (cls, theirs), namespace)
        joined = _joined.setdefault((cls, theirs), joined)
    return joined


def _restore(cls: type, args: tuple[Any, ...]) -> Exception:
    """The first half of unpickling: an instance without its attributes."""
    cls = raisable(cls)
    restored: Exception = cls.__new__(cls, *args)
    return restored
