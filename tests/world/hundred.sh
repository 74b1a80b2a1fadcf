#!/usr/bin/env bash
# ID-03: a hundred connectors in ten workspaces, asked for at once, all come up although a tenant gets eight identities a second and is refused some;
# there is one identity and one Event Hub namespace a workspace; all are deleted at once, and nothing is left. No pods run: there is one machine.
. "$(dirname "$0")/lib.sh"

echo '{"pods":{"normalization":{"replicas":0}},"worker":{"operationTimeoutSeconds":86400}}' >"$work/overlay.json"
export IOMT_RP_OVERLAY=$work/overlay.json
cp "$root/scenarios/fixtures/connector.json" "$work"
workspaces=$(seq 1 10) connectors=$(seq 1 10)
base='/subscriptions/$(customer.subscription)/resourceGroups/$(customer.group)/providers/Microsoft.HealthcareApis/workspaces'

put() { # put PATH VARIABLE BODY: again after a 429, as the official clients do
    printf '  - put: %s\n    query: { api-version: 2020-11-01-preview }\n    body: %s\n    eventually: { within: 2h, every: 1s }\n    giveUpWhen: { status: { $oneOf: [400, 404, 409, 500] } }\n    expect: { status: 201 }\n    capture: { %s: /headers/Azure-AsyncOperation }\n' "$1" "$3" "$2"
}
until_succeeded() { # until_succeeded VARIABLE
    printf '  - get: $(%s)\n    eventually: { within: 2h, every: 2s }\n    giveUpWhen: { body: { status: { $oneOf: [Failed, Canceled] } } }\n    expect: { status: 200, body: { status: Succeeded } }\n' "$1"
}
remove() { printf '  - delete: %s\n    query: { api-version: 2020-11-01-preview }\n    expect: { status: 202 }\n' "$1"; }
until_gone() { printf '  - get: %s\n    query: { api-version: 2020-11-01-preview }\n    eventually: { within: 2h, every: 2s }\n    expect: { status: 404 }\n' "$1"; }
each() { # each COMMAND...: for every connector, with @w and @c in its words
    local w c
    for w in $workspaces; do for c in $connectors; do "${@//@w/$w}" | sed "s/@c/$c/g"; done; done
}
all() { local w; for w in $workspaces; do "${@//@w/$w}"; done; }
{
    printf 'scenario: hundred\ntitle: A hundred connectors at once\nlevel: reliability\nfeatures: [workspace, connector.identity]\nrequirements: [ID-03]\nuses: [arm, entra, keyvault, eventhub, aks]\nsteps:\n'
    printf '  - setting: { identity-rate: 8 }\n'
    printf '  - name: told to wait\n    fault: { at: arm, call: managedidentity.userAssignedIdentities.put, caller: rp, times: 15, do: { throttle: { retryAfter: 2 } } }\n'
    all put "$base/ws@w" op@w '{ location: westus2, properties: {} }'
    all until_succeeded op@w
    printf '  - fired: { fault: told to wait, times: 15 }\n'
    each put "$base/ws@w/iotconnectors/conn@c" op@wx@c '{ $file: connector.json }'
    each until_succeeded op@wx@c
    printf '  - world: { arm: { $count: { of: { type: Microsoft.ManagedIdentity/userAssignedIdentities }, is: 10 } } }\n'
    printf '  - world: { arm: { $count: { of: { type: Microsoft.EventHub/namespaces, createdBy: rp }, is: 10 } } }\n'
    printf '  - world: { arm: { $count: { of: { type: Microsoft.EventHub/namespaces/eventhubs, createdBy: rp }, is: 100 } } }\n'
    each remove "$base/ws@w/iotconnectors/conn@c"
    each until_gone "$base/ws@w/iotconnectors/conn@c"
    printf '  - world: { arm: { $none: { type: Microsoft.EventHub/namespaces, createdBy: rp } } }\n'
    all remove "$base/ws@w"
    all until_gone "$base/ws@w"
    printf '  - world: { arm: { $none: { createdBy: rp } }, roleAssignments: { $none: { createdBy: rp } } }\n'
} >"$work/hundred.yaml"
iomt run "$work/hundred.yaml" >"$work/tap" 2>&1 || die "$(grep -A 12 '^not ok' "$work/tap" || cat "$work/tap")"
echo "a hundred connectors came up and went"
