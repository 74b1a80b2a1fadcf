#!/usr/bin/env bash
# The number of destinations of a connector has an end, named in the refusal; a deleted one makes room. DST-04.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

echo '{ "quotas": { "destinationsPerConnector": 2 } }' >"$work/overlay.json"
IOMT_RP_OVERLAY=$work/overlay.json iomt run "$here/destination-quota.yaml" >"$work/tap" 2>&1 || die "$(cat "$work/tap")"
echo "a third is refused"
