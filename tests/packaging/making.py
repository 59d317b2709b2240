"""Makes a source archive and a wheel of this tree."""

from __future__ import annotations

import fcntl
import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SKIPPED = shutil.ignore_patterns(
    *(".git", ".venv*", "build", "dist", "*.so", "__pycache__", "*.egg-info", ".*_cache", "site")
)


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """The output of a program that has to succeed. It sees nothing of the tests' environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**kept, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def offline() -> list[str]:
    """A command's beginning by which it has no network at all, where this user may do that."""
    command = ["unshare", "--map-root-user", "--net"]
    if not shutil.which("unshare"):
        return []
    return [] if subprocess.run([*command, "true"], capture_output=True).returncode else command


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first of pytest-xdist's processes fills and the others find."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder = base / name
    with open(base / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = base / f"{name}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder


def unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as opened:
        if hasattr(tarfile, "data_filter"):
            opened.extractall(folder, filter="data")
        else:
            opened.extractall(folder)
    return next(folder.iterdir())


def make_wheel(archive: Path, folder: Path) -> None:
    source = unpack(archive, folder / "tree")
    tag = f"lib.{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
    built = source / "build" / tag / "clerk_c"
    built.mkdir(parents=True)
    for name in ("_core", "_net", "_crypto"):
        file = importlib.import_module(f"clerk_c.{name}").__file__
        assert file is not None
        # Newer than all sources, so that it is taken as it is.
        os.utime(shutil.copy(file, built), (time.time() + 3600,) * 2)
    run(
        *(*offline(), sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps"),
        *("--no-build-isolation", "--wheel-dir", folder, "."),
        cwd=source,
        CC="/nonexistent/compiler",
    )
    shutil.rmtree(folder / "tree")
