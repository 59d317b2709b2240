"""Prints the CPythons of this machine that wheels can be built for: one a line, oldest first.

One of each version from 3.10 up that has its headers. Looked for: on PATH, in pyenv's folder, and
in /opt/python, where manylinux images keep them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ASK = (
    "import os, platform, sys, sysconfig as s; v = sys.version_info; "
    "header = os.path.join(s.get_path('include'), 'Python.h'); "
    "fit = platform.python_implementation() == 'CPython' and v >= (3, 10) "
    "and v.releaselevel == 'final' and os.path.exists(header) "
    "and not s.get_config_var('Py_GIL_DISABLED'); "
    "print(v[1] if fit else 0, v[2], sys.executable)"
)
LATEST = 14


def candidates() -> Iterator[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    yield Path(sys.executable)
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield from (Path(folder, f"python3.{minor}") for minor in range(10, LATEST + 1))
    yield from pyenv.glob("versions/3.*/bin/python")
    yield from Path("/opt/python").glob("cp3*-cp3*/bin/python")


def find_pythons() -> list[str]:
    """Of equal versions the newest patch, and the one found first."""
    found: dict[int, tuple[int, str]] = {}
    for path in candidates():
        if not os.access(path, os.X_OK):
            continue
        done = subprocess.run([path, "-c", ASK], capture_output=True, text=True)
        if done.returncode != 0:
            continue  # a shim of pyenv's for a version that is not chosen
        minor, patch, executable = done.stdout.split(maxsplit=2)
        if int(minor) and int(patch) > found.get(int(minor), (-1, ""))[0]:
            found[int(minor)] = (int(patch), executable.strip())
    return [found[minor][1] for minor in sorted(found)]


if __name__ == "__main__":
    pythons = find_pythons()
    print("\n".join(pythons))
    sys.exit(not pythons)
