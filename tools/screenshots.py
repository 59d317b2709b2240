"""Takes the pictures of docs/images from an executed notebook, in light and dark.

    python tools/screenshots.py [--notebook docs/notebooks/tables.ipynb] [--browser chromium]

Needs clerk_c[notebooks] or nbclient, nbconvert and ipykernel by themselves, pillow, and a Chromium.
Each cell with the tag "card", "table" or "progress" becomes pictures of that name: as wide as a
desk's screen, light and dark, and as wide as a telephone's. The browser has no network.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

# Not there where types are checked.
nbformat: Any = import_module("nbformat")
NotebookClient: Any = import_module("nbclient").NotebookClient
HTMLExporter: Any = import_module("nbconvert").HTMLExporter
Image: Any = import_module("PIL.Image")
ImageChops: Any = import_module("PIL.ImageChops")

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("card", "table", "progress")
VIEWS = {"light": ("light", 1000), "dark": ("dark", 1000), "phone": ("light", 500)}
HEIGHT = 2400
# Numbers beside the cells and their code are no part of what is shown.
PLAIN = (
    "<style>.jp-Cell-inputWrapper, .jp-OutputPrompt { display: none }"
    " body { padding: 12px }</style>"
)


def execute(path: Path) -> Any:
    """The notebook with what its cells put out."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT)}}).execute()
    return notebook


def page(notebook: Any, name: str, theme: str) -> str:
    """The cells with that tag as a page of their own."""
    cells = [cell for cell in notebook.cells if name in cell.metadata.get("tags", ())]
    for cell in cells:
        streams = [output for output in cell.outputs if output.output_type == "stream"]
        if streams:  # in one piece, in which a carriage return goes back as in a notebook
            lines = "".join(output.text for output in streams).split("\n")
            streams[0].text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
            cell.outputs = [out for out in cell.outputs if out not in streams[1:]]
    if not cells:
        raise SystemExit(f"the notebook has no cell with the tag {name!r}")
    chosen = nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)
    exporter = HTMLExporter(theme=theme, mathjax_url="", require_js_url="")
    text, _ = exporter.from_notebook_node(chosen)
    return str(text).replace("</head>", f"{PLAIN}</head>")


def picture(browser: str, html: Path, target: Path, width: int) -> None:
    """The page as a picture, without the empty space around it."""
    subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", "--force-device-scale-factor=2"),
            *("--virtual-time-budget=3000", f"--window-size={width},{HEIGHT}"),
            *(f"--screenshot={target}", html.as_uri()),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with Image.open(target) as whole:
        shown = whole.convert("RGB")
    ground = Image.new("RGB", shown.size, shown.getpixel((0, 0)))
    left, top, right, bottom = ImageChops.difference(shown, ground).getbbox() or (0, 0, 2, 2)
    edge = 16
    box = (max(left - edge, 0), max(top - edge, 0), right + edge, bottom + edge)
    shown.crop(box).quantize(64).save(target, optimize=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notebook", type=Path, default=ROOT / "docs/notebooks/tables.ipynb")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--browser", default="chromium")
    options = parser.parse_args()
    notebook = execute(options.notebook)
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in NAMES:
            for view, (theme, width) in VIEWS.items():
                html = Path(folder, f"{name}-{view}.html")
                html.write_text(page(notebook, name, theme), encoding="utf-8")
                target = options.output / f"{name}-{view}.png"
                picture(options.browser, html, target, width)
                print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
