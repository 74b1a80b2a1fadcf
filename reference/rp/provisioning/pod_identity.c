/* Decides which pods get tokens of the workspace's internal identity: those of its namespace that carry its selector (AAD Pod
 * Identity). */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/kubernetes_object.h"
#include "reference/rp/provisioning/provisioning.h"

#define GROUP "aadpodidentity.k8s.io/v1"
#define NAME "internal"

static const char *path_of(struct rp_job *job, const char *plural)
{
    return base_arena_printf(&job->arena, "/apis/" GROUP "/namespaces/%s/%s/" NAME,
                             rp_name_kubernetes(job), plural);
}

static cJSON *identity(struct rp_job *job)
{
    cJSON *object = rp_kubernetes_object(GROUP, "AzureIdentity", NAME, rp_name_kubernetes(job),
                                         job->resource.id);
    cJSON *spec = cJSON_CreateObject();

    base_json_set_text(base_json_at(object, "metadata.annotations"),
                       "aadpodidentity.k8s.io/Behavior", "namespaced");
    base_json_set_number(spec, "type", 0); /* a user-assigned identity */
    base_json_set_text(spec, "resourceID", rp_job_workspace_text(job, "internalIdentity.id"));
    base_json_set_text(spec, "clientID", rp_job_workspace_text(job, "internalIdentity.clientId"));
    base_json_set(object, "spec", spec);
    return object;
}

static cJSON *binding(struct rp_job *job)
{
    cJSON *object = rp_kubernetes_object(GROUP, "AzureIdentityBinding", NAME,
                                         rp_name_kubernetes(job), job->resource.id);
    cJSON *spec = cJSON_CreateObject();

    base_json_set_text(spec, "azureIdentity", NAME);
    base_json_set_text(spec, "selector", rp_name_kubernetes(job));
    base_json_set(object, "spec", spec);
    return object;
}

enum rp_outcome rp_pod_identity_ensure(struct rp_job *job, struct base_error *err)
{
    cJSON *first = identity(job), *second = binding(job);
    enum rp_outcome outcome = rp_kubernetes_ensure(
        job, "pod.identity", path_of(job, "azureidentities"), first, NULL, err);

    if (outcome == RP_STEP_DONE)
        outcome = rp_kubernetes_ensure(job, "pod.identity.binding",
                                       path_of(job, "azureidentitybindings"), second, NULL, err);
    cJSON_Delete(first);
    cJSON_Delete(second);
    return outcome;
}

enum rp_outcome rp_pod_identity_remove(struct rp_job *job, struct rp_intent *intent,
                                       struct base_error *err)
{
    return rp_kubernetes_remove(job, intent, err);
}
