/* runner/scenario.h: a scenario file, loaded and checked against the closed grammar (docs/scenario-format.md). */
#ifndef RUNNER_SCENARIO_H
#define RUNNER_SCENARIO_H

#include "common/yaml.h"

enum run_verb_kind { /* what a verb's value is checked as */
                     RUN_VERB_REQUEST,
                     RUN_VERB_SEND,
                     RUN_VERB_ROLE,
                     RUN_VERB_DEPLOY,
                     RUN_VERB_WORLD,
                     RUN_VERB_HISTORY,
                     RUN_VERB_USE,
                     RUN_VERB_FAULT,
                     RUN_VERB_FIRED,
                     RUN_VERB_PROGRAM,
                     RUN_VERB_SETTING,
                     RUN_VERB_LATER, /* in the language, not in this version */
};
struct run_verb {
    const char *name;
    enum run_verb_kind kind;
};
/* By name; NULL when unknown. */
const struct run_verb *run_verb_find(const char *name);

/* Is there an operator of this name ("$gte")? */
bool run_operator_known(const char *name);

struct run_scenario {
    base_source_t *source; /* owns the tree */
    char *path, *folder;
    const cJSON *root;
    const char *name, *title, *level;
};
/* Loads and checks. The error is the full report: file:line:column, sentence, the line with carets.
 * Fails: BASE_NOT_FOUND, BASE_INVALID. Release with run_scenario_free. */
BASE_MUST_USE struct run_scenario *run_scenario_load(const char *path, struct base_error *err);
/* The same for a fragment file (`use:`). */
BASE_MUST_USE struct run_scenario *run_fragment_load(const char *path, struct base_error *err);
void run_scenario_free(struct run_scenario *scenario);

/* The verb of a checked step and its value node. */
const struct run_verb *run_step_verb(const cJSON *step, const cJSON **value);

/* Appends "path:line:col: sentence", the line, and carets under the node's spot. */
void run_show_place(const base_source_t *source, const cJSON *node, const char *sentence,
                    struct base_buf *out);

#endif
