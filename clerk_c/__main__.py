"""`python -m clerk_c run`: a program of the official SDK on clerk_c, unchanged."""

import argparse
import os
import runpy
import sys
from collections.abc import Sequence

from ._compat import install_as_clerk_backend_api
from ._version import REFERENCE_VERSION, __version__


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m clerk_c", description=__doc__)
    parser.add_argument(
        "--version",
        action="version",
        version=f"clerk_c {__version__} (interface of clerk-backend-api {REFERENCE_VERSION})",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run a program so that `import clerk_backend_api` gives clerk_c",
        usage="python -m clerk_c run [-m] PROGRAM [ARGUMENT ...]",
    )
    run.add_argument("-m", dest="module", action="store_true", help="PROGRAM is a module's name")
    run.add_argument("program", metavar="PROGRAM", help="a Python file")
    run.add_argument("arguments", metavar="ARGUMENT", nargs=argparse.REMAINDER)
    return parser


def main(argv: "Sequence[str] | None" = None) -> int:
    """The command line; returns when the program has ended."""
    options = _parser().parse_args(argv)
    install_as_clerk_backend_api()
    sys.argv = [options.program, *options.arguments]
    # What Python itself would have there: the folder of a file, the present one for a module.
    if options.module:
        sys.path[0] = os.getcwd()
        runpy.run_module(options.program, run_name="__main__", alter_sys=True)
    else:
        if not os.path.exists(options.program):
            print(f"python -m clerk_c: no such file: {options.program}", file=sys.stderr)
            return 2
        sys.path[0] = os.path.dirname(os.path.abspath(options.program))
        runpy.run_path(options.program, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
