#!/usr/bin/env bash
# A connector's certificate lives half an hour; an hour passes under telemetry. The provider renews it in its window, the pods take
# each new one over, and the first is refused once its life is over. IC-05.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
state=$work/state

AZSIM_CERTIFICATE_MINUTES=30 iomt up --state-dir "$state" --clock-rate 120 >"$work/out" 2>"$work/err" &
started+=($!)
wait_for 60 is_ready "$work/out" || die "the cloud did not become ready: $(cat "$work/err")"
iomt run --state-dir "$state" "$here/certificate.yaml" >"$work/tap" 2>&1 || die "$(cat "$work/tap"; tail -n 20 "$state/log/iomt-rp.log")"
echo "four renewals, nothing lost"
