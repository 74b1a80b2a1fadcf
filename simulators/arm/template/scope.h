/* simulators/arm/template/scope.h: evaluations within evaluations. Private to the template language. */
#ifndef SIMULATORS_ARM_TEMPLATE_SCOPE_H
#define SIMULATORS_ARM_TEMPLATE_SCOPE_H

#include "simulators/arm/template/function.h"

/* A variable for an evaluation that needs it: its work and depth count there. Borrowed. */
const cJSON *arm_variables_value(arm_variables_t *variables, const char *name,
                                 struct arm_eval *within, struct base_error *err);
/* The same for a parameter while parameters are being resolved. */
const cJSON *arm_parameters_value(arm_parameters_t *parameters, const char *name,
                                  struct arm_eval *within, struct base_error *err);
bool arm_parameters_declared(const arm_parameters_t *parameters, const char *name);

/* {name, count, input} of a copy: evaluated count (0 to 800), NULL + err when it is malformed. */
struct arm_copy {
    const char *name;
    int64_t count;
    const cJSON *input;
};
bool arm_copy_read(struct arm_eval *eval, const cJSON *copy, struct arm_copy *out);
/* The array of inputs. */
cJSON *arm_copy_expand(struct arm_eval *eval, const struct arm_copy *copy);

/* Sets target "<scope path><path>" of an error that has none. */
void arm_path_target(const struct arm_template_scope *scope, const char *path,
                     struct base_error *err);

#endif
