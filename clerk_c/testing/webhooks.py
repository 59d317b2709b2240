"""Webhooks signed as Clerk's are, for tests of what receives them."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from clerk_c import _webhook_signature

if TYPE_CHECKING:
    from clerk_c.testing.store import Store


DEFAULT_SECRET = "whsec_" + base64.b64encode(b"clerk_c.testing: not secret!").decode()


class SignedWebhook(NamedTuple):
    """A request's body and headers, ready to be posted to an application.

    Attributes:
        body: what to send, as it was signed.
        headers: svix-id, svix-timestamp, svix-signature and the content type.
    """

    body: bytes
    headers: dict[str, str]


def sign_webhook(
    event: Mapping[str, Any] | bytes | str,
    secret: str | Iterable[str],
    *,
    id: str | None = None,
    now: int | None = None,
    prefix: str = "svix",
) -> SignedWebhook:
    """Signs an event such as {"type": "user.created", "data": {...}}.

    Args:
        event: the event, written as JSON here, or the bytes or text of a body.
        secret: the endpoint's signing secret ("whsec_..."); several give as many
            signatures, as while a secret is being replaced.
        id: of the message; None makes one.
        now: the time of signing in milliseconds since 1970; None asks the system's clock.
        prefix: what the names of the headers begin with: "svix" or "webhook".

    Raises:
        TypeError, ValueError: an argument makes no sense.
    """
    if prefix not in ("svix", "webhook"):
        raise ValueError("prefix must be 'svix' or 'webhook'")
    id = "msg_" + secrets.token_hex(14) if id is None else id
    seconds = str((time.time_ns() // 1_000_000 if now is None else now) // 1000)
    body = _body(event)
    signatures = [
        _webhook_signature.sign(one, id, seconds, body)
        for one in _webhook_signature.secrets(secret)
    ]
    headers = {
        "content-type": "application/json",
        f"{prefix}-id": id,
        f"{prefix}-timestamp": seconds,
        f"{prefix}-signature": " ".join(signatures),
    }
    return SignedWebhook(body, headers)


class Webhooks:
    """Webhooks of the instance, as Clerk would post them at the clock's time.

    Attributes:
        secret: with which they are signed: the application's CLERK_WEBHOOK_SIGNING_SECRET.
    """

    secret = DEFAULT_SECRET

    def __init__(self, store: Store) -> None:
        self._store = store

    def event(self, type: str, data: object) -> dict[str, Any]:
        """The event as JSON holds it.

        Args:
            type: such as "user.created".
            data: what it is about: a dict, or a model such as an operation gives.
        """
        if not isinstance(type, str) or not type:
            raise TypeError("type must be a str that is not empty")
        return {
            "type": type,
            "object": "event",
            "data": _plain(data),
            "timestamp": self._store.clock.now(),
            "instance_id": self._store.instance_id,
        }

    def sign(self, type: str, data: object, *, id: str | None = None) -> SignedWebhook:
        """Body and headers of a request to post; see `event` and `sign_webhook`."""
        return sign_webhook(
            self.event(type, data), self.secret, id=id, now=self._store.clock.now()
        )


def _plain(data: object) -> Any:
    if isinstance(data, Mapping):
        return dict(data)
    dump = getattr(data, "model_dump", None)
    if dump is None:
        raise TypeError(f"data must be a dict or a model, not {type(data).__name__!r}")
    return dump(mode="json", by_alias=True)


def _body(event: object) -> bytes:
    if isinstance(event, (bytes, bytearray, memoryview)):
        return bytes(event)
    if isinstance(event, Mapping):
        event = json.dumps(dict(event), ensure_ascii=False, separators=(",", ":"))
    if not isinstance(event, str):
        raise TypeError(f"event must be a dict, bytes or str, not {type(event).__name__!r}")
    return event.encode()
