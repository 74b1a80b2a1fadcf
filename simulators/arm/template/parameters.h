/* simulators/arm/template/parameters.h: which values a template's parameters have, and whether they may.
 *
 * Errors: BASE_INVALID, code "InvalidTemplate", ARM's sentence, target "parameters.<name>"; those of the callback as they are. */
#ifndef SIMULATORS_ARM_TEMPLATE_PARAMETERS_H
#define SIMULATORS_ARM_TEMPLATE_PARAMETERS_H

#include "simulators/arm/template/expression.h"

/* Reads one secret of a vault for a parameter's `reference`: {keyVault: {id}, secretName, secretVersion?} (borrowed). Returns the
 * secret's text as a cJSON string the caller deletes, or NULL and an error. */
typedef cJSON *(*arm_parameter_secret)(void *context, const char *vault_id, const char *secret_name,
                                       const char *secret_version, struct base_error *err);

struct arm_parameters_source {
    const cJSON *declared;       /* the template's "parameters"; NULL: none */
    const cJSON *definitions;    /* the template's "definitions", for $ref; NULL: none */
    const cJSON *given;          /* the request's {name: {value} | {reference}}; NULL: none */
    arm_parameter_secret secret; /* NULL: references are refused */
    void *secret_context;
};

/* Gives each declared parameter its value (given, default, null when nullable), checks types and constraints. Defaults are
 * evaluated in `scope` with place ARM_AT_PARAMETER, in whichever order they need each other. Everything is borrowed during
 * the call only. */
BASE_MUST_USE arm_parameters_t *arm_parameters_resolve(const struct arm_parameters_source *source,
                                                       const struct arm_template_scope *scope,
                                                       struct base_error *err);
void arm_parameters_free(arm_parameters_t *parameters);

/* {name: value}, for arm_template_scope.parameters. Borrowed. */
const cJSON *arm_parameters_values(const arm_parameters_t *parameters);
/* Is the parameter declared as a secureString or secureObject? */
bool arm_parameters_secure(const arm_parameters_t *parameters, const char *name);
/* What GET of a deployment shows: {name: {type: "String", value}}; secure ones without value. The caller deletes it. */
cJSON *arm_parameters_shown(const arm_parameters_t *parameters) BASE_MUST_USE;

/* "string" -> "String", "secureobject" -> "SecureObject", ...; NULL when it is not a type. For outputs as well. */
const char *arm_parameter_type(const char *type);
bool arm_parameter_type_secure(const char *type);
/* Whether a value has a declared type (any case). */
bool arm_parameter_type_fits(const char *type, const cJSON *value);

#endif
