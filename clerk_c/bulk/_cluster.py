"""Which cluster a job runs on."""

from __future__ import annotations

from typing import Any


class Cluster:
    """A cluster and how to use it, for `cluster=`.

    Args:
        client: a `distributed.Client`, not an asynchronous one.
        lease_ms: milliseconds for which a worker may begin rows of a chunk. The rows of a lost
            worker are looked at after that. The clocks of the machines must agree well within it.
        chunks_per_worker: chunks that each worker has at once.
    """

    def __init__(self, client: Any, *, lease_ms: int = 20_000, chunks_per_worker: int = 2) -> None:
        if not all(callable(getattr(client, name, None)) for name in ("run", "nthreads")):
            raise TypeError(
                f"cluster must be a distributed.Client, not {type(client).__name__!r}"
            )
        if getattr(client, "asynchronous", False):
            raise TypeError("cluster must not be an asynchronous Client")
        if not isinstance(lease_ms, int) or lease_ms < 1:
            raise ValueError("lease_ms must be int and at least 1 millisecond")
        if not isinstance(chunks_per_worker, int) or chunks_per_worker < 1:
            raise ValueError("chunks_per_worker must be int and at least 1")
        self.client = client
        self.lease = lease_ms / 1000
        self.chunks_per_worker = chunks_per_worker
