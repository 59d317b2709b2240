"""The side of the workers of a job on a cluster, and what travels to them and back.

None of what travels shows what it holds: workers log the arguments of what fails.
"""

from __future__ import annotations

import asyncio
import pickle
import time
import uuid
from typing import Any

from .. import _version
from ._already import strategy
from ._checkpoint import DONE
from ._engine import result_line, with_common
from ._job import Job, Row
from ._sending import Abandoned, Rules, Sender, Stop

UNSENT, STOP = -1, -2  # states of rows that come back otherwise than settled


class _Silent:
    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Recipe(_Silent):
    """What a worker needs for a job; the key is in `clerk`, whose pickle is not shown anywhere."""

    def __init__(self, job: Job, number: str) -> None:
        self.number = number
        self.version = _version.__version__
        self.clerk = job.clerk.replace(retry_config=None).portable()
        self.operation = dict(job.operation)
        self.already = job.settings.already
        self.common = job.common
        self.rules: Rules = job.rules
        self.concurrency = job.settings.concurrency
        results = job.settings.results
        self.results = "" if results is None else "result" if callable(results) else "line"


class Chunk(_Silent):
    def __init__(self, job: str, rows: list[Row], permits: int, until: float) -> None:
        self.job = job
        self.rows = rows
        self.permits = permits
        self.until = until  # time.time() after which no row is begun
        self.id = uuid.uuid4().hex


class Returned(_Silent):
    """A chunk that is back: for each row (state, status, reason, found, result)."""

    def __init__(self, ends: list[tuple[int, int | None, str, bool, Any]], gate: _Share) -> None:
        self.ends = ends
        self.used = gate.used
        self.pause = gate.wait


# On the workers


class _Place:
    """What a worker process holds for a job."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.clerk: Any = recipe.clerk
        row = recipe.operation
        group = getattr(self.clerk, row["group"])
        self.call = with_common(getattr(group, f"{row['name']}_async"), recipe.common)
        self.strategy = strategy(recipe.already, row)
        self.free = asyncio.Semaphore(recipe.concurrency)
        self.seen: set[str] = set()


class _Share:
    """The permits of one chunk."""

    def __init__(self, permits: int, until: float) -> None:
        self._left = permits
        self._until = until
        self.used = 0
        self.wait = 0.0

    async def enter(self, count: int = 1) -> None:
        if self._left < count or self.wait or time.time() > self._until:
            raise Abandoned
        self._left -= count
        self.used += count

    def leave(self, count: int = 1) -> None:
        pass

    def pause(self, seconds: float) -> None:
        self.wait = max(self.wait, seconds, 0.001)

    async def quiet(self) -> None:
        if self.wait:
            raise Abandoned


async def prepare(packed: bytes, dask_worker: Any) -> str:
    """Makes a place for the job; says how it went."""
    recipe: Recipe = loads(packed)
    if recipe.version != _version.__version__:
        return f"it has clerk_c {_version.__version__}, not {recipe.version}"
    places = vars(dask_worker).setdefault("clerk_c_bulk", {})
    if recipe.number not in places:
        places[recipe.number] = _Place(recipe)
    return ""


async def forget(number: str, dask_worker: Any) -> None:
    place = vars(dask_worker).get("clerk_c_bulk", {}).pop(number, None)
    if place is not None:
        place.clerk.close()


async def carry(packed: bytes, dask_worker: Any) -> bytes | None:
    """Sends the rows of a chunk, once; None where it cannot be done here."""
    chunk: Chunk = loads(packed)
    place: _Place | None = vars(dask_worker).get("clerk_c_bulk", {}).get(chunk.job)
    if place is None or chunk.id in place.seen:
        return None
    place.seen.add(chunk.id)
    gate = _Share(chunk.permits, chunk.until)
    recipe = place.recipe
    is_deletion = recipe.operation["method"] == "DELETE"
    sender = Sender(place.clerk, place.call, is_deletion, place.strategy, gate, recipe.rules)
    ends = await asyncio.gather(*(_one(place, sender, row) for row in chunk.rows))
    return dumps(Returned(ends, gate))


async def _one(
    place: _Place, sender: Sender, row: Row
) -> tuple[int, int | None, str, bool, Any]:
    async with place.free:
        try:
            outcome = await sender.carry_out(row.arguments, row.data, _nothing, row.uncertain)
        except Abandoned as error:
            return UNSENT, None, error.uncertain or "", False, None
        except Stop as stop:
            return STOP, stop.status, stop.reason, stop.undone, None
    wanted = place.recipe.results
    result: Any = None
    if outcome.state == DONE and wanted:
        result = result_line(row, outcome) if wanted == "line" else outcome.result
    return outcome.state, outcome.status, outcome.reason or "", outcome.found, result


async def _nothing() -> None:
    """The row was marked before it came here."""


def dumps(value: object) -> bytes:
    try:
        return pickle.dumps(value)
    except Exception:  # a function of the program's main module
        import cloudpickle  # type: ignore[import-untyped]

        packed: bytes = cloudpickle.dumps(value)
        return packed


def loads(packed: bytes) -> Any:
    return pickle.loads(packed)
