#!/bin/bash
# Installs a wheel in each of the usual ways and runs smoke.py on it, without network:
#
#   tools/wheels/try_wheel.sh WHEEL [ROOT]
#
# pip, uv add, poetry add, uvx --from, a script with its dependencies in its head (PEP 723); and pip
# in ROOT, the folder of another system (debootstrap --include=python3-venv makes one; needs root).
# PYTHON is an interpreter that the wheel is for; uv and poetry have to be on PATH.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
wheel=$(realpath "$1")
python=$(command -v "${PYTHON:-python3}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export UV_OFFLINE=1 UV_NO_PROGRESS=1 UV_CACHE_DIR=$work/cache UV_PYTHON=$python UV_PYTHON_DOWNLOADS=never
export PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1 POETRY_VIRTUALENVS_IN_PROJECT=true
export POETRY_CACHE_DIR=$work/poetry PYTHONDONTWRITEBYTECODE=1
unset PYTHONPATH VIRTUAL_ENV PIP_EXTRA_INDEX_URL PIP_FIND_LINKS

offline() { # a command that has no network but loopback
    unshare --map-root-user --net sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

try() { # name, command...
    local name=$1 log=$work/log
    shift
    mkdir -p "$work/$name"
    if (cd "$work/$name" && "$@") >"$log" 2>&1; then
        echo "ok: $name, $(grep -c '^ok: ' "$log") checks"
    else
        cat "$log"
        echo "FAILED: $name"
        exit 1
    fi
}

with_pip() {
    "$python" -m venv venv
    offline venv/bin/python -m pip install --quiet "$wheel"
    offline venv/bin/python "$here/smoke.py"
}

with_uv_add() {
    offline uv init --quiet --bare --name mine --no-workspace .
    offline uv add --quiet "$wheel"
    offline uv run --quiet python "$here/smoke.py"
}

with_poetry_add() {
    offline poetry init --quiet --no-interaction --name mine --python ">=3.10"
    offline poetry env use --quiet "$python"
    offline poetry add --quiet "$wheel"
    offline poetry run python "$here/smoke.py"
}

with_uvx() {
    offline uvx --quiet --from "$wheel" clerk-c --version
    offline uvx --quiet --from "$wheel" python "$here/smoke.py"
}

with_pep_723() {
    sed "s|\"clerk_c\"|\"clerk_c @ file://$wheel\"|" "$here/smoke.py" >script.py
    grep -q "file://" script.py
    offline uv run --quiet --script script.py
}

in_root() {
    local inside=/tmp/clerk_c-wheel
    mkdir -p "$root$inside"
    cp "$wheel" "$here/smoke.py" "$root$inside"
    ! chroot "$root" sh -c 'command -v cc || command -v gcc' # no compiler, no headers
    chroot "$root" sh -c "cd $inside && python3 -m venv --clear venv &&
        venv/bin/python -m pip install --quiet --no-index *.whl"
    unshare --net sh -c "ip link set lo up && exec chroot $root $inside/venv/bin/python $inside/smoke.py"
    rm -rf "${root:?}$inside"
}

try pip with_pip
try "uv add" with_uv_add
try "poetry add" with_poetry_add
try "uvx --from" with_uvx
try "PEP 723" with_pep_723
if [ $# -gt 1 ]; then
    root=$(realpath "$2")
    try "pip in ${root##*/}" in_root
fi
