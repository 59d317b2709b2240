"""The source archive and a wheel of this tree, made once for all tests.

The wheel takes the extension modules that the tests run on, so that nothing is compiled again; with
CLERK_C_WHEEL=PATH the tests look at that wheel instead (`make wheels` puts some into dist/).
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / "tools"
sys.path[:0] = [str(HERE), str(TOOLS / "wheels"), str(HERE.parent / "robust")]
sys.path.append(str(TOOLS))  # has a generate.py, too

from making import ROOT, SKIPPED, make_wheel, once, run  # noqa: E402


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive."""

    def make(folder: Path) -> None:
        source = shutil.copytree(ROOT, folder / "tree", ignore=SKIPPED)
        run(sys.executable, "setup.py", "-q", "sdist", "-d", "..", cwd=source)
        shutil.rmtree(source)

    return next(once(tmp_path_factory, "archive", make).glob("*.tar.gz"))


@pytest.fixture(scope="session")
def plain_wheel(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `pip wheel` makes it of the source archive, without network."""
    folder = once(tmp_path_factory, "plain", lambda folder: make_wheel(archive, folder))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The papers that build_libraries.sh leaves; of two libraries that no wheel has."""
    folder = tmp_path_factory.mktemp("libraries")
    for name, text in (("curl", "do as you like\n"), ("zlib", "no warranty\n")):
        (folder / "licenses" / name).mkdir(parents=True)
        (folder / "licenses" / name / "COPYING").write_text(text)
    (folder / "versions.txt").write_text("curl 1.2.3 curl\nzlib 4.5.6 Zlib\n")
    return folder


@pytest.fixture(scope="session")
def wheel(
    plain_wheel: Path, libraries: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Ready to be given away; unless it is CLERK_C_WHEEL, it needs this machine's libraries."""
    if "CLERK_C_WHEEL" in os.environ:
        return Path(os.environ["CLERK_C_WHEEL"])
    repair = importlib.import_module("repair").repair
    folder = tmp_path_factory.mktemp("repaired")
    made: Path = repair(plain_wheel, libraries, folder, folder / "debug", audited=False)
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of packages with nothing in it but the wheel."""
    folder = tmp_path_factory.mktemp("site")
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"),
        *("--disable-pip-version-check", "--target", folder, wheel),
        cwd=folder,
    )
    return folder
