"""The contender in plain C: compiled where there is a compiler, libcurl and cJSON."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("floor.c")


def compile_floor(folder: Path) -> tuple[Path | None, str]:
    """The program in `folder`, and its libcurl's version; None and why there is none."""
    compiler = os.environ.get("CC", "") or shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return None, "no C compiler"
    if shutil.which("pkg-config") is None:
        return None, "no pkg-config"
    program = folder / "floor"
    try:
        flags = _ask("--cflags", "--libs")
        version = _ask("--modversion", libraries=["libcurl"])[0]
        command = [*shlex.split(compiler), "-O2", str(SOURCE), "-o", str(program), *flags]
        subprocess.run([*command, "-lpthread"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return None, (getattr(error, "stderr", "") or str(error)).strip().splitlines()[0]
    return program, version


def _ask(*what: str, libraries: list[str] | None = None) -> list[str]:
    command = ["pkg-config", *what, *(libraries or ["libcurl", "libcjson"])]
    return shlex.split(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
