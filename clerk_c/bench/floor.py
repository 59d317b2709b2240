"""The contenders in plain C, compiled where there is a compiler: calls on libcurl and cJSON, the
verification of a signature on libcrypto."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path


def compile_floor(folder: Path) -> tuple[Path | None, str]:
    """The program in `folder`, and its libcurl's version; None and why there is none."""
    return _compiled("floor", folder, "libcurl", "libcjson")


def compile_verify(folder: Path) -> tuple[Path | None, str]:
    """The same with the program that verifies, and its libcrypto's version."""
    return _compiled("verify", folder, "libcrypto")


def _compiled(name: str, folder: Path, *libraries: str) -> tuple[Path | None, str]:
    compiler = os.environ.get("CC", "") or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return None, "no C compiler"
    if shutil.which("pkg-config") is None:
        return None, "no pkg-config"
    source, program = Path(__file__).with_name(f"{name}.c"), folder / name
    try:
        flags = _ask("--cflags", "--libs", *libraries)
        version = _ask("--modversion", libraries[0])[0]
        command = [*shlex.split(compiler), "-O2", str(source), "-o", str(program), *flags]
        subprocess.run([*command, "-lpthread"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return None, (getattr(error, "stderr", "") or str(error)).strip().splitlines()[0]
    return program, version


def _ask(*what: str) -> list[str]:
    command = ["pkg-config", *what]
    return shlex.split(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
