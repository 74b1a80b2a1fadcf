#!/usr/bin/env bash
# Where the operator allows FHIR servers by URL, a destination of the older draft brings telemetry to one, through a mapping of the connector's
# own; a change of the mapping takes effect. DST-05.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

cat >"$work/overlay.json" <<'JSON'
{ "customer": { "fhirServerUrls": ["https://*.azurehealthcareapis.com"] } }
JSON
IOMT_RP_OVERLAY=$work/overlay.json iomt run "$here/older-draft.yaml" >"$work/tap" 2>&1 || die "$(cat "$work/tap")"
echo "the draft's words, the same Observations"
