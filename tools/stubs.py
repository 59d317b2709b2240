"""Writes the type stubs of clerk_c from schema/clerk.json.

Needs nothing but the standard library. The stubs are made at every build and are no part of the
repository: the schema is where they come from. A stub whose model or group the schema no longer
has is removed. Modules that are written by hand carry their types themselves.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from clerk_stubs.annotate import HEAD
from clerk_stubs.groups import GroupStubs
from clerk_stubs.modules import ModelStubs

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schema" / "clerk.json"
OUTPUT = ROOT / "clerk_c"


def stubs(schema: Path = SCHEMA) -> dict[str, str]:
    """The text of every stub by its path under clerk_c/."""
    facts = json.loads(schema.read_text(encoding="utf-8"))
    return {**ModelStubs(facts).files(), **GroupStubs(facts).files()}


def generate(schema: Path = SCHEMA, output: Path = OUTPUT) -> int:
    """Bring the stubs under `output` up to date; how many had to be written or removed."""
    made = stubs(schema)
    changed = 0
    for path in output.rglob("*.pyi"):
        name = path.relative_to(output).as_posix()
        if name not in made and path.read_text(encoding="utf-8").startswith(HEAD):
            path.unlink()
            changed += 1
    for name, text in made.items():
        path = output / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed += 1
    return changed


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schema", type=Path, default=SCHEMA)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    generate(options.schema, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
