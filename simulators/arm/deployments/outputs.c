/* Decides what a deployment gives back at its end. */
#include "simulators/arm/deployments/deployment.h"
#include "simulators/arm/deployments/reference.h"

#include <string.h>

struct outputs {
    struct arm_deployment *deployment;
    struct arm_template_scope scope;
    struct base_error *err;
};

static cJSON *fail(struct outputs *outputs, const char *name, const char *why)
{
    base_error_set(outputs->err, BASE_INVALID, "DeploymentOutputEvaluationFailed",
                   "The template output '%s' is not valid: %s.", name, why);
    base_error_target(outputs->err, "outputs.%s", name);
    return NULL;
}

static cJSON *turns(struct outputs *outputs, const cJSON *output, const cJSON *copy)
{
    cJSON *count_value, *list, *value;
    int64_t count = -1;

    count_value =
        arm_template_evaluate(&outputs->scope, arm_template_member(copy, "count"), outputs->err);
    bool good = count_value && arm_template_int(count_value, &count) && count >= 0 &&
                count <= ARM_DEPLOYMENT_RESOURCES;
    cJSON_Delete(count_value);
    if (!good)
        return fail(outputs, output->string, "its copy count is no whole number from 0 to 800");
    list = cJSON_CreateArray();
    for (int64_t i = 0; i < count; i++) {
        struct arm_template_loop loop = {NULL, i, true, NULL};
        struct arm_template_scope scope = outputs->scope;
        scope.loops = &loop;
        value = arm_template_evaluate(&scope, arm_template_member(copy, "input"), outputs->err);
        if (!value) {
            cJSON_Delete(list);
            return NULL;
        }
        cJSON_AddItemToArray(list, value);
    }
    return list;
}

static cJSON *value_of(struct outputs *outputs, const cJSON *output)
{
    const cJSON *copy = arm_template_member(output, "copy"),
                *value = arm_template_member(output, "value");

    if (cJSON_IsObject(copy) && arm_template_member(copy, "count") &&
        arm_template_member(copy, "input"))
        return turns(outputs, output, copy);
    if (!value)
        return fail(outputs, output->string, "it has no value");
    return arm_template_evaluate(&outputs->scope, value, outputs->err);
}

/* *wanted false: its condition does not hold. */
static bool condition_of(struct outputs *outputs, const cJSON *output, bool *wanted)
{
    const cJSON *condition = arm_template_member(output, "condition");
    cJSON *value =
        condition ? arm_template_evaluate(&outputs->scope, condition, outputs->err) : NULL;

    *wanted = !value || cJSON_IsTrue(value);
    cJSON_Delete(value);
    return !condition || outputs->err->status == BASE_OK;
}

static bool add(struct outputs *outputs, const cJSON *output, cJSON *out)
{
    const char *type = cJSON_GetStringValue(arm_template_member(output, "type"));
    const char *shown = type ? arm_parameter_type(type) : NULL;
    cJSON *value, *entry;
    bool wanted;

    if (!shown) {
        fail(outputs, output->string, "its type is missing or unknown");
        return false;
    }
    if (!condition_of(outputs, output, &wanted) || !wanted)
        return outputs->err->status == BASE_OK;
    value = value_of(outputs, output);
    if (!value)
        return false;
    if (!arm_parameter_type_fits(type, value)) {
        fail(outputs, output->string,
             base_arena_printf(&outputs->deployment->arena, "expected type '%s', found type '%s'",
                               shown, arm_template_type(value)));
        cJSON_Delete(value);
        return false;
    }
    entry = cJSON_CreateObject();
    base_json_set_text(entry, "type", shown);
    if (arm_parameter_type_secure(type))
        cJSON_Delete(value);
    else
        cJSON_AddItemToObject(entry, "value", value);
    cJSON_AddItemToObject(out, output->string, entry);
    return true;
}

cJSON *arm_deployment_outputs(struct arm_deployment *deployment, struct base_error *err)
{
    struct arm_reference_context context = {deployment, NULL, false};
    struct outputs outputs = {deployment, arm_deployment_scope(deployment, NULL, ARM_AT_OUTPUT),
                              err};
    const cJSON *declared = arm_template_member(deployment->template, "outputs"), *output;
    cJSON *out = cJSON_CreateObject();

    outputs.scope.host = &arm_reference_host;
    outputs.scope.context = &context;
    outputs.scope.path = "outputs";
    cJSON_ArrayForEach(output, declared)
    {
        if (!add(&outputs, output, out)) {
            cJSON_Delete(out);
            return NULL;
        }
    }
    return out;
}
