#!/usr/bin/env bash
# HAR-12: a sweep sees what it is for: a story that leaves something behind, a world that is not the clean run's, points that nobody calls, a name that no run has.
. "$(dirname "$0")/lib.sh"
cat >"$work/left.yaml" <<'Y'
scenario: left
vars:
  ws: { prefix: ws }
steps:
  - name: a workspace that nobody deletes
    put: /subscriptions/$(customer.subscription)/resourceGroups/$(customer.group)/providers/Microsoft.HealthcareApis/workspaces/$(ws)
    query: { api-version: 2020-11-01-preview }
    body: { location: westus2, properties: {} }
    eventually: { within: 10m, every: 1s }
    expect: { status: { $oneOf: [200, 201] } }
    await: { operation: Succeeded, within: 10m }
Y
sed 's/scenario: left/scenario: gone/' "$work/left.yaml" >"$work/gone.yaml"
cat >>"$work/gone.yaml" <<'Y'
  - name: and it goes
    delete: /subscriptions/$(customer.subscription)/resourceGroups/$(customer.group)/providers/Microsoft.HealthcareApis/workspaces/$(ws)
    query: { api-version: 2020-11-01-preview }
    eventually: { within: 10m, every: 1s }
    expect: { status: { $oneOf: [200, 202, 204] } }
    await: { operation: Succeeded, within: 10m }
Y
# One retry too few: a fault in the customer's way is not borne.
sed -e 's/scenario: gone/scenario: frail/' -e '/eventually:/d' "$work/gone.yaml" >"$work/frail.yaml"
sweep() { # sweep STORY CALLERS POINTS
    cat >"$work/$1-sweep.yaml" <<Y
scenario: $1-sweep
sweep:
  over: $1.yaml
  callers: [$2]
  points: [$3]
  modes: [dropAnswer, crashAfter]
  then: { settle: 30s }
  hold: [converges, same-world-as-clean-run, no-orphans, created-at-most-once, fault-fired]
Y
}
fails() { # fails STORY WHAT IT SAYS, then options
    local story=$1 says=$2
    shift 2
    iomt run "$work/$story-sweep.yaml" "$@" >"$work/out" 2>&1 && die "the sweep $story did not fail"
    grep -q -- "$says" "$work/out" || { cat "$work/out" >&2; die "the sweep $story does not say: $says"; }
}
sweep left rp 'storage.storageAccounts.put'
fails left 'too many: arm Microsoft.Storage/storageAccounts'
sweep gone rp 'nobody.calls.this'
fails gone 'no call of the clean run fits the points'
sweep gone rp 'storage.storageAccounts.put'
fails gone 'no run.s name fits --only' --only 'nothing#1/*'
iomt run "$work/gone-sweep.yaml" --only '*#1/crashAfter' >"$work/out" 2>&1 || { cat "$work/out" >&2; die "a good provider does not pass"; }
grep -q '^ok 2 - gone-sweep: storage.storageAccounts.put#1/crashAfter' "$work/out" || die "the run has no name"
sweep frail customer 'healthcareapis.workspaces.put'
fails frail "repro: iomt run .*frail-sweep.yaml --seed 42 --only 'healthcareapis.workspaces.put#1/dropAnswer'" --only '*/dropAnswer'
grep -q 'converges: the story did not come to its end' "$work/out" || die "what did not hold is not said"
