/* runner/grammar.h: the checks of scenario.c, split by what they look at. For the loader only. */
#ifndef RUNNER_GRAMMAR_H
#define RUNNER_GRAMMAR_H

#include "runner/scenario.h"

struct run_check { /* one load: the source, and the first fault found */
    const base_source_t *source;
    const char *folder;
    int depth; /* of fragments in fragments */
    struct base_error *err;
};
#define RUN_USE_DEPTH 8
/* run_fragment_load at a depth of use. */
BASE_MUST_USE struct run_scenario *run_fragment_load_at(const char *path, int depth,
                                                        struct base_error *err);
/* Records the fault with its place; always returns false. */
bool run_fault(struct run_check *check, const cJSON *node, const char *fmt, ...) BASE_PRINTF(3, 4);
/* Keys outside a closed set are faults; `what` names the mapping. */
bool run_check_members(struct run_check *check, const cJSON *node, const char *const *keys,
                       size_t count, const char *what);
bool run_check_duration(struct run_check *check, const cJSON *node, const char *what);
/* grammar_fault.c: the values of fault, fired, and of start, stop, kill, restart. */
bool run_check_fault(struct run_check *check, const cJSON *value);
bool run_check_fired(struct run_check *check, const cJSON *value);
bool run_check_program(struct run_check *check, const char *verb, const cJSON *value);
/* grammar_capture.c: a variable may not take the name of what the environment provides. */
bool run_check_variable(struct run_check *check, const cJSON *node, const char *name);
/* A mapping of such names, as vars and with; NULL is fine. */
bool run_check_variables(struct run_check *check, const cJSON *variables, const char *what);
/* NULL is fine */
bool run_check_capture(struct run_check *check, const cJSON *capture);
/* grammar_sweep.c */
bool run_check_sweep(struct run_check *check, const cJSON *value);
bool run_check_steps(struct run_check *check, const cJSON *steps, const char *list);
bool run_check_expectation(struct run_check *check, const cJSON *want);
/* Bodies: every $file must be there and be JSON. */
bool run_check_payload(struct run_check *check, const cJSON *node);

#endif
