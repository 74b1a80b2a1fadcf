#!/usr/bin/env bash
# An operator chooses what becomes of events that cannot be mapped: an overlay over the RP's configuration gives the pods a word. The
# skipped event is counted at /metrics. With the same overlay measurements travel as compressed groups. DAT-04.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
state=$work/state

cat >"$work/overlay.json" <<'JSON'
{ "pods": { "normalization": { "environment": {
    "NormalizationService__ErrorHandlingPolicy": "DiscardMatchAndExtractErrors",
    "CollectorOptions__UseCompressionOnSend": "true" } } } }
JSON
echo '{ "pods": 1 }' >"$work/wrong.json"

health_port() { # of the cloud's normalization pod
    local pid
    for pid in $(pgrep -x iomt-normalizat); do
        grep -qzF "SSL_CERT_FILE=$state" "/proc/$pid/environ" 2>/dev/null || continue
        tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^HEALTH_PORT=//p'
        return
    done
}
metrics() { exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /metrics HTTP/1.0\r\nHost: pod\r\n\r\n' >&3 && cat <&3; exec 3<&-; }

IOMT_RP_OVERLAY=$work/overlay.json iomt up --state-dir "$state" --clock-rate 10 >"$work/out" 2>"$work/err" &
started+=($!)
wait_for 60 is_ready "$work/out" || die "the cloud did not become ready: $(cat "$work/err")"
iomt run --state-dir "$state" "$here/poison-discard.yaml" >"$work/tap" 2>&1 || die "$(cat "$work/tap")"
port=$(health_port)
[ -n "$port" ] || die "the pod has no health port"
metrics >"$work/metrics"
grep -qE '^iomt_poisoned_events\{partition="[0-3]"\} 1' "$work/metrics" || die "the event was not counted: $(cat "$work/metrics")"
grep -qE '^HandledException\{partition="[0-3]",name="IncompatibleDataException"\} 1' "$work/metrics" ||
    die "its reason was not counted: $(grep Exception "$work/metrics")"
kill -TERM "${started[0]}"
wait "${started[0]}"

IOMT_RP_OVERLAY=$work/wrong.json iomt up --state-dir "$state" >"$work/out" 2>"$work/err" && die "a wrong overlay was taken"
grep -q "pods: expected an object" "$work/err" || die "a wrong overlay is not named: $(cat "$work/err")"
echo "skipped, said and counted; groups compressed"
