"""How questions to the API travel: over connections of our own, with the settings of a client."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

_DEFAULTS = {"proxy": None, "ca_file": None, "ca_dir": None, "client_cert": None, "http2": True}
_MAX_WAYS = 1024  # remembered; a program has one, or a few


class Way:
    """Settings of connections, and what the program has for sending requests itself. One object
    for all clients whose settings are the same, so that they share the keys."""

    __slots__ = ("_clients", "_settings", "_supplied")

    def __init__(self, settings: dict[str, Any], supplied: tuple[Any, Any]) -> None:
        self._settings = settings  # not to be shown: a proxy may have a password
        self._supplied = [_reference(client) for client in supplied]
        # By process: a child leaves the connections of its parents alone, and so does not even
        # destroy the clients that have them.
        self._clients: dict[int, Any] = {}

    def client(self) -> Any:
        """A Clerk of our own with these settings."""
        client = self._clients.get(os.getpid())
        if client is None:
            from ..sdk import Clerk

            made = Clerk(retry_config=None, **self._settings)
            client = self._clients.setdefault(os.getpid(), made)
        return client

    def supplied(self, is_async: bool) -> Any:
        """What the program sends requests with, if it gave that: see `Clerk(client=...)`.

        Raises:
            ReferenceError: it did, but that is gone.
        """
        reference = self._supplied[is_async]
        if reference is None:
            return None
        found = reference()
        if found is None:
            raise ReferenceError("the HTTP client of the program is gone")
        return found

    def has(self, supplied: tuple[Any, Any]) -> bool:
        """Are those its HTTP clients? An id that it was found by may be another object's now."""
        return all(
            (reference and reference()) is client
            for reference, client in zip(self._supplied, supplied)
        )


def _reference(client: Any) -> Callable[[], Any] | None:
    if client is None:
        return None
    try:
        return weakref.ref(client)
    except TypeError:
        return lambda: client


OWN = Way({}, (None, None))
_ways: dict[tuple[Any, ...], Way] = {}
_lock = threading.Lock()


def _shared(settings: dict[str, Any], supplied: tuple[Any, Any]) -> Way | None:
    if supplied[0] is None and supplied[1] is None and settings == _DEFAULTS:
        return None
    from .._transport_options import TransportOptions

    key = (*map(id, supplied), TransportOptions(**settings).row)
    with _lock:
        found = _ways.get(key)
        if found is None or not found.has(supplied):
            found = Way(settings, supplied)
            while len(_ways) >= _MAX_WAYS:
                del _ways[next(iter(_ways))]
            _ways[key] = found
    return found


def _supplied(clerk: Any, config: Any) -> tuple[Any, Any]:
    if config is None:
        return clerk._given["client"], clerk._given["async_client"]
    now = config.__dict__
    return (
        now["client"] if now["client_supplied"] else None,
        now["async_client"] if now["async_client_supplied"] else None,
    )


def way_of(clerk: Any) -> Way | None:
    """The way of a client's questions; None where it has no settings of its own."""
    supplied = _supplied(clerk, clerk.__dict__.get("_configuration"))
    return _shared({name: clerk._given[name] for name in _DEFAULTS}, supplied)


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
