/* Decides what functions ask of deployed resources, and of what providers and roles there are. */
#include "simulators/arm/template/function.h"

#include <string.h>
#include <strings.h>

/* An argument that may be left out, or null. */
static bool optional_text(struct arm_fn *fn, int index, const char **out)
{
    *out = NULL;
    return fn->count <= index || cJSON_IsNull(arm_fn_value(fn, index)) ||
           arm_fn_text(fn, index, out);
}

static bool read_full(struct arm_fn *fn, int index, bool *full)
{
    const char *text;

    if (!optional_text(fn, index, &text))
        return false;
    *full = text && !strcasecmp(text, "Full");
    if (text && !*full && strcasecmp(text, "Properties") != 0)
        return arm_fn_fail(fn, "the value '%.100s' must be 'Full' or 'Properties'", text);
    return true;
}

static bool give_reference(struct arm_fn *fn, const struct arm_template_reference *call)
{
    const struct arm_template_host *host = fn->eval->scope->host;

    if (!host || !host->reference)
        return arm_fn_unexpected(fn);
    return arm_fn_give(fn, host->reference(fn->eval->scope->context, call, fn->eval->err));
}

/* reference(nameOrId[, apiVersion][, 'Full']) */
static bool run_reference(struct arm_fn *fn)
{
    struct arm_template_reference call = {.function = fn->name};

    return arm_fn_text(fn, 0, &call.id) && optional_text(fn, 1, &call.api_version) &&
           read_full(fn, 2, &call.full) && give_reference(fn, &call);
}

/* references(symbolicName of a loop[, 'Full']) */
static bool run_references(struct arm_fn *fn)
{
    struct arm_template_reference call = {.function = fn->name};

    return arm_fn_text(fn, 0, &call.id) && read_full(fn, 1, &call.full) &&
           give_reference(fn, &call);
}

/* list*(id, apiVersion[, body]) */
static bool run_list(struct arm_fn *fn)
{
    const struct arm_template_host *host = fn->eval->scope->host;
    struct arm_template_reference call = {.function = fn->name};

    if (!arm_fn_text(fn, 0, &call.id) || !arm_fn_text(fn, 1, &call.api_version))
        return false;
    if (fn->count > 2 && !cJSON_IsNull(arm_fn_value(fn, 2)) && !(call.body = arm_fn_object(fn, 2)))
        return false;
    if (!host || !host->list)
        return arm_fn_unexpected(fn);
    return arm_fn_give(fn, host->list(fn->eval->scope->context, &call, fn->eval->err));
}

static const cJSON *find_type(const cJSON *provider, const char *type)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, arm_template_member(provider, "resourceTypes"))
    {
        const char *name = cJSON_GetStringValue(arm_template_member(child, "resourceType"));
        if (name && !strcasecmp(name, type))
            return child;
    }
    return NULL;
}

/* providers(namespace[, type]) */
static bool run_providers(struct arm_fn *fn)
{
    const struct arm_template_host *host = fn->eval->scope->host;
    const char *name, *type;
    const cJSON *found;
    cJSON *provider;

    if (!arm_fn_text(fn, 0, &name) || !optional_text(fn, 1, &type))
        return false;
    if (!host || !host->provider)
        return arm_fn_unexpected(fn);
    provider = host->provider(fn->eval->scope->context, name, fn->eval->err);
    if (!provider || !type)
        return arm_fn_give(fn, provider);
    found = find_type(arm_eval_keep(fn->eval, provider).value, type);
    return found
               ? arm_fn_lend(fn, found)
               : arm_fn_fail(fn, "the provider '%.100s' has no resource type '%.100s'", name, type);
}

static bool run_role_definitions(struct arm_fn *fn)
{
    const struct arm_template_host *host = fn->eval->scope->host;
    const char *name;

    if (!arm_fn_text(fn, 0, &name))
        return false;
    if (!host || !host->role)
        return arm_fn_unexpected(fn);
    return arm_fn_give(fn, host->role(fn->eval->scope->context, name, fn->eval->err));
}

static const struct arm_function rows[] = {
    {"list*", 2, 3, run_list, ARM_AT_DEPLOYED, ARM_FN_REFERENCE},
    {"providers", 1, 2, run_providers, 0, 0},
    {"reference", 1, 3, run_reference, ARM_AT_DEPLOYED, ARM_FN_REFERENCE},
    {"references", 1, 2, run_references, ARM_AT_DEPLOYED, ARM_FN_REFERENCE},
    {"roledefinitions", 1, 1, run_role_definitions, 0, 0},
};

const struct arm_function_table arm_functions_reference = {rows, sizeof(rows) / sizeof(rows[0])};
