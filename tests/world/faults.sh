#!/usr/bin/env bash
# HAR-12: faults in scenarios: one that never happens fails, what a scenario broke is whole for the next, and a cloud of somebody else is not killed.
. "$(dirname "$0")/lib.sh"
mkdir "$work/all"
cat >"$work/all/1-vacuous.yaml" <<'Y'
scenario: vacuous
steps:
  - name: never
    fault: { at: arm, call: nobody.calls.this, do: refuse }
Y
cat >"$work/all/2-optional.yaml" <<'Y'
scenario: optional
steps:
  - name: never
    fault: { at: arm, call: nobody.calls.this, do: refuse, optional: true }
Y
cat >"$work/all/3-broken.yaml" <<'Y'
scenario: broken
steps:
  - name: everything is refused
    fault: { at: "*", call: "*", times: always, do: refuse }
  - kill: rp
  - get: /subscriptions/$(customer.subscription)
    query: { api-version: 2020-01-01 }
    expect: { status: 200 }
finally:
  - name: it was healed, and the RP runs
    get: /subscriptions/$(customer.subscription)/resourceGroups/$(customer.group)/providers/Microsoft.HealthcareApis/workspaces
    query: { api-version: 2020-11-01-preview }
    expect: { status: 200 }
Y
cat >"$work/all/4-programs.yaml" <<'Y'
scenario: programs
steps:
  - stop: rp
  - name: ARM says that nobody is there
    get: /subscriptions/$(customer.subscription)/resourceGroups/$(customer.group)/providers/Microsoft.HealthcareApis/workspaces
    query: { api-version: 2020-11-01-preview }
    expect: { status: { $gte: 500 } }
  - start: rp
  - restart: rp
  - name: ARM finds it at its new place
    get: /subscriptions/$(customer.subscription)/resourceGroups/$(customer.group)/providers/Microsoft.HealthcareApis/workspaces
    query: { api-version: 2020-11-01-preview }
    expect: { status: 200 }
  - name: an answer gets lost
    fault: { at: arm, call: resources.subscriptions.get, do: dropAnswer }
  - name: and the next does not
    get: /subscriptions/$(customer.subscription)
    query: { api-version: 2020-01-01 }
    eventually: { within: 1m, every: 200ms }
    expect: { status: 200 }
  - fired: { fault: an answer gets lost }
Y
iomt run "$work/all" >"$work/out" 2>&1
[ $? -eq 1 ] || die "expected exit 1: $(cat "$work/out")"
for line in '^not ok .*vacuous: the fault "never" happened' 'the scenario has shown nothing' '^ok .*optional: never' \
    '^not ok .*broken: get /subscriptions' '^ok .*broken: it was healed, and the RP runs' '^ok .*programs: ARM finds it' '^ok .*programs: fired'; do
    grep -q "$line" "$work/out" || die "\"$line\" is not in: $(cat "$work/out")"
done
grep -q '^[0-9]* passed, 2 failed, 0 skipped' "$work/out" || die "expected two failures: $(cat "$work/out")"

iomt up --state-dir "$work/up" >"$work/up.out" 2>&1 &
started+=($!)
wait_for 60 is_ready "$work/up.out" || die "no cloud came up: $(cat "$work/up.out")"
cat >"$work/foreign.yaml" <<'Y'
scenario: foreign
steps:
  - kill: rp
  - restart: rp
  - name: crash
    fault: { at: arm, call: "*", do: { crash: rp } }
Y
iomt run --state-dir "$work/up" "$work/foreign.yaml" >"$work/out" 2>&1
[ $? -eq 77 ] || die "expected exit 77: $(cat "$work/out")"
grep -q 'SKIP the RP was not started by this run' "$work/out" || die "no reason: $(cat "$work/out")"
iomt run --state-dir "$work/up" "$work/all/2-optional.yaml" >"$work/out" 2>&1 || die "$(cat "$work/out")"
echo "ok: faults that must happen, clouds that are whole again, clouds of others"
