"""What mkdocs calls while it builds the site: see `hooks` in mkdocs.yml.

Adds the reference pages and those that live at the root of the repository, none of which are files
under docs/. The README is the site's first page.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from clerk_site.cells import fitted
from clerk_site.groups import GroupPages
from clerk_site.models import ModelPages
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
# Files of the root by what they are called on the site.
PLACES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "reporting.md",
    "changes/README.md": "fragments.md",
}
LINK = re.compile(r"(\]\()(docs/|\.\./)?([\w./-]+)(?=[)#])")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are no files under docs/."""
    schema: dict[str, Any] = json.loads((ROOT / "schema/clerk.json").read_text(encoding="utf-8"))
    made = {**GroupPages(schema).pages(), **ModelPages(schema).pages()}
    for name, place in PLACES.items():
        made[place] = _moved((ROOT / name).read_text(encoding="utf-8"))
    for place, text in made.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links of docs/ to the root's files lead to their places here."""
    for name, place in PLACES.items():
        markdown = markdown.replace(f"](../{name}", f"]({place}")
    return markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make tables fit for narrow screens."""
    return fitted(html)


def _moved(text: str) -> str:
    """A page of the root with its links as they are from within docs/."""

    def place(match: re.Match[str]) -> str:
        target = match[3] if match[2] == "docs/" else PLACES.get(match[3], match[3])
        return match[1] + {"notebooks": "notebooks.md"}.get(target, target)

    return LINK.sub(place, text)
