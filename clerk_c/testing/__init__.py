"""A stand-in for Clerk's Backend API on loopback, for tests and for trying things out.

    from clerk_c.testing import Server

    with Server() as server:
        clerk = Clerk(bearer_auth=server.secret_key, server_url=server.url)

It keeps what it is told in SQLite and answers from there. `python -m clerk_c.testing` runs it
by itself. It needs the extra packages of `pip install "clerk_c[testing]"`.
"""

from __future__ import annotations

# As typing has it, without what importing typing costs.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from clerk_c.testing.clock import Clock, Followed
    from clerk_c.testing.environment import Environment
    from clerk_c.testing.faults import Fault, Faults
    from clerk_c.testing.holding import Hold
    from clerk_c.testing.minting import Tokens
    from clerk_c.testing.recording import RecordedRequest, RequestLog
    from clerk_c.testing.server import Server
    from clerk_c.testing.store import Store
    from clerk_c.testing.webhooks import SignedWebhook, Webhooks, sign_webhook

__all__ = [
    "Clock",
    "Environment",
    "Fault",
    "Faults",
    "Followed",
    "Hold",
    "RecordedRequest",
    "RequestLog",
    "Server",
    "SignedWebhook",
    "Store",
    "Tokens",
    "Webhooks",
    "sign_webhook",
]

_MODULES = {
    "Clock": "clock",
    "Environment": "environment",
    "Fault": "faults",
    "Faults": "faults",
    "Followed": "clock",
    "Hold": "holding",
    "RecordedRequest": "recording",
    "RequestLog": "recording",
    "Server": "server",
    "SignedWebhook": "webhooks",
    "Store": "store",
    "Tokens": "minting",
    "Webhooks": "webhooks",
    "sign_webhook": "webhooks",
}
_NEEDED = ("anyio", "python_multipart", "starlette", "uvicorn")


def __getattr__(name: str) -> Any:
    from importlib import import_module

    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{module}"), name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _NEEDED:
            raise
        text = f'clerk_c.testing needs {package}: pip install "clerk_c[testing]"'
        raise ModuleNotFoundError(text, name=package) from error
