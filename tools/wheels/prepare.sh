#!/bin/sh
# Before cibuildwheel's first wheel: what build_libraries.sh needs, then the libraries. The images
# of manylinux (AlmaLinux) and musllinux (Alpine) have a compiler, CMake and make.
set -eu

if command -v dnf >/dev/null; then
    dnf --quiet --assumeyes install perl-core # OpenSSL's Configure
elif command -v apk >/dev/null; then
    apk add --quiet perl linux-headers curl
fi
exec "$(dirname "$0")/build_libraries.sh" "$CLERK_C_LIBRARIES"
