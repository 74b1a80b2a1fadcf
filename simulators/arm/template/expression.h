/* simulators/arm/template/expression.h: what a template's expression is worth.
 *
 * Values are cJSON. Whole numbers beyond 2^53 and floats with a whole value ("3.0") are raw nodes (cJSON_IsRaw), which print
 * as they should; arm_template_int() reads both kinds. Results are owned by the caller (cJSON_Delete); what is passed in is
 * borrowed and never changed. Nothing here blocks, but callbacks may. A scope is used by one thread at a time.
 *
 * Errors: BASE_INVALID with code "InvalidTemplate" and the inner sentence ("The template language function 'add' expects ...");
 * target is the JSON path of the string at fault below the value that was given ("properties.x[2]", "" for itself), prefixed with
 * the scope's path. arm_template_violation() makes ARM's body of it. A callback's own error is handed on as it is.
 * Source: facts of ARM, 5.2 to 5.5, 5.7. */
#ifndef SIMULATORS_ARM_TEMPLATE_EXPRESSION_H
#define SIMULATORS_ARM_TEMPLATE_EXPRESSION_H

#include "common/clock.h"
#include "common/json.h"

#define ARM_EXPRESSION_MAX 24576 /* characters of one expression */
#define ARM_EXPRESSION_DEPTH 128 /* nesting of calls, accessors and JSON within one expression */
#define ARM_EVALUATION_DEPTH 600 /* the same over variables, lambdas and user functions */
#define ARM_EVALUATION_WORK                                                                        \
    2000000 /* steps (a node made or compared, 16 bytes of text) of one arm_template_evaluate */
#define ARM_TEXT_MAX (4 << 20) /* bytes of one string that a function makes */

/* Where an expression stands decides which functions it may call. */
enum arm_template_place {
    ARM_AT_PARAMETER = 1, /* defaultValue: newGuid, utcNow; no variables, reference, list* */
    ARM_AT_VARIABLE = 2,  /* no reference, list* */
    ARM_AT_HEADER =
        4, /* name, type, apiVersion, condition, copy.count, dependsOn, scope: no reference, list* */
    ARM_AT_BODY = 8, /* everything else of a resource */
    ARM_AT_OUTPUT = 16,
    ARM_AT_FUNCTION =
        32, /* the output of a user function: its own parameters only, no variables, reference, list* */
};

/* What the template is deployed to: fills in the left out arguments of resourceId. */
enum arm_template_level {
    ARM_LEVEL_TENANT,
    ARM_LEVEL_MANAGEMENT_GROUP,
    ARM_LEVEL_SUBSCRIPTION,
    ARM_LEVEL_GROUP
};

/* One loop around the expression, innermost first. copyIndex('name') finds it by name without case; copyIndex() takes the
 * first with `unnamed`: the resource's or output's copy, not the copy of a property or variable. */
struct arm_template_loop {
    const char *name; /* NULL: none */
    int64_t index;    /* from 0 */
    bool unnamed;
    const struct arm_template_loop *next;
};

/* A call of reference(...) or list*(...). */
struct arm_template_reference {
    const char *function; /* as written: "reference", "listKeys", "references" */
    const char *id;       /* first argument: a resource id, a resource's name or a symbolic name */
    const char *api_version; /* NULL: none was given */
    bool full;               /* reference(..., 'Full') */
    const cJSON *body;       /* third argument of list*; NULL: none */
};

/* What only the world can say. Each may be NULL: the function is then refused as "not expected at this location". Each
 * returns a value that the caller deletes, or NULL and an error. */
struct arm_template_host {
    /* reference: the value itself (already Full or properties only). list*: the whole answer. */
    cJSON *(*reference)(void *context, const struct arm_template_reference *call,
                        struct base_error *err);
    cJSON *(*list)(void *context, const struct arm_template_reference *call,
                   struct base_error *err);
    /* GET /providers/{name}: {namespace, resourceTypes: [{resourceType, locations, apiVersions, zoneMappings?}]}; providers,
     * pickZones. */
    cJSON *(*provider)(void *context, const char *name, struct base_error *err);
    /* [{logicalZone, physicalZone}] of a location in a subscription; toLogicalZone(s), toPhysicalZone(s). */
    cJSON *(*zones)(void *context, const char *subscription_id, const char *location,
                    struct base_error *err);
    /* {id, roleDefinitionId} of a built-in role's name; roleDefinitions. */
    cJSON *(*role)(void *context, const char *name, struct base_error *err);
    /* newGuid(): writes BASE_UUID_TEXT bytes. */
    void (*new_guid)(void *context, char *out);
};

struct arm_eval;
typedef struct arm_variables arm_variables_t;   /* template/variables.h */
typedef struct arm_parameters arm_parameters_t; /* template/parameters.h */

/* Everything an expression can see. Zero-initialise, fill in, keep while evaluating; copies are cheap and meant (change place
 * or loops in a copy). All borrowed. */
struct arm_template_scope {
    enum arm_template_place place;
    const char *path; /* of the value in the template, for errors: "resources[0]"; NULL: none */
    const cJSON *parameters;     /* {name: value}; NULL: none. arm_parameters_values() */
    arm_parameters_t *resolving; /* set by arm_parameters_resolve only */
    arm_variables_t *variables;  /* NULL: none */
    const cJSON *functions;      /* the template's "functions" array; NULL: none */
    const struct arm_template_loop *loops;
    bool
        copies; /* arm_template_evaluate expands "copy": [{name, count, input}] in objects (variables, properties) */

    enum arm_template_level level;
    const char *subscription_id, *resource_group,
        *management_group_id; /* NULL where the level has none */
    /* What resourceGroup(), subscription(), ... return. NULL: the function is "not expected at this location". */
    const cJSON *resource_group_value, *subscription_value, *tenant_value, *management_group_value;
    const cJSON *deployment_value, *deployer_value, *environment_value;
    const cJSON *external_inputs; /* {key: value}; NULL: none */
    int64_t now_ms;               /* utcNow() */

    const struct arm_template_host *host; /* NULL: none */
    void *context;                        /* of the host's callbacks */

    struct arm_eval *within; /* set by the library only: the evaluation that needs this one */
};

/* Whether a string is an expression: starts with "[" but not "[[", ends with "]". */
bool arm_template_is_expression(const char *text);

/* Evaluates every expression in `value` (strings at any depth, member names too), "[[x" loses one bracket; the rest is copied.
 * NULL + err on the first that fails. */
BASE_MUST_USE cJSON *arm_template_evaluate(const struct arm_template_scope *scope,
                                           const cJSON *value, struct base_error *err);
/* The same for one string ("[concat('a','b')]" or a literal). */
BASE_MUST_USE cJSON *arm_template_evaluate_text(const struct arm_template_scope *scope,
                                                const char *text, struct base_error *err);

/* Only syntax, function names, argument counts, and places, without evaluating: what ARM checks before a deployment starts.
 * Unknown parameters and variables are found as well when their name is a literal. */
BASE_MUST_USE enum base_status arm_template_check(const struct arm_template_scope *scope,
                                                  const cJSON *value, struct base_error *err);

/* Reports every reference() and list*() in `value` whose first argument can be known without deploying anything, for implicit
 * dependencies. The call's texts live as long as the callback runs. Calls whose arguments need a deployed resource, or fail,
 * are passed over: evaluation will tell. `api_version` NULL as above. Loops are walked for each index. */
typedef void (*arm_template_found)(void *context, const struct arm_template_reference *call);
void arm_template_references(const struct arm_template_scope *scope, const cJSON *value,
                             arm_template_found found, void *context);

/* ARM's error body for a refused template: {"error": {code, message: "Deployment template validation failed: '<sentence>'.",
 * additionalInfo: [{type: "TemplateViolation", info: {lineNumber, linePosition, path}}]}}. line 0: unknown. The caller
 * deletes it. */
cJSON *arm_template_violation(const struct base_error *err, int line, int column);

/* Whole numbers of either kind; false when the node is none (or a float). */
bool arm_template_int(const cJSON *value, int64_t *out);
cJSON *arm_template_new_int(int64_t value) BASE_MUST_USE;
/* "String", "Integer", "Float", "Boolean", "Array", "Object", "Null". */
const char *arm_template_type(const cJSON *value);
/* A member by name without case; NULL when absent. */
cJSON *arm_template_member(const cJSON *object, const char *name);

#endif
