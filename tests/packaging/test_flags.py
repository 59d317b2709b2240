"""The flags with which wheels are linked: what they bring is theirs, and nobody else's."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from making import run

flags = importlib.import_module("build_flags")
CC = os.environ.get("CC", "cc").split()[-1]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of GNU ld")

LIBRARY = "int inner(void) { return %d; }\nint EVP_sha256(void) { return inner(); }\n"
MODULE = """
#include <Python.h>
int EVP_sha256(void);
static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "mine"};
PyMODINIT_FUNC PyInit_mine(void)
{
    PyObject *module = PyModule_Create(&def);

    PyModule_AddIntConstant(module, "told", EVP_sha256());
    return module;
}
"""


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A folder as build_libraries.sh fills it, with a library that tells 1."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "library.c").write_text(LIBRARY % 1)
    run(CC, "-fPIC", "-c", "library.c", cwd=tmp_path)
    for names in flags.ARCHIVES.values():
        for name in names:
            run("ar", "rcs", f"lib/{name}.a", "library.o", cwd=tmp_path)
    return tmp_path


def test_another_library_of_the_same_name(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program that loads the module holds an OpenSSL already: each keeps its own."""
    monkeypatch.chdir(prefix)
    monkeypatch.setenv("CLERK_C_LIBRARIES", str(prefix))
    (prefix / "mine.c").write_text(MODULE)
    compiler, linker = flags.general()
    module = prefix / f"mine{sysconfig.get_config_var('EXT_SUFFIX')}"
    run(
        *(CC, "-shared", "-fPIC", "-fvisibility=hidden", *compiler, "mine.c", *linker),
        *(f"-I{sysconfig.get_path('include')}", *flags.library("libcrypto", "LIBS"), "-o", module),
        cwd=prefix,
    )
    shown = run("nm", "-D", "--defined-only", module, cwd=prefix).splitlines()
    assert [line.split()[-1] for line in shown] == ["PyInit_mine"]
    assert str(prefix).encode() not in module.read_bytes()

    (prefix / "other.c").write_text(LIBRARY % 2)
    run(CC, "-shared", "-fPIC", "other.c", "-o", "other.so", cwd=prefix)
    code = f"""if True:
        import ctypes, sys
        other = ctypes.CDLL({str(prefix / "other.so")!r}, ctypes.RTLD_GLOBAL)
        sys.path.insert(0, {str(prefix)!r})
        import mine
        print(other.EVP_sha256(), mine.told)"""
    for environment in ({}, {"LD_PRELOAD": str(prefix / "other.so")}):
        shown = run(sys.executable, "-c", code, cwd=prefix, **environment).split()
        assert shown == ["2", "1"]


def test_no_flags_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLERK_C_LIBRARIES", raising=False)
    assert flags.general() == ([], [])


def test_environment_comes_first(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLERK_C_LIBRARIES", str(prefix))
    monkeypatch.setenv("CLERK_C_LIBCURL_LIBS", "-L/mine '-l curl'")
    assert flags.library("libcurl", "LIBS") == ["-L/mine", "-l curl"]
    assert flags.library("libssl", "LIBS") == [str(prefix / "lib" / "libssl.a")]


def test_folder_that_nobody_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLERK_C_LIBRARIES", str(tmp_path))
    with pytest.raises(SystemExit, match=r"libcjson\.a is not there.*build_libraries\.sh"):
        flags.library("libcjson", "LIBS")


@pytest.mark.parametrize("name", ["libcurl", "libcjson", "libcrypto", "libssl"])
def test_library_that_is_not_installed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLERK_C_LIBRARIES", raising=False)
    monkeypatch.setenv("PKG_CONFIG", "false")
    with pytest.raises(SystemExit, match=f"without {name}: install lib.*-dev .Debian"):
        flags.library(name, "LIBS")
    monkeypatch.setenv("PKG_CONFIG", "/nonexistent/pkg-config")
    with pytest.raises(SystemExit, match="without pkg-config"):
        flags.library(name, "LIBS")


def test_pythons() -> None:
    """At least the one that runs this has its headers, as all of clerk_c was compiled for it."""
    found = importlib.import_module("find_pythons").find_pythons()
    ask = "import sys; print(sys.version_info[:2])"
    versions = [subprocess.check_output([x, "-c", ask], text=True).strip() for x in found]
    assert str(sys.version_info[:2]) in versions
    assert len(set(versions)) == len(versions)
