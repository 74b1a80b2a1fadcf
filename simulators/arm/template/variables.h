/* simulators/arm/template/variables.h: a template's variables, evaluated when first asked for. */
#ifndef SIMULATORS_ARM_TEMPLATE_VARIABLES_H
#define SIMULATORS_ARM_TEMPLATE_VARIABLES_H

#include "simulators/arm/template/expression.h"

/* `variables` is the template's member (borrowed while the result lives; NULL: none), with its "copy" array of
 * {name, count, input}. `scope` gives parameters, functions and the rest; it is copied with place ARM_AT_VARIABLE, without loops,
 * and with copies on; what it points to must outlive the result. NULL + err when `variables` is not an object or a copy is
 * malformed. */
BASE_MUST_USE arm_variables_t *arm_variables_new(const cJSON *variables,
                                                 const struct arm_template_scope *scope,
                                                 struct base_error *err);
void arm_variables_free(arm_variables_t *variables);

/* The value, evaluated once; borrowed, lives as long as the variables. NULL + err when there is none of that name (without
 * case), when it fails, or when it needs itself. */
BASE_MUST_USE const cJSON *arm_variables_get(arm_variables_t *variables, const char *name,
                                             struct base_error *err);
bool arm_variables_has(const arm_variables_t *variables, const char *name);
/* Evaluates all: what a deployment does before it starts. After it went well, arm_variables_get and arm_template_evaluate
 * only read them: any number of threads may. */
BASE_MUST_USE enum base_status arm_variables_all(arm_variables_t *variables,
                                                 struct base_error *err);

#endif
