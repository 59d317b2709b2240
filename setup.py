"""Builds the three extension modules; everything else is in pyproject.toml."""

import os
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from glob import glob

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

sys.path.insert(0, "tools")
from build_flags import general, library

TABLES = "build/generated/tables.c"
LIBRARIES = [("libcjson",), ("libcurl", "libssl", "libcrypto"), ("libcrypto",)]  # by extension
# -isystem: what the compiler says about Python's own headers is not ours to mend.
CFLAGS = ["-std=c11", "-O2", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wshadow", "-Wconversion",
          "-Wstrict-prototypes", "-Icsrc", "-Icsrc/core", "-isystem", sysconfig.get_path("include")]
LDFLAGS = ["-lm"]
CFLAGS, LDFLAGS = CFLAGS + general()[0], LDFLAGS + general()[1]
if os.environ.get("CLERK_C_WERROR") == "1":
    CFLAGS.append("-Werror")
if os.environ.get("CLERK_C_SANITIZE") == "1":
    LDFLAGS += ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
    CFLAGS += [*LDFLAGS[1:], "-O1", "-g", "-fno-omit-frame-pointer"]
if os.environ.get("CLERK_C_COVERAGE") == "1":  # the seed: a file of two modules is counted once
    LDFLAGS.append("--coverage")
    CFLAGS += ["--coverage", "-O0", "-fprofile-update=atomic", "-frandom-seed=clerk_c"]


class BuildExt(build_ext):
    """Compiles one file per processor at a time."""

    def build_extensions(self):
        for extension, libraries in zip(self.extensions, LIBRARIES):
            extension.extra_compile_args = sum((library(x, "CFLAGS") for x in libraries), CFLAGS)
            extension.extra_link_args = sum((library(x, "LIBS") for x in libraries), LDFLAGS)
            extension.depends = [*glob("csrc/*/*.h"), "setup.py", "tools/build_flags.py"]
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
