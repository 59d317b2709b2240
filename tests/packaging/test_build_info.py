"""build_info(): what this clerk_c is and runs on."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import clerk_c
from clerk_c import build_info, buildinfo

THREE = ("cJSON", "libcurl", "OpenSSL")


def test_of_this_machine() -> None:
    info = build_info()
    assert isinstance(info, clerk_c.BuildInfo)
    assert (info.version, info.reference) == (clerk_c.__version__, "7.0.0")
    assert info.api == clerk_c.OPENAPI_DOC_VERSION
    assert info.python == f"{platform.python_implementation()} {platform.python_version()}"
    assert platform.machine() in info.platform
    libraries = {library.name: library for library in info.libraries}
    assert list(libraries) == sorted(libraries, key=str.lower)
    for name in THREE:
        assert libraries[name].version
        assert libraries[name].built_with is not None
        assert libraries[name].built_with.split(".")[0] == libraries[name].version.split(".")[0]


def test_what_is_compiled_in_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buildinfo, "libraries", lambda: dict.fromkeys(THREE[:2], "0.1") | {
        "libcrypto": "OpenSSL 0.2 1 Jan 1970", "zlib": "9"})  # fmt: skip
    monkeypatch.setattr(buildinfo, "_read_bundled", dict)
    lines = str(build_info()).splitlines()
    assert "  zlib 9 (of this machine)" in lines
    (line,) = (line for line in lines if "OpenSSL" in line)
    assert line.startswith("  OpenSSL 0.2 (of this machine, compiled with ")
    assert not build_info().bundled


def test_bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"libcurl": {"version": "8.0.0", "licence": "curl"}}
    monkeypatch.setattr(buildinfo, "_read_bundled", lambda: rows)
    info = build_info()
    assert info.bundled
    assert [(x.name, x.licence) for x in info.libraries if x.bundled] == [("libcurl", "curl")]
    assert "(bundled, curl" in str(info)


def test_on_its_own(tmp_path: Path) -> None:
    """As a command; importing clerk_c alone does not import it."""
    done = subprocess.run(
        [sys.executable, "-m", "clerk_c.buildinfo"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{build_info()}\n"
    code = "import sys, clerk_c; print('clerk_c.buildinfo' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_as_json() -> None:
    """Named tuples: what a bug report wants."""
    assert json.loads(json.dumps(build_info()._asdict()))["version"] == clerk_c.__version__
