#!/bin/sh
# pytest with the arguments given. Up to three failures are run again, one at a time on a machine
# that now does nothing else, as CPython's own test runner does. What passes then depended on luck:
# it is named at the end, to be mended. Crashes, and errors of pytest itself, are never run again.
#
#   tools/run_pytest.sh PYTEST ARGUMENT...
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
    "$@"
    echo $? >"$log.status"
} 2>&1 | tee "$log"
status=$(cat "$log.status")
rm -f "$log.status"
count=$(grep -c '^FAILED ' "$log")
if [ "$status" -ne 1 ] || [ "$count" -eq 0 ] || [ "$count" -gt 3 ] ||
    grep -q '^ERROR \|crashed while running' "$log"; then
    exit "$status"
fi
echo "== once more, alone"
"$1" -q -W error --tb=short -n 0 --last-failed --last-failed-no-failures none || exit
echo "== PASSED ONLY THE SECOND TIME, please mend:"
sed -n 's/ - .*//; s/^FAILED /    /p' "$log"
