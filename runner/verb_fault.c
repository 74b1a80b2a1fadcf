/* Decides how a scenario arms a fault, heals it, and is sure that it happened. */
#include "runner/run.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY_MS 200 /* clock */
#define WITHIN_MS 30000

static enum run_attempt outcome_of(enum base_status status)
{
    return status == BASE_OK            ? RUN_ANSWERED
           : status == BASE_UNAVAILABLE ? RUN_TRANSPORT
           : status == BASE_UNSUPPORTED ? RUN_ABSENT
                                        : RUN_WRONG;
}

static enum run_attempt heal(struct run_state *state, const cJSON *wanted, struct base_error *err)
{
    char *name = cJSON_IsTrue(wanted) ? NULL : run_expand_string(&state->scope, wanted, err);

    if (!name && !cJSON_IsTrue(wanted))
        return RUN_WRONG;
    enum base_status status = run_trap_heal(state->traps, name, err);
    free(name);
    return outcome_of(status);
}

/* `now`: nothing is armed; it is done or there was nothing to do it to. */
static enum run_attempt strike(struct run_state *state, const cJSON *rule, cJSON **answer,
                               struct base_error *err)
{
    enum base_status status = run_control(state->world, "POST", "/_sim/faults", rule, answer, err);

    if (status == BASE_OK && base_json_number(*answer, "struck", 0) > 0)
        return RUN_ANSWERED;
    if (status != BASE_OK)
        return outcome_of(status);
    base_error_set(err, BASE_NOT_FOUND, NULL, "there was nothing to strike");
    cJSON_Delete(*answer);
    *answer = NULL;
    return RUN_TRANSPORT; /* it may be there soon */
}

/* {crash: rp, when: afterEffect} holds the call there; the rest is the trap's. */
static bool take_crash(cJSON *rule)
{
    cJSON *act = base_json_at(rule, "do");
    const char *when = base_json_text(act, "when");

    if (!base_json_at(act, "crash"))
        return false;
    cJSON *park = cJSON_CreateObject();
    base_json_set_text(park, "park", when ? when : "afterEffect");
    base_json_set(rule, "do", park);
    return true;
}

static enum run_attempt arm(struct run_state *state, const cJSON *step, cJSON *rule,
                            struct base_error *err)
{
    const cJSON *name = base_json_at(step, "name");
    bool optional = base_json_true(rule, "optional"), crash = take_crash(rule);
    char *text = name ? run_expand_string(&state->scope, name, err)
                      : base_asprintf("fault of step %d", state->number);

    if (!text)
        return RUN_WRONG;
    cJSON_DeleteItemFromObjectCaseSensitive(rule, "optional");
    base_json_set_text(rule, "name", text);
    free(text);
    return outcome_of(run_trap_arm(state->traps, rule, crash, optional, err));
}

enum run_attempt run_verb_fault(struct run_state *state, const cJSON *step, const cJSON *value,
                                cJSON **answer, struct base_error *err)
{
    const cJSON *healed = base_json_at(value, "heal");
    enum run_attempt attempt;

    if (healed) {
        attempt = heal(state, healed, err);
    } else {
        cJSON *rule = run_expand(&state->scope, value, err);
        attempt = !rule                         ? RUN_WRONG
                  : base_json_true(rule, "now") ? strike(state, rule, answer, err)
                                                : arm(state, step, rule, err);
        cJSON_Delete(rule);
    }
    if (attempt == RUN_ANSWERED && !*answer)
        *answer = cJSON_CreateObject();
    return attempt;
}

/* Waits until it struck often enough. `value` is expanded. */
static enum base_status await_fault(struct run_state *state, const cJSON *value, cJSON *answer,
                                    struct base_error *err)
{
    const char *name = base_json_text(value, "fault"), *within = base_json_text(value, "within");
    int times = (int)base_json_number(value, "times", 1), fired = 0, matched = 0, tries = 0;
    int64_t most = WITHIN_MS;
    enum base_status status;

    if (within)
        base_parse_duration(within, &most);
    int64_t until = base_clock_ms(&state->world->clock) + most;
    while ((status = run_trap_fired(state->traps, name ? name : "", &fired, &matched, err)) ==
               BASE_OK &&
           fired < times && base_clock_ms(&state->world->clock) < until && !run_stopped()) {
        run_still_waiting(state, "the fault has not happened yet", ++tries);
        base_clock_sleep(&state->world->clock, LOOK_EVERY_MS);
    }
    base_json_set_number(answer, "fired", fired);
    base_json_set_number(answer, "matched", matched);
    if (status == BASE_OK && fired < times)
        status = base_error_set(err, BASE_TIMEOUT, NULL,
                                "the fault \"%s\" happened %d of %d times within %lld ms; %d calls "
                                "matched its rule",
                                name, fired, times, (long long)most, matched);
    return status;
}

enum run_attempt run_verb_fired(struct run_state *state, const cJSON *step, const cJSON *value,
                                cJSON **answer, struct base_error *err)
{
    cJSON *expanded = run_expand(&state->scope, value, err);
    enum base_status status = BASE_INVALID;

    (void)step;
    if (expanded) {
        *answer = cJSON_CreateObject();
        status = await_fault(state, expanded, *answer, err);
    }
    cJSON_Delete(expanded);
    return outcome_of(status);
}
