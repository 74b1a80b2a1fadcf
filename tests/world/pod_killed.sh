#!/usr/bin/env bash
# kill -9 of both pods in the middle of telemetry: the kubelet starts them again, and nothing is lost or doubled.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
state=$work/state

pods() { pgrep -f -- "^$bin/iomt-(normalization|destination)" | while read -r pid; do
    grep -qzF -- "$state" "/proc/$pid/environ" 2>/dev/null && echo "$pid"
done; }

iomt up --state-dir "$state" --clock-rate 10 >"$work/out" 2>"$work/err" &
cloud=$!
started+=($cloud)
wait_for 60 is_ready "$work/out" || die "the cloud did not become ready: $(cat "$work/err")"
iomt run --state-dir "$state" "$here/restart-make.yaml" >"$work/make.tap" 2>&1 || die "$(cat "$work/make.tap")"
[ "$(pods | wc -l)" -eq 2 ] || die "two pods were expected, these are there: $(pods)"
first=$(pods)
timeout 120 iomt run --state-dir "$state" "$here/pod-killed.yaml" >"$work/killed.tap" 2>&1 &
run=$!
wait_for 30 grep -qs '^ok .*: telemetry' "$work/killed.tap" || die "no telemetry was sent: $(cat "$work/killed.tap")"
kill -KILL $first
wait $run || die "$(cat "$work/killed.tap")"
second=$(pods)
for pid in $first; do
    case " $second " in *"$pid"*) die "pod process $pid was not replaced" ;; esac
done
echo "both pods were started again"
