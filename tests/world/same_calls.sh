#!/usr/bin/env bash
# HAR-05: ten runs of the lifecycle all hold, and the resource provider makes the same calls in the same order in each.
. "$(dirname "$0")/lib.sh"
runs=10
for i in $(seq $runs); do
    iomt run --keep "$work/$i" "$root/scenarios/core/connector-lifecycle.yaml" >"$work/$i.tap" 2>&1 || die "run $i: $(cat "$work/$i.tap")"
    iomt trace --state-dir "$work/$i" --caller rp,masterclient --format calls >"$work/$i.calls" || die "the trace of run $i cannot be read"
    [ "$(wc -l <"$work/$i.calls")" -gt 40 ] || die "run $i: only $(wc -l <"$work/$i.calls") calls were traced"
    diff -u "$work/1.calls" "$work/$i.calls" || die "run $i made other calls than run 1"
    rm -rf "${work:?}/$i"
done
echo "$runs runs, $(wc -l <"$work/1.calls") calls each, the same in all"
