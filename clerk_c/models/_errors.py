"""The exceptions that an answer of the API (or its absence) ends in.

Hand-written roots of the family, and `make_error_class` for the classes that
come from the schema. Instances work with our own `Response` or with any
object that has `status_code`, `headers` and `text`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core import Headers, Response

MAX_SHOWN_BODY = 10_000


class ClerkBaseError(Exception):
    """An answer that was not the documented success.

    Two errors are equal when they are of one class and all fields are equal;
    headers, response and data take no part in the hash.
    """

    __module__ = "clerk_c.models"
    __match_args__: tuple[str, ...] = (
        "message",
        "status_code",
        "body",
        "headers",
        "raw_response",
    )

    message: str
    status_code: int
    body: str
    headers: Headers
    raw_response: Response

    def __init__(
        self,
        message: str,
        raw_response: Response,
        body: str | None = None,
    ) -> None:
        self.message = message
        self.status_code = raw_response.status_code
        self.body = raw_response.text if body is None else body
        self.headers = raw_response.headers
        self.raw_response = raw_response

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return _show(self)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _fields(self) == _fields(other)

    def __hash__(self) -> int:
        return hash((self.message, self.status_code, self.body))

    def __reduce__(self) -> tuple[Any, ...]:
        cls = type(self)
        # Classes made from the schema are found by name: the module they
        # claim to live in need not have been imported on the other side.
        key = cls.__name__ if "_from_schema" in vars(cls) else cls
        state = dict(vars(self), __cause__=self.__cause__)
        return _restore, (key, self.args), state


class SDKError(ClerkBaseError):
    """An answer that the API's description does not foresee."""

    __module__ = "clerk_c.models"

    def __init__(
        self,
        message: str,
        raw_response: Response,
        body: str | None = None,
    ) -> None:
        parts = [f"{message}: " if message else ""]
        parts.append(f"Status {raw_response.status_code}")
        content_type = raw_response.headers.get("content-type", '""')
        if " " in content_type:
            content_type = f'"{content_type}"'
        if content_type != "application/json":
            parts.append(f" Content-Type {content_type}")
        parts.append(f". Body: {_shown_body(body or raw_response.text)}")
        super().__init__("".join(parts).strip(), raw_response, body)


class ResponseValidationError(ClerkBaseError):
    """An answer whose body does not have the documented shape.

    `cause` says what did not fit; it is also the `__cause__`.
    """

    __module__ = "clerk_c.models"

    def __init__(
        self,
        message: str,
        raw_response: Response,
        cause: Exception,
        body: str | None = None,
    ) -> None:
        super().__init__(f"{message}: {cause}", raw_response, body)
        if isinstance(cause, BaseException):
            self.__cause__ = cause

    @property
    def cause(self) -> BaseException | None:
        """What did not fit: the `__cause__` of this error."""
        return self.__cause__


class NoResponseError(Exception):
    """The request got no answer at all."""

    __module__ = "clerk_c.models"
    __match_args__: tuple[str, ...] = ("message",)

    message: str

    def __init__(self, message: str = "No response received") -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return _show(self)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return _fields(self) == _fields(other)

    def __hash__(self) -> int:
        return hash((self.message,))


def make_error_class(name: str, module: str) -> type[ClerkBaseError]:
    """A new error class of the schema: `name(data, raw_response, body)`.

    `data` is the parsed body, and the text of the error is the body as it
    came. Pickles refer to the class as `clerk_c.models.<name>`.
    """
    namespace = {
        "__module__": module,
        "__doc__": "A documented error answer; `data` is its parsed body.",
        "__init__": _init_with_data,
        "__match_args__": (*ClerkBaseError.__match_args__, "data"),
        "__annotations__": {"data": "Any"},
        "_from_schema": True,
    }
    return type(name, (ClerkBaseError,), namespace)


def _init_with_data(
    self: Any,
    data: Any,
    raw_response: Response,
    body: str | None = None,
) -> None:
    ClerkBaseError.__init__(self, body or raw_response.text, raw_response, body)
    self.data = data


# inspect.signature and tracebacks should name it like any other constructor.
_init_with_data.__name__ = "__init__"


def _restore(key: Any, args: tuple[Any, ...]) -> Any:
    """The first half of unpickling: an instance without its fields."""
    if isinstance(key, str):
        from clerk_c import models

        key = getattr(models, key)
    # No __init__: the fields arrive as state, whatever its signature.
    return key.__new__(key, *args)


def _shown_body(body: str) -> str:
    if not body:
        return '""'
    rest = len(body) - MAX_SHOWN_BODY
    if rest <= 0:
        return body
    return f"{body[:MAX_SHOWN_BODY]}...and {rest} more chars"


def _fields(error: Any) -> tuple[Any, ...]:
    return tuple(getattr(error, name) for name in error.__match_args__)


def _show(error: Any) -> str:
    pairs = zip(error.__match_args__, _fields(error))
    fields = ", ".join(f"{name}={value!r}" for name, value in pairs)
    return f"{type(error).__qualname__}({fields})"
