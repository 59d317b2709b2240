"""build_libraries.sh takes what has the right checksum, and nothing else."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from making import ROOT

ROW = re.compile(r"\w+ \d+(\.\d+)+ [\w.-]+ [\w.]+ [0-9a-f]{64} (https://\S+|debian:\S+\.orig\.tar\.\S+)")
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("cmake", "make", "perl", "curl"))), reason="no tools for libraries"
)


def rows() -> list[str]:
    lines = (ROOT / "tools/wheels/libraries.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_pins() -> None:
    found: dict[str, set[tuple[str, ...]]] = {}
    for row in rows():
        assert ROW.fullmatch(row), row
        name, *facts = row.split()
        found.setdefault(name, set()).add(tuple(facts[:3]))
    assert sorted(found) == ["brotli", "cjson", "curl", "nghttp2", "openssl", "zlib"]
    assert all(len(facts) == 1 for facts in found.values()), "one release, wherever it is from"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The script beside a list that names one archive, on this machine."""
    shutil.copy(ROOT / "tools/wheels/build_libraries.sh", tmp_path)
    (tmp_path / "cjson-1").mkdir()
    (tmp_path / "cjson-1" / "LICENSE").write_text("mine\n")
    with tarfile.open(tmp_path / "cjson.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "cjson-1", "cjson-1")
    return tmp_path / "build_libraries.sh"


def pin(script: Path, checksum: str, where: str) -> None:
    (script.parent / "libraries.txt").write_text(f"cjson 1 MIT LICENSE {checksum} {where}\n")


def build(script: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(script), str(script.parent / "prefix")], capture_output=True, text=True, timeout=100
    )


@needs_tools
def test_another_checksum(script: Path) -> None:
    pin(script, "0" * 64, f"file://{script.parent}/cjson.tar.gz")
    done = build(script)
    assert done.returncode == 1
    assert "has another checksum than 0000" in done.stderr
    assert not (script.parent / "prefix/work/cjson-1").exists()


@needs_tools
def test_nowhere_to_be_had(script: Path) -> None:
    pin(script, "0" * 64, f"file://{script.parent}/absent.tar.gz")
    done = build(script)
    assert done.returncode == 1
    assert "cjson cannot be downloaded" in done.stderr
    assert "absent.tar.gz" in done.stderr


@needs_tools
def test_the_next_place(script: Path) -> None:
    """What is no build of cJSON is unpacked, and the failure of its build told."""
    checksum = hashlib.sha256((script.parent / "cjson.tar.gz").read_bytes()).hexdigest()
    pin(script, checksum, f"file://{script.parent}/absent.tar.gz")
    pins = script.parent / "libraries.txt"
    pins.write_text(pins.read_text() + pins.read_text().replace("absent", "cjson"))
    done = build(script)
    assert done.returncode == 1
    assert "cjson-1 could not be built" in done.stderr
    assert (script.parent / "prefix/licenses/cjson/LICENSE").read_text() == "mine\n"
    assert not (script.parent / "prefix/versions.txt").exists()


def test_up_to_date(script: Path) -> None:
    """Nothing is done, not even for tools looked."""
    pin(script, "0" * 64, "file:///nonexistent")
    prefix = script.parent / "prefix"
    prefix.mkdir()
    stamp = subprocess.run(
        f"cat {script} {script.parent}/libraries.txt | cksum", shell=True, capture_output=True
    ).stdout
    (prefix / ".stamp").write_bytes(stamp)
    done = subprocess.run(
        ["sh", str(script), str(prefix)], env={"PATH": os.defpath}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
