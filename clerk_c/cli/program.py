"""`clerk-c run`: a program of the official SDK on clerk_c, unchanged."""

from __future__ import annotations

import argparse
import os
import runpy
import sys

from .._compat import install_as_clerk_backend_api
from .failures import USAGE, UsageError, tell


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clerk-c run",
        usage="clerk-c run [-m] PROGRAM [ARGUMENT ...]",
        description="Run a program so that `import clerk_backend_api` gives clerk_c.",
    )
    parser.add_argument("-m", dest="module", action="store_true", help="PROGRAM is a module's name")
    parser.add_argument("program", metavar="PROGRAM", help="a Python file")
    rest = parser.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER)
    rest.required = False  # what is missing without a program is the program
    return parser


def main(words: list[str]) -> int:
    """Returns when the program has ended."""
    options = _parser().parse_args(words)
    install_as_clerk_backend_api()
    sys.argv = [options.program, *options.arguments]
    # What Python itself would have there: the folder of a file, the present one for a module.
    if options.module:
        sys.path[0] = os.getcwd()
        runpy.run_module(options.program, run_name="__main__", alter_sys=True)
    else:
        if not os.path.exists(options.program):
            tell(UsageError(f"no such file: {options.program}"))
            return USAGE
        sys.path[0] = os.path.dirname(os.path.abspath(options.program))
        runpy.run_path(options.program, run_name="__main__")
    return 0
