"""The documentation site: built strictly, walked from its first page, its example calls made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from random import Random
from typing import Any

import pytest
from answers import response_for
from generate import OPERATIONS
from recorder import Recorder, reply

import clerk_c

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from clerk_site.cells import fitted  # noqa: E402
from clerk_site.examples import Examples  # noqa: E402

CLICKS = 3
# Elements that a browser follows by itself, and the attribute that says where to.
LOADED = {"script": "src", "img": "src", "iframe": "src", "link": "href", "source": "src"}


class Links(HTMLParser):
    """Where a page leads, and what it loads."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and values.get("href"):
            self.links.add(str(values["href"]))
        if tag in LOADED and values.get(LOADED[tag]):
            self.loaded.add(str(values[LOADED[tag]]))


def distances(site: Path) -> dict[Path, int]:
    """The pages that can be reached from the first one, with the clicks it takes."""
    found = {site / "index.html": 0}
    for page in (waiting := [*found]):
        for link in Links(page).links:
            target = (page.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".html" and ":" not in link and target not in found:
                found[target] = found[page] + 1
                waiting.append(target)
    return found


def test_site(tmp_path: Path) -> None:
    """One test, so that the site is built once: warnings, such as a link into nothing, are errors;
    every page is near; nothing is loaded from elsewhere."""
    site = tmp_path.resolve() / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = {page for page in site.rglob("*.html") if page.name not in ("404.html", "report.html")}
    reached = distances(site)
    assert len(pages) > 700
    assert {page.name for page in pages if reached.get(page, 99) > CLICKS} == set()
    assert 'data-title="if not given"' in (site / "reference/models/User.html").read_text("utf-8")
    elsewhere = {x for page in pages for x in Links(page).loaded if x.startswith(("http", "//"))}
    assert elsewhere == set()


def test_cells_know_their_titles_and_names_where_they_may_break() -> None:
    table = (
        "<p>a_bcd</p>\n<table>\n<thead>\n<tr>\n<th></th>\n<th><em>t</em> &quot;</th>\n"
        "<th>u</th>\n</tr>\n"
        "</thead>\n<tbody>\n<tr>\n<td>plain_text</td>\n"
        '<td style="x"><a href="a_bcd.html"><code>a_bcd &lt;x.c&gt;</code></a></td>\n<td></td>\n'
        "</tr>\n</tbody>\n</table>"
    )
    assert fitted(table) == (
        '<p>a_bcd</p>\n<table data-stacked="">\n<thead>\n<tr>\n<th></th>\n'
        "<th><em>t</em> &quot;</th>\n"
        "<th>u</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
        '<td data-title=""><span>plain_text</span></td>\n'
        '<td style="x" data-title="t &quot;"><span><a href="a_bcd.html">'
        "<code>a_<wbr>bcd &lt;x.c&gt;</code></a></span></td>\n"
        '<td data-title="u"></td>\n</tr>\n</tbody>\n</table>'
    )
    narrow = "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n</tbody>\n</table>"
    assert fitted(narrow) == narrow


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as running:
        yield running


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # deprecated operations have pages too
def test_example_calls_are_calls(recorder: Recorder) -> None:
    """Each is taken by clerk_c and sends the operation's request."""
    examples = Examples(json.loads((ROOT / "schema/clerk.json").read_text("utf-8")))
    rows: list[Any] = OPERATIONS
    with clerk_c.Clerk("sk_test_site", server_url=recorder.url, retry_config=None) as clerk:
        for row in rows:
            status, body = response_for(row, Random(1), "maximal")
            recorder.answer = reply(status, body)
            eval(examples.call(row), {"clerk": clerk, "datetime": datetime})
            assert recorder.take().method == row["method"], row["name"]
    assert len(rows) > 200
