"""What a publishable key says: which kind of instance, and the host of its frontend API."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Literal, NamedTuple

_KINDS: dict[str, Literal["development", "production"]] = {
    "pk_test_": "development",
    "pk_live_": "production",
}
_LABEL = "[a-zA-Z0-9-]{1,63}"
_HOST = re.compile(rf"(?=.{{1,253}}(?::|$)){_LABEL}(?:\.{_LABEL})+(?::[0-9]{{1,5}})?")


class PublishableKey(NamedTuple):
    """A publishable key, taken apart. It is no secret: browsers hold it.

    Attributes:
        key: the key as it was given.
        kind: "development" or "production".
        frontend_api: host of the instance's frontend API, such as
            "clerk.example.com".
    """

    key: str
    kind: Literal["development", "production"]
    frontend_api: str

    @property
    def cookie_suffix(self) -> str:
        """What ends the names of this instance's cookies: `__session_<suffix>`."""
        digest = hashlib.sha1(self.key.encode(), usedforsecurity=False).digest()
        return base64.urlsafe_b64encode(digest)[:8].decode()


def parse_publishable_key(key: str) -> PublishableKey:
    """Takes a publishable key such as "pk_test_..." apart.

    Args:
        key: from the API keys page of Clerk's dashboard.

    Raises:
        TypeError: `key` is not a str.
        ValueError: `key` is no publishable key; the text says why and never
            shows the key, which may be a secret one given by mistake.
    """
    if not isinstance(key, str):
        raise TypeError(f"key must be str, not {type(key).__name__!r}")
    kind = _KINDS.get(key[:8])
    if kind is None:
        if key.startswith("sk_"):
            raise ValueError("key: this is a secret key; a publishable key begins with pk_")
        if key.strip() != key:
            raise ValueError("key: there is white space around it")
        raise ValueError("key: a publishable key begins with pk_test_ or pk_live_")
    return PublishableKey(key, kind, _host(key[8:]))


def _host(encoded: str) -> str:
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        text = base64.b64decode(padded, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise ValueError("key: what follows pk_test_ or pk_live_ is not base64") from None
    if not text.endswith("$"):
        raise ValueError("key: it is cut off: the host that it names does not end in $")
    host = text[:-1]
    if _HOST.fullmatch(host) is None:
        raise ValueError("key: it names no host")
    return host
