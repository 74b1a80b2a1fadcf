/* Decides how an object in a cluster is brought there and taken away. */
#include "reference/rp/provisioning/kubernetes_object.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"

cJSON *rp_kubernetes_object(const char *api_version, const char *kind, const char *name,
                            const char *namespace, const char *owner_id)
{
    cJSON *object = cJSON_CreateObject(), *metadata = cJSON_CreateObject(),
          *annotations = cJSON_CreateObject();

    base_json_set_text(object, "apiVersion", api_version);
    base_json_set_text(object, "kind", kind);
    base_json_set_text(metadata, "name", name);
    base_json_set_text(metadata, "namespace", namespace);
    base_json_set_text(annotations, RP_OWNER_ANNOTATION, owner_id);
    base_json_set(metadata, "annotations", annotations);
    base_json_set(object, "metadata", metadata);
    return object;
}

enum rp_outcome rp_kubernetes_ensure(struct rp_job *job, const char *intent_kind, const char *path,
                                     const cJSON *object, cJSON **found, struct base_error *err)
{
    const char *cluster = rp_job_workspace_text(job, "cluster"), *uid = job->resource.uid;
    cJSON *detail = cJSON_CreateObject();

    base_json_set_text(detail, "cluster", cluster);
    if (rp_plan(job, uid, intent_kind, "", path, detail, err) != BASE_OK)
        return RP_STEP_FAILED;
    az_kubernetes_t *kubernetes = rp_kubernetes_open(job, cluster, err);
    if (!kubernetes)
        return RP_STEP_FAILED;
    if (az_kubernetes_apply(kubernetes, path, object, found, err) != BASE_OK) {
        rp_kubernetes_failed(job, err);
        return RP_STEP_FAILED;
    }
    return rp_outcome_of(rp_made(job, uid, intent_kind, "", err));
}

enum rp_outcome rp_kubernetes_remove(struct rp_job *job, struct rp_intent *intent,
                                     struct base_error *err)
{
    az_kubernetes_t *kubernetes =
        rp_kubernetes_open(job, base_json_text(intent->detail, "cluster"), err);
    struct base_error looked = {0};
    cJSON *object = NULL;

    if (!kubernetes && err->status == BASE_NOT_FOUND) {
        base_error_clear(err);
        return RP_STEP_DONE;
    }
    if (!kubernetes)
        return RP_STEP_FAILED;
    enum base_status status = az_kubernetes_get(kubernetes, intent->target, &object, &looked);
    bool leaving = base_json_at(object, "metadata.deletionTimestamp") != NULL;
    cJSON_Delete(object);
    if (status == BASE_NOT_FOUND)
        return RP_STEP_DONE;
    if (status != BASE_OK) {
        *err = looked;
        rp_kubernetes_failed(job, err);
        return RP_STEP_FAILED;
    }
    if (!leaving && az_kubernetes_delete(kubernetes, intent->target, err) != BASE_OK)
        return RP_STEP_FAILED;
    return rp_job_again(job, 0);
}
