/* Decides in which order steps run, and what a try's outcome means. */
#include "runner/step.h"

#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    enum run_verb_kind kind;
    enum run_attempt (*attempt)(struct run_state *, const cJSON *, const cJSON *, cJSON **,
                                struct base_error *);
} verb_table[] = {
    {RUN_VERB_REQUEST, run_verb_request}, {RUN_VERB_SEND, run_verb_send},
    {RUN_VERB_ROLE, run_verb_role},       {RUN_VERB_DEPLOY, run_verb_deploy},
    {RUN_VERB_WORLD, run_verb_world},     {RUN_VERB_HISTORY, run_verb_history},
    {RUN_VERB_USE, run_verb_use},         {RUN_VERB_FAULT, run_verb_fault},
    {RUN_VERB_FIRED, run_verb_fired},     {RUN_VERB_PROGRAM, run_verb_program},
    {RUN_VERB_SETTING, run_verb_setting},
};

/* What the answer must look like when the step does not say. */
static bool default_holds(const struct run_verb *verb, const cJSON *step, const cJSON *answer,
                          struct run_outcome *outcome)
{
    static const char *const faults[] = {"lost", "doubled", "altered", "unexpected"};
    int status = (int)base_json_number(answer, "status", 0);

    if ((verb->kind == RUN_VERB_REQUEST || verb->kind == RUN_VERB_DEPLOY) && status >= 400) {
        outcome->mismatch.node = step;
        snprintf(outcome->mismatch.found, sizeof outcome->mismatch.found, "got HTTP %d %s", status,
                 base_json_text(answer, "body.error.code")
                     ? base_json_text(answer, "body.error.code")
                     : "");
        snprintf(outcome->mismatch.pointer, sizeof outcome->mismatch.pointer, "/status");
        return false;
    }
    for (size_t i = 0; verb->kind == RUN_VERB_HISTORY && i < 4; i++) {
        const cJSON *list = base_json_at(answer, faults[i]);
        if (!cJSON_GetArraySize(list))
            continue;
        outcome->mismatch.node = step;
        snprintf(outcome->mismatch.found, sizeof outcome->mismatch.found,
                 "%d of %d events %s, first: %s", cJSON_GetArraySize(list),
                 (int)base_json_number(answer, "sent", 0), faults[i], list->child->valuestring);
        snprintf(outcome->mismatch.pointer, sizeof outcome->mismatch.pointer, "/%s", faults[i]);
        return false;
    }
    return true;
}

static bool expectation_holds(struct run_state *state, const cJSON *step, const cJSON *answer,
                              struct run_outcome *outcome)
{
    const cJSON *value, *expect = base_json_at(step, "expect");
    const struct run_verb *verb = run_step_verb(step, &value);

    memset(&outcome->mismatch, 0, sizeof outcome->mismatch);
    if (verb->kind == RUN_VERB_WORLD &&
        !run_match(&state->scope, value, answer, &outcome->mismatch, &outcome->err))
        return false;
    if (!expect)
        return default_holds(verb, step, answer, outcome);
    return run_match(&state->scope, expect, answer, &outcome->mismatch, &outcome->err);
}

/* One try. 1: passed, 0: not yet, -1: never. */
static int try_once(struct run_state *state, const cJSON *step, struct run_outcome *outcome)
{
    const cJSON *value, *give_up = base_json_at(step, "giveUpWhen");
    const struct run_verb *verb = run_step_verb(step, &value);
    struct run_mismatch ignored;
    cJSON *answer = NULL;
    enum run_attempt attempt = RUN_WRONG;

    base_error_clear(&outcome->err);
    memset(&outcome->mismatch, 0, sizeof outcome->mismatch);
    outcome->tries++;
    for (size_t i = 0; i < sizeof verb_table / sizeof *verb_table; i++)
        if (verb_table[i].kind == verb->kind)
            attempt = verb_table[i].attempt(state, step, value, &answer, &outcome->err);
    outcome->transport = attempt == RUN_TRANSPORT;
    outcome->absent = attempt == RUN_ABSENT;
    if (answer) {
        cJSON_Delete(outcome->answer);
        outcome->answer = answer;
    }
    if (attempt != RUN_ANSWERED)
        return attempt == RUN_TRANSPORT ? 0 : -1;
    if (expectation_holds(state, step, outcome->answer, outcome))
        return 1;
    if (give_up && run_match(&state->scope, give_up, outcome->answer, &ignored, &outcome->err))
        return -1;
    return outcome->err.status == BASE_OK ? 0 : -1;
}

static bool try_until(struct run_state *state, const cJSON *step, struct run_outcome *outcome)
{
    const cJSON *eventually = base_json_at(step, "eventually");
    int64_t within = 0, every = 1000;
    int verdict;

    if (base_json_text(eventually, "within"))
        base_parse_duration(base_json_text(eventually, "within"), &within);
    if (base_json_text(eventually, "every"))
        base_parse_duration(base_json_text(eventually, "every"), &every);
    int64_t until = base_clock_ms(&state->world->clock) + within;
    while ((verdict = try_once(state, step, outcome)) == 0 && eventually) {
        if (base_clock_ms(&state->world->clock) >= until || run_stopped())
            break;
        run_still_waiting(state,
                          outcome->transport ? outcome->err.message : outcome->mismatch.found,
                          outcome->tries);
        base_clock_sleep(&state->world->clock, every);
    }
    return verdict == 1;
}

/* `when`: a text that is empty, "false" or "0" after expansion, or a JSON false, skips the step. */
static bool wanted(struct run_state *state, const cJSON *step, struct base_error *err)
{
    const cJSON *when = base_json_at(step, "when");
    char *text = when ? run_expand_string(&state->scope, when, err) : NULL;
    bool skip =
        text && (!*text || !strcmp(text, "false") || !strcmp(text, "0") || !strcmp(text, "null"));

    free(text);
    return !skip;
}

static bool run_step(struct run_state *state, const cJSON *step)
{
    struct run_outcome outcome = {.result = "skip"};
    int64_t started = base_monotonic_ms();
    char name[256];

    state->number++;
    run_step_name(state, step, name, sizeof name);
    run_emit(state->options, run_step_event(state, "step.start", name));
    bool run = wanted(state, step, &outcome.err);
    if (outcome.err.status != BASE_OK)
        outcome.result = "fail"; /* a condition that names no variable */
    else if (run && try_until(state, step, &outcome) && run_capture(state, step, &outcome))
        outcome.result = "pass";
    else if (run && !outcome.absent)
        outcome.result = "fail";
    else if (!run)
        base_error_set(&outcome.err, BASE_UNSUPPORTED, NULL, "its condition (when) does not hold");
    outcome.took_ms = base_monotonic_ms() - started;
    run_tell_end(state, step, name, &outcome);
    state->totals->passed += !strcmp(outcome.result, "pass");
    state->totals->failed += !strcmp(outcome.result, "fail");
    state->totals->skipped += !strcmp(outcome.result, "skip");
    cJSON_Delete(outcome.answer);
    return strcmp(outcome.result, "fail") != 0;
}

/* Runs a list; `all`: goes on after a failure (finally). */
bool run_steps(struct run_state *state, const cJSON *steps, bool all)
{
    bool passed = true;
    char name[256];

    for (const cJSON *step = steps ? steps->child : NULL; step && (passed || all);
         step = step->next) {
        if (run_stopped() && !all)
            return false;
        if (state->ended && !all)
            return passed;
        passed = run_step(state, step) && passed;
        if (state->options->until &&
            base_glob_nocase(state->options->until, run_step_name(state, step, name, sizeof name)))
            state->ended = true;
    }
    return passed;
}
