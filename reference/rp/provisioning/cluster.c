/* Decides which AKS cluster a workspace's pods run in (WS-03), and how it is talked to. */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static cJSON *cluster_body(struct rp_job *job)
{
    cJSON *body = rp_arm_body(base_json_text(job->resource.desired, "location"), job->resource.id);
    cJSON *identity = cJSON_CreateObject(), *properties = cJSON_CreateObject(),
          *pool = cJSON_CreateObject();

    base_json_set_text(identity, "type", "SystemAssigned");
    base_json_set(body, "identity", identity);
    base_json_set(properties, "dnsPrefix",
                  base_json_textf("iomt-%.12s", rp_name_uid(&job->arena, job->resource.uid)));
    base_json_set_text(pool, "name", "system");
    base_json_set_text(pool, "mode", "System");
    base_json_set_text(pool, "vmSize", "Standard_D4s_v5");
    base_json_set_number(pool, "count", 1);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(properties, "agentPoolProfiles"), pool);
    base_json_set(body, "properties", properties);
    return body;
}

static enum rp_outcome remember(struct rp_job *job, const char *cluster, struct base_error *err)
{
    if (base_equal(base_json_text(job->resource.metadata, "cluster"), cluster))
        return RP_STEP_DONE;
    base_json_set_text(job->resource.metadata, "cluster", cluster);
    return rp_outcome_of(rp_job_remember(job, err));
}

enum rp_outcome rp_cluster_ensure(struct rp_job *job, struct base_error *err)
{
    const char *shared = rp_job_workspace_text(job, "allocation.cluster");

    if (*shared)
        return remember(job, shared, err);
    cJSON *body = cluster_body(job);
    const struct rp_arm_want want = {.owner = job->resource.uid,
                                     .kind = "cluster",
                                     .slot = "",
                                     .path = rp_name_cluster(job),
                                     .api_version = RP_AKS_API_VERSION,
                                     .body = body};
    enum rp_outcome outcome = rp_arm_ensure(job, &want, NULL, err);
    cJSON_Delete(body);
    return outcome == RP_STEP_DONE ? remember(job, want.path, err) : outcome;
}

enum rp_outcome rp_cluster_remove(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err)
{
    return rp_arm_remove(job, intent, RP_AKS_API_VERSION, err);
}

/* --- its Kubernetes API --- */

static const char *fetch(struct rp_job *job, const char *cluster, struct base_error *err)
{
    const char *path = base_arena_printf(&job->arena, "%s/listClusterUserCredential", cluster);
    struct az_arm arm = rp_job_arm(job);
    struct az_arm_operation operation;
    struct base_buf text = {0};
    cJSON *answer = NULL;

    if (az_arm_write(&arm, "POST", path, RP_AKS_API_VERSION, NULL, &answer, &operation, err) !=
        BASE_OK)
        return NULL;
    const char *value = base_json_text(answer, "kubeconfigs.0.value");
    bool good = value && base_base64_decode(&text, value, strlen(value)) && text.len;
    cJSON_Delete(answer);
    const char *config = good ? base_arena_strdup(&job->arena, text.data) : NULL;
    base_buf_release(&text);
    if (good) {
        job->kubernetes_version = rp_kubeconfigs_keep(job->kubeconfigs, cluster, config);
        return config;
    }
    base_error_set(err, BASE_PROTOCOL, NULL, "the cluster %s gave no kubeconfig", cluster);
    return NULL;
}

az_kubernetes_t *rp_kubernetes_open(struct rp_job *job, const char *cluster, struct base_error *err)
{
    if (job->kubernetes)
        return job->kubernetes;
    const char *text =
        rp_kubeconfigs_find(job->kubeconfigs, cluster, &job->arena, &job->kubernetes_version);
    struct az_client az = rp_job_client(job);
    if (!text)
        text = fetch(job, cluster, err);
    if (!text)
        return NULL;
    job->kubernetes = rp_kubeconfigs_take(job->kubeconfigs, job->kubernetes_version);
    if (job->kubernetes)
        az_kubernetes_use(job->kubernetes, &az);
    else
        job->kubernetes = az_kubernetes_open(&az, text, strlen(text), err);
    return job->kubernetes;
}

void rp_kubernetes_failed(struct rp_job *job, const struct base_error *err)
{
    if (err->status != BASE_UNAUTHENTICATED && err->status != BASE_UNAVAILABLE)
        return;
    az_kubernetes_close(job->kubernetes);
    job->kubernetes = NULL;
    rp_kubeconfigs_release(job->kubeconfigs);
}
