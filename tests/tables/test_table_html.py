"""Tables and cards in notebooks: well-formed, and nothing that a user wrote does anything."""

from __future__ import annotations

import re
import warnings
from html.parser import HTMLParser
from typing import Any

import pytest
from table_rows import CREATED, HOSTILE, email, mixtures, user

from clerk_c import models, table
from clerk_c.tables import _terminal

VOID = frozenset(("img", "br", "input", "link", "meta"))
TAGS = frozenset(
    (
        *("div", "style", "table", "thead", "tbody", "tr", "th", "td", "script"),
        *("b", "code", "dl", "dt", "dd", "details", "summary", "span"),
    )
)
ATTRIBUTES = frozenset(("class", "title", "scope", "data-v", "data-ck", "style", "aria-hidden"))


class Page(HTMLParser):
    """Reads a fragment as a browser would; fails where tags are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data


def safe(text: str, scripts: int) -> Page:
    """Only our own tags and attributes, and no address to load anything from."""
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert len(page.texts.get("script", [])) == scripts
    assert len(page.texts["style"]) == 1 and "url(" not in page.texts["style"][0]
    assert "@import" not in page.texts["style"][0]
    return page


def test_a_table() -> None:
    rows = [
        {"id": "a", "name": "Ada", "count": 5, "created_at": CREATED, "yes": True},
        {"id": "b", "name": None, "count": None, "created_at": None, "yes": False},
    ]
    page = safe(table(rows, list(rows[0])).to_html(), scripts=1)
    assert page.texts["th"] == ["id", "name", "count", "created_at", "yes"]
    first = ["a", "Ada", "5", "2023-11-14 22:13:20Z", "true"]
    assert page.texts["td"] == [*first, "b", "", "", "", "false"]
    keys = [attributes.get("data-v") for tag, attributes in page.tags if tag == "td"]
    assert keys[:5] == [None, None, "5", str(CREATED), None] and keys[5:] == [None] * 5


@pytest.mark.parametrize("seed", range(5))
def test_hostile_cells_and_titles(seed: int) -> None:
    texts = [*HOSTILE, *mixtures(200, seed)]
    titles = list(dict.fromkeys(text for text in texts if text.strip()))[:30]
    rows = [dict(zip(titles, texts[start:])) for start in range(0, 200, 30)]
    made = table(rows, titles)
    page = safe(made.to_html(), scripts=1)
    assert page.texts["th"] == [_terminal.harmless(title) for title in titles]
    for cell, text in zip(page.texts["td"], texts):
        assert cell == _terminal.harmless(text if len(text) <= 200 else text[:199] + "…")


def test_many_rows() -> None:
    rows = [{"id": str(index), "name": "x" * 300} for index in range(10_000)]
    text = table(rows)._repr_html_()
    page = safe(text, scripts=1)
    assert page.texts["div"][-1].startswith("the first 200 of 10,000 rows")
    assert "sorting moves those that are shown" in page.texts["div"][-1]
    assert len(page.texts["td"]) == 400 and len(text) < 300_000
    assert len(Page(table(rows).to_html(max_rows=300)).texts["td"]) == 600


def test_two_of_a_page_do_not_meet() -> None:
    first, second = (re.findall(r'data-ck="(\w+)"', table([{"a": n}]).to_html()) for n in (1, 2))
    assert len(set(first)) == 1 and len(set(second)) == 1 and first[0] != second[0]
    assert table([{"a": 1}]).to_html() == table([{"a": 1}]).to_html()  # notebooks stay the same


def test_nothing_at_all() -> None:
    assert safe(table([])._repr_html_(), scripts=1).texts["div"][-1] == "0 rows"


# --- cards ---------------------------------------------------------------


def test_a_card() -> None:
    page = safe(user(image_url="https://example.com/a.png")._repr_html_(), scripts=0)
    assert page.texts["b"] == ["Ada Lovelace"] and page.texts["code"] == ["user_1"]
    assert page.texts["div"][2] == "AL" or "AL" in page.texts["div"]
    assert "primary_email_address" not in page.texts["dd"] and "none" in page.texts["span"]
    shown = dict(zip(page.texts["dt"], page.texts["dd"]))
    assert shown["image_url"] == "https://example.com/a.png"  # a text, not an image
    assert page.texts["summary"][0].endswith(" fields")
    assert "old@example.com" in page.texts["summary"]  # of the address inside
    assert page.texts["dd"].count("2023-11-14 22:13:20Z") >= 3


@pytest.mark.parametrize("seed", range(5))
def test_hostile_members(seed: int) -> None:
    texts = [*HOSTILE, *mixtures(80, seed)]
    for start in range(0, 80, 8):
        made = user(
            id=texts[start], first_name=texts[start + 1], last_name=texts[start + 2],
            username=texts[start + 3], image_url=texts[start + 4],
            public_metadata={text: [text, {text: text}] for text in texts[start : start + 6]},
            email_addresses=[email(texts[start], texts[start + 5])],
        ) if "\ud800" not in "".join(texts[start : start + 8]) else user()  # fmt: skip
        page = safe(made._repr_html_(), scripts=0)
        assert not any("\x1b" in text or "\u202e" in text for text in page.texts["dd"])


def test_a_card_hides_what_is_private() -> None:
    made = user(
        private_metadata={"a": "hush"},
        public_metadata={"password": "hush", "list": [{"token": "hush"}], "x": "shown"},
    )
    assert "hush" not in made._repr_html_() and "shown" in made._repr_html_()
    key = models.MachineSecretKey.model_construct(object="machine_secret_key", secret="hush")
    assert "hush" not in key._repr_html_() and "**********" in key._repr_html_()


@pytest.mark.parametrize(
    "metadata",
    [
        {str(key): {str(inner): list(range(500)) for inner in range(50)} for key in range(300)},
        {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}},
        {"text": "x" * 100_000},
        {"empty": {}, "none": None, "list": [[], [[]], [{}]]},
    ],
    ids=["wide", "deep", "long", "empty"],
)
def test_a_card_stays_small(metadata: Any) -> None:
    text = user(public_metadata=metadata)._repr_html_()
    safe(text, scripts=0)
    assert len(text) < 400_000


def test_a_card_of_what_holds_itself() -> None:
    made = user()
    loop: dict[str, Any] = {}
    loop.update({str(key): loop for key in range(50)})
    made.public_metadata = loop
    text = made._repr_html_()
    safe(text, scripts=0)
    assert len(text) < 1_000_000


def test_every_model_has_a_card() -> None:
    for name in models.__all__:
        cls = getattr(models, name)
        if isinstance(cls, type) and hasattr(cls, "__clerk_row__"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                empty = cls.model_construct()
            safe(empty._repr_html_(), scripts=0)


def test_a_card_of_a_subclass() -> None:
    class Link(models.IdentificationLink):
        pass

    assert "Link" in Page(Link(type="t", id="idn_1")._repr_html_()).texts["div"][-1]
