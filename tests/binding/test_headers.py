"""clerk_c.Headers against httpx.Headers, on tables and on generated input."""

import codecs
import collections.abc
import copy
import gc
import pickle
import random

import httpx
import pytest

from clerk_c import Headers

SOURCES = [
    None,
    {},
    [],
    {"A": "1"},
    {"A": "1", "b": "2", "Content-Type": "text/html; charset=utf-8"},
    {b"A": b"1", "b": b"2", b"c": "3"},
    [("A", "1"), ("a", "2"), ("B", "x"), ("A", "3")],
    [("a", "b, c,d "), ("a", "e"), ("", "x"), ("empty", "")],
    [["a", "b"], (b"c", b"d"), "ef"],
    (("k", "v"),),
    [(b"x", b"\xc3\xa9")],
    [("x", "1"), (b"\xc3\xa9", b"y")],
    [(b"x", b"\xff"), ("y", "z")],
    [("X", b"\xc3\xa9"), ("y", b"\xe9")],
    [("Authorization", "Bearer sk"), ("x", "y")],
    [("proxy-authorization", "a"), ("Proxy-Authorization", "b")],
    {"a\n": "x\r\n"},
    httpx.Headers([("a", "1"), ("b", "2")]),
]
KEYS = ["a", "A", "b", "X", "content-TYPE", "", "nope", "K", "empty", "y"]


def both(source):
    return httpx.Headers(source), Headers(source)


def look(headers):
    """All that can be read from headers, as plain values."""
    return {
        "raw": headers.raw,
        "multi": headers.multi_items(),
        "keys": list(headers.keys()),
        "values": list(headers.values()),
        "items": list(headers.items()),
        "iter": list(headers),
        "dict": dict(headers),
        "len": len(headers),
        "bool": bool(headers),
        "encoding": headers.encoding,
        "repr": repr(headers),
        "get": [headers.get(key) for key in KEYS],
        "get default": [headers.get(key, 7) for key in KEYS],
        "in": [key in headers for key in KEYS],
        "list": [headers.get_list(key) for key in KEYS],
        "split": [headers.get_list(key, split_commas=True) for key in KEYS],
    }


@pytest.mark.parametrize("source", SOURCES, ids=range(len(SOURCES)))
def test_reads_as_httpx(source):
    theirs, ours = both(source)
    assert look(ours) == look(theirs)


@pytest.mark.parametrize("source", SOURCES, ids=range(len(SOURCES)))
def test_copies_are_equal_and_independent(source):
    ours = Headers(source)
    before = look(ours)
    copies = [
        Headers(ours),
        ours.copy(),
        copy.copy(ours),
        copy.deepcopy(ours),
        pickle.loads(pickle.dumps(ours)),
    ]
    for other in copies:
        assert look(other) == before
        assert other == ours
        other["new"] = "value"
        assert other != ours
    assert look(ours) == before


def test_views_have_the_types_of_a_dict():
    theirs, ours = both({"a": "1"})
    for name in ("keys", "values", "items"):
        assert type(getattr(ours, name)()) is type(getattr(theirs, name)())


def test_is_a_mutable_mapping():
    ours = Headers({"a": "1"})
    assert isinstance(ours, collections.abc.MutableMapping)
    assert isinstance(ours, collections.abc.Mapping)
    match ours:
        case {"a": value}:
            assert value == "1"
        case _:
            pytest.fail("not seen as a mapping")


def test_httpx_takes_ours():
    assert httpx.Headers(Headers({"A": "1"})) == httpx.Headers({"a": "1"})


OTHERS = [
    None,
    {},
    {"a": "1"},
    {"A": "1"},
    [("a", "1")],
    [("A", "1"), ("a", "2")],
    [("a", "2"), ("A", "1")],
    [("b", "x"), ("a", "1")],
    {"a": "1, 2"},
    {b"a": b"1"},
    {"a": "\u20ac"},
    "abc",
    ["ab", "bx"],
    [("a",)],
]


@pytest.mark.parametrize("source", OTHERS[:9], ids=range(9))
@pytest.mark.parametrize("other", OTHERS, ids=range(len(OTHERS)))
def test_equality_as_httpx(source, other):
    theirs, ours = both(source)
    assert (ours == other) is (theirs == other)
    assert (ours != other) is (theirs != other)


@pytest.mark.parametrize("other", [5, object(), {"a": 1}, {5: "a"}, [None]])
def test_equality_never_raises(other):
    """httpx raises TypeError here."""
    assert (Headers({"a": "1"}) == other) is False
    assert (Headers({"a": "1"}) != other) is True


def test_is_not_hashable_and_not_ordered():
    with pytest.raises(TypeError, match="unhashable"):
        hash(Headers())
    with pytest.raises(TypeError):
        Headers() < Headers()  # noqa: B015


# --- changes -----------------------------------------------------------------

NAMES = ["a", "A", "b", "B", "Content-Type", "x-long-name", "Set-Cookie", ""]
VALUES = ["", "1", "2, 3", " padded ", "x" * 300, "a,b"]


def set_item(headers, key, value):
    headers[key] = value


def delete_item(headers, key, value):
    del headers[key]


OPERATIONS = [
    set_item,
    set_item,
    delete_item,
    lambda headers, key, value: headers.pop(key),
    lambda headers, key, value: headers.pop(key, value),
    lambda headers, key, value: headers.popitem(),
    lambda headers, key, value: headers.setdefault(key, value),
    lambda headers, key, value: headers.update({key: value}),
    lambda headers, key, value: headers.update([(key, value), (key, "z")]),
    lambda headers, key, value: headers.update(),
    lambda headers, key, value: headers.update(headers),
    lambda headers, key, value: headers[key],
    lambda headers, key, value: headers.get(key, default=value),
    lambda headers, key, value: headers.get_list(key, True),
]


def outcome(operation, headers, key, value):
    try:
        return operation(headers, key, value)
    except KeyError as error:
        return "KeyError", error.args


@pytest.mark.parametrize("seed", range(200))
def test_changes_as_httpx(seed):
    rng = random.Random(seed)
    pairs = [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.randrange(8))]
    theirs, ours = both(pairs)
    for _ in range(12):
        step = rng.choice(OPERATIONS), rng.choice(NAMES), rng.choice(VALUES)
        expected = outcome(step[0], theirs, *step[1:])
        assert outcome(step[0], ours, *step[1:]) == expected
        # httpx masks fewer names, so that repr is compared elsewhere
        assert ours.raw == theirs.raw
        assert list(ours.items()) == list(theirs.items())
    ours.clear()
    assert len(ours) == 0
    assert list(ours) == []


def random_bytes(rng):
    alphabet = [b"a", b"Z", b"-", b",", b" ", b"\xc3\xa9", b"\xe2\x82\xac"]
    if rng.random() < 0.3:
        alphabet += [b"\xff", b"\x80", b"\xc3"]
    return b"".join(rng.choices(alphabet, k=rng.randrange(6)))


@pytest.mark.parametrize("seed", range(200))
def test_bytes_read_as_httpx(seed):
    rng = random.Random(seed)
    pairs = [(random_bytes(rng), random_bytes(rng)) for _ in range(rng.randrange(6))]
    theirs, ours = both(pairs)
    assert ours.raw == theirs.raw
    assert ours.encoding == theirs.encoding
    assert ours.multi_items() == theirs.multi_items()
    assert list(ours.items()) == list(theirs.items())
    assert dict(ours) == dict(theirs.items())
    assert repr(ours) == repr(theirs)
    for name in theirs:
        assert name in ours
        if name in theirs:  # see test_case_is_that_of_ascii
            assert ours[name] == theirs[name]
            assert ours.get_list(name, True) == theirs.get_list(name, True)


def test_iteration_is_not_disturbed_by_changes():
    ours = Headers({"a": "1", "b": "2"})
    for name in ours:
        del ours[name]
        ours[name + name] = "x"
    assert list(ours) == ["aa", "bb"]


def test_a_hostile_codec_changes_the_headers():
    """Whatever happens meanwhile, an operation sees what was there."""

    def encode(text, errors="strict"):
        ours.clear()
        gc.collect()
        return text.encode(), len(text)

    def decode(data, errors="strict"):
        ours.clear()
        gc.collect()
        return bytes(data).decode(), len(data)

    def search(name):
        if name == "hostile_test":
            return codecs.CodecInfo(encode, decode, name=name)
        return None

    codecs.register(search)
    try:
        ours = Headers([(b"a", b"1"), (b"b", b"2")], encoding="hostile_test")
        assert ours["A"] == "1"
        assert len(ours) == 0
        ours = Headers([(b"a", b"1"), (b"b", b"2")], encoding="hostile_test")
        assert ours.multi_items() == [("a", "1"), ("b", "2")]
        ours = Headers([(b"a", b"1"), (b"b", b"2")], encoding="hostile_test")
        del ours["a"]
        assert ours.raw == [(b"b", b"2")]
    finally:
        codecs.unregister(search)


def test_case_is_that_of_ascii():
    """httpx folds the case of other letters only in what is looked up, so
    that it does not find all of its own keys."""
    ours = Headers([("K", "1"), ("\u212a".encode(), "2"), (b"\xc3\x89", "3")])
    assert {name: ours[name] for name in ours} == {
        "k": "1",
        "\u212a": "2",
        "\xc9": "3",
    }


# --- encodings ---------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1", "cp1252"])
def test_chosen_encoding(encoding):
    source = {"a": "b"} if encoding == "ascii" else {"a": "\xe9"}
    theirs = httpx.Headers(source, encoding=encoding)
    ours = Headers(source, encoding=encoding)
    assert look(ours) == look(theirs)
    ours["c"] = theirs["c"] = "d"
    assert ours.raw == theirs.raw
    assert look(pickle.loads(pickle.dumps(ours))) == look(ours)
    assert look(ours.copy()) == look(theirs.copy())


def test_encoding_can_be_set_and_reset():
    ours = Headers([(b"x", b"\xe9")])
    ours.encoding = "cp850"
    assert (ours["x"], ours.encoding) == ("\xda", "cp850")
    ours.encoding = None
    assert (ours["x"], ours.encoding) == ("\xe9", "iso-8859-1")


def test_text_beyond_ascii_can_always_be_set():
    """httpx settles for ascii at the first look and then refuses."""
    ours = Headers({"a": "1"})
    assert ours.encoding == "ascii"
    ours["b"] = "\u20ac"
    assert (ours["b"], ours["a"], ours.encoding) == ("\u20ac", "1", "utf-8")
    ours.update([(b"c", b"\xff")])
    assert ours.encoding == "iso-8859-1"


def test_new_text_follows_the_encoding_of_the_rest():
    """httpx writes utf-8 between latin-1 unless it has looked before."""
    ours = Headers([(b"a", b"\xff")])
    ours["b"] = "\xe9"
    assert (ours["a"], ours["b"]) == ("\xff", "\xe9")


@pytest.mark.parametrize("key", ["\xe9", "\u20ac", "\ud800"])
def test_names_that_cannot_exist_are_absent(key):
    """httpx raises UnicodeEncodeError."""
    ours = Headers({"a": "1"})
    assert key not in ours
    assert ours.get(key, 3) == 3
    assert ours.get_list(key) == []
    with pytest.raises(KeyError):
        ours[key]
    with pytest.raises(KeyError):
        del ours[key]
