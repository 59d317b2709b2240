"""UNSET: one of it, false, and still itself wherever it went."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import Any

import pytest

import clerk_c
from clerk_c import models
from clerk_c.types import UNSET, Unset


def test_what_it_is() -> None:
    assert not UNSET
    assert repr(UNSET) == "Unset()"
    assert type(UNSET) is Unset
    assert Unset() is UNSET
    assert clerk_c.UNSET is UNSET
    assert UNSET is not None
    assert (UNSET == UNSET, UNSET == None, UNSET == "") == (True, False, False)  # noqa: E711
    assert {UNSET: 1}[UNSET] == 1


@pytest.mark.parametrize("given", [(1,), (None,)])
def test_it_takes_no_arguments(given: Any) -> None:
    with pytest.raises(TypeError):
        Unset(*given)


def test_it_takes_no_attributes() -> None:
    with pytest.raises(AttributeError):
        UNSET.x = 1
    with pytest.raises(TypeError):
        Unset.x = 1


@pytest.mark.parametrize(
    "travel",
    [
        copy.copy,
        copy.deepcopy,
        lambda value: copy.deepcopy([value])[0],
        *(
            lambda value, protocol=protocol: pickle.loads(pickle.dumps(value, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_it_stays_itself(travel: Any) -> None:
    assert travel(UNSET) is UNSET


def test_it_is_the_same_in_all_threads() -> None:
    seen: list[Any] = []
    threads = [threading.Thread(target=lambda: seen.append(Unset())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(value is UNSET for value in seen)
    assert len(seen) == 4


def test_in_models() -> None:
    body = models.UpdateUserRequestBody(first_name=UNSET, last_name=None)
    assert body.first_name is UNSET
    assert body.username is UNSET
    assert body.last_name is None
    assert "first_name" in body.model_fields_set
    assert "username" not in body.model_fields_set
    assert body.model_dump(exclude_unset=True) == {"last_name": None}
    assert UNSET not in body.model_dump().values()


def test_not_where_it_is_no_value() -> None:
    with pytest.raises(clerk_c.ValidationError, match="object"):
        models.DeletedObject(object=UNSET, deleted=True)
