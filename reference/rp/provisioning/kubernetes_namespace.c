/* Decides that each workspace has a Kubernetes namespace of its own in its cluster. */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/kubernetes_object.h"
#include "reference/rp/provisioning/provisioning.h"

enum rp_outcome rp_kubernetes_namespace_ensure(struct rp_job *job, struct base_error *err)
{
    const char *name = rp_name_kubernetes(job);
    const char *path = base_arena_printf(&job->arena, "/api/v1/namespaces/%s", name);
    cJSON *object = rp_kubernetes_object("v1", "Namespace", name, NULL, job->resource.id);
    enum rp_outcome outcome =
        rp_kubernetes_ensure(job, "kubernetes.namespace", path, object, NULL, err);

    cJSON_Delete(object);
    return outcome;
}

enum rp_outcome rp_kubernetes_namespace_remove(struct rp_job *job, struct rp_intent *intent,
                                               struct base_error *err)
{
    return rp_kubernetes_remove(job, intent, err);
}
