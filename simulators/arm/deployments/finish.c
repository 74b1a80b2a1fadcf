/* Decides how a deployment ends: what mode Complete deletes, outputs, the error of one that failed, and what follows a failure. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"
#include "simulators/arm/index.h"

#include <stdlib.h>
#include <string.h>

static bool failed(const struct arm_deployment *deployment)
{
    for (size_t i = 0; i < deployment->node_count; i++)
        if (deployment->nodes[i].state == ARM_NODE_FAILED &&
            deployment->nodes[i].kind != ARM_NODE_ROLLBACK)
            return true;
    return false;
}

/* ---- mode Complete ---- */

static bool in_template(const struct arm_deployment *deployment, const char *key)
{
    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct arm_node *node = &deployment->nodes[i];
        const cJSON *nested = arm_node_nested(node)
                                  ? base_json_at(node->result, "properties.outputResources")
                                  : NULL,
                    *item;
        if (base_equal(node->key, key) && (node->condition || !deployment->quick_complete))
            return true;
        cJSON_ArrayForEach(item, nested)
        {
            if (base_equal_nocase(base_json_text(item, "id"), key))
                return true;
        }
    }
    return false;
}

/* Types whose providers asked to be left alone (facts of ARM, 5.6). */
bool arm_deployment_spares(const cJSON *resource)
{
    static const char *const types[] = {"Microsoft.HealthcareApis/services/iomtconnectors"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (base_equal_nocase(base_json_text(resource, "type"), types[i]))
            return true;
    return base_json_text(resource, "managedBy") != NULL;
}

static const char *version_of(struct arm_deployment *deployment, const cJSON *resource)
{
    const char *version = base_json_text(resource, "apiVersion");
    struct arm_type type;

    if (version)
        return base_arena_strdup(&deployment->arena, version);
    if (arm_type_find(deployment->arm, &deployment->arena, base_json_text(resource, "type"),
                      &type) &&
        type.versions)
        return type.versions[0];
    return "2021-04-01";
}

static void add_deletion(struct arm_deployment *deployment, const cJSON *resource, const char *key)
{
    struct base_arena *arena = &deployment->arena;
    struct arm_node *node = arm_nodes_add(deployment);

    node->kind = ARM_NODE_DELETE;
    node->id = base_arena_strdup(arena, base_json_text(resource, "id"));
    node->key = key;
    node->type = base_arena_strdup(arena, base_json_text(resource, "type"));
    node->name = base_arena_strdup(arena, base_json_text(resource, "name"));
    node->path = "";
    node->api_version = version_of(deployment, resource);
}

/* Children go before their parents. */
static void order_deletions(struct arm_deployment *deployment, size_t from)
{
    for (size_t i = from; i < deployment->node_count; i++)
        for (size_t j = from; j < deployment->node_count; j++) {
            const char *parent = deployment->nodes[i].key, *child = deployment->nodes[j].key;
            size_t len = strlen(parent);
            if (i != j && !strncmp(parent, child, len) && child[len] == '/')
                arm_nodes_depend(deployment, &deployment->nodes[i], j);
        }
}

/* True when there is something to delete. */
static bool add_deletions(struct arm_deployment *deployment)
{
    cJSON *known = arm_resources_known(deployment->arm, deployment->scope_id), *resource;
    struct arm_deployments *all = deployment->arm->deployments;
    size_t before = deployment->node_count;

    pthread_mutex_lock(&all->lock);
    cJSON_ArrayForEach(resource, known)
    {
        const char *key =
            arm_nodes_key(deployment->arm, &deployment->arena, base_json_text(resource, "id"));
        if (!in_template(deployment, key) && !arm_deployment_spares(resource))
            add_deletion(deployment, resource, key);
    }
    order_deletions(deployment, before);
    deployment->deletions_added = true;
    pthread_mutex_unlock(&all->lock);
    cJSON_Delete(known);
    return deployment->node_count > before;
}

/* ---- onErrorDeployment ---- */

/* The newest other deployment of the scope that succeeded. */
static const char *last_successful(struct arm_deployment *deployment)
{
    char *scope = base_asprintf("%s/providers/" ARM_DEPLOYMENT_TYPE, deployment->scope_id);
    cJSON *records = arm_docs_list(deployment->arm->deployments->records, scope), *record;
    const char *name = NULL, *newest = "";

    cJSON_ArrayForEach(record, records)
    {
        const char *at = base_json_text(record, "shown.properties.timestamp");
        if (at && strcmp(at, newest) > 0 &&
            base_equal(base_json_text(record, "shown.properties.provisioningState"), "Succeeded") &&
            !base_equal_nocase(base_json_text(record, "shown.id"), deployment->id)) {
            newest = at;
            name = base_json_text(record, "shown.name");
        }
    }
    name = base_arena_strdup(&deployment->arena, name);
    cJSON_Delete(records);
    free(scope);
    return name;
}

static bool add_rollback(struct arm_deployment *deployment)
{
    const cJSON *wanted = base_json_at(deployment->request, "properties.onErrorDeployment");
    const char *name = base_equal_nocase(base_json_text(wanted, "type"), "LastSuccessful")
                           ? last_successful(deployment)
                           : base_json_text(wanted, "deploymentName");
    struct arm_deployments *all = deployment->arm->deployments;

    deployment->rollback_added = true;
    if (!cJSON_IsObject(wanted) || !name || base_equal_nocase(name, deployment->name))
        return false;
    pthread_mutex_lock(&all->lock);
    struct arm_node *node = arm_nodes_add(deployment);
    node->kind = ARM_NODE_ROLLBACK;
    node->type = ARM_DEPLOYMENT_TYPE;
    node->name = name;
    node->path = "";
    node->api_version = deployment->api_version;
    node->id = base_arena_printf(&deployment->arena, "%s/providers/" ARM_DEPLOYMENT_TYPE "/%s",
                                 deployment->scope_id, name);
    node->key = node->id;
    pthread_mutex_unlock(&all->lock);
    return true;
}

/* ---- the end ---- */

static cJSON *failure(const struct arm_deployment *deployment)
{
    cJSON *error = cJSON_CreateObject(), *details;

    base_json_set_text(error, "code", "DeploymentFailed");
    base_json_set_text(error, "target", deployment->id);
    base_json_set_text(
        error, "message",
        "At least one resource deployment operation failed. Please list deployment "
        "operations for details. Please see https://aka.ms/arm-deployment-operations for "
        "usage details.");
    details = cJSON_AddArrayToObject(error, "details");
    for (size_t i = 0; i < deployment->node_count; i++)
        if (deployment->nodes[i].error)
            cJSON_AddItemToArray(details, base_json_copy(deployment->nodes[i].error));
    return error;
}

static void evaluate_outputs(struct arm_deployment *deployment)
{
    struct base_error err = {0};
    cJSON *detail, *details;

    if (!arm_template_member(deployment->template, "outputs")) {
        deployment->outputs = cJSON_CreateObject();
        return;
    }
    deployment->outputs = arm_deployment_outputs(deployment, &err);
    if (deployment->outputs) {
        arm_operation_outputs(deployment, NULL);
        return;
    }
    detail = cJSON_CreateObject();
    base_json_set_text(detail, "code", *err.code ? err.code : "DeploymentOutputEvaluationFailed");
    base_json_set_text(detail, "target", err.target);
    base_json_set_text(detail, "message", err.message);
    arm_operation_outputs(deployment, detail);
    deployment->error = cJSON_CreateObject();
    base_json_set_text(deployment->error, "code", "DeploymentOutputEvaluationFailed");
    base_json_set_text(deployment->error, "target", deployment->id);
    base_json_set_text(deployment->error, "message", "Unable to evaluate template outputs.");
    details = cJSON_AddArrayToObject(deployment->error, "details");
    cJSON_AddItemToArray(details, detail);
}

static void close_operations(struct arm_deployment *deployment)
{
    for (size_t i = 0; i < deployment->node_count; i++) {
        const struct arm_node *node = &deployment->nodes[i];
        if (*node->operation && node->state == ARM_NODE_SKIPPED)
            arm_operation_update(deployment, node, "Canceled", 0, NULL);
    }
}

bool arm_deployment_finish(struct arm_deployment *deployment)
{
    struct arm_deployments *all = deployment->arm->deployments;

    pthread_mutex_lock(&all->lock);
    bool canceled = deployment->canceled;
    pthread_mutex_unlock(&all->lock);
    if (canceled) {
        close_operations(deployment);
        deployment->error = cJSON_CreateObject();
        base_json_set_text(deployment->error, "code", "DeploymentCanceled");
        base_json_set_text(deployment->error, "message", "The deployment was canceled.");
        deployment->state = "Canceled";
    } else if (failed(deployment)) {
        if (!deployment->rollback_added && add_rollback(deployment))
            return false;
        deployment->error = failure(deployment);
        deployment->state = "Failed";
    } else {
        if (deployment->complete && !deployment->deletions_added && add_deletions(deployment))
            return false;
        evaluate_outputs(deployment);
        deployment->state = deployment->error ? "Failed" : "Succeeded";
    }
    arm_record_update(deployment);
    return true;
}
