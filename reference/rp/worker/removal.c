/* Decides how what was made is taken down: the intents, newest first, each by its kind. */
#include "reference/rp/operations.h"
#include "reference/rp/provisioning/provisioning.h"
#include "reference/rp/worker/command.h"

#include <string.h>

static const struct {
    const char *kind, *what;
    enum rp_outcome (*remove)(struct rp_job *job, struct rp_intent *intent, struct base_error *err);
} KINDS[] = {
    {"group", "the resource group", rp_group_remove},
    {"storage", "the storage account", rp_storage_remove},
    {"container", "the storage container", rp_container_remove},
    {"identity", "the internal identity", rp_identity_remove},
    {"role", "the role assignments", rp_role_remove},
    {"cluster", "the dedicated cluster", rp_cluster_remove},
    {"kubernetes.namespace", "the Kubernetes namespace", rp_kubernetes_namespace_remove},
    {"pod.identity", "the pod identity", rp_pod_identity_remove},
    {"pod.identity.binding", "the pod identity's binding", rp_pod_identity_remove},
    {"eventhub.namespace", "the Event Hub namespace", rp_namespace_remove},
    {"eventhub.hold", "the Event Hub namespace", rp_namespace_release},
    {"eventhub", "the event hub", rp_hub_remove},
    {"consumergroup", "the consumer group", rp_consumer_group_remove},
    {"certificate", "the certificate", rp_certificate_remove},
    {"mapping", "the mapping", rp_mapping_remove},
    {"deployment", "the pods", rp_deployment_remove},
};

static enum rp_outcome remove_one(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (!strcmp(KINDS[i].kind, intent->kind))
            return KINDS[i].remove(job, intent, err);
    base_error_set(err, BASE_UNSUPPORTED, "InternalServerError",
                   "nobody knows how to remove a \"%s\"", intent->kind);
    return RP_STEP_FAILED;
}

/* Removed once more it would be absent, which is success. */
static enum base_status drop(struct rp_job *job, int64_t seq, struct base_error *err)
{
    enum base_status status = rp_job_begin_relaxed(job, err);

    return status == BASE_OK ? rp_job_end(job, rp_intent_drop(job->world->db, seq, err), err)
                             : status;
}

enum rp_outcome rp_teardown(struct rp_job *job, struct base_error *err)
{
    for (;;) {
        struct rp_intent intent = {0};
        struct base_error looked = {0};
        enum base_status status =
            rp_intent_newest(job->world->db, job->resource.uid, &intent, &looked);
        if (status == BASE_NOT_FOUND)
            return RP_STEP_DONE;
        if (status != BASE_OK) {
            *err = looked;
            return RP_STEP_FAILED;
        }
        enum rp_outcome outcome = remove_one(job, &intent, err);
        if (outcome == RP_STEP_DONE)
            outcome = rp_outcome_of(drop(job, intent.seq, err));
        rp_intent_release(&intent);
        if (outcome != RP_STEP_DONE)
            return outcome;
    }
}

/* Starts the deletion of one child unless something runs on it already. */
static enum base_status start_delete(struct rp_job *job, struct rp_resource *child,
                                     struct base_error *err)
{
    struct rp_operation operation = {0};
    enum base_status status = rp_operation_start(job->world, job->operation.correlation, child,
                                                 "delete", &operation, err);

    rp_operation_release(&operation);
    return status == BASE_OK ? rp_resource_update(job->world->db, child, err) : status;
}

static enum base_status start_deletes(struct rp_job *job, size_t *left, const char **stuck,
                                      struct base_error *err)
{
    struct rp_resource *list = NULL;
    enum base_status status =
        rp_resource_children(job->world->db, job->resource.key, &list, left, err);

    for (size_t i = 0; status == BASE_OK && i < *left; i++) {
        if (!strcmp(list[i].state, RP_DELETING))
            continue; /* else what runs on it gives way */
        if (!strcmp(list[i].state, RP_FAILED) && base_json_true(list[i].metadata, "deleteFailed"))
            *stuck = base_arena_strdup(&job->arena, list[i].id);
        status = start_delete(job, &list[i], err);
    }
    rp_resources_free(list, *left);
    return status;
}

enum rp_outcome rp_remove_children(struct rp_job *job, struct base_error *err)
{
    const char *stuck = NULL;
    size_t left = 0;
    enum base_status status = rp_job_begin(job, err);

    if (status == BASE_OK)
        status = rp_job_end(job, start_deletes(job, &left, &stuck, err), err);
    if (status != BASE_OK)
        return RP_STEP_FAILED;
    if (stuck) { /* tried once more, but not for ever */
        base_error_set(err, BASE_UNAVAILABLE, "ChildNotDeleted", "%s could not be deleted", stuck);
        return RP_STEP_FAILED;
    }
    return left ? rp_job_again(job, 0) : RP_STEP_DONE;
}
