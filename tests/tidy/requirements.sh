#!/usr/bin/env bash
# Every requirement id that a scenario names is in docs/requirements.md, and each of the control plane's and the data plane's is held by a
# scenario, or by a test that names it. With --table: prints each id with the scenarios that hold it.
. "$(dirname "$0")/lib.sh"
known=$(grep -oE '^- \*\*[A-Z]+-[0-9]+' docs/requirements.md | grep -oE '[A-Z]+-[0-9]+' | sort -u)
[ "$(echo "$known" | wc -l)" -gt 20 ] || fail "docs/requirements.md lists too few ids"
named=$(grep -rE '^requirements:' scenarios tests/world --include=*.yaml | while IFS=: read -r file _ text; do
    for id in $(echo "$text" | grep -oE '[A-Z]+-[0-9]+'); do echo "$id ${file#scenarios/}"; done
done | sort)
while read -r id file; do
    [ -z "$id" ] || echo "$known" | grep -qx "$id" || fail "scenarios/$file: $id is not in docs/requirements.md"
done <<<"$named"
for id in $(echo "$known" | grep -E '^(VER|WS|IC|DST|ID|PRV|DAT)-'); do
    echo "$named" | grep -q "^$id " || grep -rqw "$id" tests/unit tests/world || fail "$id is held by no scenario and no test"
done
if [ "${1:-}" = --table ]; then
    for id in $known; do
        printf '%-8s %s\n' "$id" "$(echo "$named" | awk -v id="$id" '$1 == id { printf "%s ", $2 }')"
    done
fi
finish
