"""Life of model instances: copies, pickles, collection of cycles, threads."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
from typing import Any

import pytest
from emails import EMAIL, both, built, read

from clerk_c import models
from clerk_c.types import UNSET


class MyEmail(models.EmailAddress):
    """A program's own."""

    def domain(self) -> str:
        return str(self.email_address).partition("@")[2]


# --- copies -----------------------------------------------------------------


def pickled(protocol: int) -> Any:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


TRAVELS = [copy.copy, copy.deepcopy, *map(pickled, range(2, pickle.HIGHEST_PROTOCOL + 1))]


@pytest.mark.parametrize("travel", TRAVELS)
@both
def test_copies(make: Any, travel: Any) -> None:
    email = make()
    email.matches_sso_connection = None
    made = travel(email)
    assert made is not email
    assert type(made) is models.EmailAddress
    assert made == email
    assert made.model_fields_set == email.model_fields_set
    assert made.verification.verified_at_client is UNSET
    assert made.model_dump() == email.model_dump()
    made.id = "changed"
    assert email.id == "idn_1"


@pytest.mark.parametrize("travel", TRAVELS)
def test_copies_of_subclasses_and_extras(travel: Any) -> None:
    mine = travel(MyEmail(**EMAIL))
    assert type(mine) is MyEmail
    assert mine.domain() == "example.com"
    actor = travel(models.CreateActorTokenActor(sub="a", role=["admin"]))
    assert actor.role == ["admin"]


@both
def test_deep_copies_share_nothing(make: Any) -> None:
    email = make()
    shallow, deep = copy.copy(email), copy.deepcopy(email)
    email.linked_to[0].id = "changed"
    assert shallow.linked_to[0].id == "changed"
    assert deep.linked_to[0].id == "idn_2"


# --- memory and threads -----------------------------------------------------


def test_cycles_are_collected() -> None:
    class Seen:
        pass

    gone: list[int] = []
    for make in (read, built):
        email, seen = make(), Seen()
        sentinel = type("Finalised", (), {"__del__": lambda self: gone.append(1)})()
        email.id = [email, seen, sentinel]
        del email, seen, sentinel
    gc.collect()
    assert gone == [1, 1]


def test_views_are_left_alone_by_the_collector_until_they_hold_something() -> None:
    email = read()
    assert not gc.is_tracked(email)
    assert email.id == "idn_1"
    assert not gc.is_tracked(email)
    assert email.linked_to
    assert gc.is_tracked(email)


def test_a_part_outlives_the_whole() -> None:
    link = read().linked_to[0]
    verification = read().verification
    gc.collect()
    assert (link.id, verification.status.value) == ("idn_2", "verified")


def test_reference_counts_level() -> None:
    marker = object()
    before = sys.getrefcount(marker)
    for _ in range(100):
        email = built()
        email.id = marker
        email.id = marker
        copy.copy(email)
        with pytest.raises(ValueError, match="nothing"):
            email.nothing = marker
        del email
    assert sys.getrefcount(marker) == before


def test_threads_look_at_one_view() -> None:
    for _ in range(20):
        email = read()
        start = threading.Barrier(4)
        seen: list[Any] = []

        def look(start: Any = start, seen: Any = seen, email: Any = email) -> None:
            start.wait(60)
            seen.append((email.linked_to, email.verification, repr(email)))

        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(seen) == 4
        assert all(s[0] is seen[0][0] and s[1] is seen[0][1] for s in seen)
        assert len({s[2] for s in seen}) == 1
