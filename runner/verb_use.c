/* Decides what a fragment knows, and what is left of it afterwards. */
#include "runner/step.h"

#include <stdlib.h>

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

enum run_attempt run_verb_use(struct run_state *state, const cJSON *step, const cJSON *value,
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
