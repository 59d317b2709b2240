#!/bin/sh
# Runs the fuzz targets of tests/fuzz under libFuzzer, with ASan and UBSan, side by side. Findings go
# to build/fuzz/NAME/, with what was printed. Without a clang that has libFuzzer it says so.
#
#   tools/fuzz.sh short NAME...          a fixed number of runs with a fixed seed: for CI
#   tools/fuzz.sh long SECONDS NAME...   so long each; new inputs are kept in build/fuzz/NAME/corpus
#   tools/fuzz.sh merge NAME...          adds those that reach new code to tests/fuzz/corpus
#
# Environment: FUZZ_CC (default: what is found of clang and clang-20 to clang-14), JOBS (default 2),
# FUZZ_RUNS (default 20000), MAKE.
set -u

has_libfuzzer() { # compiler
    probe=$(mktemp -d) || return 1
    echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d[n - n] * 0; }' >"$probe/p.c"
    "$1" -fsanitize=fuzzer,address,undefined "$probe/p.c" -o "$probe/p" >/dev/null 2>&1 &&
        "$probe/p" -runs=1 >/dev/null 2>&1
    found=$?
    rm -rf "$probe"
    return $found
}

find_compiler() {
    for candidate in ${FUZZ_CC:-clang clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14}; do
        command -v "$candidate" >/dev/null && has_libfuzzer "$candidate" && {
            echo "$candidate"
            return
        }
    done
}

run_one() { # mode, seconds, name
    mode=$1 seconds=$2 name=$3
    home=build/fuzz/$name
    mkdir -p "$home/corpus"
    case $mode in
    short)
        rm -rf "$home/short"
        mkdir "$home/short"
        set -- -runs="${FUZZ_RUNS:-20000}" -seed=1 -len_control=0 -max_len=1024 "$home/short"
        ;;
    long) set -- -max_total_time="$seconds" -max_len=4096 "$home/corpus" ;;
    merge) set -- -merge=1 -use_counters=0 -max_len=1024 ;;
    esac
    [ "$mode" != merge ] || set -- "$@" "tests/fuzz/corpus/$name" "$home/corpus"
    [ "$mode" = merge ] || set -- "$@" "tests/fuzz/corpus/$name"
    # Addresses that stay: old sanitizers cannot bear every random layout.
    fixed=
    ! setarch -R true 2>/dev/null || fixed="setarch -R"
    $fixed "build/c/fuzz/fuzz_$name" -print_final_stats=1 -rss_limit_mb=4096 \
        -artifact_prefix="$home/" "$@" >"$home/$mode.log" 2>&1
    echo $? >"$home/$mode.status"
}

show() { # mode, names
    mode=$1
    shift
    failed=0
    for name in "$@"; do
        log=build/fuzz/$name/$mode.log
        if [ "$(cat "build/fuzz/$name/$mode.status")" = 0 ]; then
            echo "fuzz_$name: $(grep -E '(DONE|MERGE-OUTER:.*added) ' "$log" | tail -n 1)"
        else
            echo "fuzz_$name: FAILED; the input is in build/fuzz/$name"
            cat "$log"
            failed=1
        fi
    done
    return $failed
}

if [ "${1:-}" = --one ]; then
    run_one "$2" "$3" "$4"
    exit 0
fi

mode=${1:-} seconds=0
[ $# -eq 0 ] || shift
case $mode in
short | merge) ;;
long)
    seconds=${1:-600}
    [ $# -eq 0 ] || shift
    ;;
*)
    sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac

compiler=$(find_compiler)
if [ -z "$compiler" ]; then
    echo "No clang with libFuzzer here: nothing but the corpora was run (make fuzz)."
    [ "$mode" = short ]
    exit
fi
targets=
for name in "$@"; do targets="$targets build/c/fuzz/fuzz_$name"; done
# shellcheck disable=SC2086  # a list of targets
"${MAKE:-make}" --silent -j "${JOBS:-2}" FUZZ_CC="$compiler" $targets || exit 1
printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-2}" "$0" --one "$mode" "$seconds"
show "$mode" "$@"
