"""Clients of the program's own, such as an httpx.Client or AsyncClient."""

_CLOSERS = {"client": "close", "async_client": "aclose"}


def check(client: object, name: str) -> None:
    """Raises TypeError where an object cannot serve as the client of that name."""
    for method in ("build_request", "send", _CLOSERS[name]):
        if not callable(getattr(client, method, None)):
            kind = "httpx.Client" if name == "client" else "httpx.AsyncClient"
            raise TypeError(
                f"{name} must have the methods build_request, send and {_CLOSERS[name]}, as an "
                f"{kind} has; {type(client).__name__!r} has no {method}"
            )
