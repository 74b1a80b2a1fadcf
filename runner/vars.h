/* runner/vars.h: variables and how texts that name them are expanded. */
#ifndef RUNNER_VARS_H
#define RUNNER_VARS_H

#include "runner/scenario.h"
#include "common/clock.h"

struct run_scope { /* what $(name) may name */
    cJSON *
        names; /* object: vars and captures flat, environment as objects ("customer": {...}, "case": {...}) */
    const struct base_clock *clock; /* $(now) */
    const char *folder;             /* where $file starts */
};

/* Expands a text: a whole "$(x)" keeps x's type. The result is new. NULL + err (naming the unknown variable). */
BASE_MUST_USE cJSON *run_expand_text(const struct run_scope *scope, const char *text,
                                     struct base_error *err);
/* Expands all texts of a tree; in objects, $file and $patch build a payload. The result is new. */
BASE_MUST_USE cJSON *run_expand(const struct run_scope *scope, const cJSON *node,
                                struct base_error *err);
/* An expanded text that must be a text (numbers are printed); heap. NULL + err. */
BASE_MUST_USE char *run_expand_string(const struct run_scope *scope, const cJSON *node,
                                      struct base_error *err);

/* Defines the variables of a `vars` mapping in order; {prefix: p} becomes p, expanded, + 8 characters from seed, scenario and
 * name. */
BASE_MUST_USE enum base_status run_define(struct run_scope *scope, const cJSON *vars,
                                          const char *seed, const char *scenario,
                                          struct base_error *err);
/* Splits a `vars` mapping (NULL: empty) into those that are made once and those that name $(case.x), or a variable that does:
 * they are another in each case. Both new. */
void run_vars_split(const cJSON *vars, cJSON **once, cJSON **by_case);

#endif
