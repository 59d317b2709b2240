"""Adopts a release of the reference: schema, tables, and what changed.

    python tools/adopt.py 7.1.0                    adopt it
    python tools/adopt.py 7.1.0 --dry-run          only look
    python tools/adopt.py 7.0.0 --from 6.0.1       between two releases; writes nothing

Installs the release in an environment of its own, extracts its schema, proves
that the engine can work from it, and only then replaces schema/clerk.json and
what is generated from it. Exit status: 0 when nothing breaking changed, 1 when something did, 2
when the release could not be read; then all is as it was.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from clerk_schema.compare import compare
from clerk_schema.report import Report
from generate import ROOT, generate, generate_interface
from stubs import generate as generate_stubs

PACKAGE = "clerk-backend-api"
ENVIRONMENTS = ROOT / "build" / "reference"
EXTRACT = Path(__file__).with_name("extract.py")
# Where people, rather than programs, write down which release this is.
PLACES = ("pyproject.toml", "README.md", "docs/*.md", "clerk_c/*.py", "tests/**/*.py")


class Unreadable(Exception):
    """A release that cannot be had or understood."""


def say(text: str) -> None:
    """Progress; the report alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def run(command: list[str | Path], failure: str) -> None:
    """Run a program; Unreadable with the last thing it said."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unreadable(f"{failure}: {said[-1] if said else 'no reason given'}")


def installed(version: str) -> Path:
    """A Python that has the release, in an environment that is kept."""
    if not re.fullmatch(r"[0-9][0-9A-Za-z.]*", version):
        raise Unreadable(f"{version!r} is no version")
    environment = ENVIRONMENTS / version
    python, ready = environment / "bin" / "python", environment / "ready"
    if not ready.exists():
        say(f"Installing {PACKAGE} {version} in build/reference/{version}")
        run([sys.executable, "-m", "venv", "--clear", environment], "no environment")
        quiet = ["--quiet", "--disable-pip-version-check"]
        requirement = f"{PACKAGE}=={version}"
        run([python, "-m", "pip", "install", *quiet, requirement], f"pip install {requirement}")
        ready.touch()
    return python


def extracted(python: Path, expected: str) -> str:
    """The schema of the reference that a Python has."""
    say(f"Extracting the schema of {expected}")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "clerk.json"
        run([python, EXTRACT, "--output", output], f"{expected} is not understood")
        text = output.read_text(encoding="utf-8")
    version = json.loads(text)["reference"]["version"]
    if version != expected:
        raise Unreadable(f"{python} has {version}, not {expected}")
    return text


def regenerate(schema: Path, tree: Path) -> None:
    """Make everything that is made of the schema."""
    generate(schema, tree / "build" / "generated" / "tables.c")
    generate_interface(schema, tree / "clerk_c" / "testing" / "interface.json")
    generate_stubs(schema, tree / "clerk_c")


def check(text: str) -> None:
    """Unreadable when the engine has no words for what the schema says."""
    with tempfile.TemporaryDirectory() as folder:
        schema = Path(folder) / "clerk.json"
        schema.write_text(text, encoding="utf-8")
        try:
            regenerate(schema, Path(folder))
        except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise Unreadable(f"the tables have no column for this: {reason}") from error


def mentions(version: str, tree: Path) -> Iterator[str]:
    """Lines that name the release that was adopted before."""
    word = re.compile(rf"(?<![\w.]){re.escape(version)}(?![\w.]*\d)")
    for pattern in PLACES:
        for path in sorted(tree.glob(pattern)):
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                if word.search(line):
                    yield f"{path.relative_to(tree)}:{number}: {line.strip()}"


def write(text: str, tree: Path) -> None:
    """Make the new release the one that the tree is built from."""
    schema = tree / "schema" / "clerk.json"
    old = json.loads(schema.read_text(encoding="utf-8"))["reference"]["version"]
    schema.write_text(text, encoding="utf-8")
    regenerate(schema, tree)
    say("Wrote schema/clerk.json, and what is generated from it.")
    left = list(mentions(old, tree)) if json.loads(text)["reference"]["version"] != old else []
    if left:
        say("\n".join([f"Still to be raised by hand from {old}:", *left]))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("version", help="the release to adopt")
    made.add_argument(
        "--from", dest="base", metavar="VERSION", help="compare with this release; writes nothing"
    )
    made.add_argument("--dry-run", action="store_true", help="report, and write nothing")
    form = made.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_const", const="json", dest="form")
    form.add_argument("--markdown", action="store_const", const="markdown", dest="form")
    made.add_argument("--python", type=Path, help="a Python that has the release; installs nothing")
    made.add_argument("--tree", type=Path, default=ROOT, help="another checkout to work on")
    made.set_defaults(form="text")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Adopt, and tell."""
    options = parser().parse_args(arguments)
    try:
        text = extracted(options.python or installed(options.version), options.version)
        if options.base:
            base = extracted(installed(options.base), options.base)
        else:
            base = (options.tree / "schema" / "clerk.json").read_text(encoding="utf-8")
        old, new = json.loads(base), json.loads(text)
        report = Report(old, new, compare(old, new))
        tell = {"text": report.text, "markdown": report.markdown, "json": report.json}
        print(tell[options.form]())
        if not (options.base or options.dry_run):
            check(text)
            write(text, options.tree)
    except Unreadable as error:
        say(f"adopt: {error}")
        return 2
    return 1 if report.breaking else 0


if __name__ == "__main__":
    sys.exit(main())
