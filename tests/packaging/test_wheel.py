"""What is given away: the source archive, the wheel, and what it is once installed."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import pytest
from making import ROOT, SKIPPED, run

from clerk_c import __version__

MODULES = ("_core", "_crypto", "_net")


def metadata_of(archive: zipfile.ZipFile) -> Any:
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    return HeaderParser().parsestr(archive.read(name).decode())


def check_record(archive: zipfile.ZipFile) -> None:
    """RECORD names each file with its checksum and size."""
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
    rows = list(csv.reader(io.StringIO(archive.read(name).decode())))
    files = [file for file in archive.namelist() if not file.endswith("/")]
    assert sorted(row[0] for row in rows) == sorted(files)
    for file, digest, size in rows:
        if file == name:
            assert (digest, size) == ("", "")
            continue
        content = archive.read(file)
        expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        assert (digest, size) == (f"sha256={expected.decode()}", str(len(content))), file


def test_archive_is_whole(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        found = {name.partition("/")[2] for name in opened.getnames()}
    wanted = {"LICENSE", "Makefile", "README.md", "pyproject.toml", "setup.py"}
    for folder in ("clerk_c", "csrc", "docs", "examples", "schema", "tests", "tools"):
        for path, folders, files in os.walk(ROOT / folder):
            left_out = SKIPPED(path, folders + files)
            folders[:] = [name for name in folders if name not in left_out]
            wanted |= {
                Path(path, name).relative_to(ROOT).as_posix()
                for name in files
                if name not in left_out and not name.endswith((".pyc", ".pyo"))
            }
    assert wanted - found == set()
    assert not [name for name in found if name.endswith((".so", ".pyc", ".o"))]


def test_plain_wheel(plain_wheel: Path) -> None:
    with zipfile.ZipFile(plain_wheel) as archive:
        check_record(archive)
        names = archive.namelist()
        metadata = metadata_of(archive)
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"clerk_c", f"clerk_c-{__version__}.dist-info"}
    assert sum(name.endswith(".so") for name in names) == len(MODULES)
    for name in ("py.typed", "_core.pyi", "models/user.pyi", "testing/interface.json"):
        assert f"clerk_c/{name}" in names
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert not [text for text in metadata.get_all("Requires-Dist") if "extra ==" not in text]


def test_repaired_wheel(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        check_record(archive)
        archive.extractall(tmp_path)
        metadata = metadata_of(archive)
    bundled = json.loads((tmp_path / "clerk_c/_bundled.json").read_text())
    (info,) = tmp_path.glob("*.dist-info")
    bill = json.loads((info / "sboms/bundled.cdx.json").read_text())
    assert len(bill["components"]) == len(bundled) >= 2
    assert {row["version"] for row in bill["components"]} == {
        row["version"] for row in bundled.values()
    }
    licences = set(metadata.get_all("License-File"))
    assert licences == {
        file.relative_to(info / "licenses").as_posix()
        for file in (info / "licenses").rglob("*")
        if file.is_file()
    }
    assert {"LICENSE", "curl/COPYING"} < licences
    assert {"MIT", "Zlib", "curl"} <= set(metadata["License-Expression"].split(" AND "))
    for name in MODULES:
        (library,) = tmp_path.glob(f"clerk_c/{name}.*.so")
        lines = run("nm", "-D", "--defined-only", library, cwd=tmp_path).splitlines()
        assert [line.split()[-1] for line in lines] == [f"PyInit_{name}"]
        assert ".symtab" not in run("readelf", "--sections", "--wide", library, cwd=tmp_path)


def test_debug_files_find_their_modules(wheel: Path, tmp_path: Path) -> None:
    build_id = importlib.import_module("repair").build_id
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "wheel")
    with zipfile.ZipFile(wheel.parent / "debug" / f"{wheel.stem}-debug.zip") as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "debug")
    wanted = [build_id(library) for library in tmp_path.glob("wheel/clerk_c/*.so")]
    assert sorted(names) == sorted(f".build-id/{x[:2]}/{x[2:]}.debug" for x in wanted)
    for name in names:
        assert ".symtab" in run(
            "readelf", "--sections", "--wide", tmp_path / "debug" / name, cwd=tmp_path
        )


def test_the_same_again(plain_wheel: Path, libraries: Path, tmp_path: Path) -> None:
    repair = importlib.import_module("repair").repair
    first, second = (
        repair(plain_wheel, libraries, tmp_path / x, tmp_path, audited=False).read_bytes()
        for x in "ab"
    )
    assert first == second


def test_more_than_the_entry_point(tmp_path: Path) -> None:
    source = tmp_path / "library.c"
    source.write_text("int PyInit_x(void) { return 0; }\nint EVP_sha256(void) { return 1; }\n")
    library = tmp_path / "library.so"
    run(os.environ.get("CC", "cc").split()[-1], "-shared", "-fPIC", source, "-o", library, cwd=ROOT)
    with pytest.raises(SystemExit, match=r"shows .*EVP_sha256"):
        importlib.import_module("repair").check_symbols(library)


USE = """
import sys
sys.path.insert(0, sys.argv[1])
import clerk_c
assert clerk_c.__file__.startswith(sys.argv[1]), clerk_c.__file__
info = clerk_c.build_info()
assert info.bundled
assert any(path.endswith("COPYING") for path in info.licence_files), info.licence_files
print(info)
"""


def test_installed(installed: Path, tmp_path: Path) -> None:
    shown = run(sys.executable, "-I", "-c", USE, installed, cwd=tmp_path)
    assert shown.startswith(f"clerk_c {__version__} ")
    assert "(bundled, curl" in shown


def test_demo(installed: Path, tmp_path: Path) -> None:
    """The tour of users, with the wheel before all else."""
    shown = run(sys.executable, ROOT / "examples/demo.py", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "NOT AS EXPECTED" not in shown


@pytest.mark.skipif("CLERK_C_WHEEL" not in os.environ, reason="of a wheel with its libraries")
def test_needs_nothing_but_libc(installed: Path, tmp_path: Path) -> None:
    allowed = {"libc", "libm", "libpthread", "libdl", "ld-linux-x86-64", "ld-linux-aarch64"}
    for library in installed.glob("clerk_c/*.so"):
        shown = run("readelf", "--dynamic", "--wide", library, cwd=tmp_path)
        needed = [line.split("[")[1].rstrip("]") for line in shown.splitlines() if "NEEDED" in line]
        assert {name.partition(".so")[0] for name in needed} <= allowed
    pins = {
        line.split()[0]: line.split()[1]
        for line in (ROOT / "tools/wheels/libraries.txt").read_text().splitlines()
        if not line.startswith("#")
    }
    bundled = json.loads((installed / "clerk_c/_bundled.json").read_text())
    names = importlib.import_module("repair").NAMES
    assert {name: row["version"] for name, row in bundled.items()} == {
        names.get(name, name): version for name, version in pins.items()
    }
    code = USE + "\nfor x in info.libraries: print(x.name, x.version, x.built_with, x.bundled)\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, installed], capture_output=True, text=True, check=True
    )
    for name, row in bundled.items():
        assert f"\n{name} {row['version']} " in done.stdout
    assert "False" not in done.stdout
