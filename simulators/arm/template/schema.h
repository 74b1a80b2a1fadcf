/* simulators/arm/template/schema.h: whether a value is what a declaration says. Private to the template language. */
#ifndef SIMULATORS_ARM_TEMPLATE_SCHEMA_H
#define SIMULATORS_ARM_TEMPLATE_SCHEMA_H

#include "simulators/arm/template/expression.h"

struct arm_schema_context {
    const cJSON *definitions; /* NULL: none */
};

/* A copy of a declaration in which a $ref ("#/definitions/x") is replaced by what it names; its own members win. NULL + err. */
BASE_MUST_USE cJSON *arm_schema_resolve(const struct arm_schema_context *context,
                                        const cJSON *declaration, struct base_error *err);
/* Type, allowedValues, minValue, maxValue, minLength, maxLength; items, prefixItems, properties, additionalProperties,
 * discriminator. `name` for
 * the sentence; values of secure types are not in it. */
BASE_MUST_USE bool arm_schema_check(const struct arm_schema_context *context,
                                    const cJSON *declaration, const cJSON *value, const char *name,
                                    struct base_error *err);

#endif
