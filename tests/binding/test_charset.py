"""Which encoding a clerk_c.Response reads its content in, against httpx.Response."""

from __future__ import annotations

import codecs
import random

import httpx
import pytest

from clerk_c import Response


def look(response):
    return {
        "charset": response.charset_encoding,
        "encoding": response.encoding,
        "text": response.text,
        "pieces": "".join(response.iter_text(1)),
        "lines": list(response.iter_lines()),
    }


def both(status=200, **arguments):
    return httpx.Response(status, **arguments), Response(status, **arguments)


CONTENT_TYPES = [
    "",
    "text/html",
    "text/html;",
    "text/html; charset=utf-8",
    "text/html; charset=UTF-8",
    "text/html;charset=latin-1",
    "text/html ; Charset = iso-8859-1 ; x=y",
    "text/html; x=y; charset=cp1252",
    'text/html; charset="utf-16"',
    'text/html; charset="utf-8',
    "text/html; charset='utf-8'",
    'text/html; x="a;charset=cp1252"; charset=latin-1',
    'text/html; x="a\\";b"; charset=latin-1',
    'text/html; x="y"; charset="cp437"',
    'text/html; charset="la;tin"',
    'text/html; charset=""',
    "text/html; charset=",
    "text/html; charset",
    "text/html; charset; charset=cp850",
    "text/html; charset=cp850; charset=cp1252",
    "charset=cp1252",
    'charset="cp1252"',
    "; charset=cp1252",
    "text/html; charset*=utf-8''latin-1",
    "text/html; charset*0=lat; charset*1=in-1",
    "text/html; charset*=nonsense''latin-1",
    "text/html; charset=<latin-1>",
    "text/html; charset=latin\\-1",
    "text/html; charset=nope",
    "text/html; charset=utf-8, text/plain",
    "text/html\t;\tcharset=\tcp1252\t",
    "text/html; charset=a=b",
    "text/html; charset=\xe9",
    "text/html; x=\xe9; charset=cp1252",
    "text/html;;; charset=cp1252;;",
    "=;=; charset=cp1252",
    "text/html; xcharset=cp1252",
    "text/html; charset =cp1252",
    "text/html; charset= cp 1252",
    "text/html; charset=utf_8",
    "text/html; charset=U8",
    "application/json; charset=ascii",
    "application/json; charset=utf-7",
    "application/json; charset=shift_jis",
    "application/json; charset=utf-32",
    "application/json; charset=utf-8-sig",
    "application/json; charset=cp037",
]
BODIES = [
    b"",
    b"plain",
    "\ufeffh\xe9 \u20ac \U0001f600".encode(),
    "h\xe9 \u20ac".encode("utf-16"),
    "h\xe9".encode("latin-1"),
    b"\xff\xfe\x00",
    b"\x80\xe2\x82 \xf0\x9f \xed\xa0\x80\xc0\xaf",
    bytes(range(256)),
    b"a+AOk-b",
]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_charsets_as_httpx(content_type):
    headers = [(b"content-type", content_type.encode())]
    for body in BODIES:
        theirs, ours = both(headers=headers, content=body)
        try:
            expected = look(theirs)
        except UnicodeError:  # httpx cannot read UTF-16 without its mark
            assert len(ours.text) > 0
        else:
            assert look(ours) == expected


@pytest.mark.parametrize("seed", range(100))
def test_generated_content_types_as_httpx(seed):
    rng = random.Random(seed)
    words = [
        "text/html", "charset", "Charset", "=", ";", "; ", " ", "\t", '"', "x", "utf-8",
        "cp1252", "latin-1", "=", ";", "charset=", "'", "\\", "(", "*", ",", "<", ">",
    ]  # fmt: skip
    for _ in range(50):
        content_type = "".join(rng.choices(words, k=rng.randrange(1, 12)))
        headers = {"content-type": content_type}
        theirs, ours = both(headers=headers, content=b"\xe9\xc3\xa9")
        try:
            expected = theirs.charset_encoding
        except Exception:
            expected = None  # the email package failed, and so does all of httpx
            assert ours.encoding == "utf-8"
        assert ours.charset_encoding == expected, content_type


def test_no_content_type():
    theirs, ours = both(content=b"\xc3\xa9")
    assert ours.charset_encoding is theirs.charset_encoding is None
    assert look(ours) == look(theirs)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252", None])
def test_encoding_can_be_set_before_text_is_read(encoding):
    body = b"\xff\xfeh\x00\xc3\xa9\xff"
    theirs, ours = both(content=body, headers={"content-type": "x; charset=cp437"})
    if encoding is not None:
        theirs.encoding = encoding
    ours.encoding = encoding
    assert look(ours) == look(theirs)
    with pytest.raises(ValueError, match="once text was read"):
        ours.encoding = "utf-8"
    assert ours.text == theirs.text


def test_refused_encodings():
    ours = Response(200, content=b"x")
    with pytest.raises(TypeError, match="must be str or None"):
        ours.encoding = 5
    with pytest.raises(TypeError):
        del ours.encoding
    ours.encoding = "nope"
    with pytest.raises(LookupError, match="nope"):
        ours.text  # noqa: B018
    ours.encoding = "latin-1"
    assert ours.text == "x"


@pytest.mark.parametrize("charset", ["hex", "zip", "rot13", "undefined", "idna", "x" * 65, "."])
def test_charsets_that_are_no_encoding_of_text(charset):
    """httpx raises for most of these, whatever the server sends."""
    ours = Response(
        200, content=b"h\xc3\xa9", headers={"content-type": f"text/html; charset={charset}"}
    )
    assert ours.charset_encoding == charset
    assert ours.text == "h\xe9"


def test_made_up_charsets_do_not_fill_memory():
    """Python remembers each name of a codec that it was asked for."""
    asked = []

    def search(name):
        asked.append(name)

    codecs.register(search)
    try:
        header = "text/html; charset=" + "unheard-of-" * 1000
        assert Response(200, content=b"x", headers={"content-type": header}).text == "x"
    finally:
        codecs.unregister(search)
    assert asked == []
