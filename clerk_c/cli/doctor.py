"""`clerk-c doctor`: is everything here as it has to be? Sends one request that only reads."""

from __future__ import annotations

import sys

from . import options
from .failures import OTHER, UsageError, harmless

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .parse import Line

_COLOURS = {"ok": "\x1b[32m", "warn": "\x1b[33m", "fail": "\x1b[31m"}
_KNOWN = frozenset((*(option.name for option in options.CONNECTION), "json", "help"))


class Finding:
    """What a check has found: "ok", "warn" or "fail", and what to do about it."""

    def __init__(self, check: str, status: str, text: str, advice: str = "") -> None:
        self.check = check
        self.status = status
        self.text = harmless(text)
        self.advice = advice

    def as_dict(self) -> dict[str, str]:
        found = {"check": self.check, "status": self.status, "text": self.text}
        return {**found, "advice": self.advice} if self.advice else found


def main(words: list[str]) -> int:
    """Prints a line for each check. Returns 1 if one of them failed."""
    from . import checks

    line = _line(words)
    if line.has("help"):
        _help()
        return 0
    found: list[Finding] = []
    for finding in checks.everything(line):
        found.append(finding)
        if not line.has("json"):
            _show(finding)
    failed = any(finding.status == "fail" for finding in found)
    if line.has("json"):
        _print_json(found, failed)
    return OTHER if failed else 0


def _line(words: list[str]) -> Line:
    from .parse import take_apart

    options.refuse_keys(words)
    line = take_apart(words, None)
    wrong = [f"--{name}" for name in line.options if name not in _KNOWN] + line.arguments
    if wrong:
        raise UsageError(f"doctor does not take {wrong[0]!r}", "clerk-c doctor --help")
    return line


def _help() -> None:
    from .help import entries

    shown = [
        options.Option("json", "", "findings as JSON"),
        *(option for option in options.CONNECTION),
    ]
    print(
        "Usage\n  clerk-c doctor [--option ...]\n\n"
        "Looks at libraries, certificates, proxy and key, sends one request that only reads,\n"
        "and says what is wrong. The exit status is 1 if something is.\n\nOptions\n"
        + "\n".join(entries(shown))
    )


def _show(finding: Finding) -> None:
    from .output import is_colourful

    status = finding.status.ljust(4)
    if is_colourful(sys.stdout):
        status = f"{_COLOURS[finding.status]}{status}\x1b[0m"
    print(f"{status}  {finding.check:12}  {finding.text}", flush=True)
    if finding.advice:
        print(f"{'':20}{finding.advice}", flush=True)


def _print_json(found: Iterable[Finding], failed: bool) -> None:
    from .jsontext import write

    print(write({"ok": not failed, "checks": [finding.as_dict() for finding in found]}))
