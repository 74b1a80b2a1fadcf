#!/usr/bin/env bash
# HAR-07: two clouds run beside each other, and each holds the lifecycle at the same time.
. "$(dirname "$0")/lib.sh"
scenario=$root/scenarios/core/connector-lifecycle.yaml
for name in a b; do
    iomt up --state-dir "$work/$name" --clock-rate 10 >"$work/$name.out" 2>"$work/$name.err" &
    started+=($!)
done
for name in a b; do
    wait_for 60 is_ready "$work/$name.out" || die "cloud $name did not become ready: $(cat "$work/$name.err")"
done
iomt run --state-dir "$work/a" "$scenario" >"$work/a.tap" 2>&1 &
first=$!
iomt run --state-dir "$work/b" "$scenario" >"$work/b.tap" 2>&1 || die "in cloud b: $(cat "$work/b.tap")"
wait $first || die "in cloud a: $(cat "$work/a.tap")"
iomt up --state-dir "$work/a" >/dev/null 2>"$work/again" && die "a second cloud came up in the same folder"
grep -q 'already up' "$work/again" || die "it does not say that a cloud is up there: $(cat "$work/again")"
echo "both held"
