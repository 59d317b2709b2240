"""The exceptions of the transport against those of httpx."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
import traceback
from pathlib import Path

import httpx
import pytest

import clerk_c
from clerk_c import Response, exceptions, models

ROOT = Path(__file__).parents[2]
PATH = [str(Path(clerk_c.__file__).parents[1])]


def duplicates(error):
    yield copy.copy(error)
    yield copy.deepcopy(error)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.loads(pickle.dumps(error, protocol))


FAMILY = [
    "HTTPError",
    "RequestError",
    "TransportError",
    "TimeoutException",
    "ConnectTimeout",
    "ReadTimeout",
    "WriteTimeout",
    "PoolTimeout",
    "NetworkError",
    "ConnectError",
    "ReadError",
    "WriteError",
    "CloseError",
    "ProtocolError",
    "LocalProtocolError",
    "RemoteProtocolError",
    "ProxyError",
    "UnsupportedProtocol",
    "DecodingError",
    "TooManyRedirects",
    "HTTPStatusError",
    "InvalidURL",
]


@pytest.mark.parametrize("name", FAMILY)
def test_family_is_nested_as_in_httpx(name):
    ours, theirs = getattr(exceptions, name), getattr(httpx, name)
    for other in FAMILY:
        nested = issubclass(theirs, getattr(httpx, other))
        assert issubclass(ours, getattr(exceptions, other)) is nested
    is_transport = issubclass(theirs, httpx.TransportError)
    assert issubclass(ours, models.NoResponseError) is is_transport
    assert ours.__doc__


def test_our_additions():
    assert issubclass(exceptions.ResponseTooLarge, exceptions.TransportError)
    assert issubclass(exceptions.ClientClosed, RuntimeError)
    assert issubclass(exceptions.InvalidURL, ValueError)


def statuses():
    """The names of enum ck_status."""
    header = (ROOT / "csrc/core/status.h").read_text()
    listed = header[header.index("CK_OK") : header.index("};")]
    found = [line.split(",")[0].split("/")[0].strip() for line in listed.splitlines()]
    return [name.removeprefix("CK_") for name in found if name.startswith("CK_")][1:]


def test_each_status_of_the_core_has_a_class():
    names = statuses()
    assert len(names) == 20
    binding = (ROOT / "csrc/py/errors.c").read_text()
    named = re.findall(r'case CK_(\w+): return "(\w+)";', binding)
    assert all(status == name for status, name in named)
    assert sorted(exceptions._BY_STATUS) == sorted(name for _, name in named)
    raised_there = {"NOMEM", "BAD_ARGUMENT", "BAD_JSON", "UPLOAD", "INTERRUPTED", "INTERNAL"}
    assert set(names) - set(exceptions._BY_STATUS) == raised_there


@pytest.mark.parametrize("status", sorted(exceptions._BY_STATUS))
def test_make(status):
    request = object()
    error = exceptions.make(status, "what happened", request)
    assert isinstance(error, exceptions._BY_STATUS[status])
    assert str(error) == "what happened"
    assert error.args == ("what happened",)
    if isinstance(error, exceptions.RequestError):
        assert error.request is request
        assert error.message == "what happened"
        assert exceptions.make(status, "m").request is None


def test_make_refuses_unknown_statuses():
    with pytest.raises(KeyError):
        exceptions.make("NO_SUCH", "m")


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("CONNECT", "ConnectError"),
        ("CONNECT_TIMEOUT", "ConnectTimeout"),
        ("READ", "ReadError"),
        ("READ_TIMEOUT", "ReadTimeout"),
        ("WRITE", "WriteError"),
        ("WRITE_TIMEOUT", "WriteTimeout"),
        ("REMOTE_PROTOCOL", "RemoteProtocolError"),
        ("DECODING", "DecodingError"),
        ("PROXY", "ProxyError"),
        ("TOO_MANY_REDIRECTS", "TooManyRedirects"),
        ("BAD_URL", "InvalidURL"),
        ("BAD_PROTOCOL", "UnsupportedProtocol"),
        ("TOO_LARGE", "ResponseTooLarge"),
    ],
)
def test_raised_classes_are_those_of_httpx_too(status, name):
    """httpx is imported here, so that its except clauses must work."""
    error = exceptions.make(status, "m")
    cls = type(error)
    nearest = "TransportError" if name == "ResponseTooLarge" else name
    assert isinstance(error, getattr(exceptions, name))
    assert isinstance(error, getattr(httpx, nearest))
    assert type(exceptions.make(status, "n")) is cls
    assert (cls.__module__, cls.__name__) == ("clerk_c.exceptions", name)
    assert traceback.format_exception_only(cls, error) == [f"clerk_c.exceptions.{name}: m\n"]
    for again in duplicates(error):
        assert type(again) is cls
        assert (str(again), again.args) == ("m", ("m",))


def test_status_errors():
    request, response = object(), Response(404)
    error = exceptions.make_status_error("m", request, response)
    assert isinstance(error, exceptions.HTTPStatusError)
    assert isinstance(error, httpx.HTTPStatusError)
    assert not isinstance(error, models.NoResponseError)
    assert (error.request, error.response, str(error)) == (request, response, "m")
    error.request = None
    for again in duplicates(error):
        assert type(again) is type(error)
        assert again.response.status_code == 404


def test_as_httpx_shows_them():
    request = httpx.Request("GET", "http://127.0.0.1/")
    for name in ("ConnectError", "ReadTimeout", "DecodingError"):
        theirs = getattr(httpx, name)("m", request=request)
        ours = getattr(exceptions, name)("m", request=request)
        for look in (str, repr, lambda error: error.request, lambda error: error.args):
            assert look(ours) == look(theirs)
        assert ours != getattr(exceptions, name)("m", request=request)
        assert len({ours, getattr(exceptions, name)("m")}) == 2


class Derived(exceptions.ReadTimeout):
    """What a program may derive."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def test_derived_exceptions_can_be_pickled():
    for again in duplicates(Derived("m", 7)):
        assert (type(again), str(again), again.code) == (Derived, "m", 7)


def test_a_half_loaded_httpx_does_no_harm(monkeypatch):
    fake = type(sys)("httpx")
    fake.ReadTimeout = "not a class"
    monkeypatch.setitem(sys.modules, "httpx", fake)
    assert type(exceptions.make("READ_TIMEOUT", "m")) is exceptions.ReadTimeout
    monkeypatch.setitem(sys.modules, "httpx", None)
    assert type(exceptions.make("READ_TIMEOUT", "m")) is exceptions.ReadTimeout


def test_each_httpx_module_gets_its_own_classes(monkeypatch):
    fake = type(sys)("httpx")
    fake.HTTPError = type("HTTPError", (Exception,), {})
    monkeypatch.setitem(sys.modules, "httpx", fake)
    error = exceptions.make("READ_TIMEOUT", "m")
    assert isinstance(error, fake.HTTPError)
    assert not isinstance(error, httpx.HTTPError)


IMPORTS = """
import sys
from clerk_c import exceptions
from clerk_c.models import SDKError
error = exceptions.make("READ_TIMEOUT", "m")
assert type(error) is exceptions.ReadTimeout
heavy = {"httpx", "typing", "dataclasses", "json", "re", "asyncio", "email", "http"}
print(sorted(heavy & set(sys.modules)))
"""


def test_nothing_heavy_is_imported():
    # -S: a site directory may import what it likes
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {PATH!r}\n{IMPORTS}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout) == ("", "[]\n")
