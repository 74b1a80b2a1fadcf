/* Decides the standard functions on the deployment: its parameters, variables, scope and cloud. */
#include "simulators/arm/template/function.h"

#include "simulators/arm/template/scope.h"

static bool run_parameters(struct arm_fn *fn)
{
    const struct arm_template_scope *scope = fn->eval->scope;
    const cJSON *found;
    const char *name;

    if (!arm_fn_text(fn, 0, &name))
        return false;
    if (scope->resolving) {
        found = arm_parameters_value(scope->resolving, name, fn->eval, fn->eval->err);
        return found && arm_fn_lend(fn, found);
    }
    found = arm_template_member(scope->parameters, name);
    if (found)
        return arm_fn_lend(fn, found);
    return arm_eval_fail(fn->eval,
                         "The template parameter '%.200s' is not found. Please see "
                         "https://aka.ms/arm-create-parameter-file for usage details.",
                         name);
}

static bool run_variables(struct arm_fn *fn)
{
    const struct arm_template_scope *scope = fn->eval->scope;
    const cJSON *found;
    const char *name;

    if (!arm_fn_text(fn, 0, &name))
        return false;
    if (!scope->variables)
        return arm_eval_fail(fn->eval,
                             "The template variable '%.200s' is not found. Please see "
                             "https://aka.ms/arm-syntax-variables for usage details.",
                             name);
    found = arm_variables_value(scope->variables, name, fn->eval, fn->eval->err);
    return found && arm_fn_lend(fn, found);
}

static bool run_fail(struct arm_fn *fn)
{
    const char *message;

    return arm_fn_text(fn, 0, &message) && arm_eval_fail(fn->eval, "%.900s", message);
}

static bool run_external_inputs(struct arm_fn *fn)
{
    const cJSON *found;
    const char *name;

    if (!arm_fn_text(fn, 0, &name))
        return false;
    found = arm_template_member(fn->eval->scope->external_inputs, name);
    return found ? arm_fn_lend(fn, found)
                 : arm_fn_fail(fn, "there is no external input '%.200s'", name);
}

/* ---- what the scope was given ---- */

static bool lend_or_refuse(struct arm_fn *fn, const cJSON *value)
{
    return value ? arm_fn_lend(fn, value) : arm_fn_unexpected(fn);
}

static bool run_deployer(struct arm_fn *fn)
{
    return lend_or_refuse(fn, fn->eval->scope->deployer_value);
}

static bool run_deployment(struct arm_fn *fn)
{
    return lend_or_refuse(fn, fn->eval->scope->deployment_value);
}

static bool run_environment(struct arm_fn *fn)
{
    return lend_or_refuse(fn, fn->eval->scope->environment_value);
}

static bool run_management_group(struct arm_fn *fn)
{
    return lend_or_refuse(fn, fn->eval->scope->management_group_value);
}

static bool run_resource_group(struct arm_fn *fn)
{
    return lend_or_refuse(fn, fn->eval->scope->resource_group_value);
}

static bool run_subscription(struct arm_fn *fn)
{
    return lend_or_refuse(fn, fn->eval->scope->subscription_value);
}

static bool run_tenant(struct arm_fn *fn)
{
    return lend_or_refuse(fn, fn->eval->scope->tenant_value);
}

#define NOT_IN_FUNCTIONS                                                                           \
    (ARM_AT_PARAMETER | ARM_AT_VARIABLE | ARM_AT_HEADER | ARM_AT_BODY | ARM_AT_OUTPUT)

static const struct arm_function rows[] = {
    {"deployer", 0, 0, run_deployer, 0, 0},
    {"deployment", 0, 0, run_deployment, 0, 0},
    {"environment", 0, 0, run_environment, 0, 0},
    {"externalinputs", 1, 1, run_external_inputs, NOT_IN_FUNCTIONS, 0},
    {"fail", 1, 1, run_fail, 0, 0},
    {"managementgroup", 0, 0, run_management_group, 0, 0},
    {"parameters", 1, 1, run_parameters, 0, 0},
    {"resourcegroup", 0, 0, run_resource_group, 0, 0},
    {"subscription", 0, 0, run_subscription, 0, 0},
    {"tenant", 0, 0, run_tenant, 0, 0},
    {"variables", 1, 1, run_variables,
     ARM_AT_VARIABLE | ARM_AT_HEADER | ARM_AT_BODY | ARM_AT_OUTPUT, 0},
};

const struct arm_function_table arm_functions_deployment = {rows, sizeof(rows) / sizeof(rows[0])};
