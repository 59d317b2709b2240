"""What setup.py tells the compiler and the linker of each library.

Taken from the first of these: the environment (CLERK_C_LIBCURL_LIBS and so on), the folder of
static libraries that CLERK_C_LIBRARIES names (tools/wheels/build_libraries.sh fills it), or
pkg-config.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

PACKAGES = {  # library: its package on Debian, Fedora, macOS
    "libcurl": ("libcurl4-openssl-dev", "libcurl-devel", "curl"),
    "libcjson": ("libcjson-dev", "cjson-devel", "cjson"),
    "libcrypto": ("libssl-dev", "openssl-devel", "openssl"),
    "libssl": ("libssl-dev", "openssl-devel", "openssl"),
    "pkg-config": ("pkg-config", "pkgconf-pkg-config", "pkgconf"),
}
ARCHIVES = {  # library: what it is made of, in the order of linking
    "libcurl": ("libcurl", "libnghttp2", "libbrotlidec", "libbrotlicommon", "libz"),
    "libcjson": ("libcjson",),
    "libcrypto": ("libcrypto",),
    "libssl": ("libssl",),
}
FRAMEWORKS = ("CoreFoundation", "CoreServices", "SystemConfiguration")  # macOS, for libcurl


def missing(what: str) -> str:
    debian, fedora, homebrew = PACKAGES[what]
    return (
        f"clerk_c cannot be built without {what}: install {debian} (Debian, apt-get), "
        f"{fedora} (Fedora, dnf) or {homebrew} (macOS, brew)."
    )


def bundled(folder: Path, library: str, kind: str) -> list[str]:
    """The library's flags, from the folder that build_libraries.sh filled."""
    if kind == "CFLAGS":
        return [f"-I{folder}/include", "-DCURL_STATICLIB", "-DNGHTTP2_STATICLIB"]
    archives = [folder / "lib" / f"{name}.a" for name in ARCHIVES[library]]
    absent = [str(archive) for archive in archives if not archive.is_file()]
    if absent:
        sys.exit(f"clerk_c cannot be built: CLERK_C_LIBRARIES is {folder}, and {absent[0]} is "
                 "not there. Run tools/wheels/build_libraries.sh first.")  # fmt: skip
    flags = [str(archive) for archive in archives]
    if sys.platform == "darwin" and library == "libcurl":
        flags += [word for name in FRAMEWORKS for word in ("-framework", name)]
    return flags


def library(name: str, kind: str) -> list[str]:
    """CFLAGS or LIBS of a library."""
    if f"CLERK_C_{name.upper()}_{kind}" in os.environ:
        return shlex.split(os.environ[f"CLERK_C_{name.upper()}_{kind}"])
    if os.environ.get("CLERK_C_LIBRARIES"):
        return bundled(Path(os.environ["CLERK_C_LIBRARIES"]).resolve(), name, kind)
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), f"--{kind.lower()}", name]
    try:
        return shlex.split(subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True))
    except FileNotFoundError:
        sys.exit(missing("pkg-config"))
    except subprocess.CalledProcessError:
        sys.exit(missing(name))


def general() -> tuple[list[str], list[str]]:
    """Flags of compiler and linker for a wheel that brings its libraries; else none.

    Only PyInit_* leaves such an extension module, and nothing in it is looked up elsewhere: the
    interpreter, or the server around it, may hold another OpenSSL or libcurl.
    """
    if not os.environ.get("CLERK_C_LIBRARIES"):
        return [], []
    compiler = ["-g", "-ffunction-sections", "-fdata-sections"]
    compiler.append(f"-ffile-prefix-map={os.getcwd()}=.")
    if sys.platform == "darwin":
        return compiler, ["-Wl,-dead_strip", "-Wl,-exported_symbol,_PyInit_*"]
    script = Path(__file__).parent / "wheels" / "exports.map"
    linker = ["--exclude-libs,ALL", "--gc-sections", "--build-id", "-z,relro"]
    linker.append(f"--version-script={script.resolve()}")
    return compiler, [*(f"-Wl,{option}" for option in linker), "-pthread"]
