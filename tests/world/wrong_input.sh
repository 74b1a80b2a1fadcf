#!/usr/bin/env bash
# HAR-09: wrong input to every program is one clear sentence on stderr and exit 2.
. "$(dirname "$0")/lib.sh"
count=0
refused() { # refused WORD COMMAND...: exit 2, one sentence on stderr that holds WORD
    local word=$1
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    local code=$?
    [ $code -eq 2 ] || die "$*: exit $code, expected 2: $(cat "$work/err")"
    [ -s "$work/err" ] || die "$*: nothing on stderr"
    grep -qF -- "$word" "$work/err" || die "$*: \"$word\" is not in: $(cat "$work/err")"
    grep -qE 'AddressSanitizer|runtime error' "$work/err" && die "$*: $(cat "$work/err")"
    count=$((count + 1))
}
one_line() { [ "$(wc -l <"$work/err")" -eq 1 ] || die "more than one line: $(cat "$work/err")"; }

for program in azsim iomt-rp iomt-normalization iomt-destination; do
    refused --nosuch "$program" --nosuch; one_line
    "$program" --help >"$work/out" 2>&1 || die "$program --help: exit $?"
    grep -q Usage "$work/out" || grep -qi usage "$work/out" || die "$program --help does not say how to use it"
done
refused nosuch iomt nosuch; one_line
for command in up run trace status env demo; do
    refused --nosuch iomt $command --nosuch; one_line
    iomt $command --help >"$work/out" || die "iomt $command --help: exit $?"
done
refused "found nothing" iomt rp; one_line
refused "found bogus" iomt rp bogus; one_line
refused "no scenario" iomt run; one_line
refused nosuch.yaml iomt run "$work/nosuch.yaml"; one_line
refused "--format" iomt run --format xml "$root/scenarios/core/connector-lifecycle.yaml"; one_line
refused "from 1 to" iomt run --clock-rate 0 "$root/scenarios/core/connector-lifecycle.yaml"; one_line
refused "--clock-rate" iomt up --clock-rate fast; one_line

printf 'scenario: x\nsteps:\n  - frob: /x\n' >"$work/verb.yaml"
refused 'verb.yaml:3:' iomt run "$work/verb.yaml"
grep -q frob "$work/err" || die "the unknown verb is not named"
printf 'scenario: x\nsteps:\n  - get: /x\n    expect: { status: { $above: 3 } }\n' >"$work/operator.yaml"
refused '$above' iomt run "$work/operator.yaml"
printf 'scenario: x\nsteps: [\n' >"$work/bad.yaml"
refused 'bad.yaml:' iomt run "$work/bad.yaml"
printf 'scenario: x\nsteps:\n  - get: /x\n    body: { v: 1.10 }\n' >"$work/number.yaml"
refused 'number.yaml:4:' iomt run "$work/number.yaml"
printf 'scenario: x\nsteps:\n  - fault: {}\n' >"$work/later.yaml"
refused 'fault' iomt run "$work/later.yaml"

refused "state-dir" azsim; one_line
touch "$work/file"
refused "$work/file" iomt up --state-dir "$work/file"; one_line
refused "$work/file" azsim --state-dir "$work/file"; one_line
refused nosuch azsim --state-dir "$work/s1" --without nosuch; one_line
refused 65535 azsim --state-dir "$work/s2" --https-port 70000; one_line
refused "no cloud is up" iomt status --state-dir "$work/nosuch"; one_line
refused "no cloud is up" iomt trace --state-dir "$work/nosuch"; one_line
refused "no cloud is up" iomt run --state-dir "$work/nosuch" "$root/scenarios/core/connector-lifecycle.yaml"; one_line
printf '{"nosuch": 1}\n' >"$work/rp.json"
refused nosuch iomt-rp --config "$work/rp.json" --state-dir "$work/rp"; one_line
refused nosuch.json iomt-rp --config "$work/nosuch.json" --state-dir "$work/rp"; one_line

# What a half-sourced shell gives: the reference says so at its start.
: >"$work/good.json"
refused "$work/nosuch.pem" env SSL_CERT_FILE="$work/nosuch.pem" iomt-rp --config "$work/good.json" --state-dir "$work/rp"; one_line
refused "ftp://127.0.0.1:1" env HTTPS_PROXY=ftp://127.0.0.1:1 iomt-rp --config "$work/good.json" --state-dir "$work/rp"; one_line
# Files in the way of a cloud's folder, and a database that is none.
for name in log azsim rp; do
    mkdir "$work/way-$name"
    touch "$work/way-$name/$name"
    refused "$work/way-$name/$name" iomt up --state-dir "$work/way-$name"
done
mkdir -p "$work/garbage/azsim"
head -c 5000 /dev/urandom >"$work/garbage/azsim/azsim.db"
refused "file is not a database" iomt up --state-dir "$work/garbage"

azsim --state-dir "$work/port" >"$work/port.out" 2>/dev/null &
started+=($!)
wait_for 20 grep -q ready "$work/port.out" || die "azsim did not become ready"
for listener in proxy https amqps amqp control; do
    port=$(sed -E "s#.*\"$listener\":\"(http://)?127.0.0.1:([0-9]+)\".*#\2#" "$work/port.out")
    refused "$port" azsim --state-dir "$work/port2" --$listener-port "$port"; one_line
done
echo "$count wrong inputs refused"
