"""Nothing that a program hands in stays behind: counts of references before and after, of calls
that succeed and of calls that are refused. (Leaks of memory show in tests/robust/test_memory.py;
this finds the one reference too many to an object that the program still has.)
"""

from __future__ import annotations

import copy
import gc
import pickle
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from recorder import Recorder, reply

from clerk_c import Clerk, Headers, Response, _core, models
from clerk_c.exceptions import HTTPStatusError

ROUNDS = 8
ACTOR = models.CreateActorTokenActor
REFUSED = (TypeError, ValueError, AttributeError, LookupError, RecursionError, HTTPStatusError)


class Thing:
    """An object that JSON has no form for."""

    def __repr__(self) -> str:
        return "Thing()"


class MyEmail(models.EmailAddress):
    """A program's own."""


class MyPlain(models.EmailAddress):
    """A program's own, which looks at what it is made of."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)


class Mark:
    """Objects that nobody else holds."""

    def __init__(self) -> None:
        self.text = "".join(["te", "xt", str(id(self))])
        self.number = 10**30 + id(self)
        self.part = 0.5 + id(self)
        self.bytes = self.text.encode()
        self.items = [self.text]
        self.dict = {self.text: self.number, "items": self.items}
        self.thing = Thing()
        self.array = bytearray(self.bytes)
        self.tuple = (self.text, self.thing)

    def all(self) -> list[Any]:
        return list(vars(self).values())

    def counts(self) -> list[int]:
        gc.collect()
        return [sys.getrefcount(one) for one in self.all()]

    def email(self, **changes: Any) -> dict[str, Any]:
        return {
            "object": "email_address",
            "id": self.text,
            "email_address": self.text,
            "reserved": False,
            "verification": {
                "object": "verification_admin",
                "status": "verified",
                "strategy": "admin",
                "attempts": self.number,
                "expire_at": None,
            },
            "linked_to": [{"type": "oauth_google", "id": self.text}],
            "created_at": self.number,
            "updated_at": self.number,
            **changes,
        }


def each(values: Any, call: Callable[[Any], object]) -> None:
    for value in values:
        with suppress(*REFUSED):
            call(value)


def odd(mark: Mark) -> list[Any]:
    """Of each kind of value one: most fields refuse most of them."""
    made = [mark.dict.items(), deque(mark.items), set(mark.items), iter(mark.items), [mark.thing]]
    return [*mark.all(), *made, MyEmail.model_construct(id=mark.text), float("nan"), True, None]


def dumps(mark: Mark) -> None:
    actor = ACTOR(sub=mark.text, **{mark.text: mark.dict})
    email = models.EmailAddress(**mark.email())
    user = models.User.model_construct(
        public_metadata=mark.dict, id=mark.tuple, username=mark.thing
    )
    for one in (actor, email, user):
        for mode in ("python", "json"):
            with suppress(*REFUSED):
                one.model_dump(mode=mode)
            with suppress(*REFUSED):
                one.model_dump(mode=mode, fallback=lambda value: mark.text)
            with suppress(*REFUSED):
                one.model_dump_json(indent=2, fallback=lambda value: mark.items)
            for names in (
                {mark.text},
                {mark.text: {"items"}},
                {"__all__"},
                {"linked_to": {0: {"id"}}},
                7,
            ):
                with suppress(*REFUSED):
                    one.model_dump(mode=mode, include=names, exclude_none=True)
                with suppress(*REFUSED):
                    one.model_dump(mode=mode, exclude=names, exclude_defaults=True)


def copies(mark: Mark) -> None:
    email = MyEmail(**mark.email())
    email._own = mark.thing
    actor = ACTOR(sub=mark.text, **{mark.text: mark.dict})
    for one in (email, actor):
        copy.copy(one)
        copy.deepcopy(one)
        pickle.loads(pickle.dumps(one))
        one.model_copy(update={"id": mark.items} if one is email else {mark.text: mark.items})
        each(
            [mark.dict, mark.tuple, {mark.text: 1}],
            lambda update, one=one: one.model_copy(update=update, deep=True),
        )
        each(odd(mark), one.__setstate__)
        one.__setstate__(one.__getstate__())
        (
            str(one),
            repr(one),
            list(one),
            one == copy.copy(one),
            vars(one),
            one.model_fields_set,
            one.model_extra,
        )


def assignments(mark: Mark) -> None:
    email = MyEmail(**mark.email())
    actor = ACTOR(sub=mark.text)
    for value in odd(mark):
        for name in (
            "id",
            "linked_to",
            "_own",
            "unknown",
            mark.text,
            "model_fields_set",
            "__fields_set__",
        ):
            for one in (email, actor, models.EmailAddress.model_construct()):
                with suppress(*REFUSED):
                    setattr(one, name, value)
                with suppress(*REFUSED):
                    getattr(one, name)
                with suppress(*REFUSED):
                    delattr(one, name)
        with suppress(*REFUSED):
            actor.additional_properties = value


def headers(mark: Mark) -> None:
    pairs = [(mark.text, mark.text), (mark.bytes, mark.bytes)]
    for source in (
        pairs,
        {mark.text: mark.text},
        mark.dict,
        [mark.tuple],
        mark.tuple,
        Headers(pairs),
        mark.text,
    ):
        with suppress(*REFUSED):
            made = Headers(source)
            made[mark.text] = mark.text
            made.update({mark.text: mark.bytes})
            assert made[mark.text] == made.get(mark.text) == made.pop(mark.text)
            (
                repr(made),
                made.raw,
                made == pairs,
                made == mark.dict,
                list(made.items()),
                copy.copy(made),
            )
            pickle.loads(pickle.dumps(made))
        each(odd(mark), lambda key: Headers(pairs)[key])
        each(odd(mark), lambda key: Headers(pairs).pop(key, mark.thing))
        each(odd(mark), lambda value: Headers(pairs).update({mark.text: value}))


def responses(mark: Mark) -> None:
    for name in ("headers", "content", "text", "html", "json", "request"):
        each(odd(mark), lambda value, name=name: repr(Response(200, **{name: value})))
    made = Response(404, headers={mark.text: mark.text}, json=[mark.text], request=mark.thing)
    made.text, made.json(), list(made.iter_text(3)), list(made.iter_lines()), made.headers
    each(
        odd(mark),
        lambda value: made.__setstate__(
            (11, 1, Headers(), mark.text, mark.text, value, None, mark.thing)
        ),
    )
    each(odd(mark), lambda value: setattr(made, "encoding", value))
    each([1], lambda _: made.raise_for_status())


def tokens(mark: Mark) -> None:
    basic = {"authorization": "Bearer " + mark.text, "cookie": mark.bytes}
    for request in (
        basic,
        {"headers": [(mark.bytes, mark.bytes)]},
        [(mark.text, mark.array)],
        mark.thing,
        mark.dict,
    ):
        each([None, mark.text], lambda own, request=request: _core.find_token(request, own))
    each(odd(mark), _core.VerifyKey.from_jwk)
    each(odd(mark), _core.VerifyKey.from_pem)
    _core.VerifyKey  # noqa: B018
    for value in odd(mark):
        for name in (
            "token",
            "key",
            "now_ms",
            "audience",
            "authorized_parties",
            "cache",
            "complete",
        ):
            with suppress(*REFUSED):
                _core.verify_jwt(**{"token": mark.text, "key": None, name: value})
        each(
            [1],
            lambda _, value=value: _core.verify_svix(value, mark.text, "1", mark.array, mark.text),
        )
        each(
            [1],
            lambda _, value=value: _core.verify_svix(
                "whsec_YWJj", mark.text, "1", value, mark.text
            ),
        )


def texts(mark: Mark) -> None:
    each(odd(mark), _core.parse_json)
    each(odd(mark), models.EmailAddress.model_validate_json)
    each(odd(mark), MyPlain.model_validate_json)
    each(odd(mark), lambda value: _core.read_json("List[EmailAddress]", value))
    _core.parse_json(f'{{"{mark.text}": [{mark.number}, "{mark.text}"]}}')


ACTIONS: dict[str, Callable[[Mark], object]] = {
    "keywords": lambda mark: models.EmailAddress(**mark.email()),
    "validate": lambda mark: models.EmailAddress.model_validate(mark.email()),
    "validate a subclass": lambda mark: MyPlain.model_validate(mark.email()),
    "validate an instance": lambda mark: models.EmailAddress.model_validate(
        MyEmail(**mark.email())
    ),
    "validate attributes": lambda mark: models.EmailAddress.model_validate(
        MyEmail(**mark.email()), from_attributes=True
    ),
    "construct": lambda mark: models.EmailAddress.model_construct(
        {"id"}, id=mark.items, other=mark.thing
    ),
    "odd fields": lambda mark: [
        each(odd(mark), lambda value, name=name: models.EmailAddress(**mark.email(**{name: value})))
        for name in (
            "id",
            "reserved",
            "verification",
            "linked_to",
            "created_at",
            "object",
            "unknown",
        )
    ],
    "odd members": lambda mark: each(
        odd(mark), lambda value: ACTOR(sub=mark.text, **{mark.text: value})
    ),
    "odd models": lambda mark: each(odd(mark), models.EmailAddress.model_validate),
    "copies": copies,
    "assignments": assignments,
    "dumps": dumps,
    "headers": headers,
    "responses": responses,
    "tokens": tokens,
    "texts": texts,
}


def check(action: Callable[[Mark], object]) -> None:
    mark = Mark()
    action(mark)  # what is made once and kept
    before = mark.counts()
    for _ in range(ROUNDS):
        action(mark)
    # a leak adds one in each round; Python's own caches of names may hold one more, or one less
    for name, early, late in zip(vars(mark), before, mark.counts()):
        assert late - early < ROUNDS, name


@pytest.mark.parametrize("name", ACTIONS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_is_handed_in_is_let_go(name: str) -> None:
    check(ACTIONS[name])


def test_arguments_of_calls_are_let_go(recorder: Recorder, clerk: Clerk) -> None:
    recorder.answer = reply(200, {"object": "user", "id": "user_1"})

    def action(mark: Mark) -> None:
        clerk.users.create(
            email_address=mark.items,
            external_id=mark.text,
            public_metadata={"mark": mark.dict, "tuple": (mark.text, mark.part)},
            skip_password_checks=True,
            http_headers={"x-mark": mark.text},
        )
        with suppress(models.ResponseValidationError):  # the answer is no list
            clerk.users.list(request={"user_id": mark.items, "query": mark.text, "limit": 7})
        for name in (
            "external_id",
            "email_address",
            "public_metadata",
            "skip_password_checks",
            "created_at",
        ):
            each(odd(mark), lambda value, name=name: clerk.users.create(**{name: value}))
        for name in ("http_headers", "retries", "timeout_ms"):
            each(
                odd(mark),
                lambda value, name=name: clerk.users.create(external_id=mark.text, **{name: value}),
            )

    check(action)
