/* Decides which value each parameter of a template has. */
#include "simulators/arm/template/parameters.h"

#include "simulators/arm/template/schema.h"
#include "simulators/arm/template/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PARAMETERS_MAX 256

enum state { WAITING, BUSY, READY };

struct arm_parameters {
    struct arm_schema_context schemas;
    const struct arm_parameters_source *source; /* while resolving */
    struct arm_template_scope scope;
    cJSON *declared; /* the resolved declarations, by name: kept for arm_parameters_shown */
    cJSON *values;
    enum state state[PARAMETERS_MAX]; /* in the order of `declared` */
};

static bool prepare(arm_parameters_t *p, struct base_error *err);
static bool check_given(const arm_parameters_t *p, struct base_error *err);

arm_parameters_t *arm_parameters_resolve(const struct arm_parameters_source *source,
                                         const struct arm_template_scope *scope,
                                         struct base_error *err)
{
    arm_parameters_t *p = base_alloc(sizeof(*p));
    bool good;

    p->schemas.definitions = source->definitions;
    p->source = source;
    p->scope = *scope;
    p->scope.place = ARM_AT_PARAMETER;
    p->scope.resolving = p;
    p->scope.parameters = NULL;
    p->scope.variables = NULL;
    p->scope.loops = NULL;
    p->scope.copies = false;
    p->declared = cJSON_CreateObject();
    p->values = cJSON_CreateObject();
    good = prepare(p, err) && check_given(p, err);
    for (const cJSON *one = p->declared->child; good && one; one = one->next)
        good = arm_parameters_value(p, one->string, NULL, err) != NULL;
    p->source = NULL;
    p->schemas.definitions = NULL;
    if (good)
        return p;
    arm_parameters_free(p);
    return NULL;
}

void arm_parameters_free(arm_parameters_t *parameters)
{
    if (!parameters)
        return;
    cJSON_Delete(parameters->declared);
    cJSON_Delete(parameters->values);
    free(parameters);
}

const cJSON *arm_parameters_values(const arm_parameters_t *parameters)
{
    return parameters->values;
}

static bool refuse(struct base_error *err, const char *name, const char *fmt, ...)
    BASE_PRINTF(3, 4);
static bool refuse(struct base_error *err, const char *name, const char *fmt, ...)
{
    char sentence[900];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, args);
    va_end(args);
    base_error_set(err, BASE_INVALID, "InvalidTemplate", "%s", sentence);
    base_error_target(err, "parameters%s%s", name ? "." : "", name ? name : "");
    return false;
}

static const char *type_of(const cJSON *declaration)
{
    return cJSON_GetStringValue(arm_template_member(declaration, "type"));
}

bool arm_parameters_secure(const arm_parameters_t *parameters, const char *name)
{
    return arm_parameter_type_secure(type_of(arm_template_member(parameters->declared, name)));
}

cJSON *arm_parameters_shown(const arm_parameters_t *parameters)
{
    cJSON *shown = cJSON_CreateObject(), *one;
    const cJSON *value;

    cJSON_ArrayForEach(value, parameters->values)
    {
        const char *type = type_of(arm_template_member(parameters->declared, value->string));

        one = cJSON_AddObjectToObject(shown, value->string);
        cJSON_AddStringToObject(one, "type", arm_parameter_type(type));
        if (!arm_parameter_type_secure(type))
            cJSON_AddItemToObject(one, "value", base_json_copy(value));
    }
    return shown;
}

/* ---- declarations ---- */

static bool declare(arm_parameters_t *p, const cJSON *declaration, struct base_error *err)
{
    const char *name = declaration->string, *type;
    cJSON *resolved;

    if (!cJSON_IsObject(declaration))
        return refuse(err, name,
                      "The template parameter '%.100s' must be an object, '%s' was found.", name,
                      arm_template_type(declaration));
    if (arm_template_member(p->declared, name))
        return refuse(err, name,
                      "The template parameter '%.100s' is defined twice; names are "
                      "compared without case.",
                      name);
    resolved = arm_schema_resolve(&p->schemas, declaration, err);
    if (!resolved)
        return base_error_target(err, "parameters.%s", name), false;
    cJSON_AddItemToObject(p->declared, name, resolved);
    type = type_of(resolved);
    if (type && arm_parameter_type(type))
        return true;
    return refuse(err, name,
                  "The template parameter '%.100s' has the type '%.60s'; one of 'string, "
                  "securestring, int, bool, object, secureObject, array' was expected.",
                  name, type ? type : "");
}

static bool prepare(arm_parameters_t *p, struct base_error *err)
{
    const cJSON *declared = p->source->declared, *child;

    if (declared && !cJSON_IsObject(declared))
        return refuse(err, NULL, "The template 'parameters' must be an object, '%s' was found.",
                      arm_template_type(declared));
    if (cJSON_GetArraySize(declared) > PARAMETERS_MAX)
        return refuse(err, NULL,
                      "The number of template parameters limit exceeded. Limit: '%d' and actual: "
                      "'%d'.",
                      PARAMETERS_MAX, cJSON_GetArraySize(declared));
    cJSON_ArrayForEach(child, declared) if (!declare(p, child, err)) return false;
    return true;
}

/* ---- what the request gives ---- */

static void append_name(struct base_buf *out, const char *name)
{
    if (out->len < 300)
        base_buf_printf(out, "%s%.100s", out->len ? ", " : "", name);
}

static bool unknown(const arm_parameters_t *p, const struct base_buf *names, const char *first,
                    struct base_error *err)
{
    struct base_buf known = {0};
    const cJSON *child;

    cJSON_ArrayForEach(child, p->declared) append_name(&known, child->string);
    refuse(
        err, first,
        "The template parameters '%s' in the parameters file are not valid; they are not present "
        "in the original template and can therefore not be provided at deployment time. The only "
        "supported parameters for this template are '%s'. Please see "
        "https://aka.ms/arm-pass-parameter-values for usage details.",
        names->data, known.data ? known.data : "");
    base_buf_release(&known);
    return false;
}

static bool check_given(const arm_parameters_t *p, struct base_error *err)
{
    const cJSON *given = p->source->given, *child, *first = NULL;
    struct base_buf names = {0};
    bool good;

    if (given && !cJSON_IsObject(given) && !cJSON_IsNull(given))
        return refuse(err, NULL, "The deployment parameters must be an object, '%s' was found.",
                      arm_template_type(given));
    cJSON_ArrayForEach(child, given)
    {
        if (arm_template_member(p->declared, child->string))
            continue;
        first = first ? first : child;
        append_name(&names, child->string);
    }
    good = !first || unknown(p, &names, first->string, err);
    base_buf_release(&names);
    return good;
}

static cJSON *fetch_secret(const arm_parameters_t *p, const char *name, const cJSON *reference,
                           struct base_error *err)
{
    const cJSON *vault = arm_template_member(reference, "keyVault");
    const char *id = cJSON_GetStringValue(arm_template_member(vault, "id")),
               *secret = cJSON_GetStringValue(arm_template_member(reference, "secretName")),
               *version = cJSON_GetStringValue(arm_template_member(reference, "secretVersion"));
    const char *type = type_of(arm_template_member(p->declared, name));

    if (!id || !secret || !p->source->secret) {
        refuse(err, name,
               "The reference of the template parameter '%.100s' is not valid: "
               "'keyVault.id' and 'secretName' were expected%s.",
               name, p->source->secret ? "" : ", and references are not supported here");
        return NULL;
    }
    if (!arm_parameter_type_secure(type)) {
        refuse(err, name,
               "The template parameter '%.100s' refers to a secret; its type '%.60s' must "
               "be 'securestring' or 'secureObject'.",
               name, type);
        return NULL;
    }
    return p->source->secret(p->source->secret_context, id, secret, version, err);
}

/* The given value, *absent when there is none. */
static cJSON *given_value(const arm_parameters_t *p, const char *name, bool *absent,
                          struct base_error *err)
{
    const cJSON *given = arm_template_member(p->source->given, name), *value, *reference;

    *absent = !given;
    if (!given)
        return NULL;
    value = arm_template_member(given, "value");
    reference = arm_template_member(given, "reference");
    if (value && reference) {
        refuse(err, name, "The template parameter '%.100s' has both a value and a reference.",
               name);
        return NULL;
    }
    if (reference && !cJSON_IsNull(reference))
        return fetch_secret(p, name, reference, err);
    if (value)
        return base_json_copy(value);
    refuse(err, name,
           "The value for the template parameter '%.100s' is not provided: an object with "
           "'value' or 'reference' was expected.",
           name);
    return NULL;
}

/* ---- values ---- */

static cJSON *default_value(const arm_parameters_t *p, const cJSON *declaration,
                            struct arm_eval *within, struct base_error *err)
{
    const cJSON *value = arm_template_member(declaration, "defaultValue");
    struct arm_template_scope scope = p->scope;
    char path[160];

    if (!value) {
        if (cJSON_IsTrue(arm_template_member(declaration, "nullable")))
            return cJSON_CreateNull();
        refuse(err, declaration->string,
               "The value for the template parameter '%.100s' is not provided. Please see "
               "https://aka.ms/arm-create-parameter-file for usage details.",
               declaration->string);
        return NULL;
    }
    (void)snprintf(path, sizeof(path), "parameters.%.100s.defaultValue", declaration->string);
    scope.path = path;
    scope.within = within;
    return arm_template_evaluate(&scope, value, err);
}

static cJSON *find_value(const arm_parameters_t *p, const cJSON *declaration,
                         struct arm_eval *within, struct base_error *err)
{
    bool absent;
    cJSON *value = given_value(p, declaration->string, &absent, err);

    if (absent)
        value = default_value(p, declaration, within, err);
    if (!value)
        return NULL;
    if (arm_schema_check(&p->schemas, declaration, value, declaration->string, err))
        return value;
    base_error_target(err, "parameters.%s", declaration->string);
    cJSON_Delete(value);
    return NULL;
}

static int index_of(const arm_parameters_t *p, const char *name, const cJSON **declaration)
{
    int index = 0;

    for (*declaration = p->declared->child; *declaration; *declaration = (*declaration)->next) {
        if (!strcasecmp((*declaration)->string, name))
            return index;
        index++;
    }
    return -1;
}

const cJSON *arm_parameters_value(arm_parameters_t *p, const char *name, struct arm_eval *within,
                                  struct base_error *err)
{
    const cJSON *declaration;
    int index = index_of(p, name, &declaration);
    cJSON *value;

    if (index < 0) {
        base_error_set(err, BASE_INVALID, "InvalidTemplate",
                       "The template parameter '%.200s' is not found. Please see "
                       "https://aka.ms/arm-create-parameter-file for usage details.",
                       name);
        return NULL;
    }
    if (p->state[index] == READY)
        return arm_template_member(p->values, name);
    if (p->state[index] == BUSY) {
        refuse(err, declaration->string,
               "The template parameter '%.100s' cannot be evaluated: a "
               "circular dependency was detected between default values.",
               declaration->string);
        return NULL;
    }
    p->state[index] = BUSY;
    value = find_value(p, declaration, within, err);
    if (!value)
        return NULL;
    p->state[index] = READY;
    cJSON_AddItemToObject(p->values, declaration->string, value);
    return value;
}

bool arm_parameters_declared(const arm_parameters_t *parameters, const char *name)
{
    return arm_template_member(parameters->declared, name) != NULL;
}
