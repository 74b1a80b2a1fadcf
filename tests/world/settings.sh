#!/usr/bin/env bash
# What the API does not offer an operator sets for the region: an overlay on the RP's configuration gives pods further variables.
# Held here: resolution by LookupWithEncounter, and Discard as the error policy.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

run_with() { # run_with SCENARIO OVERLAY
    echo "$2" >"$work/overlay.json"
    IOMT_RP_OVERLAY=$work/overlay.json iomt run "$here/$1.yaml" >"$work/$1.tap" 2>&1 || die "$1: $(cat "$work/$1.tap")"
}

run_with lookup-with-encounter '{"pods":{"destination":{"environment":{"ResourceIdentity__ResourceIdentityServiceType":"LookupWithEncounter"}}}}'
run_with poison-discard '{"pods":{"normalization":{"environment":{"NormalizationService__ErrorHandlingPolicy":"DiscardMatchAndExtractErrors"}}}}'
echo "pods do as the operator's overlay says"
