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
        chance = tx.chance.branch("key")
        made = {"kid": chance.new_id("ins", tx.now), "primes": rsa.new_key(chance.bits)}
        kept = settings.put(tx, "signing", made)
    return str(kept["kid"]), list(kept["primes"])


def jwks(tx: Transaction) -> dict[str, Any]:
    kid, primes = signing_key(tx)
    return {"keys": [rsa.jwk(primes, kid)]}
