"""clerk_c.Headers where it refuses, what it hides, and what it keeps alive."""

import gc
import pickle
import sys

import pytest

from clerk_c import Headers


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (5, TypeError),
        ({"a": None}, TypeError),
        ({"a": 1}, TypeError),
        ({5: "a"}, TypeError),
        ([("a", bytearray(b"x"))], TypeError),
        ([5], TypeError),
        ("ab", ValueError),
        ([("a",)], ValueError),
        ([("a", "b", "c")], ValueError),
        ({"\xe9": "a"}, UnicodeEncodeError),
        ({"a": "\xe9"}, UnicodeEncodeError),
        ({"a": "\ud800"}, UnicodeEncodeError),
    ],
)
def test_refused_sources(source, error):
    with pytest.raises(error):
        Headers(source)
    ours = Headers({"kept": "1"})
    with pytest.raises(error):
        ours.update(source)
    assert ours.raw == [(b"kept", b"1")]


def test_refusals_do_not_show_the_value():
    with pytest.raises(TypeError) as caught:
        Headers({"authorization": ["sk_live_secret"]})
    assert "sk_live" not in str(caught.value)


def failing_pairs():
    yield "a", "1"
    raise RuntimeError("broken source")


def test_errors_of_the_source_come_through():
    with pytest.raises(RuntimeError, match="broken source"):
        Headers(failing_pairs())
    with pytest.raises(RuntimeError, match="broken source"):
        Headers() == failing_pairs()  # noqa: B015


@pytest.mark.parametrize("key", [5, None, b"a", ("a",)])
def test_keys_are_text(key):
    ours = Headers({"a": "1"})
    for use in (
        ours.__getitem__,
        ours.__delitem__,
        ours.__contains__,
        ours.get,
        ours.get_list,
        ours.pop,
        lambda bad: ours.__setitem__(bad, "x"),
    ):
        with pytest.raises(TypeError, match="header name must be str"):
            use(key)


@pytest.mark.parametrize("value", [5, None, b"x"])
def test_values_are_text(value):
    ours = Headers()
    with pytest.raises(TypeError, match="header value must be str"):
        ours["a"] = value
    with pytest.raises(TypeError, match="header value must be str"):
        ours.setdefault("a", value)
    assert len(ours) == 0


def test_refused_encodings():
    with pytest.raises(LookupError, match="unknown encoding: 'nope'"):
        Headers(encoding="nope")
    with pytest.raises(TypeError, match="must be str or None"):
        Headers(encoding=5)
    ours = Headers({"a": "1"})
    with pytest.raises(LookupError):
        ours.encoding = "nope"
    assert ours["a"] == "1"


def test_unknown_arguments():
    with pytest.raises(TypeError):
        Headers({}, "ascii", 3)
    with pytest.raises(TypeError):
        Headers(nope=1)
    with pytest.raises(TypeError):
        Headers().update(x="y")
    with pytest.raises(KeyError):
        Headers().popitem()


# --- secrets and memory ------------------------------------------------------

SECRET_NAMES = [
    "Authorization",
    "PROXY-AUTHORIZATION",
    "Cookie",
    "set-cookie",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secrets_stay_out_of_the_repr(name):
    once = Headers({name: "hush", "x": "y"})
    twice = Headers([(name, "hush"), (name, "hush")])
    for ours in (once, twice):
        assert "hush" not in repr(ours)
        assert "[secure]" in repr(ours)
        assert ours.multi_items()[0] == (name.lower(), "hush")
    assert repr(once) == f"Headers({{{name.lower()!r}: '[secure]', 'x': 'y'}})"


def test_many_values_of_one_name():
    ours = Headers([("a", "x")] * 20_000)
    assert ours["a"] == ", ".join(["x"] * 20_000)
    assert len(ours.get_list("a")) == 20_000


def work():
    ours = Headers([("a", "1"), ("b", b"\xc3\xa9"), ("a", "2")])
    assert repr(ours) and dict(ours) and ours.multi_items() and ours.raw
    ours["c"] = "3"
    ours.update({"b": "4"})
    ours.pop("a")
    assert pickle.loads(pickle.dumps(ours.copy())) == ours
    for bad in (5, {"a": 1}, [("a",)], [("a", "b"), 5], {"a": "\xe9"}):
        with pytest.raises((TypeError, ValueError)):
            Headers(bad)
    assert "\xe9" not in Headers({"a": "1"})
    assert (ours == 5) is False


def test_keeps_no_references():
    name, value = b"name-" + b"n" * 40, b"value-" + b"v" * 40
    before = sys.getrefcount(name), sys.getrefcount(value)
    ours = Headers([(name, value)])
    work()
    del ours
    assert (sys.getrefcount(name), sys.getrefcount(value)) == before


def test_references_of_the_type_level():
    for _ in range(5):
        work()
    gc.collect()
    before = sys.getrefcount(Headers)
    for _ in range(50):
        work()
    gc.collect()
    assert sys.getrefcount(Headers) <= before + 1
