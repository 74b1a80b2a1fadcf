#!/usr/bin/env bash
# HAR-11: scenarios can be listed without being run, each requirement with those that hold it.
. "$(dirname "$0")/lib.sh"
cd "$root"
iomt run --list scenarios >"$work/list" || die "exit $?"
count=$(grep -rlE '^scenario:' scenarios --include=*.yaml | wc -l)
listed=$(grep -rhoE '^scenario: *[^ ]+' scenarios --include=*.yaml | awk '{ print $2 }' | while read -r name; do
    grep -qw -- "$name" "$work/list" && echo "$name"
done | wc -l)
[ "$listed" -eq "$count" ] || die "$listed of $count scenarios are listed: $(cat "$work/list")"
iomt run --list >"$work/same" || die "without a folder: exit $?"
cmp -s "$work/list" "$work/same" || die "without a folder it is another list"
iomt run --list --requirements >"$work/table" || die "--requirements: exit $?"
grep -qE '^WS-02 .*connector-lifecycle' "$work/table" || die "WS-02 is not shown with its scenarios: $(cat "$work/table")"
for id in $(grep -oE '^- \*\*[A-Z]+-[0-9]+' docs/requirements.md | grep -oE '[A-Z]+-[0-9]+'); do
    grep -q "^$id " "$work/table" || die "$id is not shown"
done
cd "$work"
iomt run --list >"$work/out" 2>"$work/err" && die "a folder without scenarios is listed"
grep -q scenarios "$work/err" || die "the missing folder is not named: $(cat "$work/err")"
echo "$count scenarios listed"
