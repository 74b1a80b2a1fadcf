/* Decides when a variable is evaluated, and that none needs itself. */
#include "simulators/arm/template/variables.h"

#include "simulators/arm/template/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VARIABLES_MAX 256

enum state { WAITING, BUSY, READY };

struct variable {
    const char *name;
    const cJSON *source; /* the value, or the copy that makes it */
    bool copy;
    enum state state;
    cJSON *value;
    const struct variable *needs; /* while busy: the one it waits for */
};

struct arm_variables {
    struct arm_template_scope scope;
    struct variable *list;
    size_t count;
    struct variable *busy; /* innermost */
};

static bool fill(arm_variables_t *variables, const cJSON *source, struct base_error *err);

arm_variables_t *arm_variables_new(const cJSON *source, const struct arm_template_scope *scope,
                                   struct base_error *err)
{
    arm_variables_t *variables = base_alloc(sizeof(*variables));

    variables->scope = *scope;
    variables->scope.place = ARM_AT_VARIABLE;
    variables->scope.loops = NULL;
    variables->scope.copies = true;
    variables->scope.path = "variables";
    variables->scope.variables = variables;
    if (source && !fill(variables, source, err)) {
        arm_variables_free(variables);
        return NULL;
    }
    return variables;
}

void arm_variables_free(arm_variables_t *variables)
{
    if (!variables)
        return;
    for (size_t i = 0; i < variables->count; i++)
        cJSON_Delete(variables->list[i].value);
    free(variables->list);
    free(variables);
}

static bool refuse(struct base_error *err, const char *sentence, const char *name)
{
    base_error_set(err, BASE_INVALID, "InvalidTemplate", sentence, name);
    base_error_target(err, "variables%s%s", *name ? "." : "", name);
    return false;
}

static struct variable *find(const arm_variables_t *variables, const char *name)
{
    for (size_t i = 0; i < variables->count; i++)
        if (!strcasecmp(variables->list[i].name, name))
            return &variables->list[i];
    return NULL;
}

static bool add(arm_variables_t *variables, const char *name, const cJSON *source,
                struct base_error *err)
{
    bool copy = source->string == NULL; /* an element of the copy array */

    if (find(variables, name)) {
        base_error_set(
            err, BASE_INVALID, "InvalidTemplate",
            "The template variable '%.100s' is defined twice; names are compared without "
            "case.",
            name);
        base_error_target(err, "variables.%s", name);
        return false;
    }
    if (variables->count == VARIABLES_MAX) {
        base_error_set(err, BASE_INVALID, "InvalidTemplate",
                       "The number of template variables limit exceeded. Limit: '%d'.",
                       VARIABLES_MAX);
        base_error_target(err, "variables");
        return false;
    }
    variables->list[variables->count++] =
        (struct variable){.name = name, .source = source, .copy = copy};
    return true;
}

static bool add_copies(arm_variables_t *variables, const cJSON *copies, struct base_error *err)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, copies)
    {
        const char *name = cJSON_GetStringValue(arm_template_member(child, "name"));
        if (!name)
            return refuse(err,
                          "The template copy definition is not valid: 'name', 'count' and "
                          "'input' are required.%s",
                          "");
        if (!add(variables, name, child, err))
            return false;
    }
    return true;
}

static bool fill(arm_variables_t *variables, const cJSON *source, struct base_error *err)
{
    const cJSON *child;

    if (!cJSON_IsObject(source))
        return refuse(err, "The template 'variables' must be an object.%s", "");
    variables->list = base_alloc(VARIABLES_MAX * sizeof(*variables->list));
    cJSON_ArrayForEach(child, source)
    {
        bool copies = !strcasecmp(child->string, "copy") && cJSON_IsArray(child);
        if (!(copies ? add_copies(variables, child, err)
                     : add(variables, child->string, child, err)))
            return false;
    }
    return true;
}

/* ---- values ---- */

static void circle(const struct variable *start, struct base_error *err)
{
    char chain[600];
    int at = snprintf(chain, sizeof(chain), "%.60s", start->name);

    for (const struct variable *v = start->needs; v && v != start && at < 500; v = v->needs)
        at += snprintf(chain + at, sizeof(chain) - (size_t)at, "->%.60s", v->name);
    (void)snprintf(chain + at, sizeof(chain) - (size_t)at, "->%.60s", start->name);
    base_error_set(err, BASE_INVALID, "InvalidTemplate",
                   "The template variable '%.60s' cannot be evaluated: a circular dependency was "
                   "detected: '%s'.",
                   start->name, chain);
    base_error_target(err, "variables.%s", start->name);
}

static cJSON *evaluate_copy(const struct arm_template_scope *scope, const cJSON *source,
                            struct base_error *err)
{
    cJSON *object = cJSON_CreateObject(), *copies = cJSON_AddArrayToObject(object, "copy"), *result;
    cJSON *value;

    cJSON_AddItemToArray(copies, base_json_copy(source));
    result = arm_template_evaluate(scope, object, err);
    cJSON_Delete(object);
    value = result ? cJSON_DetachItemViaPointer(result, result->child) : NULL;
    cJSON_Delete(result);
    return value;
}

static bool evaluate(arm_variables_t *variables, struct variable *v, struct arm_eval *within,
                     struct base_error *err)
{
    struct arm_template_scope scope = variables->scope;
    struct variable *outer = variables->busy;
    char path[120];

    (void)snprintf(path, sizeof(path), "variables.%.100s", v->name);
    scope.path = path;
    scope.within = within;
    v->state = BUSY;
    variables->busy = v;
    v->value = v->copy ? evaluate_copy(&scope, v->source, err)
                       : arm_template_evaluate(&scope, v->source, err);
    variables->busy = outer;
    v->state = v->value ? READY : WAITING;
    return v->value != NULL;
}

const cJSON *arm_variables_value(arm_variables_t *variables, const char *name,
                                 struct arm_eval *within, struct base_error *err)
{
    struct variable *v = find(variables, name);

    if (!v) {
        base_error_set(err, BASE_INVALID, "InvalidTemplate",
                       "The template variable '%.200s' is not found. Please see "
                       "https://aka.ms/arm-syntax-variables for usage details.",
                       name);
        return NULL;
    }
    if (variables->busy)
        variables->busy->needs = v;
    if (v->state == BUSY) {
        circle(v, err);
        return NULL;
    }
    if (v->state == WAITING && !evaluate(variables, v, within, err))
        return NULL;
    return v->value;
}

const cJSON *arm_variables_get(arm_variables_t *variables, const char *name, struct base_error *err)
{
    return arm_variables_value(variables, name, NULL, err);
}

bool arm_variables_has(const arm_variables_t *variables, const char *name)
{
    return find(variables, name) != NULL;
}

enum base_status arm_variables_all(arm_variables_t *variables, struct base_error *err)
{
    for (size_t i = 0; i < variables->count; i++)
        if (!arm_variables_get(variables, variables->list[i].name, err))
            return BASE_INVALID;
    return BASE_OK;
}
