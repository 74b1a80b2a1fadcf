/* simulators/arm/deployments/nested.h: templates within templates whose expressions belong to the outer one. Private to the room. */
#ifndef ARM_DEPLOYMENT_NESTED_H
#define ARM_DEPLOYMENT_NESTED_H

#include "simulators/arm/template/expression.h"

/* The template of a nested deployment with outer scope, evaluated in `scope` (the parent's): loops unrolled, resources with a false
 * condition left out, values written so that evaluating them again changes nothing. NULL + err. */
BASE_MUST_USE cJSON *arm_nested_outer(const struct arm_template_scope *scope, const cJSON *template,
                                      struct base_error *err);

#endif
