"""The client of a command: its key, its server, its limits."""

from __future__ import annotations

import os
import sys

from ..sdk import SERVERS, Clerk
from .failures import AUTHENTICATION, LOCAL, Failure, UsageError, harmless, say, unreadable
from .options import milliseconds, tries
from .parse import Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_KEY = 1000  # characters; a file of keys is none


class DebugLogger:
    """Writes what a client tells its logger, which has stars for secrets, to a stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def debug(self, message: str, *arguments: Any, **_: Any) -> None:
        print(harmless(message % arguments if arguments else message), file=self._stream)


def secret_key(line: Line, is_needed: bool = True) -> str | None:
    """The key out of a file or the environment.

    Raises:
        Failure: there is none, or it is none.
    """
    name = line.last("key-file")
    if name is None:
        key, source = os.environ.get("CLERK_SECRET_KEY", "").strip(), "CLERK_SECRET_KEY"
    else:
        key, source = _read_key(name), f"--key-file {name}"
    if not key:
        if name is None and not is_needed:
            return None
        raise Failure(
            AUTHENTICATION,
            f"there is no key: {source} is not set"
            if name is None
            else f"there is no key: {name} is empty",
            "Clerk's dashboard shows the secret key, sk_..., under API keys",
        )
    if not key.isascii() or not key.isprintable() or " " in key or len(key) > _LONGEST_KEY:
        raise Failure(AUTHENTICATION, f"{source}: this is no secret key")
    if key.startswith(("pk_test_", "pk_live_")):
        hint = "Clerk's dashboard shows the secret key, sk_..., below it"
        raise Failure(AUTHENTICATION, f"{source}: this is a publishable key", hint)
    return key


def _read_key(name: str) -> str:
    try:
        with open(name, "rb") as stream:
            if os.fstat(stream.fileno()).st_mode & 0o007:
                say(f"clerk-c: warning: everybody can read {name}")
            return stream.read(10 * _LONGEST_KEY).decode("ascii").strip()
    except UnicodeDecodeError:
        raise Failure(LOCAL, f"--key-file {name}: this is no text") from None
    except OSError as error:
        raise unreadable(f"--key-file {name}", error) from None


def kind_of(key: str | None) -> str:
    """What instance a key is of."""
    for prefix, kind in (("sk_test_", "development"), ("sk_live_", "production")):
        if key is not None and key.startswith(prefix):
            return kind
    return "unknown"


def server_url(line: Line) -> str:
    """The base of all URLs. One without a path gets that of the API's only version."""
    url = line.last("api-url")
    source = "--api-url"
    if url is None:
        url, source = os.environ.get("CLERK_API_URL", "").strip(), "CLERK_API_URL"
        if not url:
            return SERVERS[0]
    scheme, mark, rest = url.partition("://")
    if not mark or scheme.lower() not in ("http", "https") or not rest.strip("/"):
        raise UsageError(f"{source} must be a URL that begins with https:// or http://")
    host, _, path = rest.partition("/")
    return url if path.strip("/") or "?" in host or "#" in host else f"{scheme}://{host}/v1"


def connect(line: Line, key: str | None, hooks: list[Any] | None = None) -> Clerk:
    """A client as the options say.

    Raises:
        Failure: they make no sense.
    """
    from ..utils.retries import RetryPolicy

    timeout, retries = line.last("timeout"), line.last("retries")
    policy = RetryPolicy(max_attempts=tries(retries)) if retries is not None else RetryPolicy()
    return Clerk(
        key,
        server_url=server_url(line),
        timeout_ms=None if timeout is None else milliseconds(timeout),
        retry_config=policy,
        debug_logger=DebugLogger(sys.stderr) if line.has("debug") else None,
        hooks=hooks,
    )
