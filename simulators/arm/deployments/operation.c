/* Decides what is kept of the single operations of a deployment. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"

#include <stdlib.h>

static char *operation_id(const char *deployment, const char *operation)
{
    return base_asprintf("%s/operations/%s", deployment, operation);
}

/* Tells apart what began within one millisecond. */
static uint64_t next_sequence(struct arm_deployments *all)
{
    pthread_mutex_lock(&all->lock);
    uint64_t number = ++all->sequence;
    pthread_mutex_unlock(&all->lock);
    return number;
}

static void put_operation(struct arm_deployment *deployment, const char *id, const char *verb,
                          const struct arm_node *node)
{
    char *full = operation_id(deployment->id, id);
    cJSON *operation = cJSON_CreateObject(), *properties;
    int64_t now = sim_now_ms(deployment->arm->world);

    base_json_set_text(operation, "id", full);
    base_json_set_text(operation, "operationId", id);
    properties = cJSON_AddObjectToObject(operation, "properties");
    base_json_set_text(properties, "provisioningOperation", verb);
    base_json_set_text(properties, "provisioningState", "Running");
    arm_record_set_time(properties, "timestamp", now);
    arm_record_set_duration(properties, 0);
    base_json_set_text(properties, "trackingId", deployment->who.correlation);
    if (node)
        base_json_set(properties, "targetResource", arm_record_brief(node));
    base_json_set_number(operation, "startedMs", (double)now);
    base_json_set_number(operation, "sequence",
                         (double)next_sequence(deployment->arm->deployments));
    arm_docs_put(deployment->arm->deployments->operations, full, operation);
    free(full);
}

void arm_operation_begin(struct arm_deployment *deployment, struct arm_node *node)
{
    static const char *const verbs[] = {"Create", "Read", "Delete", "Create"};

    base_uuid(sim_world_random(deployment->arm->world), node->operation);
    put_operation(deployment, node->operation, verbs[node->kind], node);
}

struct operation_change {
    struct arm *arm;
    const char *state;
    int status;
    const cJSON *error;
    char request_id[BASE_UUID_TEXT];
};

static void change_operation(void *context, cJSON *operation)
{
    const struct operation_change *change = context;
    cJSON *properties = base_json_at(operation, "properties"), *message;
    int64_t now = sim_now_ms(change->arm->world);

    base_json_set_text(properties, "provisioningState", change->state);
    arm_record_set_time(properties, "timestamp", now);
    arm_record_set_duration(properties,
                            now - (int64_t)base_json_number(operation, "startedMs", (double)now));
    if (change->status)
        base_json_set_text(properties, "statusCode", arm_status_word(change->status));
    if (change->status && !base_json_at(properties, "serviceRequestId"))
        base_json_set_text(properties, "serviceRequestId", change->request_id);
    if (!change->error)
        return;
    message = cJSON_CreateObject();
    base_json_set_text(message, "status", "Failed");
    base_json_set(message, "error", base_json_copy(change->error));
    base_json_set(properties, "statusMessage", message);
}

static void update_operation(struct arm_deployment *deployment, const char *id, const char *state,
                             int status, const cJSON *error)
{
    struct operation_change change = {deployment->arm, state, status, error, ""};
    char *full = operation_id(deployment->id, id);

    base_uuid(sim_world_random(deployment->arm->world), change.request_id);
    arm_docs_update(deployment->arm->deployments->operations, full, change_operation, &change);
    free(full);
}

void arm_operation_update(struct arm_deployment *deployment, const struct arm_node *node,
                          const char *state, int status, const cJSON *error)
{
    update_operation(deployment, node->operation, state, status, error);
}

void arm_operation_outputs(struct arm_deployment *deployment, const cJSON *error)
{
    char id[BASE_UUID_TEXT];

    base_uuid(sim_world_random(deployment->arm->world), id);
    put_operation(deployment, id, "EvaluateDeploymentOutput", NULL);
    update_operation(deployment, id, error ? "Failed" : "Succeeded", error ? 400 : 200, error);
}

static cJSON *shown_operation(cJSON *operation)
{
    static const char *const hidden[] = {"startedMs", "sequence"};

    if (operation)
        for (size_t i = 0; i < 2; i++)
            cJSON_DeleteItemFromObject(operation, hidden[i]);
    return operation;
}

static int by_beginning(const void *a, const void *b)
{
    static const char *const members[] = {"startedMs", "sequence"};

    for (size_t i = 0; i < 2; i++) {
        double first = base_json_number(*(cJSON *const *)a, members[i], 0),
               second = base_json_number(*(cJSON *const *)b, members[i], 0);
        if (first < second || first > second)
            return first < second ? -1 : 1;
    }
    return 0;
}

cJSON *arm_operation_list(struct arm *arm, const char *deployment_id)
{
    char *scope = operation_id(deployment_id, "");
    cJSON *all = arm_docs_list(arm->deployments->operations, scope);
    size_t count = (size_t)cJSON_GetArraySize(all), i = 0;
    cJSON **items = base_alloc((count + 1) * sizeof *items), *list = cJSON_CreateArray();

    while (all->child)
        items[i++] = cJSON_DetachItemViaPointer(all, all->child);
    qsort(items, count, sizeof *items, by_beginning);
    for (i = 0; i < count; i++)
        cJSON_AddItemToArray(list, shown_operation(items[i]));
    free(items);
    free(scope);
    cJSON_Delete(all);
    return list;
}

cJSON *arm_operation_get(struct arm *arm, const char *deployment_id, const char *operation)
{
    char *full = operation_id(deployment_id, operation);
    cJSON *found = arm_docs_get(arm->deployments->operations, full);

    free(full);
    return shown_operation(found);
}
