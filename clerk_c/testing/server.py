"""Runs the application on loopback in a thread of its own."""

from __future__ import annotations

import base64
import os
import socket
import sys
import threading
from functools import cached_property
from types import NoneType, TracebackType

import uvicorn

from clerk_c.testing.app import App
from clerk_c.testing.claim import Claim
from clerk_c.testing.clock import Clock
from clerk_c.testing.connections import protocol
from clerk_c.testing.environment import Environment, forget_keys
from clerk_c.testing.faults import Faults
from clerk_c.testing.minting import Tokens
from clerk_c.testing.recording import RequestLog
from clerk_c.testing.routes import PREFIX
from clerk_c.testing.store import Store
from clerk_c.testing.webhooks import Webhooks

_START_SECONDS = 30
_STOP_SECONDS = 10


class _Uvicorn(uvicorn.Server):
    """Says when it is ready, instead of being asked again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Server:
    """A stand-in for Clerk's Backend API, answering from a store of its own.

        with Server() as server:
            clerk = Clerk(bearer_auth=server.secret_key, server_url=server.url)

    It runs from the moment it is made until `close`; leaving a `with` block closes it.

    Args:
        host, port: where to listen; port 0 takes any free one up to 65,535.
        db: file of a store that is kept across runs, for one server at a time. Without it the
            store is a temporary file, removed at the end.
        secret_key: what clients have to present; made where it is not given.
        environment: of the instance: "development" or "production".
        access_log: print a line for each request.
        keep_requests: how many requests are remembered for assertions.
        seed: makes ids and secrets the same in each run, for requests in the same order. Not
            for a store that is kept.

    Raises:
        OSError: the port cannot be had.
        TypeError, ValueError: an argument makes no sense, or another server has the store.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        db: str | os.PathLike[str] | None = None,
        secret_key: str | None = None,
        environment: str | None = None,
        access_log: bool = False,
        keep_requests: int = 1000,
        seed: int | str | None = None,
    ) -> None:
        if not isinstance(db, (str, os.PathLike, NoneType)):
            raise TypeError(f"db must be a path or None, not {type(db).__name__!r}")
        _check_number("keep_requests", keep_requests, sys.maxsize)
        self._lock = threading.Lock()
        self._closed = False
        self._socket = _listen(host, port)
        self._address: tuple[str, int] = self._socket.getsockname()[:2]
        self._claim: Claim | None = None
        try:
            if db is not None:
                self._claim = Claim(os.path.realpath(db))
            self.store = Store(db, secret_key=secret_key, environment=environment, seed=seed)
        except BaseException:
            self._let_go()
            raise
        self._app = App(self.store, keep_requests=keep_requests)
        config = uvicorn.Config(
            self._app,
            http=protocol(self._app.opened),
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=uvicorn.config.LOGGING_CONFIG if access_log else None,
            access_log=access_log,
            timeout_keep_alive=75,
            # Room for a search by several lists of a hundred addresses each.
            h11_max_incomplete_event_size=256 * 1024,
            timeout_graceful_shutdown=_STOP_SECONDS // 2,
        )
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(target=self._run, name="clerk_c.testing", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS) or not self._server.started:
            self.close()
            raise RuntimeError("the embedded server did not start")

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            # Also after a failure, so that nobody waits for a start that will not come.
            self._server.ready.set()

    @property
    def origin(self) -> str:
        host, port = self._address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def url(self) -> str:
        """What a client takes as its `server_url`."""
        return self.origin + PREFIX

    @property
    def port(self) -> int:
        return self._address[1]

    @property
    def secret_key(self) -> str:
        return self.store.secret_key

    @property
    def requests(self) -> RequestLog:
        """The latest requests, oldest first; `keep_requests` says how many."""
        return self._app.requests

    @property
    def faults(self) -> Faults:
        """What goes wrong with the next requests."""
        return self._app.faults

    @property
    def clock(self) -> Clock:
        """The time that the stand-in takes it to be."""
        return self.store.clock

    @cached_property
    def tokens(self) -> Tokens:
        """Makes tokens for an application under test."""
        return Tokens(self.store)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Makes webhooks for an application under test."""
        return Webhooks(self.store)

    @property
    def variables(self) -> dict[str, str]:
        """What an application finds in its environment."""
        host = base64.b64encode(b"clerk.example.com$").decode()
        kind = "live" if self.store.environment == "production" else "test"
        return {
            "CLERK_SECRET_KEY": self.secret_key,
            "CLERK_API_URL": self.origin,
            "CLERK_PUBLISHABLE_KEY": f"pk_{kind}_{host}",
            "CLERK_WEBHOOK_SIGNING_SECRET": self.webhooks.secret,
        }

    def environment(self) -> Environment:
        """While it is entered, this process takes the stand-in for Clerk's own server.

            with server.environment():
                ...  # Clerk(bearer_auth=os.environ["CLERK_SECRET_KEY"]) reaches it
        """
        return Environment(self.variables, self.url)

    def reset(self) -> None:
        """As if it were new: no data, no faults, no requests, the system's clock. Its keys stay,
        and verification in this process forgets what it fetched of them.
        """
        self._app.reset()
        forget_keys(self.secret_key)

    def close(self) -> None:
        """Stops serving and lets go of the store; once is enough, twice does no harm."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._server.should_exit = True
        self._app.faults.clear()  # what is held could not end otherwise
        self._thread.join(_STOP_SECONDS)
        self.store.close()
        self._let_go()

    def _let_go(self) -> None:
        self._socket.close()
        if self._claim is not None:
            self._claim.release()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = " closed" if self._closed else ""
        return f"<Server {self.url}{state}>"


def _check_number(name: str, value: object, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be int, not {type(value).__name__!r}")
    if not 0 <= value <= most:
        raise ValueError(f"{name} must be between 0 and {most}, not {value}")


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket: from here on connections wait rather than fail."""
    if not isinstance(host, str):
        raise TypeError(f"host must be str, not {type(host).__name__!r}")
    _check_number("port", port, 65_535)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named: without it
    # each answer would wait 40 ms for the client's acknowledgement
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise type(error)(error.errno, f"cannot listen on {host} port {port}: {reason}") from None
    except BaseException:
        listener.close()
        raise
    return listener
