#!/usr/bin/env bash
# Three replicas of a normalization pod share four partitions; one killed in mid-stream is stood in for, one stopped gives its share
# up at once, and nothing that was sent is lost or doubled. DAT-03, DAT-06.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
state=$work/state

pod_of_cloud() { # the pid of the pod that the cluster runs
    local pid
    for pid in $(pgrep -x iomt-normalizat); do
        grep -qzF "SSL_CERT_FILE=$state" "/proc/$pid/environ" 2>/dev/null && echo "$pid" && return
    done
}
replica() { # replica NAME: one more beside it, with the same settings
    local word words=()
    while IFS= read -r -d '' word; do
        case $word in HOSTNAME=* | HEALTH_PORT=*) ;; *) words+=("$word") ;; esac
    done <"/proc/$pod/environ"
    env -i "${words[@]}" HOSTNAME="$1" "$bin/iomt-normalization" >"$work/$1.log" 2>&1 &
    replica=$!
    started+=($replica)
}
owners() { # the owner of each partition of the customer's hub
    iomt status --state-dir "$state" blobs | grep -A 4 'telemetry/consumergroupa/ownership/' |
        sed -nE 's/.*"ownerid":[[:space:]]*"([^"]+)".*/\1/p'
}
shares() { owners | sort | uniq -c | awk '{ print $1 }' | sort -n | tr '\n' ' '; }
shared() { [ "$(shares)" = "$1 " ]; }
run() { iomt run --state-dir "$state" "$here/$1.yaml" >"$work/$1.tap" 2>&1 || die "$1: $(cat "$work/$1.tap")"; }

iomt up --state-dir "$state" --clock-rate 10 >"$work/out" 2>"$work/err" &
started+=($!)
wait_for 60 is_ready "$work/out" || die "the cloud did not become ready: $(cat "$work/err")"
run restart-make
pod=$(pod_of_cloud)
[ -n "$pod" ] || die "no normalization pod is up"
shared 4 || die "a lone replica does not have all: $(owners)"

replica one
one=$replica
replica two
two=$replica
wait_for 60 shared "1 1 2" || die "three replicas do not share: $(owners)"
owners | grep -qx one && owners | grep -qx two || die "a replica has no share: $(owners)"
kill -KILL $one
run restart-go-on
wait_for 60 shared "2 2" || die "the killed replica's share was not taken over: $(owners)"
owners | grep -qx one && die "the killed replica has a share still"

kill -TERM $two
wait $two || die "SIGTERM ended with $?: $(cat "$work/two.log")"
owners | grep -qx two && die "a replica that stopped has a share still: $(owners)"
wait_for 30 shared 4 || die "the stopped replica's share was not taken over: $(owners)"
run restart-delete
echo "shared by three, by two after a kill, by one after a stop"
