"""Turns schema/clerk.json into C tables (build/generated/tables.c) and into
the embedded server's interface (clerk_c/testing/interface.json).

Needs nothing but the standard library. The output is a function of the
schema alone, and is written only when it changes, so that a build does not
compile it again in vain.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from clerk_schema.emit import emit
from clerk_schema.server import interface
from clerk_schema.tables import Tables

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "schema" / "clerk.json"
OUTPUT = ROOT / "build" / "generated" / "tables.c"
INTERFACE = ROOT / "clerk_c" / "testing" / "interface.json"


def generate(schema: Path = SCHEMA, output: Path = OUTPUT) -> bool:
    """Bring the tables up to date; True when they had to be written."""
    return _write(output, emit(Tables(json.loads(schema.read_text(encoding="utf-8")))))


def generate_interface(schema: Path = SCHEMA, output: Path = INTERFACE) -> bool:
    """Bring the embedded server's interface up to date, likewise."""
    return _write(output, interface(json.loads(schema.read_text(encoding="utf-8"))))


def _write(output: Path, text: str) -> bool:
    if output.exists() and output.read_text(encoding="utf-8") == text:
        return False
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_name(output.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(output)  # at once: a compiler may be reading the old one
    return True


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schema", type=Path, default=SCHEMA)
    parser.add_argument("--output", type=Path, help="write only the tables, there")
    parser.add_argument("--interface", type=Path, help="write only the interface, there")
    options = parser.parse_args(arguments)
    both = options.output is None and options.interface is None
    if both or options.output is not None:
        generate(options.schema, options.output or OUTPUT)
    if both or options.interface is not None:
        generate_interface(options.schema, options.interface or INTERFACE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
