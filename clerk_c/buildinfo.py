"""How this clerk_c was built, and the C libraries that it runs on.

`python -m clerk_c.buildinfo` prints it.
"""

import json
import platform
import sys
from importlib import import_module
from os import path
from typing import NamedTuple

from . import _core
from ._libraries import libraries
from ._version import OPENAPI_DOC_VERSION, REFERENCE_VERSION, __version__


class Library(NamedTuple):
    """A C library that clerk_c runs on."""

    name: str
    """Such as "libcurl", "OpenSSL", "cJSON", "nghttp2"."""

    version: str
    """What the loaded library says of itself."""

    built_with: "str | None"
    """The version whose headers clerk_c was compiled with. None: clerk_c does not use the library
    itself; libcurl does."""

    bundled: bool
    """Whether it came with clerk_c's wheel; else it is the machine's."""

    licence: "str | None"
    """Of a bundled one, as SPDX has it; the text is among the wheel's licence files."""


class BuildInfo(NamedTuple):
    """What `build_info()` returns; `print` shows it as lines of text."""

    version: str
    """Version of clerk_c."""

    reference: str
    """Version of clerk-backend-api whose interface this is."""

    api: str
    """Date of the API's description that the interface was made from."""

    python: str
    """Implementation and version of this Python."""

    platform: str
    """System and processor, such as "linux-x86_64"."""

    libraries: "tuple[Library, ...]"
    """What is loaded, in the order of their names."""

    licence_files: "tuple[str, ...]"
    """Paths of the licences, clerk_c's own and those of bundled libraries. Empty where clerk_c
    was not installed but runs in a clone."""

    @property
    def bundled(self) -> bool:
        """Whether this clerk_c brought its libraries, as wheels do."""
        return any(library.bundled for library in self.libraries)

    def __str__(self) -> str:
        lines = [
            f"clerk_c {self.version} (interface of clerk-backend-api {self.reference}, "
            f"API of {self.api})",
            f"{self.python} on {self.platform}",
            *(_shown(library) for library in self.libraries),
            *self.licence_files,
        ]
        return "\n".join(lines)


def _shown(library: Library) -> str:
    told = f"bundled, {library.licence}" if library.bundled else "of this machine"
    if library.built_with not in (None, library.version):
        told += f", compiled with {library.built_with}"
    return f"  {library.name} {library.version} ({told})"


def _read_bundled() -> "dict[str, dict[str, str]]":
    """What the wheel's builder wrote down; nothing where clerk_c was compiled on this machine."""
    try:
        with open(path.join(path.dirname(__file__), "_bundled.json"), encoding="utf-8") as file:
            found: dict[str, dict[str, str]] = json.load(file)
    except FileNotFoundError:
        return {}
    return found


def _read_licence_files() -> "tuple[str, ...]":
    from importlib.metadata import PackageNotFoundError, files

    try:
        found = files("clerk_c") or []
    except PackageNotFoundError:
        return ()
    return tuple(sorted(str(file.locate()) for file in found if "licenses" in file.parts))


def build_info() -> BuildInfo:
    """How this clerk_c was built, and the versions of the C libraries that it runs on.

    Loads the libraries, which a program that has sent nothing yet has not done: for diagnosis and
    bug reports. Sends nothing; tells no key.
    """
    bundled = _read_bundled()
    licences = {name: row["licence"] for name, row in bundled.items()}
    loaded = libraries()
    # What libcurl is linked with and what checks signatures have one source in all builds.
    loaded["OpenSSL"] = loaded.pop("libcrypto").split()[1]
    built_with = {
        "libcurl": import_module("clerk_c._net").BUILT_WITH,
        "OpenSSL": import_module("clerk_c._crypto").BUILT_WITH,
        "cJSON": _core.BUILT_WITH,
    }
    return BuildInfo(
        __version__,
        REFERENCE_VERSION,
        OPENAPI_DOC_VERSION,
        f"{platform.python_implementation()} {platform.python_version()}",
        f"{sys.platform}-{platform.machine()}",
        tuple(
            Library(name, loaded[name], built_with.get(name), name in bundled, licences.get(name))
            for name in sorted(loaded, key=str.lower)
        ),
        _read_licence_files(),
    )


if __name__ == "__main__":
    print(build_info())
