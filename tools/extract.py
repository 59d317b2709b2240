"""Writes schema/clerk.json: the interface of the reference SDK as facts.

Run it with a Python that has the reference installed; see tools/README.md.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

from clerk_schema.document import render
from clerk_schema.models import Models
from clerk_schema.operations import group_rows, operation_rows

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "clerk_backend_api"


def extract(package: str = PACKAGE) -> dict[str, Any]:
    """The whole interface of an installed reference."""
    version = importlib.import_module(f"{package}._version")
    configuration = importlib.import_module(f"{package}.sdkconfiguration")
    models = Models(package)
    return {
        "reference": {
            "name": version.__title__,
            "version": version.__version__,
            "api_version": version.__openapi_doc_version__,
        },
        "servers": list(configuration.SERVERS),
        "groups": group_rows(package),
        "operations": operation_rows(package, models),
        "models": models.model_rows(),
        "typed_dicts": models.typed_dict_rows(),
        "enums": models.enum_rows(),
        "unions": models.union_rows(),
        "aliases": models.alias_rows(),
        "errors": models.error_rows(),
    }


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        default=ROOT / "schema" / "clerk.json",
        help="where to write (default: schema/clerk.json)",
    )
    options = parser.parse_args(arguments)
    text = render(extract()) + "\n"
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(text, encoding="utf-8")
    print(f"{options.output}: {len(text)} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
