#!/bin/sh
# Every stage of `make test`: the stage's closing lines when it passes, all of its output when it
# does not. Goes on after a failure, so that one run shows all that is wrong. Logs: build/test/.
set -u
export MAKEFLAGS=
mkdir -p build/test
failed=
began=$(date +%s)

stage() { # title, how many closing lines to show, target [argument]
    title=$1 lines=$2
    shift 2
    log="build/test/$1.log"
    started=$(date +%s)
    if "$MAKE" --silent -j "${JOBS:-2}" "$@" >"$log" 2>&1; then
        echo "== $title: passed ($(($(date +%s) - started)) s)"
        tail -n "$lines" "$log"
        if grep -q "PASSED ONLY" "$log"; then
            sed -n '/^FAILED /p; /PASSED ONLY/,$p' "$log"
        fi
    else
        echo "== $title: FAILED ($(($(date +%s) - started)) s)"
        cat "$log"
        failed="$failed
    $title"
    fi
}

stage "source rules" 1 lint-source
stage "clang-format" 1 lint-format
stage "ruff" 1 lint-ruff
stage "mypy" 1 lint-mypy
stage "C tests under ASan and UBSan" 100 ctest-asan
stage "C tests of threads under TSan" 10 ctest-tsan
stage "C tests under valgrind" 100 ctest-valgrind
stage "fuzzers' corpora" 100 fuzz
stage "fuzzers, some seconds each" 10 fuzz-short
stage "Python tests" 1 pytest
stage "Python tests of the binding under ASan and UBSan" 1 pytest-asan

if [ -n "$failed" ]; then
    echo "== FAILED:$failed"
    exit 1
fi
echo "== all passed in $(($(date +%s) - began)) s"
