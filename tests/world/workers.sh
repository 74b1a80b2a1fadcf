#!/usr/bin/env bash
# One database, a front end and two workers, each a process of its own: a worker that is killed in the middle of a call is stood in for by the
# other, one that is stopped gives its work back, a call that hangs stops nobody else, and operators can look into it all. PRV-04, HAR-12.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
state=$work/state

fault() { curl -sf "$IOMT_CONTROL/_sim/faults" -d "$1" >/dev/null || die "no fault: $1"; }
parked() { curl -s "$IOMT_CONTROL/_sim/faults/$1" | grep -q '"when"'; }
worker() { # worker NAME: sets $worker
    "$bin/iomt-rp" --role worker --state-dir "$state/rp" --config "$state/rp/rp.json" >"$work/$1.out" 2>"$work/$1.err" &
    worker=$!
    started+=($worker)
    wait_for 30 grep -q '"ready":true' "$work/$1.out" || die "$1: $(cat "$work/$1.err")"
}
run() { iomt run --state-dir "$state" "$here/$1.yaml" >"$work/$1.tap" 2>&1 || die "$1: $(cat "$work/$1.tap")"; }
holder() { iomt rp operations connector-"$1" --state-dir "$state" --format json | sed -nE 's/.*"leaseOwner":[[:space:]]*"([0-9]+)\..*/\1/p' | head -n 1; }
operators() { sed -nE 's/.*"operators":"([^"]*)".*/\1/p' "$work/$1.out"; }
state_is() { iomt rp resources connector-"$1" --state-dir "$state" --format json | grep -q "\"state\":[[:space:]]*\"$2\""; }

IOMT_RP_ROLE=frontend iomt up --state-dir "$state" --clock-rate 10 >"$work/out" 2>"$work/err" &
started+=($!)
wait_for 60 is_ready "$work/out" || die "the cloud did not become ready: $(cat "$work/err")"
eval "$(iomt env --state-dir "$state")"

worker one; one=$worker
worker two; two=$worker
"$bin/iomt-rp" --state-dir "$state/rp" --config "$state/rp/rp.json" >"$work/alone.out" 2>&1 && die "one that wants to be alone was let in"
grep -q "another iomt-rp" "$work/alone.out" || die "it does not say why: $(cat "$work/alone.out")"

run workers-workspace
fault '{"name":"hang","at":"keyvault","call":"keyvault.ImportCertificate","caller":"rp","do":{"park":"afterEffect"}}'
run workers-first
wait_for 30 parked hang || die "no certificate waits at the vault"
dead=$(holder first)
[ "$dead" = "$one" ] || [ "$dead" = "$two" ] || die "nobody holds it: $(iomt rp operations --state-dir "$state")"
run workers-second # while the first hangs
[ "$(holder first)" = "$dead" ] || die "the lease of a worker that lives was taken: $dead, $(holder first)"

kill -KILL "$dead"
curl -sf "$IOMT_CONTROL/_sim/faults/hang/release" -d '{"answer":"drop"}' >/dev/null
curl -sf -X DELETE "$IOMT_CONTROL/_sim/faults" >/dev/null
wait_for 60 state_is first Succeeded || die "nobody stood in: $(iomt rp operations --all --state-dir "$state")"

# what operators see
[ "$dead" = "$one" ] && lives=two || lives=one
url=$(operators $lives)
curl -sf "$url/healthz" | grep -q '"ok"' || die "not healthy: $(curl -s "$url/healthz")"
curl -sf "$url/metrics" >"$work/metrics" || die "no metrics at $url"
for series in 'iomt_rp_operations_ended_total{kind="connector.create",status="Succeeded"}' \
    'iomt_rp_step_seconds_count{kind="connector.create",step="certificate",outcome="done"}' \
    'iomt_rp_calls_total{service="keyvault",method="GET",status="200"}' 'iomt_rp_resources{type="connector",state="Succeeded"} 2' 'iomt_rp_queue_depth 0'; do
    grep -qF "$series" "$work/metrics" || die "no $series in $(cat "$work/metrics")"
done
iomt rp intents connector-first --state-dir "$state" | grep -q 'kind *certificate' || die "no intents: $(iomt rp intents --state-dir "$state")"

# an operation that hangs is stopped by hand; the next DELETE takes down what it made
fault '{"name":"stuck","at":"aks","call":"aks.deployments.create","caller":"*","times":"always","do":{"throttle":{"retryAfter":1}}}'
run workers-third
stuck() { iomt rp operations connector-third --state-dir "$state" --format json | grep -q '"error"'; }
wait_for 30 stuck || die "the operation does not say what holds it: $(iomt rp operations --state-dir "$state")"
operation=$(iomt rp operations connector-third --state-dir "$state" --format json | sed -nE 's/.*"id":[[:space:]]*"([^"]+)".*/\1/p')
iomt rp cancel "$operation" --state-dir "$state" || die "it cannot be canceled"
wait_for 30 state_is third Canceled || die "it goes on: $(iomt rp resources --state-dir "$state")"
iomt rp cancel "$operation" --state-dir "$state" 2>/dev/null && die "it was canceled twice"
curl -sf -X DELETE "$IOMT_CONTROL/_sim/faults" >/dev/null

# stopped, the last worker gives back what it holds; the front end goes on, and another worker does what is left
[ $lives = two ] && last=$two || last=$one
kill -TERM "$last"
wait "$last" || die "asked to stop, the worker ended with $?: $(cat "$work/$lives.err")"
worker three
run workers-gone
echo "a worker killed, one stopped, an operation canceled: all came to an end"
