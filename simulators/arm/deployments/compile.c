/* Decides what a template means: its parameters, variables, and the resources it makes. */
#include "simulators/arm/deployments/deployment.h"
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/reference.h"
#include "simulators/arm/groups.h"
#include "simulators/arm/world.h"

#include <stdio.h>
#include <string.h>

enum { GROUP, SUBSCRIPTION, TENANT, MANAGEMENT, DEPLOYMENT, DEPLOYER, ENVIRONMENT };

static enum base_status fail(struct base_error *err, const char *target, const char *message)
{
    base_error_set(err, BASE_INVALID, "InvalidTemplate", "%s", message);
    base_error_target(err, "%s", target);
    return BASE_INVALID;
}

cJSON *arm_deployment_problem(const struct arm_deployment *deployment, const struct base_error *err)
{
    const arm_text_t *text =
        deployment->linked_template ? deployment->linked_template : deployment->body;
    char path[sizeof err->target + 32];
    int line = 0, column = 0;

    if (*err->code && !base_equal(err->code, "InvalidTemplate")) {
        cJSON *body = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(body, "error");
        base_json_set_text(error, "code", err->code);
        base_json_set_text(error, "message", err->message);
        if (*err->target)
            base_json_set_text(error, "target", err->target);
        return body;
    }
    arm_text_error_place(err, &line, &column);
    if (!line && text && *err->target) {
        snprintf(path, sizeof path, "%s%s",
                 deployment->linked_template ? "" : "properties.template.", err->target);
        const cJSON *node = arm_text_find(text, path);
        if (node && !arm_text_place(text, node, &line, &column))
            line = column = 0;
    }
    return arm_template_violation(err, line, column);
}

/* ---- the document ---- */

static bool schema_known(const char *schema)
{
    static const char *const known[] = {"2014-04-01-preview/deploymentTemplate.json",
                                        "2015-01-01/deploymentTemplate.json",
                                        "2019-04-01/deploymentTemplate.json",
                                        "2018-05-01/subscriptionDeploymentTemplate.json",
                                        "2019-08-01/managementGroupDeploymentTemplate.json",
                                        "2019-08-01/tenantDeploymentTemplate.json"};
    const char *rest = schema ? strstr(schema, "://") : NULL;

    for (size_t i = 0; rest && i < sizeof known / sizeof *known; i++) {
        static const char host[] = "://schema.management.azure.com/schemas/";
        size_t len = strlen(known[i]);
        const char *tail = rest + strlen(host);
        if (base_starts_nocase(rest, host) && base_starts_nocase(tail, known[i]) &&
            (!tail[len] || base_equal(tail + len, "#")))
            return true;
    }
    return false;
}

static bool version_well_formed(const char *version)
{
    int parts = 0;

    for (const char *at = version; at && *at; parts++) {
        size_t digits = strspn(at, "0123456789");
        if (!digits || (at[digits] && at[digits] != '.') || (at[digits] == '.' && !at[digits + 1]))
            return false;
        at += digits + (at[digits] == '.');
    }
    return parts == 4;
}

static enum base_status check_count(const cJSON *template, const char *name, int most,
                                    struct base_error *err)
{
    const cJSON *member = arm_template_member(template, name);
    char message[200];

    if (!member || cJSON_IsNull(member))
        return BASE_OK;
    if (!cJSON_IsObject(member)) {
        snprintf(message, sizeof message, "The template's '%s' must be an object", name);
        return fail(err, name, message);
    }
    if (cJSON_GetArraySize(member) <= most)
        return BASE_OK;
    snprintf(message, sizeof message,
             "The number of template %s limit exceeded. Limit: %d and actual: %d. Please see "
             "https://aka.ms/arm-syntax for usage details.",
             name, most, cJSON_GetArraySize(member));
    return fail(err, name, message);
}

static enum base_status check_document(const cJSON *template, struct base_error *err)
{
    static const char *const members[] = {
        "$schema",   "contentVersion", "languageVersion", "apiProfile", "parameters",
        "variables", "functions",      "definitions",     "resources",  "outputs",
        "metadata",  "asserts",        "imports",         "extensions"};
    const char *schema = cJSON_GetStringValue(arm_template_member(template, "$schema"));
    const cJSON *item;
    char message[300];

    if (!schema_known(schema)) {
        snprintf(message, sizeof message,
                 "Template schema '%s' is not supported. Supported versions are "
                 "'2014-04-01-preview,2015-01-01,2018-05-01,2019-04-01,2019-08-01'. Please see "
                 "https://aka.ms/arm-template for usage details.",
                 schema ? schema : "");
        return fail(err, "$schema", message);
    }
    if (!version_well_formed(cJSON_GetStringValue(arm_template_member(template, "contentVersion"))))
        return fail(
            err, "contentVersion",
            "Required property 'contentVersion' is missing or is not of the form '1.0.0.0'");
    cJSON_ArrayForEach(item, template)
    {
        bool found = false;
        for (size_t i = 0; i < sizeof members / sizeof *members; i++)
            found = found || base_equal_nocase(item->string, members[i]);
        if (!found) {
            snprintf(message, sizeof message,
                     "Could not find member '%.80s' on object of type 'Template'", item->string);
            return fail(err, item->string, message);
        }
    }
    if (check_count(template, "parameters", ARM_DEPLOYMENT_PARAMETERS, err) != BASE_OK ||
        check_count(template, "variables", ARM_DEPLOYMENT_VARIABLES, err) != BASE_OK)
        return BASE_INVALID;
    return check_count(template, "outputs", ARM_DEPLOYMENT_OUTPUTS, err);
}

/* ---- what resourceGroup(), deployment(), ... return ---- */

static cJSON *group_value(struct arm_deployment *deployment)
{
    cJSON *group =
        deployment->group ? arm_docs_get(deployment->arm->groups, deployment->scope_id) : NULL;
    cJSON *shown = group ? arm_group_shown(group) : NULL;

    cJSON_Delete(group);
    return shown;
}

static cJSON *subscription_value(struct arm_deployment *deployment)
{
    cJSON *stored = deployment->subscription
                        ? arm_docs_get(deployment->arm->subscriptions, deployment->subscription)
                        : NULL;
    cJSON *value = stored ? cJSON_CreateObject() : NULL;

    if (stored) {
        base_json_set(value, "id", base_json_textf("/subscriptions/%s", deployment->subscription));
        base_json_set_text(value, "subscriptionId", deployment->subscription);
        base_json_set_text(value, "tenantId", base_json_text(stored, "tenantId"));
        base_json_set_text(value, "displayName", base_json_text(stored, "displayName"));
    }
    cJSON_Delete(stored);
    return value;
}

static cJSON *tenant_value(struct arm_deployment *deployment)
{
    cJSON *value = cJSON_CreateObject();

    base_json_set(value, "id", base_json_textf("/tenants/%s", deployment->who.tenant));
    base_json_set_text(value, "tenantId", deployment->who.tenant);
    base_json_set_text(value, "countryCode", "US");
    base_json_set_text(value, "displayName", "Simulated directory");
    return value;
}

static cJSON *management_value(struct arm_deployment *deployment)
{
    cJSON *value, *properties;

    if (!deployment->management_group)
        return NULL;
    value = cJSON_CreateObject();
    base_json_set_text(value, "id", deployment->scope_id);
    base_json_set_text(value, "name", deployment->management_group);
    base_json_set_text(value, "type", "Microsoft.Management/managementGroups");
    properties = cJSON_AddObjectToObject(value, "properties");
    base_json_set_text(properties, "tenantId", deployment->who.tenant);
    base_json_set_text(properties, "displayName", deployment->management_group);
    return value;
}

/* What was given, as a deployment tells it: an output may show it. */
static cJSON *given_shown(const struct arm_deployment *deployment)
{
    cJSON *shown = deployment->given ? base_json_copy(deployment->given) : cJSON_CreateObject(),
          *item;
    const cJSON *declared = arm_template_member(deployment->template, "parameters");

    cJSON_ArrayForEach(item, shown)
    {
        const cJSON *one = arm_template_member(declared, item->string);
        if (arm_parameter_type_secure(cJSON_GetStringValue(arm_template_member(one, "type"))))
            cJSON_DeleteItemFromObject(item, "value");
    }
    return shown;
}

static cJSON *deployment_value(struct arm_deployment *deployment)
{
    const cJSON *asked = base_json_at(deployment->request, "properties"), *link;
    cJSON *value = cJSON_CreateObject(), *properties;

    base_json_set_text(value, "name", deployment->name);
    if (deployment->location)
        base_json_set_text(value, "location", deployment->location);
    properties = cJSON_AddObjectToObject(value, "properties");
    link = base_json_at(asked, "templateLink");
    if (link && !cJSON_IsNull(link))
        base_json_set(properties, "templateLink", base_json_copy(link));
    base_json_set(properties, "template", base_json_copy(deployment->template));
    base_json_set_text(properties, "templateHash", deployment->template_hash);
    base_json_set(properties, "parameters", given_shown(deployment));
    base_json_set_text(properties, "mode", deployment->complete ? "Complete" : "Incremental");
    base_json_set_text(properties, "provisioningState", "Accepted");
    return value;
}

static cJSON *deployer_value(struct arm_deployment *deployment)
{
    const struct sim_caller *who = &deployment->who.caller.token;
    cJSON *value = cJSON_CreateObject();

    base_json_set_text(value, "objectId", who->object_id);
    base_json_set_text(value, "tenantId", who->tenant);
    base_json_set_text(value, "userPrincipalName",
                       base_equal(deployment->who.caller.kind, "User") ? who->name : "");
    return value;
}

static cJSON *environment_value(void)
{
    static const char text[] =
        "{\"name\":\"AzureCloud\",\"gallery\":\"https://gallery.azure.com/\","
        "\"graph\":\"https://graph.windows.net/\",\"portal\":\"https://portal.azure.com\","
        "\"graphAudience\":\"https://graph.windows.net/\","
        "\"activeDirectoryDataLake\":\"https://datalake.azure.net/\","
        "\"batch\":\"https://batch.core.windows.net/\","
        "\"media\":\"https://rest.media.azure.net\","
        "\"sqlManagement\":\"https://management.core.windows.net:8443/\","
        "\"vmImageAliasDoc\":\"https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/"
        "arm-compute/quickstart-templates/aliases.json\","
        "\"resourceManager\":\"https://" ARM_HOST "/\","
        "\"authentication\":{\"loginEndpoint\":\"" ARM_AUTHORITY "/\","
        "\"audiences\":[\"https://management.core.windows.net/\",\"https://" ARM_HOST "/\"],"
        "\"tenant\":\"common\",\"identityProvider\":\"AAD\"},"
        "\"suffixes\":{\"acrLoginServer\":\".azurecr.io\","
        "\"azureDatalakeAnalyticsCatalogAndJob\":\"azuredatalakeanalytics.net\","
        "\"azureDatalakeStoreFileSystem\":\"azuredatalakestore.net\","
        "\"azureFrontDoorEndpointSuffix\":\"azurefd.net\",\"keyvaultDns\":\".vault.azure.net\","
        "\"sqlServerHostname\":\".database.windows.net\",\"storage\":\"core.windows.net\"}}";

    return base_json_parse(text, strlen(text), NULL);
}

static void set_scope_values(struct arm_deployment *deployment)
{
    struct arm_template_scope *scope = &deployment->scope;
    struct arm_reference_context *context = base_arena_alloc(&deployment->arena, sizeof *context);
    cJSON **values = deployment->values;

    context->deployment = deployment;
    values[GROUP] = group_value(deployment);
    values[SUBSCRIPTION] = subscription_value(deployment);
    values[TENANT] = tenant_value(deployment);
    values[MANAGEMENT] = management_value(deployment);
    values[DEPLOYMENT] = deployment_value(deployment);
    values[DEPLOYER] = deployer_value(deployment);
    values[ENVIRONMENT] = environment_value();
    *scope = (struct arm_template_scope){
        .functions = arm_template_member(deployment->template, "functions"),
        .level = deployment->level,
        .subscription_id = deployment->subscription,
        .resource_group = deployment->group,
        .management_group_id = deployment->management_group,
        .resource_group_value = values[GROUP],
        .subscription_value = values[SUBSCRIPTION],
        .tenant_value = values[TENANT],
        .management_group_value = values[MANAGEMENT],
        .deployment_value = values[DEPLOYMENT],
        .deployer_value = values[DEPLOYER],
        .environment_value = values[ENVIRONMENT],
        .external_inputs = base_json_at(deployment->request, "properties.externalInputs"),
        .now_ms = sim_now_ms(deployment->arm->world),
        .host = &arm_reference_early_host,
        .context = context,
    };
}

struct arm_template_scope arm_deployment_scope(const struct arm_deployment *deployment,
                                               const struct arm_node *node,
                                               enum arm_template_place place)
{
    struct arm_template_scope scope = deployment->scope;

    scope.place = place;
    if (node) {
        scope.path = node->path;
        scope.loops = node->loops;
    }
    return scope;
}

/* ---- parameters and variables ---- */

static void new_guid(void *context, char *out)
{
    struct arm_deployment *deployment = context;
    base_uuid(sim_world_random(deployment->arm->world), out);
}

static enum base_status resolve_parameters(struct arm_deployment *deployment,
                                           struct base_error *err)
{
    static const struct arm_template_host host = {.new_guid = new_guid};
    struct arm_template_scope scope = arm_deployment_scope(deployment, NULL, ARM_AT_PARAMETER);
    struct arm_parameters_source source = {
        .declared = arm_template_member(deployment->template, "parameters"),
        .definitions = arm_template_member(deployment->template, "definitions"),
        .given = deployment->given,
        .secret = arm_deployment_secret,
        .secret_context = deployment,
    };

    scope.host = &host;
    scope.context = deployment;
    deployment->parameters = arm_parameters_resolve(&source, &scope, err);
    if (!deployment->parameters)
        return BASE_INVALID;
    deployment->scope.parameters = arm_parameters_values(deployment->parameters);
    return BASE_OK;
}

static enum base_status resolve_variables(struct arm_deployment *deployment, struct base_error *err)
{
    deployment->variables = arm_variables_new(
        arm_template_member(deployment->template, "variables"), &deployment->scope, err);
    if (!deployment->variables || arm_variables_all(deployment->variables, err) != BASE_OK)
        return BASE_INVALID;
    deployment->scope.variables = deployment->variables;
    return BASE_OK;
}

/* Expressions that are evaluated later must at least be well-formed now. */
static enum base_status check_later(struct arm_deployment *deployment, struct base_error *err)
{
    static const char *const skipped[] = {"resources", "type", "apiVersion", "name",    "condition",
                                          "dependsOn", "copy", "comments",   "metadata"};
    const cJSON *outputs = arm_template_member(deployment->template, "outputs"), *member;

    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct arm_node *node = &deployment->nodes[i];
        struct arm_template_scope scope = arm_deployment_scope(deployment, node, ARM_AT_BODY);
        bool inner = arm_node_inner(node);
        if (i && node[-1].source == node->source) /* another turn of its loop */
            continue;
        scope.copies = true;
        cJSON_ArrayForEach(member, node->source)
        {
            bool skip = inner && base_equal_nocase(member->string, "properties");
            for (size_t s = 0; s < sizeof skipped / sizeof *skipped; s++)
                skip = skip || base_equal_nocase(member->string, skipped[s]);
            if (!skip && arm_template_check(&scope, member, err) != BASE_OK)
                return BASE_INVALID;
        }
    }
    struct arm_template_scope scope = arm_deployment_scope(deployment, NULL, ARM_AT_OUTPUT);
    scope.path = "outputs";
    return outputs ? arm_template_check(&scope, outputs, err) : BASE_OK;
}

cJSON *arm_deployment_compile(struct arm_deployment *deployment)
{
    struct base_error err = {0};

    arm_template_hash(deployment->template, deployment->template_hash);
    if (check_document(deployment->template, &err) != BASE_OK)
        return arm_deployment_problem(deployment, &err);
    set_scope_values(deployment);
    if (resolve_parameters(deployment, &err) != BASE_OK ||
        resolve_variables(deployment, &err) != BASE_OK ||
        arm_nodes_expand(deployment, &err) != BASE_OK || check_later(deployment, &err) != BASE_OK ||
        arm_nodes_connect(deployment, &err) != BASE_OK)
        return arm_deployment_problem(deployment, &err);
    return NULL;
}
