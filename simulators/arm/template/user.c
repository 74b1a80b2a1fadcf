/* Decides what a call of a template's own function is worth. */
#include "simulators/arm/template/parameters.h"
#include "simulators/arm/template/scope.h"

#include <strings.h>

static const cJSON *find_namespace(const cJSON *functions, const char *name)
{
    const cJSON *child;

    cJSON_ArrayForEach(child, functions)
    {
        const char *space = cJSON_GetStringValue(arm_template_member(child, "namespace"));
        if (space && !strcasecmp(space, name))
            return child;
    }
    return NULL;
}

const cJSON *arm_user_find(struct arm_eval *eval, const struct arm_node *call)
{
    const cJSON *space = find_namespace(eval->scope->functions, call->space),
                *function = arm_template_member(arm_template_member(space, "members"), call->text);

    if (!function)
        arm_eval_fail(eval,
                      "The template function '%s.%s' is not valid. Please see "
                      "https://aka.ms/arm-template-functions for usage details.",
                      call->space, call->text);
    return function;
}

bool arm_user_count(struct arm_eval *eval, const struct arm_node *call, const cJSON *function)
{
    int count = cJSON_GetArraySize(arm_template_member(function, "parameters"));

    return count == call->count ||
           arm_eval_fail(eval,
                         "Unable to evaluate template language function '%s.%s': function requires "
                         "'%d' argument(s) while '%d' were provided. Please see "
                         "https://aka.ms/arm-template-functions for usage details.",
                         call->space, call->text, count, call->count);
}

/* {name: value} of the arguments; types are checked. */
static cJSON *bind(struct arm_eval *eval, const struct arm_node *call, const cJSON *function)
{
    cJSON *values = cJSON_CreateObject();
    const cJSON *parameter = arm_template_member(function, "parameters");

    parameter = parameter ? parameter->child : NULL;
    for (const struct arm_node *node = call->first; node; node = node->next) {
        const char *name = cJSON_GetStringValue(arm_template_member(parameter, "name")),
                   *type = cJSON_GetStringValue(arm_template_member(parameter, "type"));
        cJSON *value = arm_eval_own(eval, arm_eval_node(eval, node));
        bool good = value && name;
        if (good && type && !arm_parameter_type_fits(type, value))
            good = arm_eval_fail(eval,
                                 "The template function '%s.%s' expects its parameter '%s' to be "
                                 "of type '%s'. The provided value is of type '%s'.",
                                 call->space, call->text, name, type, arm_template_type(value));
        if (!good) {
            if (value)
                arm_eval_fail(eval, "The template function '%s.%s' has a parameter without name.",
                              call->space, call->text);
            cJSON_Delete(value);
            cJSON_Delete(values);
            return NULL;
        }
        cJSON_AddItemToObject(values, name, value);
        parameter = parameter->next;
    }
    return values;
}

static cJSON *run(struct arm_eval *eval, const cJSON *function, const cJSON *values)
{
    struct arm_template_scope scope = *eval->scope;
    const cJSON *output = arm_template_member(arm_template_member(function, "output"), "value");

    if (!output) {
        arm_eval_fail(eval, "The template function has no output value. Please see "
                            "https://aka.ms/arm-template-functions for usage details.");
        return NULL;
    }
    scope.place = ARM_AT_FUNCTION;
    scope.parameters = values;
    scope.resolving = NULL;
    scope.variables = NULL;
    scope.loops = NULL;
    scope.within = eval;
    return arm_template_evaluate(&scope, output, eval->err);
}

struct arm_arg arm_eval_user(struct arm_eval *eval, const struct arm_node *call)
{
    const cJSON *function = arm_user_find(eval, call);
    cJSON *values = NULL, *result = NULL;
    const char *type;

    if (function && arm_user_count(eval, call, function))
        values = bind(eval, call, function);
    if (values)
        result = run(eval, function, values);
    cJSON_Delete(values);
    type =
        cJSON_GetStringValue(arm_template_member(arm_template_member(function, "output"), "type"));
    if (result && type && !arm_parameter_type_fits(type, result)) {
        arm_eval_fail(eval,
                      "The template function '%s.%s' returns a value of type '%s'; '%s' was "
                      "declared.",
                      call->space, call->text, arm_template_type(result), type);
        cJSON_Delete(result);
        result = NULL;
    }
    return arm_eval_keep(eval, result);
}
