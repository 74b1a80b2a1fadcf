/* Decides in which order steps run, what a try's outcome means, and what is told about it. */
#include "runner/cloud.h"
#include "runner/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_TOLD_MS 2000 /* real */

struct outcome {        /* of one step */
    const char *result; /* "pass", "fail", "skip" */
    struct run_mismatch mismatch;
    struct base_error err;
    cJSON *answer; /* the last real one */
    int tries;
    bool transport; /* the last failure was no answer at all */
    bool absent;    /* this cloud cannot be asked */
    int64_t took_ms;
};

static enum run_attempt attempt_use(struct run_state *state, const cJSON *step, const cJSON *value,
                                    cJSON **answer, struct base_error *err);
static bool run_steps(struct run_state *state, const cJSON *steps, bool all);

static const struct {
    enum run_verb_kind kind;
    enum run_attempt (*attempt)(struct run_state *, const cJSON *, const cJSON *, cJSON **,
                                struct base_error *);
} verb_table[] = {
    {RUN_VERB_REQUEST, run_verb_request}, {RUN_VERB_SEND, run_verb_send},
    {RUN_VERB_ROLE, run_verb_role},       {RUN_VERB_DEPLOY, run_verb_deploy},
    {RUN_VERB_WORLD, run_verb_world},     {RUN_VERB_HISTORY, run_verb_history},
    {RUN_VERB_USE, attempt_use},          {RUN_VERB_FAULT, run_verb_fault},
    {RUN_VERB_FIRED, run_verb_fired},     {RUN_VERB_PROGRAM, run_verb_program},
    {RUN_VERB_SETTING, run_verb_setting},
};

/* ---- events ---- */

static void emit(const struct run_options *options, cJSON *event)
{
    if (options->sink)
        options->sink(options->sink_context, event);
    cJSON_Delete(event);
}

static cJSON *event_new(const char *kind)
{
    cJSON *event = cJSON_CreateObject();
    base_json_set_text(event, "event", kind);
    return event;
}

void run_emit_start(const struct run_options *options, const struct run_world *world)
{
    cJSON *event = event_new("run.start");

    base_json_set_text(event, "seed", options->seed);
    base_json_set_text(event, "mode", world->control ? "offline" : "azure");
    base_json_set_number(event, "clockRate", world->clock.rate);
    emit(options, event);
}

void run_emit_end(const struct run_options *options, const struct run_totals *totals,
                  int64_t took_ms)
{
    cJSON *event = event_new("run.end");

    base_json_set_number(event, "passed", totals->passed);
    base_json_set_number(event, "failed", totals->failed);
    base_json_set_number(event, "skipped", totals->skipped);
    base_json_set_number(event, "tookMs", (double)took_ms);
    emit(options, event);
}

static const char *step_name(struct run_state *state, const cJSON *step, char *out, size_t size)
{
    const cJSON *value, *name = base_json_at(step, "name");
    const struct run_verb *verb = run_step_verb(step, &value);
    char *text = name ? run_expand_string(&state->scope, name, NULL) : NULL;

    if (text)
        snprintf(out, size, "%s", text);
    else if (cJSON_IsString(value))
        snprintf(out, size, "%s %s", verb->name, value->valuestring);
    else
        snprintf(out, size, "%s", verb->name);
    free(text);
    return out;
}

static cJSON *step_event(struct run_state *state, const char *kind, const char *name)
{
    cJSON *event = event_new(kind);

    base_json_set_text(event, "scenario", state->label);
    base_json_set_number(event, "step", state->number);
    base_json_set_text(event, "name", name);
    return event;
}

void run_still_waiting(struct run_state *state, const char *what, int tries)
{
    static int64_t told; /* one run at a time */
    int64_t now = base_monotonic_ms();

    if (tries <= 1)
        told = now;
    if (now - told < WAIT_TOLD_MS)
        return;
    told = now;
    cJSON *event = step_event(state, "step.wait", what);
    base_json_set_number(event, "tries", tries);
    emit(state->options, event);
}

static void add_failure(struct run_state *state, cJSON *event, const cJSON *step,
                        const struct outcome *outcome)
{
    struct base_buf text = {0}, sentence = {0};
    const cJSON *node = outcome->mismatch.node ? outcome->mismatch.node : step;

    if (outcome->mismatch.node)
        base_buf_printf(&sentence, "%s at %s", outcome->mismatch.found, outcome->mismatch.pointer);
    else
        base_buf_printf(&sentence, "%s%s%s", outcome->err.code, outcome->err.code[0] ? ": " : "",
                        outcome->err.message);
    run_show_place(state->scenario->source, node, sentence.data, &text);
    if (outcome->tries > 1)
        base_buf_printf(&text, "never became true: %d tries in %.1f s; last failure was a %s\n",
                        outcome->tries, (double)outcome->took_ms / 1000,
                        outcome->transport ? "connection error, not a mismatch"
                                           : "mismatch, not a connection error");
    base_buf_printf(&text, "repro: iomt run %s --seed %s --until '%s'\n", state->path,
                    state->options->seed, base_json_text(event, "name"));
    base_json_set_text(event, "failure", text.data);
    if (outcome->answer)
        cJSON_AddItemToObject(event, "answer", base_json_copy(outcome->answer));
    base_buf_release(&sentence);
    base_buf_release(&text);
}

static void tell_end(struct run_state *state, const cJSON *step, const char *name,
                     const struct outcome *outcome)
{
    cJSON *event = step_event(state, "step.end", name);

    base_json_set_text(event, "result", outcome->result);
    base_json_set_number(event, "tookMs", (double)outcome->took_ms);
    base_json_set_number(event, "tries", outcome->tries);
    if (!strcmp(outcome->result, "fail"))
        add_failure(state, event, step, outcome);
    if (!strcmp(outcome->result, "skip"))
        base_json_set_text(event, "reason", outcome->err.message);
    emit(state->options, event);
}

/* ---- one step ---- */

/* Are all variables there that the fragment takes? */
static bool has_all(struct run_state *state, const cJSON *takes, struct base_error *err)
{
    for (const cJSON *item = takes ? takes->child : NULL; item; item = item->next) {
        if (cJSON_IsString(item) && !base_json_at(state->scope.names, item->valuestring)) {
            base_error_set(err, BASE_INVALID, NULL, "the fragment takes $(%s), which is not there",
                           item->valuestring);
            return false;
        }
    }
    return true;
}

/* What a fragment makes stays in it, save what it gives. Takes `before`, the names from before. */
static void leave_fragment(struct run_state *state, cJSON *before, const cJSON *gives)
{
    for (const cJSON *item = gives ? gives->child : NULL; item; item = item->next) {
        const cJSON *given =
            cJSON_IsString(item) ? base_json_at(state->scope.names, item->valuestring) : NULL;
        if (given)
            base_json_set(before, item->valuestring, base_json_copy(given));
    }
    cJSON_Delete(state->scope.names);
    state->scope.names = before;
}

static bool run_fragment(struct run_state *state, const cJSON *step,
                         const struct run_scenario *fragment, struct base_error *err)
{
    const struct run_scenario *outer = state->scenario;
    const char *folder = state->scope.folder;
    cJSON *before = base_json_copy(state->scope.names);
    char *scope = base_asprintf("%s/use %d", outer->name ? outer->name : "fragment", ++state->uses);
    bool passed = false;

    if (run_define(&state->scope, base_json_at(step, "with"), state->options->seed, scope, err) ==
            BASE_OK &&
        run_define(&state->scope, base_json_at(fragment->root, "vars"), state->options->seed, scope,
                   err) == BASE_OK &&
        has_all(state, base_json_at(fragment->root, "takes"), err)) {
        state->scenario = fragment;
        state->scope.folder = fragment->folder;
        passed = run_steps(state, base_json_at(fragment->root, "steps"), false);
        state->scenario = outer;
        state->scope.folder = folder;
        if (!passed)
            base_error_set(err, BASE_INVALID, NULL, "a step of the fragment failed");
    }
    leave_fragment(state, before, base_json_at(fragment->root, "gives"));
    free(scope);
    return passed;
}

static enum run_attempt attempt_use(struct run_state *state, const cJSON *step, const cJSON *value,
                                    cJSON **answer, struct base_error *err)
{
    char *name = run_expand_string(&state->scope, value, err);
    char *path = name ? base_asprintf("%s/%s", state->scope.folder, name) : NULL;
    struct run_scenario *fragment = path ? run_fragment_load(path, err) : NULL;
    bool passed = fragment && run_fragment(state, step, fragment, err);

    run_scenario_free(fragment);
    free(path);
    free(name);
    *answer = cJSON_CreateObject();
    return passed ? RUN_ANSWERED : RUN_WRONG;
}

/* What the answer must look like when the step does not say. */
static bool default_holds(const struct run_verb *verb, const cJSON *step, const cJSON *answer,
                          struct outcome *outcome)
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
                              struct outcome *outcome)
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
static int try_once(struct run_state *state, const cJSON *step, struct outcome *outcome)
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

static bool try_until(struct run_state *state, const cJSON *step, struct outcome *outcome)
{
    const cJSON *eventually = base_json_at(step, "eventually");
    int64_t within = 0, every = 1000;
    int verdict;

    if (base_json_text(eventually, "within"))
        run_duration_parse(base_json_text(eventually, "within"), &within);
    if (base_json_text(eventually, "every"))
        run_duration_parse(base_json_text(eventually, "every"), &every);
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

static bool capture(struct run_state *state, const cJSON *step, struct outcome *outcome)
{
    const cJSON *captures = base_json_at(step, "capture");

    for (const cJSON *item = captures ? captures->child : NULL; item; item = item->next) {
        const char *pointer = cJSON_IsString(item) ? item->valuestring : "";
        const cJSON *found =
            !strncmp(pointer, "/headers/", 9)
                ? cJSON_GetObjectItem(base_json_at(outcome->answer, "headers"), pointer + 9)
                : base_json_pointer(outcome->answer, pointer);
        if (!found) {
            outcome->mismatch.node = item;
            snprintf(outcome->mismatch.found, sizeof outcome->mismatch.found,
                     "there is nothing to capture");
            snprintf(outcome->mismatch.pointer, sizeof outcome->mismatch.pointer, "%s", pointer);
            return false;
        }
        base_json_set(state->scope.names, item->string, base_json_copy(found));
    }
    return true;
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
    struct outcome outcome = {.result = "skip"};
    int64_t started = base_monotonic_ms();
    char name[256];

    state->number++;
    step_name(state, step, name, sizeof name);
    emit(state->options, step_event(state, "step.start", name));
    bool run = wanted(state, step, &outcome.err);
    if (outcome.err.status != BASE_OK)
        outcome.result = "fail"; /* a condition that names no variable */
    else if (run && try_until(state, step, &outcome) && capture(state, step, &outcome))
        outcome.result = "pass";
    else if (run && !outcome.absent)
        outcome.result = "fail";
    else if (!run)
        base_error_set(&outcome.err, BASE_UNSUPPORTED, NULL, "its condition (when) does not hold");
    outcome.took_ms = base_monotonic_ms() - started;
    tell_end(state, step, name, &outcome);
    state->totals->passed += !strcmp(outcome.result, "pass");
    state->totals->failed += !strcmp(outcome.result, "fail");
    state->totals->skipped += !strcmp(outcome.result, "skip");
    cJSON_Delete(outcome.answer);
    return strcmp(outcome.result, "fail") != 0;
}

/* Runs a list; `all`: goes on after a failure (finally). */
static bool run_steps(struct run_state *state, const cJSON *steps, bool all)
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
            base_glob_nocase(state->options->until, step_name(state, step, name, sizeof name)))
            state->ended = true;
    }
    return passed;
}

/* ---- one scenario ---- */

static bool define_environment(struct run_state *state, const cJSON *row, struct base_error *err)
{
    const cJSON *root = state->scenario->root;

    cJSON_Delete(state->scope.names);
    state->scope.names = base_json_copy(state->world->endpoints);
    cJSON *arm = cJSON_CreateObject();
    base_json_set_text(arm, "url", "https://management.azure.com");
    base_json_set(state->scope.names, "arm", arm);
    if (row)
        base_json_set(state->scope.names, "case", base_json_copy(row));
    return run_define(&state->scope, base_json_at(root, "vars"), state->options->seed, state->label,
                      err) == BASE_OK; /* names differ from case to case */
}

/* A step that nobody wrote and that failed. */
static void fail_unasked(struct run_state *state, const char *name, const char *sentence)
{
    cJSON *event;

    state->number++;
    emit(state->options, step_event(state, "step.start", name));
    event = step_event(state, "step.end", name);
    base_json_set_text(event, "result", "fail");
    base_json_set_number(event, "tookMs", 0);
    base_json_set_number(event, "tries", 1);
    base_json_set_text(event, "failure", sentence);
    emit(state->options, event);
    state->totals->failed++;
}

static void tell_vacuous(void *context, const char *name)
{
    struct run_state *state = context;
    char *title = base_asprintf("the fault \"%s\" happened", name);

    fail_unasked(state, title,
                 "the fault was armed and never happened, so the scenario has shown nothing; say "
                 "optional: true in it if that is as it should be\n");
    free(title);
    state->vacuous = true;
}

static void begin_faults(struct run_state *state)
{
    state->traps = run_traps_new(state->world);
    state->vacuous = false;
}

/* One scenario must not spoil the next: nothing stays armed, and the RP runs. False: a fault never happened, or the RP
 * does not come back. */
static bool end_faults(struct run_state *state, bool passed)
{
    struct run_cloud *cloud = state->world->cloud;
    struct base_error err = {0};
    bool good = true;

    if (passed && !state->ended && !run_stopped())
        run_traps_vacuous(state->traps, tell_vacuous, state);
    run_traps_free(state->traps);
    state->traps = NULL;
    if (run_settings_restore(state, &err) != BASE_OK) {
        fail_unasked(state, "the settings are as before", err.message);
        good = false;
    }
    if (cloud && !run_cloud_rp_running(cloud) && run_cloud_rp_start(cloud, &err) != BASE_OK) {
        fail_unasked(state, "the RP runs again", err.message);
        good = false;
    }
    return good && !state->vacuous;
}

static void run_case(struct run_state *state, const cJSON *row)
{
    const cJSON *root = state->scenario->root;
    struct base_error err = {0};
    int64_t started = base_monotonic_ms();
    cJSON *event = event_new("scenario.start");
    bool passed = false;

    base_json_set_text(event, "scenario", state->label);
    base_json_set_text(event, "title", state->scenario->title);
    base_json_set_text(event, "path", state->scenario->path);
    emit(state->options, event);
    cJSON_Delete(state->sent);
    state->sent = cJSON_CreateArray();
    state->ended = false;
    state->uses = 0;
    if (define_environment(state, row, &err)) {
        begin_faults(state);
        passed = run_steps(state, base_json_at(root, "setup"), false) &&
                 run_steps(state, base_json_at(root, "steps"), false);
        passed = end_faults(state, passed) && passed;
        begin_faults(state);
        passed = run_steps(state, base_json_at(root, "finally"), true) && passed;
        passed = end_faults(state, passed) && passed;
    } else {
        state->totals->failed++;
    }
    event = event_new("scenario.end");
    base_json_set_text(event, "scenario", state->label);
    base_json_set_text(event, "result", passed ? "pass" : "fail");
    base_json_set_text(event, "failure", err.status == BASE_OK ? NULL : err.message);
    base_json_set_number(event, "tookMs", (double)(base_monotonic_ms() - started));
    emit(state->options, event);
    state->totals->scenarios_failed += !passed;
}

void run_scenario(struct run_world *world, const struct run_scenario *scenario,
                  const struct run_options *options, struct run_totals *totals)
{
    struct run_state state = {
        .world = world, .scenario = scenario, .options = options, .totals = totals};
    const cJSON *cases = base_json_at(scenario->root, "cases");
    int index = 0;

    state.scope.clock = &world->clock;
    state.scope.folder = scenario->folder;
    state.label = scenario->name;
    state.path = scenario->path;
    if (!cases)
        run_case(&state, NULL);
    for (const cJSON *row = cases ? cases->child : NULL; row && !run_stopped(); row = row->next) {
        const char *name = base_json_text(row, "case");
        char *label = name ? base_asprintf("%s#%s", scenario->name, name)
                           : base_asprintf("%s#%d", scenario->name, index);
        state.label = label;
        run_case(&state, row);
        free(label);
        index++;
    }
    cJSON_Delete(state.scope.names);
    cJSON_Delete(state.sent);
}
