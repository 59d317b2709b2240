"""The key that signs this instance's session tokens, made when it is first needed."""

from __future__ import annotations

from typing import Any

from clerk_c.testing import rsa
from clerk_c.testing.store import settings
from clerk_c.testing.store.database import Transaction


def signing_key(tx: Transaction) -> tuple[str, list[str]]:
    """Id and primes; the transaction has to be one that may write."""
    kept = settings.get(tx, "signing")
    if not kept:
        kept = settings.put(tx, "signing", {"kid": tx.new_id("ins"), "primes": rsa.new_key()})
    return str(kept["kid"]), list(kept["primes"])


def jwks(tx: Transaction) -> dict[str, Any]:
    kid, primes = signing_key(tx)
    return {"keys": [rsa.jwk(primes, kid)]}
