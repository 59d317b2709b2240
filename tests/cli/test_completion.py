"""What the shells offer, asked of the command and of the real shells."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commanding import Cli

from clerk_c.cli.completion import SCRIPTS

ROOT = Path(__file__).parents[2]


def offered(cli: Cli, *words: str) -> list[str]:
    done = cli("complete", "--", *words)
    assert (done.status, done.err) == (0, "")
    return [line.partition("\t")[0] for line in done.out.splitlines()]


def test_words(cli: Cli) -> None:
    everything = offered(cli, "")
    assert {"users", "email-addresses", "doctor", "completion"} <= {*everything}
    assert "complete" not in everything
    assert offered(cli, "us") == ["users"]
    assert offered(cli) == everything
    assert {"list", "bulk-ban"} <= {*offered(cli, "users", "")}
    assert offered(cli, "users", "cou") == ["count"]
    assert offered(cli, "nonsense", "") == offered(cli, "users", "nonsense", "") == []
    assert offered(cli, "--json", "users", "cou") == ["count"]
    assert offered(cli, "--api-url", "http://x", "us") == ["users"]


def test_flags(cli: Cli) -> None:
    found = offered(cli, "users", "list", "--")
    assert {"--limit", "--banned", "--no-banned", "--json", "--help"} <= {*found}
    assert offered(cli, "users", "list", "--first") == []
    assert "--limit" not in offered(cli, "users", "list", "--limit", "5", "--l")
    assert "--query" in offered(cli, "users", "list", "--banned", "--qu")
    again = offered(cli, "users", "list", "--user-id", "a", "--user")
    assert "--user-id" in again  # a list
    assert {"--json", "--api-url"} <= {*offered(cli, "doctor", "--")}


def test_values(cli: Cli) -> None:
    statuses = offered(cli, "sessions", "list", "--status", "")
    assert "active" in statuses and "revoked" in statuses
    assert offered(cli, "sessions", "list", "--status", "act") == ["active"]
    assert offered(cli, "sessions", "list", "--status=act") == ["--status=active"]
    assert offered(cli, "sessions", "list", "--status", "=", "act") == ["active"]  # bash
    assert offered(cli, "sessions", "list", "--status", "=") == statuses
    assert offered(cli, "email-sms-templates", "list", "") == ["email", "sms"]
    assert offered(cli, "email-sms-templates", "get", "--json", "sms", "") == []
    assert offered(cli, "users", "get", "") == []
    assert offered(cli, "users", "set-profile-image", "--file", "x") == [":files"]
    assert offered(cli, "users", "create", "--body", "") == [":files"]
    assert offered(cli, "--key-file", "") == [":files"]
    assert offered(cli, "completion", "") == [*SCRIPTS]


def test_scripts(cli: Cli) -> None:
    for shell, script in SCRIPTS.items():
        assert cli("completion", shell)[:2] == (0, script)
    assert cli("completion", "--help").status == 0
    for words in ((), ("tcsh",), ("bash", "zsh")):
        assert cli("completion", *words).status == 2


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which `clerk-c` is this one."""
    command = tmp_path / "clerk-c"
    python = shlex.quote(sys.executable)
    command.write_text(f'#!/bin/sh\nexec {python} -m clerk_c "$@"\n')
    command.chmod(0o755)
    (tmp_path / "face one.png").touch()
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    package = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PATH": path, "PYTHONPATH": package, "HOME": str(tmp_path)}


def shell(name: str, program: str, folder: Path, environment: dict[str, str]) -> list[str]:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    options = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    done = subprocess.run(
        [name, *options, "-c", program],
        env=environment, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_bash(tmp_path: Path, environment: dict[str, str]) -> None:
    program = """
        eval "$(clerk-c completion bash)"
        offer() {
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
            _clerk_c
            printf '%s\\n' "${COMPREPLY[@]}" end
        }
        complete -p clerk-c >/dev/null || exit 1
        offer clerk-c us
        offer clerk-c users cou
        offer clerk-c sessions list --status = act
        offer clerk-c users set-profile-image user_1 --file face
    """
    found = shell("bash", program, tmp_path, environment)
    assert found == ["users", "end", "count", "end", "active", "end", "face one.png", "end"]


def test_fish(tmp_path: Path, environment: dict[str, str]) -> None:
    program = """
        clerk-c completion fish | source
        complete -C 'clerk-c users cou'
        complete -C 'clerk-c sessions list --status act'
        complete -C 'clerk-c sessions list --status=act'
        complete -C 'clerk-c users create --body face'
    """
    found = shell("fish", program, tmp_path, environment)
    expected = ["count\tGET /users/count", "active", "--status=active", "face one.png"]
    assert [line.rstrip() for line in found] == expected


def test_zsh(tmp_path: Path, environment: dict[str, str]) -> None:
    """Its completion needs a terminal; what is given to it is looked at instead."""
    program = """
        compdef() { }
        _describe() { print -l -- $found end }
        _files() { print files }
        eval "$(clerk-c completion zsh)"
        words=(clerk-c users cou) CURRENT=3; _clerk_c
        words=(clerk-c sessions list --status act) CURRENT=5; _clerk_c
        words=(clerk-c users create --body face) CURRENT=5; _clerk_c
    """
    found = shell("zsh", program, tmp_path, environment)
    assert found == ["count:GET /users/count", "end", "active", "end", "files"]
