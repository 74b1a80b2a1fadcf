/* Decides what becomes of deployments that were running when ARM ended: they go on where their operations say they were. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was made is not made again; what was under way is asked for again. */
static void recall_operations(struct arm_deployment *deployment)
{
    cJSON *operations = arm_operation_list(deployment->arm, deployment->id), *operation;

    cJSON_ArrayForEach(operation, operations)
    {
        const char *target = base_json_text(operation, "properties.targetResource.id");
        struct arm_node *node = target ? arm_nodes_find(deployment, target) : NULL;
        const char *verb = base_json_text(operation, "properties.provisioningOperation");
        if (node && base_equal(verb, "Create") &&
            base_equal(base_json_text(operation, "properties.provisioningState"), "Succeeded")) {
            node->state = ARM_NODE_DONE;
            snprintf(node->operation, sizeof node->operation, "%s",
                     base_json_text(operation, "operationId"));
        } else {
            arm_docs_remove(deployment->arm->deployments->operations,
                            base_json_text(operation, "id"));
        }
    }
    cJSON_Delete(operations);
}

static void fail_clearly(void *context, cJSON *record)
{
    cJSON *properties = base_json_at(record, "shown.properties"), *error = cJSON_CreateObject();

    base_json_set_text(properties, "provisioningState", "Failed");
    base_json_set_text(error, "code", "DeploymentFailed");
    base_json_set_text(error, "target", base_json_text(record, "shown.id"));
    base_json_set(
        error, "message",
        base_json_textf("The deployment was under way when Azure Resource Manager was started "
                        "again, and could not go on: %s",
                        (const char *)context));
    base_json_set(properties, "error", error);
}

static void give_up(struct arm *arm, const char *id, const char *why)
{
    arm_docs_update(arm->deployments->records, id, fail_clearly, (char *)why);
}

static void resume(struct arm *arm, const cJSON *record)
{
    const char *id = base_json_text(record, "shown.id");
    struct base_error err = {0};
    struct arm_deployment *deployment = arm_deployment_reread(arm, record, &err);
    cJSON *problem = deployment ? arm_deployment_compile(deployment) : NULL;

    if (!deployment || problem) {
        const char *why = base_json_text(problem, "error.message");
        give_up(arm, id, why ? why : err.message);
        arm_deployment_free(deployment);
        cJSON_Delete(problem);
        return;
    }
    deployment->resumed = true;
    deployment->started_ms = (int64_t)base_json_number(record, "kept.startedMs", 0);
    snprintf(deployment->operation, sizeof deployment->operation, "%s",
             base_json_text(record, "kept.operation"));
    recall_operations(deployment);
    if (!arm_deployments_start(deployment))
        arm_deployment_free(deployment);
}

void arm_deployments_resume(struct arm *arm)
{
    struct arm_deployments *all = arm->deployments;

    pthread_mutex_lock(&all->lock);
    bool first = !all->resumed;
    all->resumed = true;
    pthread_mutex_unlock(&all->lock);
    if (!first)
        return;
    cJSON *records = arm_docs_list(all->records, NULL), *record;
    cJSON_ArrayForEach(record, records)
    {
        const char *state = base_json_text(record, "shown.properties.provisioningState");
        if (base_equal(state, "Accepted") || base_equal(state, "Running"))
            resume(arm, record);
    }
    cJSON_Delete(records);
}
