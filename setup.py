"""Builds the three extension modules; everything else is in pyproject.toml."""

import os
import shlex
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from glob import glob

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

TABLES = "build/generated/tables.c"
PACKAGES = {  # library: its package on Debian, Fedora, macOS
    "libcurl": ("libcurl4-openssl-dev", "libcurl-devel", "curl"),
    "libcjson": ("libcjson-dev", "cjson-devel", "cjson"),
    "libcrypto": ("libssl-dev", "openssl-devel", "openssl"),
    "libssl": ("libssl-dev", "openssl-devel", "openssl"),
    "pkg-config": ("pkg-config", "pkgconf-pkg-config", "pkgconf"),
}
LIBRARIES = [("libcjson",), ("libcurl", "libssl", "libcrypto"), ("libcrypto",)]  # by extension
# -isystem: what the compiler says about Python's own headers is not ours to mend.
CFLAGS = ["-std=c11", "-O2", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wshadow", "-Wconversion",
          "-Wstrict-prototypes", "-Icsrc", "-Icsrc/core", "-isystem", sysconfig.get_path("include")]
LDFLAGS = ["-lm"]
if os.environ.get("CLERK_C_WERROR") == "1":
    CFLAGS.append("-Werror")
if os.environ.get("CLERK_C_SANITIZE") == "1":
    LDFLAGS += ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    CFLAGS += [*LDFLAGS[1:], "-O1", "-g", "-fno-omit-frame-pointer"]


def missing(what):
    debian, fedora, homebrew = PACKAGES[what]
    sys.exit(f"clerk_c cannot be built without {what}: install {debian} (Debian, apt-get), "
             f"{fedora} (Fedora, dnf) or {homebrew} (macOS, brew).")  # fmt: skip


def ask(library, kind):
    """The library's CFLAGS or LIBS: from the environment, else from pkg-config."""
    if f"CLERK_C_{library.upper()}_{kind}" in os.environ:
        return shlex.split(os.environ[f"CLERK_C_{library.upper()}_{kind}"])
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), f"--{kind.lower()}", library]
    try:
        return shlex.split(subprocess.check_output(command, stderr=subprocess.DEVNULL, text=True))
    except FileNotFoundError:
        missing("pkg-config")
    except subprocess.CalledProcessError:
        missing(library)


class BuildExt(build_ext):
    """Compiles one file per processor at a time."""

    def build_extensions(self):
        for extension, libraries in zip(self.extensions, LIBRARIES):
            extension.extra_compile_args = sum((ask(x, "CFLAGS") for x in libraries), CFLAGS)
            extension.extra_link_args = sum((ask(x, "LIBS") for x in libraries), LDFLAGS)
            extension.depends = [*glob("csrc/*/*.h"), "setup.py"]
        self.compiler.define_macro("_GNU_SOURCE")
        one = self.compiler.compile
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.compiler.compile = lambda sources, **options: [
                made[0] for made in pool.map(lambda source: one([source], **options), sources)
            ]
            super().build_extensions()


# First of all, since some of what they write is package data.
for tool in ("generate", "stubs"):
    subprocess.check_call([sys.executable, f"tools/{tool}.py"])
net = {"csrc/py/net.c", "csrc/core/gate.c", *glob("csrc/core/transport*.c")}
crypto = {"csrc/py/crypto.c", "csrc/core/gate.c", *glob("csrc/core/crypto*.c")}
parts = {"_core": {TABLES, *glob("csrc/*/*.c")} - net - crypto, "_net": net, "_crypto": crypto}
for part, names in ((crypto, "status alloc buf der"),
                    (net, "status alloc buf url request response retry lax decimal")):  # fmt: skip
    part |= {f"csrc/core/{name}.c" for name in names.split()}
setup(cmdclass={"build_ext": BuildExt},
      ext_modules=[Extension(f"clerk_c.{n}", sorted(parts[n])) for n in parts])  # fmt: skip
