#!/usr/bin/env bash
# The API knows Create and Lookup. An operator can have all destinations of a region resolve by LookupWithEncounter: an overlay over the
# RP's configuration gives their pods the word. DST-01, DAT-04.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

cat >"$work/overlay.json" <<'JSON'
{ "pods": { "destination": { "environment": { "ResourceIdentity__ResourceIdentityServiceType": "LookupWithEncounter" } } } }
JSON
IOMT_RP_OVERLAY=$work/overlay.json iomt run "$here/lookup-with-encounter.yaml" >"$work/tap" 2>&1 || die "$(cat "$work/tap")"
echo "encounters are a must"
