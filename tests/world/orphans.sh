#!/usr/bin/env bash
# HAR-08: however a cloud ends, no process is left of it: SIGINT, SIGTERM, and kill -9 of what started it.
. "$(dirname "$0")/lib.sh"

up() { # up NAME: starts a cloud from a shell of its own; prints the shell's pid
    mkdir -p "$work/$1"
    bash -c "iomt up --state-dir '$work/$1/state' >'$work/$1/out' 2>'$work/$1/err'; :" &
    parent=$!
    started+=($parent)
    wait_for 60 is_ready "$work/$1/out" || die "the cloud did not become ready: $(cat "$work/$1/err")"
    child=$(pgrep -P $parent -f 'iomt up')
    [ "$(processes_of "$work/$1/state" | wc -l)" -ge 3 ] || die "fewer than three processes are up"
}
none_left() { [ -z "$(processes_of "$work/$1/state")" ]; }

for signal in INT TERM; do
    up $signal
    kill -$signal "$child"
    wait_for 30 none_left $signal || die "SIG$signal left: $(ps -o pid,args -p "$(processes_of "$work/$signal/state" | paste -sd,)")"
done
up parent
kill -KILL $parent
wait_for 30 none_left parent || die "kill -9 of the parent left: $(processes_of "$work/parent/state")"
up itself
kill -KILL "$child"
wait_for 30 none_left itself || die "kill -9 of iomt up left: $(processes_of "$work/itself/state")"
echo "no process was left"
