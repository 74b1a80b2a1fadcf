#!/usr/bin/env bash
# PRV-06: what somebody deletes behind the provider's back comes back: things of Azure (drift.yaml), and a Deployment of the cluster.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
state=$work/state

echo '{"worker":{"reconcileSeconds":20}}' >"$work/overlay.json"
export IOMT_RP_OVERLAY=$work/overlay.json
iomt up --state-dir "$state" --clock-rate 10 >"$work/out" 2>"$work/err" &
started+=($!)
wait_for 60 is_ready "$work/out" || die "the cloud did not become ready: $(cat "$work/err")"
eval "$(iomt env --state-dir "$state")"
run() { iomt run --state-dir "$state" "$here/$1.yaml" >"$work/$1.tap" 2>&1 || die "$1: $(cat "$work/$1.tap")"; }
member() { # member FILE NAME: the last text of that name
    sed -nE 's/.*"'"$2"'":[[:space:]]*"([^"]*)".*/\1/p' "$1" | tail -n 1
}
operator() { sed -n '/"operator"/,/}/p' "$state/endpoints.json" | tr -d '\t' | sed -nE 's/^"'"$1"'":"([^"]*)".*/\1/p' | head -n 1; }
kubernetes() { curl -sf -H "Authorization: Bearer $bearer" --cacert "$work/cluster-ca.pem" "$@"; }
deployments() { kubernetes "$server/apis/apps/v1/deployments" | tr ',{' '\n\n' | grep -cE '"name": ?"normalization-connector-first-.*"'; }
is_back() { [ "$(deployments)" -gt 0 ]; }

run drift
run workers-workspace
run workers-first

curl -sf "https://login.microsoftonline.com/$(operator tenant)/oauth2/v2.0/token" -d grant_type=client_credentials -d "client_id=$(operator clientId)" \
    -d "client_secret=$(operator clientSecret)" -d scope=https://management.azure.com/.default >"$work/token" || die "the operator gets no token"
curl -sf -X POST -d '' -H "Authorization: Bearer $(member "$work/token" access_token)" \
    "https://management.azure.com$(operator clusterId)/listClusterUserCredential?api-version=2022-11-01" >"$work/credential" || die "the operator gets no kubeconfig"
member "$work/credential" value | base64 -d >"$work/kubeconfig"
field() { sed -nE 's/^[- ]*"?'"$1"'"?:[[:space:]]*"?([^",]*)"?,?$/\1/p' "$work/kubeconfig" | head -n 1; }
server=$(field server) bearer=$(field token)
{ cat "$SSL_CERT_FILE"; field certificate-authority-data | base64 -d; } >"$work/cluster-ca.pem"
[ -n "$bearer" ] || die "the kubeconfig has no token: $(sed -E 's/(data|token): .*/\1: .../' "$work/kubeconfig")"

wait_for 60 is_back || die "the connector has no deployment: $(kubernetes -v "$server/apis/apps/v1/deployments" 2>&1 | tail -n 20)"
succeeded() { iomt rp resources connector-first --state-dir "$state" --format json | grep -q '"state":[[:space:]]*"Succeeded"'; }
wait_for 60 succeeded || die "the connector does not come up"
path=$(iomt rp intents connector-first --state-dir "$state" --format json | sed -nE 's/.*"target":[[:space:]]*"(\/apis\/apps[^"]*)".*/\1/p' | head -n 1)
kubernetes -X DELETE "$server$path" >/dev/null || die "the deployment cannot be deleted"
is_back && die "the deployment is still there"
wait_for 60 is_back || die "the deployment does not come back: $(iomt rp resources --state-dir "$state")"
succeeded || die "the customer sees something of it"
echo "what was deleted came back"
