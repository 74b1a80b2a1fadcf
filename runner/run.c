/* Decides what a scenario consists of: setup once, the steps for each case, finally once; and that one leaves nothing to the next. */
#include "runner/cloud.h"
#include "runner/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool run_plain(struct run_state *state);
static bool run_cases(struct run_state *state, const cJSON *cases);

void run_scenario(struct run_world *world, const struct run_scenario *scenario,
                  const struct run_options *options, struct run_totals *totals)
{
    struct run_state state = {
        .world = world, .scenario = scenario, .options = options, .totals = totals};
    const cJSON *cases = base_json_at(scenario->root, "cases");

    state.scope.clock = &world->clock;
    state.scope.folder = scenario->folder;
    state.label = scenario->name;
    state.path = scenario->path;
    state.sent = cJSON_CreateArray();
    if (cases)
        (void)run_cases(&state, cases);
    else
        (void)run_plain(&state);
    cJSON_Delete(state.scope.names);
    cJSON_Delete(state.sent);
}

/* ---- frames: what is reported as one scenario ---- */

static int64_t begin_frame(struct run_state *state, const char *title)
{
    cJSON *event = run_event_new("scenario.start");

    base_json_set_text(event, "scenario", state->label);
    base_json_set_text(event, "title", title);
    base_json_set_text(event, "path", state->scenario->path);
    run_emit(state->options, event);
    return base_monotonic_ms();
}

static bool end_frame(struct run_state *state, int64_t started, bool passed,
                      const struct base_error *err)
{
    cJSON *event = run_event_new("scenario.end");

    base_json_set_text(event, "scenario", state->label);
    base_json_set_text(event, "result", passed ? "pass" : "fail");
    base_json_set_text(event, "failure", err->status == BASE_OK ? NULL : err->message);
    base_json_set_number(event, "tookMs", (double)(base_monotonic_ms() - started));
    run_emit(state->options, event);
    state->totals->failed += err->status != BASE_OK;
    state->totals->scenarios_failed += !passed;
    return passed;
}

/* ---- variables ---- */

static bool define_environment(struct run_state *state, const cJSON *vars, struct base_error *err)
{
    cJSON *arm = cJSON_CreateObject();

    state->scope.names = base_json_copy(state->world->endpoints);
    base_json_set_text(arm, "url", "https://management.azure.com");
    base_json_set(state->scope.names, "arm", arm);
    return run_define(&state->scope, vars, state->options->seed, state->scenario->name, err) ==
           BASE_OK;
}

/* The row becomes $(case), member for member, so that one may name those before it. */
static bool define_row(struct run_state *state, const cJSON *row, struct base_error *err)
{
    struct base_buf report = {0};
    struct base_error cause = {0};

    base_json_set(state->scope.names, "case", cJSON_CreateObject());
    for (const cJSON *item = row->child; item; item = item->next) {
        cJSON *value = run_expand(&state->scope, item, &cause);
        if (!value) {
            run_show_place(state->scenario->source, item, cause.message, &report);
            base_error_set(err, BASE_INVALID, NULL, "%s", report.data);
            base_buf_release(&report);
            return false;
        }
        base_json_set(base_json_at(state->scope.names, "case"), item->string, value);
    }
    return true;
}

/* ---- faults and settings ---- */

static void tell_vacuous(void *context, const char *name)
{
    struct run_state *state = context;
    char *title = base_asprintf("the fault \"%s\" happened", name);

    run_tell_unasked(
        state, title, "fail",
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

/* One case must not spoil the next: nothing stays armed, and the RP runs. False: a fault never happened, or the RP
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
        run_tell_unasked(state, "the settings are as before", "fail", err.message);
        good = false;
    }
    if (cloud && !run_cloud_rp_running(cloud) && run_cloud_rp_start(cloud, &err) != BASE_OK) {
        run_tell_unasked(state, "the RP runs again", "fail", err.message);
        good = false;
    }
    return good && !state->vacuous;
}

/* A list between its faults and their healing. */
static bool run_guarded(struct run_state *state, const char *list, bool all)
{
    begin_faults(state);
    bool passed = run_steps(state, base_json_at(state->scenario->root, list), all);
    return end_faults(state, passed) && passed;
}

/* ---- without cases ---- */

static bool run_plain(struct run_state *state)
{
    const cJSON *root = state->scenario->root;
    struct base_error err = {0};
    int64_t started = begin_frame(state, state->scenario->title);
    bool passed = define_environment(state, base_json_at(root, "vars"), &err);

    if (passed) {
        begin_faults(state);
        passed = run_steps(state, base_json_at(root, "setup"), false) &&
                 run_steps(state, base_json_at(root, "steps"), false);
        passed = end_faults(state, passed) && passed;
        passed = run_guarded(state, "finally", true) && passed;
    }
    return end_frame(state, started, passed, &err);
}

/* ---- with cases ---- */

static char *label_of(struct run_state *state, const cJSON *row, int index)
{
    const cJSON *name = base_json_at(row, "case");
    char *text = name ? run_expand_string(&state->scope, name, NULL) : NULL,
         *label = text ? base_asprintf("%s#%s", state->scenario->name, text)
                       : base_asprintf("%s#%d", state->scenario->name, index);

    free(text);
    return label;
}

/* What a case makes of variables and events is gone when it ends; what the setup made, each case finds. */
static bool run_case(struct run_state *state, const cJSON *row, const cJSON *vars, int index)
{
    cJSON *names = state->scope.names, *sent = state->sent;
    const char *outer = state->label;
    char *label = label_of(state, row, index),
         *title = base_asprintf("%s: %s", state->scenario->title ? state->scenario->title : outer,
                                strchr(label, '#') + 1);
    struct base_error err = {0};

    state->scope.names = base_json_copy(names);
    state->sent = base_json_copy(sent);
    state->label = label;
    state->ended = false;
    state->uses = 0;
    int64_t started = begin_frame(state, title);
    bool passed = define_row(state, row, &err) &&
                  run_define(&state->scope, vars, state->options->seed, label, &err) == BASE_OK &&
                  run_guarded(state, "steps", false);
    (void)end_frame(state, started, passed, &err);
    cJSON_Delete(state->scope.names);
    cJSON_Delete(state->sent);
    state->scope.names = names;
    state->sent = sent;
    state->label = outer;
    free(label);
    free(title);
    return passed;
}

static bool run_rows(struct run_state *state, const cJSON *cases, const cJSON *vars)
{
    bool passed = true;
    int index = 0;

    for (const cJSON *row = cases->child; row && !run_stopped(); row = row->next)
        passed = run_case(state, row, vars, index++) && passed;
    return passed;
}

/* What the setup sets stays set until the cases end: each of them restores to that. */
static bool run_setup(struct run_state *state)
{
    cJSON *standing = cJSON_CreateObject();

    state->setting_up = standing;
    bool passed = run_guarded(state, "setup", false);
    state->setting_up = NULL;
    state->standing = standing;
    if (!passed)
        run_tell_unasked(state, "the cases", "skip", "the setup failed");
    return passed;
}

static bool end_setup(struct run_state *state)
{
    struct base_error err = {0};

    state->settings_changed = state->standing->child != NULL;
    cJSON_Delete(state->standing);
    state->standing = NULL;
    if (run_settings_restore(state, &err) == BASE_OK)
        return true;
    run_tell_unasked(state, "the settings are as before", "fail", err.message);
    return false;
}

static bool run_cases(struct run_state *state, const cJSON *cases)
{
    struct base_error err = {0};
    cJSON *once, *by_case;

    run_vars_split(base_json_at(state->scenario->root, "vars"), &once, &by_case);
    int64_t started = begin_frame(state, state->scenario->title);
    bool passed = define_environment(state, once, &err);
    if (passed) {
        passed = run_setup(state) && (state->ended || run_rows(state, cases, by_case));
        passed = end_setup(state) && passed;
        passed = run_guarded(state, "finally", true) && passed;
    }
    cJSON_Delete(once);
    cJSON_Delete(by_case);
    return end_frame(state, started, passed, &err);
}
