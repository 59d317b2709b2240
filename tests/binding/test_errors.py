"""The exception classes against the reference's, and httpx's."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import traceback

import httpx
import pytest
from clerk_backend_api import models as reference

from clerk_c import Response, models
from clerk_c.models._errors import make_error_class

TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "text/html",
    "text/html; charset=utf-8",
    "application/problem+json",
    "",
]
BODIES = [
    "",
    "hi",
    '{"errors": []}',
    " padded \n",
    "x" * 9_999,
    "x" * 10_000,
    "x" * 10_001,
    "\u20ac" * 10_050,
]


def answers():
    """Pairs of the same answer, as httpx's object and as ours."""
    for content_type in [None, *TYPES]:
        for body in BODIES:
            headers = {} if content_type is None else {"content-type": content_type}
            arguments = {"headers": headers, "content": body.encode()}
            yield httpx.Response(404, **arguments), Response(404, **arguments)


def fields(error):
    """What can be compared between the packages."""
    return {
        "str": str(error),
        "message": error.message,
        "status_code": error.status_code,
        "body": error.body,
        "headers": list(error.headers.items()),
        "match": error.__match_args__,
        "hash": hash(error) == hash((error.message, error.status_code, error.body)),
        "repr": repr(error),
    }


@pytest.mark.parametrize("message", ["API error occurred", "", "Unexpected response received"])
@pytest.mark.parametrize("body", [None, "", "other body", "y" * 20_000])
@pytest.mark.parametrize("name", ["ClerkBaseError", "SDKError"])
def test_messages(name, message, body):
    for theirs, ours in answers():
        expected = getattr(reference, name)(message, theirs, body)
        error = getattr(models, name)(message, ours, body)
        assert fields(error) == fields(expected)
        assert error.raw_response is ours
        assert error.headers is ours.headers
        assert error.args == (message, ours, body)


@pytest.mark.parametrize("body", [None, "", "other body"])
def test_classes_of_the_schema(body):
    for theirs, ours in answers():
        expected = reference.ClerkErrors(None, theirs, body)
        error = models.ClerkErrors(None, ours, body)
        assert fields(error) == fields(expected)
        assert error.data is None


@pytest.mark.parametrize("body", [None, "", "other body"])
def test_validation_errors(body):
    cause = ValueError("cause")
    for theirs, ours in answers():
        expected = reference.ResponseValidationError("text", theirs, cause, body)
        error = models.ResponseValidationError("text", ours, cause, body)
        assert fields(error) == fields(expected)
        assert error.cause is error.__cause__ is cause


def test_with_a_response_of_httpx():
    theirs = httpx.Response(500, text="broken", headers={"x": "y"})
    error = models.SDKError("API error occurred", theirs)
    assert fields(error) == fields(reference.SDKError("API error occurred", theirs))
    assert error.raw_response is theirs


def test_cause_is_what_it_was_raised_from():
    error = models.ResponseValidationError("text", Response(200), ValueError("first"))
    second = ValueError("second")
    with pytest.raises(models.ResponseValidationError) as caught:
        raise error from second
    assert caught.value.cause is second


def test_no_response_error():
    for arguments in ([], ["text"], [""]):
        theirs, ours = reference.NoResponseError(*arguments), models.NoResponseError(*arguments)
        for look in (str, repr, hash):
            assert look(ours) == look(theirs)
        assert (ours.message, ours.args) == (theirs.message, theirs.args)
        assert ours == models.NoResponseError(*arguments)
    assert models.NoResponseError("a") != models.NoResponseError("b")
    assert models.NoResponseError("a") != theirs


# --- equality ----------------------------------------------------------------


def instances(package, response_class):
    """Two answers that are equal in all that the hash sees, and errors of them."""
    first = response_class(404, text="x")
    second = response_class(404, text="x", headers={"a": "b"})
    return [
        package.ClerkBaseError("m", first),
        package.ClerkBaseError("m", first),
        package.ClerkBaseError("m", second),
        package.ClerkBaseError("n", first),
        package.ClerkBaseError("m", first, "y"),
        package.SDKError("m", first),
        package.SDKError("m", second),
        package.ResponseValidationError("m", first, ValueError("c")),
        package.ResponseValidationError("m", first, TypeError("c")),
        package.ClerkErrors(None, first),
        package.ClerkErrors(1, first),
        package.NoResponseError("m"),
        type("Derived", (package.SDKError,), {})("m", first),
        object(),
        None,
    ]


def test_equality_and_hash():
    theirs = instances(reference, httpx.Response)
    ours = instances(models, Response)
    for i in range(len(theirs)):
        for j in range(len(theirs)):
            assert (ours[i] == ours[j]) is (theirs[i] == theirs[j]), (i, j)
            assert (ours[i] != ours[j]) is (theirs[i] != theirs[j]), (i, j)
            if i < 13 and j < 13:
                same = hash(theirs[i]) == hash(theirs[j])
                assert (hash(ours[i]) == hash(ours[j])) is same, (i, j)


# --- the classes themselves --------------------------------------------------

ROOTS = ["ClerkBaseError", "SDKError", "ResponseValidationError", "NoResponseError"]


def is_error(cls):
    return isinstance(cls, type) and issubclass(cls, Exception)


SCHEMA = [
    name
    for name in dir(reference)
    if name not in ROOTS and is_error(getattr(reference, name, None))
]


def parameters(cls):
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in inspect.signature(cls).parameters.values()
    ]


@pytest.mark.parametrize("name", ROOTS + SCHEMA)
def test_classes_look_like_the_reference(name):
    theirs, ours = getattr(reference, name), getattr(models, name)
    assert (ours.__name__, ours.__qualname__) == (name, name)
    assert [base.__name__ for base in ours.__mro__] == [base.__name__ for base in theirs.__mro__]
    assert ours.__match_args__ == theirs.__match_args__
    assert parameters(ours) == parameters(theirs)
    assert ours.__doc__


def test_there_are_classes_of_the_schema():
    assert len(SCHEMA) >= 36


@pytest.mark.parametrize("name", SCHEMA)
def test_classes_of_the_schema_survive_pickle(name):
    error = getattr(models, name)(["data"], Response(404, text="x"))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (again.data, again.status_code, str(again)) == (["data"], 404, "x")


@pytest.mark.parametrize("count", [0, 1, 4])
def test_wrong_arguments(count):
    for name in ["ClerkBaseError", "SDKError", "ResponseValidationError", "ClerkErrors"]:
        with pytest.raises(TypeError):
            getattr(models, name)(*[None] * (count + (name == "ResponseValidationError")))
    with pytest.raises(TypeError):
        models.NoResponseError(1, 2)


def test_messages_can_be_changed():
    error = models.SDKError("m", Response(404))
    error.message = "other"
    assert str(error) == "other"


# --- copies ------------------------------------------------------------------


def duplicates(error):
    yield copy.copy(error)
    yield copy.deepcopy(error)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.loads(pickle.dumps(error, protocol))


class Custom(models.SDKError):
    """What a program may derive: another signature, more attributes."""

    def __init__(self, code):
        super().__init__("custom", Response(code, text="x"))
        self.extra = code


def test_errors_can_be_copied_and_pickled():
    response = Response(422, json={"errors": []}, headers={"x": "y"})
    errors = [
        models.ClerkBaseError("m", response),
        models.ClerkBaseError(message="m", raw_response=response),
        models.SDKError("m", response, "body"),
        models.ResponseValidationError("m", response, ValueError("c")),
        models.ClerkErrors({"errors": []}, response),
        models.NoResponseError("m"),
        Custom(418),
    ]
    for error in errors:
        error.added = ["attribute"]
        for again in duplicates(error):
            assert type(again) is type(error)
            assert (str(again), repr(again)) == (str(error), repr(error))
            assert hash(again) == hash(error)
            assert again.added == ["attribute"]
            if isinstance(again, models.ClerkBaseError):
                assert again.headers == error.headers
                assert again.raw_response.content == error.raw_response.content
                assert again.headers is again.raw_response.headers


def test_pickles_keep_the_cause():
    error = models.ResponseValidationError("m", Response(200), ValueError("c"))
    for again in duplicates(error):
        assert repr(again.cause) == repr(error.cause)


def test_a_pickle_is_read_where_nothing_was_imported():
    error = models.ClerkErrors(None, Response(404, text="gone"))
    code = (
        "import pickle, sys; error = pickle.load(sys.stdin.buffer);"
        "print(type(error).__name__, error.status_code, error, repr(error.raw_response))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        input=pickle.dumps(error),
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert done.stdout.split() == b"ClerkErrors 404 gone <Response [404 Not Found]>".split()


def test_make_error_class():
    cls = make_error_class("Invented", "clerk_c.models.invented")
    error = cls({"a": 1}, Response(400, text="x"))
    assert (cls.__module__, cls.__name__) == ("clerk_c.models.invented", "Invented")
    assert isinstance(error, models.ClerkBaseError)
    assert error.data == {"a": 1}
    assert "data={'a': 1})" in repr(error)


# --- secrets -----------------------------------------------------------------


def test_no_secret_in_what_is_shown():
    response = Response(
        401,
        headers={"set-cookie": "__session=hush", "authorization": "Bearer hush"},
        text="denied",
    )
    for error in (
        models.SDKError("API error occurred", response),
        models.ClerkErrors(None, response),
        models.ResponseValidationError("m", response, ValueError("c")),
    ):
        try:
            raise error
        except models.ClerkBaseError:
            shown = traceback.format_exc()
        assert "hush" not in shown + str(error) + repr(error)
