"""The answer of the endpoint of signing keys, parsed."""

from __future__ import annotations

import json
from typing import Any

from .. import _core


class KeySet:
    """The keys of one answer, None for one that cannot be used. Never changed once made."""

    __slots__ = ("by_kid", "fetched", "material", "refresh_at")

    def __init__(self, by_kid: dict[Any, Any], material: dict[Any, str]) -> None:
        self.by_kid = by_kid
        self.material = material  # what each key was made from
        self.fetched = 0.0
        self.refresh_at = 0.0


def parse(answer: bytes, before: KeySet | None) -> KeySet | None:
    """The keys of an answer; None when it is no set of keys. A key that is as before stays the
    same object, so that what is remembered about its signatures stays true.

    Raises:
        ValueError, RecursionError: it is no JSON.
    """
    content = json.loads(answer)
    listed = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        return None
    by_kid: dict[Any, Any] = {}
    material: dict[Any, str] = {}
    for jwk in listed:
        if not isinstance(jwk, dict):
            continue
        kid = jwk.get("kid")
        if (kid is not None and not isinstance(kid, str)) or kid in by_kid:
            continue
        text = json.dumps(jwk, sort_keys=True)
        if before is not None and before.material.get(kid) == text:
            by_kid[kid] = before.by_kid[kid]
        else:
            by_kid[kid] = _key(jwk)
        material[kid] = text
    return KeySet(by_kid, material)


def _key(jwk: dict[str, Any]) -> Any:
    try:
        return _core.VerifyKey.from_jwk(jwk)
    except (ValueError, TypeError):
        return None
