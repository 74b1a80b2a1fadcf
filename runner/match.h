/* runner/match.h: does an answer look as expected? Objects are subsets, arrays exact, `$` keys operators. */
#ifndef RUNNER_MATCH_H
#define RUNNER_MATCH_H

#include "runner/vars.h"

struct run_mismatch {
    const cJSON *node; /* of the expectation, to show the place; NULL when matched */
    char pointer[256]; /* where in the answer */
    char found[512];   /* "got 9", "is missing" */
};

/* Texts of `want` are expanded as they are met. `got` NULL: absent. Members directly below a node marked nocase ("headers") compare without
 * case. True when it matches; else *out holds the first difference. err is set for an unknown variable or a bad operand. */
/* err may be NULL. */
bool run_match(const struct run_scope *scope, const cJSON *want, const cJSON *got,
               struct run_mismatch *out, struct base_error *err);

#endif
