#!/usr/bin/env bash
# Runs one file of the official JavaScript clients against a cloud of its own: FOLDER-OF-PROGRAMS PROJECT-ROOT CLIENTS-FOLDER FILE.mjs
# The clients are as their registry has them; what they need is what a user's shell gets: `. STATE/env`.
. "$2/tests/world/lib.sh"
modules=$3
file=$4
state=$work/state

command -v node >/dev/null || die "there is no node: scripts/setup installs it"
[ -d "$modules/node_modules/@azure" ] || die "the clients are not in $modules: the test clients.install brings them"
iomt up --state-dir "$state" --clock-rate 10 >"$work/out" 2>"$work/err" &
started+=($!)
wait_for 60 is_ready "$work/out" || die "the cloud did not become ready: $(cat "$work/err")"
. "$state/env"
export IOMT_CLIENTS=$modules
node --test-reporter=tap "$file" >"$work/tap" 2>&1 || {
    cat "$work/tap"
    echo "--- what was asked and answered last"
    iomt trace --state-dir "$state" 2>/dev/null | tail -n 40
    tail -n 20 "$state"/log/*.log
    exit 1
}
grep -E '^# (tests|pass|fail) ' "$work/tap"
