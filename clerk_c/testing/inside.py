"""Operations carried out without a request: nothing is recorded, and no fault happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from clerk_c.testing.call import Call, Reply
from clerk_c.testing.fields import Query
from clerk_c.testing.routes import ROUTES, Handler
from clerk_c.testing.store import Store


def perform(
    store: Store,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    *,
    origin: str = "https://clerk.example.com",
    machine_id: str | None = None,
    **keys: str,
) -> Any:
    """The answer of an operation, such as "GET", "/users/{user_id}", with `keys` for its path."""
    reply = _handlers()[method, path](
        Call(
            store=store,
            origin=origin,
            path=keys,
            query=Query(()),
            headers={"content-type": "application/json"},
            body=b"" if body is None else json.dumps(body).encode(),
            machine_id=machine_id,
        )
    )
    return json.loads(reply.content) if isinstance(reply, Reply) else reply


@cache
def _handlers() -> dict[tuple[str, str], Handler]:
    return {(method, path): handler for method, path, handler in ROUTES}
