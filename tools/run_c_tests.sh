#!/bin/sh
# Runs test programs side by side and shows the closing lines of each; a failing one's output is
# shown whole. With VALGRIND=1 under valgrind. A fuzzer gets its corpus as argument.
#
#   tools/run_c_tests.sh PROGRAM...
set -u

run_one() {
    program=$1
    name=${program##*/}
    set --
    case $name in fuzz_*) set -- "tests/fuzz/corpus/${name#fuzz_}" ;; esac
    # shellcheck disable=SC2086  # an empty $checker is no argument
    timeout 300 $checker "$program" "$@" >"$program.log" 2>&1
    echo $? >"$program.status"
}

checker=
if [ "${VALGRIND:-}" = 1 ]; then
    checker="valgrind --quiet --error-exitcode=99 --leak-check=full
        --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"
fi

if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi
[ $# -gt 0 ] || { echo "no test programs" >&2; exit 1; }

printf '%s\n' "$@" | xargs -n 1 -P "${JOBS:-2}" "$0" --one

failed=0
for program in "$@"; do
    if [ "$(cat "$program.status")" = 0 ]; then
        echo "${program##*/}"
        tail -n 2 "$program.log"
    else
        echo "${program##*/}: FAILED with status $(cat "$program.status")"
        cat "$program.log"
        failed=1
    fi
done
exit $failed
