"""Copies and pickles of models: equal, on their own, and still what they were."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest

from clerk_c import _core, models
from clerk_c.types import UNSET

EMAIL = (
    '{"id":"e","object":"email_address","email_address":"a@b.c","reserved":false,'
    '"verification":{"object":"verification_otp","status":"verified","strategy":"s",'
    '"attempts":null,"expire_at":1},"linked_to":[{"type":"t","id":"i"}],"created_at":1,'
    '"updated_at":1}'
)


def email() -> Any:
    return models.EmailAddress.model_validate_json(EMAIL)


class Sub(models.EmailAddress):  # type: ignore[misc, name-defined, unused-ignore]
    """A program's own: pickled by its name."""

    def domain(self) -> str:
        return str(self.email_address.partition("@")[2])


class Slim(models.EmailAddress):  # type: ignore[misc, name-defined, unused-ignore]
    __slots__ = ()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle_knows_what_was_given(protocol: int) -> None:
    again = pickle.loads(pickle.dumps(email(), protocol))
    assert again == email()
    assert again.model_fields_set == email().model_fields_set
    assert again.verification.channel is UNSET
    assert again.model_dump_json() == email().model_dump_json()


def test_pickle_is_read_in_a_fresh_process() -> None:
    code = (
        "import pickle, sys; made = pickle.load(sys.stdin.buffer);"
        "print(type(made).__qualname__, type(made).__module__, made.id, made.object.name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(email()), capture_output=True, check=True
    )
    assert done.stdout.decode().split() == [
        "EmailAddress", "clerk_c.models.emailaddress", "e", "EMAIL_ADDRESS",
    ]  # fmt: skip


def test_subclasses_keep_their_type_and_what_they_hold() -> None:
    made = Sub.model_validate_json(EMAIL)
    made._note = ["n"]
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert type(again) is Sub and again == made
        assert again.domain() == "b.c" and again._note == ["n"]
    assert copy.copy(made)._note is made._note
    assert copy.deepcopy(made)._note is not made._note
    slim = Slim.model_validate_json(EMAIL)
    assert pickle.loads(pickle.dumps(slim)) == copy.copy(slim) == slim


def test_pickle_of_another_release_is_read() -> None:
    state = email().__getstate__()
    state["__dict__"]["a_field_of_tomorrow"] = 1
    del state["__dict__"]["updated_at"]
    made = models.EmailAddress.__new__(models.EmailAddress)
    made.__setstate__(state)
    assert made.id == "e"
    with pytest.raises(AttributeError, match="updated_at"):
        made.updated_at  # noqa: B018


@pytest.mark.parametrize("state", [None, {}, 5, {"__dict__": 1, "__pydantic_fields_set__": ()}])
def test_other_states_are_refused(state: Any) -> None:
    with pytest.raises(TypeError, match="no state"):
        email().__setstate__(state)


def test_shallow_copies_share_values() -> None:
    made = email()
    again = copy.copy(made)
    made.linked_to.append(1)
    assert again.linked_to is made.linked_to
    again.id = "other"
    assert made.id == "e"


def test_deep_copies_share_nothing_and_follow_cycles() -> None:
    made = email()
    made.linked_to = [made]
    again = copy.deepcopy(made)
    assert again is not made and again.linked_to[0] is again
    pair = copy.deepcopy([made.verification, made.verification])
    assert pair[0] is pair[1] is not made.verification


def test_copies_let_the_answer_go() -> None:
    answer = _core.read_json("List[EmailAddress]", f"[{EMAIL},{EMAIL}]")
    kept = [copy.deepcopy(one) for one in answer]
    expected = [one.model_dump() for one in answer]
    del answer
    gc.collect()
    assert [one.model_dump() for one in kept] == expected


def test_update_takes_fields_only() -> None:
    made = email()
    assert made.model_copy(update={"id": 5}).id == 5
    assert "matches_sso_connection" in made.model_copy(
        update={"matches_sso_connection": None}
    ).model_fields_set
    with pytest.raises(ValueError, match="no field"):
        made.model_copy(update={"unknown": 1})
    with pytest.raises(TypeError):
        made.model_copy({"id": 1})
    with pytest.raises((TypeError, AttributeError)):
        made.model_copy(update=5)
    if sys.version_info >= (3, 13):
        assert copy.replace(made, id="z").id == "z"


def test_failing_values_leave_no_trace() -> None:
    class Stubborn:
        def __deepcopy__(self, memo: Any) -> Any:
            raise RuntimeError("no")

        def __reduce__(self) -> Any:
            raise RuntimeError("no")

    made = models.Otp.model_construct(status=Stubborn())
    for attempt in (copy.deepcopy, pickle.dumps):
        with pytest.raises(RuntimeError, match="no"):
            attempt(made)


def test_cycles_are_collected() -> None:
    made = Sub.model_validate_json(EMAIL)
    made.linked_to.append(made)
    made._self = copy.copy(made)
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None


def test_threads_copy_what_others_read() -> None:
    answer = _core.read_json("List[EmailAddress]", "[" + ",".join([EMAIL] * 50) + "]")
    expected = email().model_dump()
    wrong: list[Any] = []

    def work() -> None:
        for one in answer:
            for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
                if again.model_dump() != expected:
                    wrong.append(again)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
