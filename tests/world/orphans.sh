#!/usr/bin/env bash
# HAR-08: however a cloud ends, no process is left of it: SIGINT, SIGTERM, Ctrl-C, kill -9 of what started it or of a part.
. "$(dirname "$0")/lib.sh"

up() { # up NAME: starts a cloud from a shell of its own; prints the shell's pid
    mkdir -p "$work/$1"
    bash -c "iomt up --state-dir '$work/$1/state' >'$work/$1/out' 2>'$work/$1/err'; echo \$? >'$work/$1/code'" &
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

# One of the two programs ends by itself: the cloud says so, ends, and takes the other one with it.
for program in iomt-rp azsim; do
    up $program
    kill -KILL "$(pgrep -P "$child" -f "bin/$program")"
    wait_for 30 gone "$child" || die "iomt up goes on without $program"
    wait_for 10 test -s "$work/$program/code"
    [ "$(cat "$work/$program/code")" -eq 1 ] || die "without $program iomt up exits $(cat "$work/$program/code"), expected 1"
    none_left $program || die "without $program these go on: $(processes_of "$work/$program/state")"
    grep -q "$program ended by itself" "$work/$program/err" || die "$program's end is not told: $(cat "$work/$program/err")"
done

# Ctrl-C goes to the whole process group, at any moment of the demo.
for moment in 0.1 0.4 0.8 1.5 3; do
    mkdir "$work/demo-$moment"
    TMPDIR=$work/demo-$moment setsid iomt demo "$root/scenarios/core/connector-lifecycle.yaml" >"$work/demo.out" 2>&1 &
    demo=$!
    started+=($demo)
    sleep $moment
    kill -INT -- -$demo 2>/dev/null
    wait_for 10 gone $demo || die "Ctrl-C after $moment s: the demo goes on: $(tail -3 "$work/demo.out")"
    [ -z "$(processes_of "$work/demo-$moment")" ] || die "Ctrl-C after $moment s left: $(processes_of "$work/demo-$moment")"
    [ -z "$(ls "$work/demo-$moment")" ] || die "Ctrl-C after $moment s left a folder: $(ls "$work/demo-$moment")"
done
echo "no process was left"
