#!/usr/bin/env bash
# cmake --install gives a working tree.
. "$(dirname "$0")/lib.sh"
cmake --install "$bin/.." --prefix "$work/tree" >"$work/log" 2>&1 || die "$(cat "$work/log")"
for program in iomt azsim iomt-rp iomt-normalization iomt-destination; do
    [ -x "$work/tree/bin/$program" ] || die "$program was not installed"
done
PATH="$work/tree/bin:/usr/bin:/bin" "$work/tree/bin/iomt" run "$work/tree/share/iomt-lab/scenarios/core/connector-lifecycle.yaml" >"$work/tap" 2>&1 || die "$(cat "$work/tap")"
echo "the installed tree works"
