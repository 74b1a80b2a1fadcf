/* Decides whether a request for a deployment is well-formed, before its template is looked at. */
#include "simulators/arm/deployments/deployment.h"
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/regions.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 64
#define QUICK_COMPLETE "2019-05-10"
#define MANAGEMENT "/providers/Microsoft.Management/managementGroups/"

static bool check_name(struct arm_call *call, const char *name)
{
    size_t len = strlen(name);

    if (len > NAME_MAX_LENGTH)
        return arm_refuse(
            call->response, ARM_DEPLOYMENT_NAME_LENGTH, NULL,
            "The length of the deployment name must not exceed '%d' characters: '%s' has "
            "'%zu'.",
            NAME_MAX_LENGTH, name, len);
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_.()", name[i]))
            return arm_refuse(
                call->response, ARM_DEPLOYMENT_NAME_CHARACTERS, NULL,
                "The deployment name '%s' contains invalid characters: the name can only include "
                "letters, digits, '-', '.', '(', ')' and '_'.",
                name);
    return true;
}

static void set_scope(struct arm_deployment *deployment, const char *subscription,
                      const char *group, const char *scope)
{
    deployment->subscription = subscription;
    deployment->group = group;
    deployment->scope_id = scope;
    deployment->level = group          ? ARM_LEVEL_GROUP
                        : subscription ? ARM_LEVEL_SUBSCRIPTION
                        : *scope       ? ARM_LEVEL_MANAGEMENT_GROUP
                                       : ARM_LEVEL_TENANT;
    if (deployment->level == ARM_LEVEL_MANAGEMENT_GROUP && base_starts_nocase(scope, MANAGEMENT))
        deployment->management_group = scope + strlen(MANAGEMENT);
}

static struct arm_deployment *new_deployment(struct arm *arm)
{
    struct arm_deployment *deployment = base_alloc(sizeof *deployment);

    deployment->arm = arm;
    deployment->state = "Accepted";
    base_arena_init(&deployment->arena);
    return deployment;
}

static bool check_scope(struct arm_call *call)
{
    if (call->target.group || call->target.subscription || !*call->target.scope ||
        base_starts_nocase(call->target.scope, MANAGEMENT))
        return true;
    return arm_refuse(
        call->response, ARM_INVALID_DEPLOYMENT, NULL,
        "A deployment is made at a resource group, a subscription, a management group or "
        "the tenant, not at '%s'.",
        call->target.scope);
}

static void place(struct arm_deployment *deployment, struct arm_call *call)
{
    struct base_arena *arena = &deployment->arena;
    const struct arm_target *target = &call->target;
    const char *group = call->group_id ? strrchr(call->group_id, '/') + 1 : NULL;
    struct arm_deployer who = {call->caller, call->correlation, call->tenant, 1};

    if (call->behalf)
        who.level = call->behalf->level;
    arm_deployer_copy(arena, &who, &deployment->who);
    deployment->name = base_arena_strdup(arena, arm_target_name(target));
    deployment->api_version = base_arena_strdup(arena, call->api_version);
    deployment->quick_complete = strncmp(call->api_version, QUICK_COMPLETE, 10) >= 0;
    set_scope(deployment, base_arena_strdup(arena, target->subscription),
              base_arena_strdup(arena, group),
              base_arena_strdup(arena, call->group_id ? call->group_id : target->scope));
    deployment->id = base_arena_printf(arena, "%s/providers/" ARM_DEPLOYMENT_TYPE "/%s",
                                       deployment->scope_id, deployment->name);
}

/* ---- the body ---- */

static bool read_body(struct arm_deployment *deployment, struct arm_call *call)
{
    struct base_error err = {0};

    deployment->body = arm_text_read(call->request->body, call->request->body_len, &err);
    deployment->request = deployment->body ? arm_text_root(deployment->body) : NULL;
    if (cJSON_IsObject(base_json_at(deployment->request, "properties")))
        return true;
    return arm_refuse(call->response, ARM_INVALID_CONTENT, NULL,
                      "The request content was invalid and could not be deserialized: '%s'.",
                      deployment->body ? "expected an object with the member 'properties'"
                                       : err.message);
}

static bool read_mode(struct arm_deployment *deployment, struct arm_call *call)
{
    const char *mode = base_json_text(deployment->request, "properties.mode");

    deployment->complete = base_equal_nocase(mode, "Complete");
    if (!deployment->complete && !base_equal_nocase(mode, "Incremental"))
        return arm_refuse(
            call->response, ARM_INVALID_CONTENT, "properties.mode",
            "The deployment mode '%s' is not valid: expected 'Incremental' or 'Complete'.",
            mode ? mode : "");
    return !deployment->complete || deployment->level == ARM_LEVEL_GROUP ||
           arm_refuse(call->response, ARM_INVALID_DEPLOYMENT, "properties.mode",
                      "The deployment mode 'Complete' is supported at resource groups only.");
}

static bool read_location(struct arm_deployment *deployment, struct arm_call *call)
{
    const char *location = base_json_text(deployment->request, "location");
    const struct arm_region *region = arm_region_find(location);

    if (deployment->level == ARM_LEVEL_GROUP)
        return !location || !*location ||
               arm_refuse(
                   call->response, ARM_INVALID_DEPLOYMENT, "location",
                   "The 'location' property is not allowed for '%s' at resource group scope.",
                   deployment->name);
    if (!location || !*location)
        return arm_refuse(call->response, ARM_LOCATION_REQUIRED, "location",
                          "The location property is required for this definition.");
    if (!region)
        return arm_refuse(call->response, ARM_LOCATION_NOT_AVAILABLE, "location",
                          "The provided location '%s' is not available for deployments.", location);
    deployment->location = region->name;
    return true;
}

/* Members that would change what is done, and that this service does not know how to do. */
static bool check_members(struct arm_deployment *deployment, struct arm_call *call)
{
    static const char *const known[] = {"template",
                                        "templateLink",
                                        "parameters",
                                        "parametersLink",
                                        "mode",
                                        "debugSetting",
                                        "onErrorDeployment",
                                        "expressionEvaluationOptions",
                                        "validationLevel",
                                        "whatIfSettings",
                                        "externalInputs",
                                        "externalInputDefinitions"};
    const char *error_type;
    const cJSON *item;

    cJSON_ArrayForEach(item, base_json_at(deployment->request, "properties"))
    {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found = found || base_equal_nocase(item->string, known[i]);
        if (!found)
            return arm_refuse(call->response, ARM_INVALID_CONTENT, "properties",
                              "Could not find member '%s' on object of type 'DeploymentContent'.",
                              item->string);
    }
    item = base_json_at(deployment->request, "properties.onErrorDeployment");
    error_type = base_json_text(item, "type");
    if (!item || cJSON_IsNull(item) || base_equal_nocase(error_type, "LastSuccessful") ||
        (base_equal_nocase(error_type, "SpecificDeployment") &&
         base_json_text(item, "deploymentName")))
        return true;
    return arm_refuse(call->response, ARM_INVALID_CONTENT, "properties.onErrorDeployment",
                      "onErrorDeployment is not valid: expected type 'LastSuccessful', or "
                      "'SpecificDeployment' with a deploymentName.");
}

static bool check_level(struct arm_deployment *deployment, struct arm_call *call)
{
    return deployment->who.level <= ARM_DEPLOYMENT_LEVELS ||
           arm_refuse(
               call->response, ARM_INVALID_TEMPLATE, NULL,
               "Deployment template validation failed: 'The nested deployment '%s' lies deeper "
               "than the '%d' levels that are allowed.'.",
               deployment->name, ARM_DEPLOYMENT_LEVELS);
}

struct arm_deployment *arm_deployment_read(struct arm_call *call)
{
    struct arm_deployment *deployment;
    struct base_error err = {0};

    if (!check_scope(call) || !check_name(call, arm_target_name(&call->target)))
        return NULL;
    deployment = new_deployment(call->arm);
    place(deployment, call);
    if (read_body(deployment, call) && read_mode(deployment, call) &&
        read_location(deployment, call) && check_members(deployment, call) &&
        check_level(deployment, call)) {
        if (arm_deployment_fetch(deployment, &err) == BASE_OK)
            return deployment;
        base_http_answer_json_take(call->response, 400, arm_deployment_problem(deployment, &err));
        base_headers_set(&call->response->headers, "x-ms-failure-cause", "gateway");
    }
    arm_deployment_free(deployment);
    return NULL;
}

struct arm_deployment *arm_deployment_reread(struct arm *arm, const cJSON *record,
                                             struct base_error *err)
{
    struct arm_deployment *deployment = new_deployment(arm);
    struct base_arena *arena = &deployment->arena;
    struct arm_target target;
    struct base_buf path = {0};

    deployment->id = base_arena_strdup(arena, base_json_text(record, "shown.id"));
    base_uri_encode(&path, deployment->id, "/");
    bool good = arm_path_parse(arena, "GET", path.data, &target);
    base_buf_release(&path);
    deployment->stored = base_json_copy(base_json_at(record, "kept.request"));
    deployment->request = deployment->stored;
    if (!good || !deployment->request) {
        base_error_set(err, BASE_INVALID, "InternalServerError",
                       "what was kept of the deployment '%s' cannot be read", deployment->id);
    } else if (arm_secure_restore(arm, deployment->id, deployment->stored, err) == BASE_OK) {
        deployment->name = arm_target_name(&target);
        set_scope(deployment, target.subscription, target.group, target.scope);
        deployment->api_version =
            base_arena_strdup(arena, base_json_text(record, "kept.apiVersion"));
        deployment->quick_complete = strncmp(deployment->api_version, QUICK_COMPLETE, 10) >= 0;
        deployment->complete =
            base_equal_nocase(base_json_text(deployment->request, "properties.mode"), "Complete");
        deployment->location = base_arena_strdup(arena, base_json_text(record, "shown.location"));
        arm_deployer_load(arena, base_json_at(record, "kept.who"), &deployment->who);
        if (arm_deployment_fetch(deployment, err) == BASE_OK)
            return deployment;
    }
    arm_deployment_free(deployment);
    return NULL;
}

void arm_deployment_free(struct arm_deployment *deployment)
{
    if (!deployment)
        return;
    for (size_t i = 0; i < deployment->node_count; i++) {
        struct arm_node *node = &deployment->nodes[i];
        free(node->depends);
        free(node->url);
        cJSON_Delete(node->result);
        cJSON_Delete(node->error);
        cJSON_Delete((cJSON *)node->location);
    }
    free(deployment->nodes);
    for (size_t i = 0; i < sizeof deployment->values / sizeof *deployment->values; i++)
        cJSON_Delete(deployment->values[i]);
    arm_variables_free(deployment->variables);
    arm_parameters_free(deployment->parameters);
    arm_text_free(deployment->linked_template);
    arm_text_free(deployment->linked_parameters);
    arm_text_free(deployment->body);
    cJSON_Delete(deployment->stored);
    cJSON_Delete(deployment->outputs);
    cJSON_Delete(deployment->error);
    base_arena_release(&deployment->arena);
    free(deployment);
}
