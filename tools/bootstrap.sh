#!/bin/sh
# Brings a machine to the point where the Makefile's targets work. Says nothing
# when all is there.
#
#   tools/bootstrap.sh system build|test    compiler, headers and libraries, with apt
#   tools/bootstrap.sh venv DIR EXTRAS      a virtual environment with clerk_c[EXTRAS] in it
#
# As root on a Debian-like machine it installs what is missing. Everybody else is told the one
# command to run first. Environment: PYTHON (default python3), CC (default cc).
set -eu

PYTHON=${PYTHON:-python3}
CC=${CC:-cc}
apt_names=
fedora_names=
brew_names=

need() { # Debian's, Fedora's and Homebrew's name of a package
    apt_names="$apt_names $1"
    fedora_names="$fedora_names $2"
    brew_names="$brew_names $3"
}

has_header() {
    printf '#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <stdint.h>\n#include <%s>\n' "$1" |
        "$CC" $2 -E -x c - >/dev/null 2>&1
}

# A version of its own (python3.13) has packages of its own on Debian.
python_package() {
    case ${PYTHON##*/} in
    python3.*) echo "${PYTHON##*/}-$1" ;;
    *) echo "python3-$1" ;;
    esac
}

look_for_build_tools() {
    command -v "$CC" >/dev/null || need gcc gcc gcc
    printf '#include <stdio.h>\n' | "$CC" -E - >/dev/null 2>&1 || need libc6-dev glibc-devel gcc
    if ! command -v "$PYTHON" >/dev/null; then
        need python3 python3 python3
        need "$(python_package dev)" python3-devel python3
        need "$(python_package venv)" python3 python3
    else
        "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
            echo "clerk_c needs Python 3.10 or newer; choose one with: make PYTHON=python3.12" >&2
            exit 1
        }
        "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || need "$(python_package venv)" python3 python3
        "$PYTHON" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
            need "$(python_package dev)" python3-devel python3
    fi
    if ! command -v "${PKG_CONFIG:-pkg-config}" >/dev/null; then
        need pkg-config pkgconf-pkg-config pkgconf
    fi
    has_library libcurl || need libcurl4-openssl-dev libcurl-devel curl
    has_library libcjson || need libcjson-dev cjson-devel cjson
    has_library libcrypto || need libssl-dev openssl-devel openssl
}

has_library() {
    variable="CLERK_C_$(echo "$1" | tr '[:lower:]' '[:upper:]')_LIBS"
    eval "test -n \"\${$variable+set}\"" && return 0
    command -v "${PKG_CONFIG:-pkg-config}" >/dev/null && "${PKG_CONFIG:-pkg-config}" --exists "$1"
}

look_for_test_tools() {
    has_header cmocka.h "" || need libcmocka-dev libcmocka-devel cmocka
    command -v valgrind >/dev/null || need valgrind valgrind valgrind
    # Debian keeps it in a directory that only root's PATH has.
    PATH=$PATH:/usr/sbin command -v nginx >/dev/null || need nginx-light nginx nginx
}

install_missing() {
    if ! command -v apt-get >/dev/null; then
        echo "Missing on this machine. Fedora: dnf install$fedora_names" >&2
        echo "macOS: brew install$brew_names" >&2
        exit 1
    fi
    if [ "$(id -u)" != 0 ]; then
        echo "Run this first, then the same make command again:" >&2
        echo "    sudo apt-get install --yes$apt_names" >&2
        exit 1
    fi
    # shellcheck disable=SC2086  # a list of names
    install_with_apt $apt_names || {
        tail -n 20 build/apt.log >&2
        echo "apt-get failed; its output is in build/apt.log" >&2
        exit 1
    }
}

install_with_apt() {
    echo "Installing $*"
    export DEBIAN_FRONTEND=noninteractive
    mkdir -p build
    {
        apt-get -q -o DPkg::Lock::Timeout=300 update &&
            apt-get -q -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends "$@"
    } >build/apt.log 2>&1
}

# For the fuzzers, which replay their corpora where it cannot be had.
install_clang() {
    command -v clang >/dev/null && return 0
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 0
    install_with_apt clang libclang-rt-dev || echo "No clang; what apt-get said is in build/apt.log"
}

make_venv() { # directory, extras
    [ -x "$1/bin/python" ] || {
        echo "Making $1 with $("$PYTHON" --version)"
        "$PYTHON" -m venv "$1"
    }
    echo "Installing clerk_c[$2] and what it needs into $1"
    # The environment's own setuptools builds, so that later builds need no network; built before
    # pip asks for it, because pip shows a compiler's complaint among hundreds of other lines.
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check 'setuptools>=77'
    "$1/bin/python" setup.py --quiet build_ext --inplace
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-build-isolation --editable ".[$2]"
}

case ${1:-} in
system)
    look_for_build_tools
    [ "${2:-build}" != test ] || look_for_test_tools
    [ -z "$apt_names" ] || install_missing
    [ "${2:-build}" != test ] || install_clang
    ;;
venv) make_venv "$2" "$3" ;;
*)
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
