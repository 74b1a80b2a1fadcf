#!/usr/bin/env bash
# A cloud with a folder is kept: brought up again after SIGTERM, and after kill -9, it goes on where it stopped.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
state=$work/state

up() { # up WORD: the cloud of the one folder, in the background
    iomt up --state-dir "$state" --clock-rate 10 >"$work/$1.out" 2>"$work/$1.err" &
    cloud=$!
    started+=($cloud)
    wait_for 60 is_ready "$work/$1.out" || die "$1: the cloud did not become ready: $(cat "$work/$1.err")"
}
none_left() { [ -z "$(processes_of "$state")" ]; }
down() { # down SIGNAL
    kill -"$1" $cloud
    wait $cloud 2>/dev/null
    wait_for 30 none_left || die "SIG$1 left: $(ps -o pid,args -p "$(processes_of "$state" | paste -sd,)")"
}
run() { iomt run --state-dir "$state" "$here/$1.yaml" >"$work/$1.tap" 2>&1 || die "$1: $(cat "$work/$1.tap")"; }
cloud_ms() { # the cloud's time, as its own trace tells it
    tail -n 1 "$state/azsim/trace.ndjson" | sed -E 's/^\{"seq":[0-9]+,"time":"([^"]+)".*/\1/'
}

up first
run restart-make
before=$(cloud_ms)
down TERM
up second
run restart-go-on
[[ "$(cloud_ms)" > "$before" ]] || die "the cloud's time went back: $before, then $(cloud_ms)"
down KILL
up third
run restart-delete
down TERM
echo "kept over SIGTERM and kill -9"
