"""Collects the files of changes/ into CHANGELOG.md: see changes/README.md.

    python tools/changelog.py                    # what the next release would say
    python tools/changelog.py --release 0.2.0    # write it, set the version, take the files away

Exits with 1 and one line per mistake when a file's name or text does not fit, and writes nothing.
"""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
NAME = re.compile(rf"[a-z0-9]+(?:-[a-z0-9]+)*\.({'|'.join(KINDS)})\.md")
VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
COLUMNS = 110
UNRELEASED = "## [Unreleased]\n"

Entries = dict[str, list[str]]


def fragments(folder: Path) -> list[Path]:
    """The files that wait, in the order of their names."""
    return sorted(path for path in folder.iterdir() if path.name != "README.md")


def mistakes(paths: list[Path]) -> list[str]:
    """What is wrong with them, one line each."""
    found = []
    for path in paths:
        if not NAME.fullmatch(path.name) or not path.is_file():
            kinds = ", ".join(KINDS)
            found.append(f"{path.name}: not a file named like retry-after.fixed.md ({kinds})")
            continue
        lines = path.read_text(encoding="utf-8").strip().splitlines()
        if not lines:
            found.append(f"{path.name}: empty")
        elif lines[0].startswith(("-", "*", "#")):
            found.append(f"{path.name}: begins with a mark; a plain sentence is wanted")
        if "" in lines:
            found.append(f"{path.name}: more than one paragraph")
        found += [
            f"{path.name}:{number}: longer than {COLUMNS} characters"
            for number, line in enumerate(lines, 1)
            if len(line) > COLUMNS
        ]
    return found


def waiting(paths: list[Path]) -> Entries:
    """What the files say, as list items by kind."""
    found: Entries = {}
    for path in paths:
        lines = path.read_text(encoding="utf-8").strip().splitlines()
        kind = path.name.split(".")[1].capitalize()
        found.setdefault(kind, []).append("- " + "\n  ".join(lines) + "\n")
    return found


def split(changelog: str) -> tuple[str, str, str]:
    """The text before "Unreleased", what stands there, and the rest."""
    before, mark, rest = changelog.partition(UNRELEASED)
    if not mark:
        raise SystemExit(f"CHANGELOG.md has no line {UNRELEASED.strip()!r}")
    body, mark, after = rest.partition("\n## [")
    return before, body, mark.lstrip("\n") + after


def merged(body: str, new: Entries) -> str:
    """The text of "Unreleased" with the new items at the end of their kinds."""
    kinds: Entries = {}
    for part in re.split(r"^### ", body, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        kinds.setdefault(title.strip(), []).append(text.strip("\n") + "\n")
    for title, items in new.items():
        kinds.setdefault(title, []).extend(items)
    order = [kind.capitalize() for kind in KINDS]
    titles = sorted(kinds, key=lambda title: order.index(title) if title in order else len(order))
    return "\n".join(f"### {title}\n\n{''.join(kinds[title])}" for title in titles)


def released(changelog: str, new: Entries, version: str, date: str) -> str:
    """The whole of CHANGELOG.md after the release."""
    before, body, after = split(changelog)
    if f"## [{version}]" in changelog:
        raise SystemExit(f"CHANGELOG.md already has {version}")
    text = merged(body, new)
    if not text:
        raise SystemExit("nothing to release: changes/ is empty, and so is Unreleased")
    return f"{before}{UNRELEASED}\n## [{version}] - {date}\n\n{text}\n{after}"


def release(root: Path, version: str, date: str) -> None:
    """Write CHANGELOG.md and the version, and take the files away."""
    paths = fragments(root / "changes")
    changelog = root / "CHANGELOG.md"
    text = released(changelog.read_text(encoding="utf-8"), waiting(paths), version, date)
    place = root / "clerk_c" / "_version.py"
    source, count = re.subn(
        r'^__version__ = ".*"$',
        f'__version__ = "{version}"',
        place.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    if count != 1:
        raise SystemExit("clerk_c/_version.py has no line that sets __version__")
    changelog.write_text(text, encoding="utf-8")
    place.write_text(source, encoding="utf-8")
    for path in paths:
        path.unlink()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--release", metavar="VERSION", help="write it under this version")
    parser.add_argument("--root", type=Path, default=ROOT, help="of the source tree")
    args = parser.parse_args(arguments)
    paths = fragments(args.root / "changes")
    if wrong := mistakes(paths):
        print("\n".join(wrong), file=sys.stderr)
        return 1
    if args.release is None:
        _, body, _ = split((args.root / "CHANGELOG.md").read_text(encoding="utf-8"))
        print(merged(body, waiting(paths)) or "Nothing waits for a release.\n", end="")
    elif not VERSION.fullmatch(args.release):
        parser.error(f"--release: {args.release!r} is not a version like 0.2.0 or 0.2.0rc1")
    else:
        today = datetime.datetime.now(datetime.timezone.utc).date()
        release(args.root, args.release, today.isoformat())
    return 0


if __name__ == "__main__":
    sys.exit(main())
