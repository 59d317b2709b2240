#!/bin/sh
# Builds the libraries that the wheels bundle, static and with hidden symbols:
#
#   tools/wheels/build_libraries.sh PREFIX
#
# Into PREFIX go include/, lib/*.a, licenses/NAME/ and versions.txt. What libraries.txt names is
# downloaded into $CLERK_C_DOWNLOADS (PREFIX/downloads), unless it is there, and used only if its
# checksum is right. Does nothing where PREFIX is up to date. Needs a C compiler, CMake, make, perl
# and curl. Environment: CC, CFLAGS, JOBS.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1"
PREFIX=$(cd "$1" && pwd)
downloads=${CLERK_C_DOWNLOADS:-$PREFIX/downloads}
work=$PREFIX/work
JOBS=${JOBS:-2}
# -g1: line numbers in backtraces; the wheels' debug files get them.
CFLAGS="${CFLAGS:-} -O2 -g1 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections"
export CFLAGS

fail() {
    echo "build_libraries.sh: $*" >&2
    exit 1
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

download() { # where, file
    case $1 in
    debian:*)
        command -v apt-get >/dev/null || return 1
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep '/debian/*$' | head -n 1)
        [ -n "$mirror" ] || return 1
        set -- "${mirror%/}/pool/main/${1#debian:}" "$2"
        ;;
    esac
    curl --fail --silent --location --connect-timeout 20 --output "$2.part" "$1" && mv "$2.part" "$2"
}

# The first archive of a library that is there, or can be had, with the right checksum.
get() { # name
    while read -r name version licence licence_file sum where; do
        [ "$name" = "$1" ] || continue
        archive=$downloads/$name-$version-$(echo "$sum" | cut -c1-12).tar.gz
        [ -f "$archive" ] || download "$where" "$archive" || continue
        [ "$(sha256 "$archive")" = "$sum" ] || fail "$archive from $where has another checksum than $sum"
        return
    done <"$here/libraries.txt"
    grep "^$1 " "$here/libraries.txt" >&2
    fail "$1 cannot be downloaded from these places, nor is it in $downloads"
}

unpack() { # name; sets source
    get "$1"
    echo "$name $version"
    source=$work/$name-$version
    mkdir -p "$source" "$PREFIX/licenses/$name"
    tar -xzf "$archive" -C "$source" --strip-components=1
    cp "$source/$licence_file" "$PREFIX/licenses/$name/"
    echo "$name $version $licence" >>"$PREFIX/versions.txt.part"
}

quietly() { # log, command...
    log=$1
    shift
    "$@" >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        fail "$source could not be built; all that it said is in $log"
    }
}

build() { # name, options of CMake
    unpack "$1"
    shift
    quietly "$source.log" cmake -S "$source" -B "$source-build" -DCMAKE_BUILD_TYPE=None \
        -DCMAKE_INSTALL_PREFIX="$PREFIX" -DCMAKE_PREFIX_PATH="$PREFIX" -DCMAKE_INSTALL_LIBDIR=lib \
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF \
        -DCMAKE_POLICY_VERSION_MINIMUM=3.5 "$@"
    quietly "$source.log" cmake --build "$source-build" --parallel "$JOBS"
    quietly "$source.log" cmake --install "$source-build"
}

# Its file for CMake wants files that Debian's archive lacks.
build_zlib() {
    unpack zlib
    cd "$source"
    quietly "$source.log" ./configure --static --prefix="$PREFIX"
    quietly "$source.log" make -j "$JOBS" libz.a
    quietly "$source.log" make install
    cd "$here"
}

# Of no use to a client of HTTPS and to checks of signatures. DES stays: keys of client
# certificates may be encrypted with it.
OPENSSL_WITHOUT="aria argon2 bf blake2 camellia cast cmp cms comp ct dgram dso dtls engine gost idea
    legacy md4 mdc2 ml-dsa module multiblock nextprotoneg ocb ocsp quic rc2 rc4 rfc3779 rmd160 scrypt
    seed shared siphash siv slh-dsa sm2 sm3 sm4 sock srp srtp ssl3 ssl3-method tests tls1
    tls1-method tls1_1 tls1_1-method ts ui-console weak-ssl-ciphers whirlpool"

# The machine's own openssl.cnf is written for its own OpenSSL: never read.
build_openssl() {
    unpack openssl
    options="no-apps no-docs no-autoload-config"
    for part in $OPENSSL_WITHOUT; do options="$options no-$part"; done
    mkdir -p "$source-build"
    cd "$source-build"
    # shellcheck disable=SC2086  # a list of words
    quietly "$source.log" "$source/Configure" $options --prefix=/nonexistent \
        --openssldir=/nonexistent/ssl
    quietly "$source.log" make -j "$JOBS" build_generated
    quietly "$source.log" make -j "$JOBS" libcrypto.a libssl.a
    mkdir -p "$PREFIX/include/openssl" "$PREFIX/lib"
    cp "$source"/include/openssl/*.h include/openssl/*.h "$PREFIX/include/openssl/"
    cp libcrypto.a libssl.a "$PREFIX/lib/"
    cd "$here"
}

stamp=$(cat "$0" "$here/libraries.txt" | cksum)
[ "$(cat "$PREFIX/.stamp" 2>/dev/null)" != "$stamp" ] || exit 0
for tool in "${CC:-cc}" cmake make perl curl; do
    command -v "${tool%% *}" >/dev/null || fail "${tool%% *} is needed and is not installed"
done
rm -rf "$work" "$PREFIX/include" "$PREFIX/lib" "$PREFIX/licenses" "$PREFIX"/versions.txt*
mkdir -p "$work" "$downloads"
build cjson -DENABLE_CJSON_TEST=OFF -DENABLE_CJSON_UNINSTALL=OFF -DENABLE_HIDDEN_SYMBOLS=ON
build_zlib
build brotli -DBROTLI_DISABLE_TESTS=ON -DBROTLI_BUILD_TOOLS=OFF
build nghttp2 -DENABLE_LIB_ONLY=ON -DENABLE_DOC=OFF -DBUILD_STATIC_LIBS=ON
build_openssl
# Where CA certificates are is found out at run time: csrc/core/transport_ca.c.
build curl -DHTTP_ONLY=ON -DCURL_USE_OPENSSL=ON -DOPENSSL_ROOT_DIR="$PREFIX" -DOPENSSL_USE_STATIC_LIBS=ON \
    -DUSE_NGHTTP2=ON -DCURL_BROTLI=ON -DCURL_ZLIB=ON -DCURL_ZSTD=OFF -DCURL_USE_LIBPSL=OFF \
    -DCURL_USE_LIBSSH2=OFF -DUSE_LIBIDN2=OFF -DCURL_USE_GSSAPI=OFF -DCURL_DISABLE_NTLM=ON \
    -DCURL_DISABLE_AWS=ON -DCURL_DISABLE_ALTSVC=ON -DCURL_DISABLE_HSTS=ON -DCURL_DISABLE_DOH=ON \
    -DCURL_DISABLE_IPFS=ON -DCURL_DISABLE_WEBSOCKETS=ON -DCURL_DISABLE_COOKIES=ON \
    -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DCURL_CA_FALLBACK=OFF \
    -DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON -DBUILD_CURL_EXE=OFF \
    -DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF -DENABLE_CURL_MANUAL=OFF
rm -rf "$work"
mv "$PREFIX/versions.txt.part" "$PREFIX/versions.txt"
echo "$stamp" >"$PREFIX/.stamp"
