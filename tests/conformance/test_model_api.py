"""What can be done with models, done with both packages: the same comes of it."""

from __future__ import annotations

import copy
import inspect
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import clerk_backend_api
import pytest
from clerk_backend_api.types.basemodel import Unset
from compare import plain

import clerk_c

from .test_check import model_names

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

EMAIL = {
    "id": "x",
    "object": "email_address",
    "email_address": "a@b.c",
    "reserved": False,
    "verification": None,
    "linked_to": [{"type": "t", "id": "i"}],
    "created_at": 1,
    "updated_at": 1,
}
OTP = {
    "status": "verified",
    "strategy": "s",
    "attempts": None,
    "expire_at": 1,
    "verified_at_client": None,
}


def emails(package: Any) -> Any:
    return package.models.EmailAddress(**EMAIL)


def set_and_dump(package: Any, name: str, value: Any) -> Any:
    email = emails(package)
    setattr(email, name, value)
    return email, email.model_dump(), email.model_dump(exclude_unset=True)


def fields_set(package: Any, names: set[str]) -> Any:
    email = emails(package)
    email.__pydantic_fields_set__ = names
    return sorted(email.model_fields_set), email.model_dump(exclude_unset=True)


def match(package: Any) -> Any:
    match emails(package):
        case package.models.Otp():
            return "otp"
        case package.models.EmailAddress(id=found, linked_to=[package.models.IdentificationLink()]):
            return found


def subclass(package: Any, *bodies: dict[str, Any]) -> Any:
    log: list[Any] = []
    body: dict[str, Any] = {
        "domain": property(lambda self: self.email_address.partition("@")[2]),
        "model_post_init": lambda self, context: log.append((context, self.id)),
    }
    sub = type("Sub", (package.models.EmailAddress,), body)
    made = [
        sub(**EMAIL),
        sub.model_validate(EMAIL),
        sub.model_validate_json(emails(package).model_dump_json()),
        sub.model_construct(id="y"),
    ]
    return (
        log,
        [type(one).__name__ for one in made],
        made[0].domain,
        made[0] == made[1],
        made[0] == emails(package),
        isinstance(made[0], package.models.EmailAddress),
        repr(made[0]),
        sub.model_validate(made[0]) is made[0],
        package.models.EmailAddress.model_validate(made[0]) is made[0],
    )


def own_init(package: Any) -> Any:
    class Sub(package.models.IdentificationLink):  # type: ignore[misc, name-defined]
        def __init__(self, **values: Any) -> None:
            super().__init__(type="fixed", **values)

    return (
        Sub(id="a"),
        Sub.model_validate({"id": "b"}),
        Sub.model_validate_json('{"id":"c"}'),
    )


def legacy(package: Any, name: str, *args: Any, **options: Any) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = getattr(emails(package), name)(*args, **options)
    return made, {warning.category.__mro__[-4].__name__ for warning in caught}


CASES: dict[str, Callable[[Any], Any]] = {
    "repr": lambda p: (repr(emails(p)), str(emails(p))),
    "iteration": lambda p: dict(emails(p)),
    "vars": lambda p: vars(emails(p)),
    "rich": lambda p: list(emails(p).__rich_repr__()),
    "pretty": lambda p: list(emails(p).__pretty__(repr)),
    "equal": lambda p: (emails(p) == emails(p), emails(p) != emails(p), emails(p) == 5),
    "equal whatever was set": lambda p: (
        p.models.EmailAddress(**EMAIL, matches_sso_connection=None) == emails(p)
    ),
    "hash": lambda p: hash(emails(p)),
    "set in dict": lambda p: {emails(p): 1},
    "positional": lambda p: p.models.EmailAddress(EMAIL),
    "assign": lambda p: set_and_dump(p, "id", None),
    "assign what does not fit": lambda p: set_and_dump(p, "linked_to", 5),
    "assign unknown": lambda p: set_and_dump(p, "unknown", 5),
    "assign text to an open enum": lambda p: set_and_dump(p, "object", "email_address"),
    "assign unknown text to an open enum": lambda p: set_and_dump(p, "object", "new"),
    "read unknown": lambda p: emails(p).unknown,
    "read on the class": lambda p: p.models.EmailAddress.id,
    "delete unknown": lambda p: delattr(emails(p), "unknown"),
    "fields set": lambda p: fields_set(p, {"id", "created_at"}),
    "fields set is read-only": lambda p: setattr(emails(p), "model_fields_set", {"id"}),
    "match": match,
    "subclass": subclass,
    "subclass with __init__": own_init,
    "construct": lambda p: p.models.EmailAddress.model_construct(id=5, unknown=1),
    "construct: read": lambda p: p.models.EmailAddress.model_construct().email_address,
    "construct: dump": lambda p: p.models.EmailAddress.model_construct(id=5).model_dump(),
    "construct: dump by rules": lambda p: p.models.Otp.model_construct(status=5).model_dump(),
    "construct: equal": lambda p: [
        p.models.Otp.model_construct(status=5) == p.models.Otp.model_construct(**values)
        for values in ({"status": 5}, {"status": 6}, {}, {"status": 5, "strategy": "s"})
    ],
    "construct: fields set": lambda p: p.models.Otp.model_construct({"status"}, **OTP),
    "construct: fields set by keyword": lambda p: p.models.Otp.model_construct(
        _fields_set=set(), **OTP
    ),
    "construct: alias": lambda p: p.models.File.model_construct(fileName="a", content=b""),
    "construct: extra": lambda p: p.models.CreateActorTokenActor.model_construct(
        sub="a", b=1
    ).model_dump(),
    "copy": lambda p: emails(p).model_copy(),
    "copy: update": lambda p: emails(p).model_copy(update={"id": 7, "created_at": None}),
    "copy: extra": lambda p: p.models.CreateActorTokenActor(sub="a", b=1).model_copy(
        update={"sub": "c", "d": 2}
    ),
    "copy: shared": lambda p: (
        (e := emails(p)).linked_to is e.model_copy().linked_to,
        e.linked_to is e.model_copy(deep=True).linked_to,
        e.linked_to is copy.copy(e).linked_to,
        e.linked_to is copy.deepcopy(e).linked_to,
    ),
    "copy: unset": lambda p: (
        [copy.deepcopy(p.models.Otp(**{**OTP, "channel": p.types.UNSET})).channel]
    ),
    "validate an instance": lambda p: (
        (e := emails(p)) is p.models.EmailAddress.model_validate(e),
        p.models.EmailAddress.model_validate(e, from_attributes=True) is e,
    ),
    "validate another model": lambda p: p.models.EmailAddress.model_validate(
        p.models.IdentificationLink(type="a", id="b")
    ),
    "validate attributes": lambda p: p.models.IdentificationLink.model_validate(
        type("Row", (), {"type": "a", "id": "b"})(), from_attributes=True
    ),
    "validate attributes that lack": lambda p: p.models.IdentificationLink.model_validate(
        type("Row", (), {"type": "a"})(), from_attributes=True
    ),
    "validate odd keys": lambda p: p.models.IdentificationLink.model_validate(
        {"type": "a", "id": "b", 5: 6}
    ),
    "validate a list": lambda p: p.models.IdentificationLink.model_validate([]),
    "validate no JSON": lambda p: p.models.IdentificationLink.model_validate_json("{"),
    "validate bytes": lambda p: p.models.IdentificationLink.model_validate_json(
        b'{"type":"a","id":"b"}'
    ),
    "validate strings": lambda p: p.models.Otp.model_validate_strings(
        {"status": "verified", "strategy": "s", "attempts": "1", "expire_at": "2"}
    ),
    "rebuild": lambda p: p.models.User.model_rebuild(),
    "computed": lambda p: p.models.User.model_computed_fields,
    "parametrized": lambda p: p.models.User[int],
    "config": lambda p: [
        getattr(p.models, name).model_config
        for name in ("User", "CreateActorTokenActor", "SignUpVerification")
    ],
    "extra": lambda p: (
        (a := p.models.CreateActorTokenActor(sub="s", x=[1], y=None)),
        a.model_dump(exclude_none=True),
        a.model_dump(exclude={"x"}),
        a.model_dump(include={"y"}),
        a.x,
        pickle.loads(pickle.dumps(a)) == a,
        copy.deepcopy(a) == a,
    ),
    "dict()": lambda p: legacy(p, "dict"),
    "json()": lambda p: legacy(p, "json"),
    "copy()": lambda p: legacy(p, "copy"),
    "parse_obj()": lambda p: legacy(p, "parse_obj", EMAIL),
    "parse_raw()": lambda p: legacy(p, "parse_raw", b"{}"),
    "construct()": lambda p: legacy(p, "construct", id=1),
    "validate()": lambda p: legacy(p, "validate", EMAIL),
}  # fmt: skip


def outcome(case: Callable[[Any], Any], package: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            made = case(package)
        except Exception as error:
            kinds = (ValueError, TypeError, AttributeError)
            found = getattr(error, "errors", list)()
            return [k for k in kinds if isinstance(error, k)], [
                (entry["type"], entry["loc"]) for entry in found
            ]
    return plain(made)


@pytest.mark.parametrize("name", CASES)
def test_same(name: str) -> None:
    case = CASES[name]
    assert outcome(case, clerk_c) == outcome(case, clerk_backend_api)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(protocol: int) -> None:
    for package in (clerk_c, clerk_backend_api):
        made = package.models.Otp(**{**OTP, "attempts": 3})
        again = pickle.loads(pickle.dumps(made, protocol))
        assert plain(again) == plain(made)


def test_states() -> None:
    """What is pickled has one form, but for the private attributes that models do not have."""
    ours, theirs = emails(clerk_c).__getstate__(), emails(clerk_backend_api).__getstate__()
    assert theirs.pop("__pydantic_private__") is None
    theirs["__pydantic_fields_set__"] = sorted(theirs["__pydantic_fields_set__"])
    ours["__pydantic_fields_set__"] = sorted(ours["__pydantic_fields_set__"])
    assert plain(ours) == plain(theirs)


def test_model_fields() -> None:
    assert len(model_names()) > 600
    for name in model_names():
        ours = getattr(clerk_c.models, name).model_fields
        theirs = getattr(clerk_backend_api.models, name).model_fields
        assert list(ours) == list(theirs), name
        for field, info in ours.items():
            their = theirs[field]
            assert info.is_required() == their.is_required(), (name, field)
            assert info.alias == (their.alias or None), (name, field)
            assert bool(info.deprecated) == bool(their.deprecated), (name, field)
            if not their.is_required() and not isinstance(their.default, Unset):
                assert plain(info.default) == plain(their.default), (name, field)


def test_signatures() -> None:
    for name in model_names():
        ours = inspect.signature(getattr(clerk_c.models, name))
        theirs = inspect.signature(getattr(clerk_backend_api.models, name))
        kept = [
            one for one in theirs.parameters.values() if one.kind is one.KEYWORD_ONLY
        ]
        assert list(ours.parameters) == [one.name for one in kept], name
        for one, their in zip(ours.parameters.values(), kept):
            assert (one.default is one.empty) == (their.default is their.empty), (name, one)
