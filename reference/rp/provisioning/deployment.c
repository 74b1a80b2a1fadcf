/* Decides how a pod of either kind is deployed, watched and taken down (PRV-03). */
#include "reference/rp/provisioning/deployment.h"
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/kubernetes_object.h"
#include "reference/rp/provisioning/provisioning.h"
#include "common/text.h"

#include <string.h>

#define KIND "deployment"

static cJSON *container(struct rp_job *job, const struct rp_pod *pod)
{
    const struct rp_config *config = job->world->config;
    cJSON *object = cJSON_CreateObject(), *probe = cJSON_CreateObject(),
          *get = cJSON_CreateObject();

    base_json_set_text(object, "name", pod->kind);
    base_json_set_text(object, "image", pod->config->image);
    base_json_set(object, "env", base_json_copy(pod->environment));
    base_json_set_text(get, "path", config->health_path);
    base_json_set_number(get, "port", (double)config->health_port);
    base_json_set(probe, "httpGet", get);
    base_json_set_number(probe, "periodSeconds", 10);
    base_json_set_number(probe, "failureThreshold", 3);
    base_json_set(object, "livenessProbe", probe);
    return object;
}

/* {"app": name} plus the connector it belongs to and, for a pod, the selector of its identity. */
static cJSON *labels(struct rp_job *job, const char *name, bool of_pod)
{
    cJSON *object = cJSON_CreateObject();

    base_json_set_text(object, "app", name);
    if (of_pod)
        base_json_set_text(object, "aadpodidbinding", rp_name_kubernetes(job));
    return object;
}

static cJSON *spec(struct rp_job *job, const struct rp_pod *pod, const char *name)
{
    const struct rp_config *config = job->world->config;
    cJSON *object = cJSON_CreateObject(), *selector = cJSON_CreateObject(),
          *template = cJSON_CreateObject();
    cJSON *metadata = cJSON_CreateObject(), *inner = cJSON_CreateObject(),
          *annotations = cJSON_CreateObject();

    base_json_set_number(object, "replicas", (double)pod->config->replicas);
    base_json_set_number(object, "progressDeadlineSeconds", (double)config->progress_deadline_s);
    base_json_set(selector, "matchLabels", labels(job, name, false));
    base_json_set(object, "selector", selector);
    base_json_set_text(annotations, RP_OWNER_ANNOTATION, job->resource.id);
    base_json_set(metadata, "labels", labels(job, name, true));
    base_json_set(metadata, "annotations", annotations);
    base_json_set(template, "metadata", metadata);
    base_json_set_number(inner, "terminationGracePeriodSeconds", (double)config->grace_s);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(inner, "containers"), container(job, pod));
    base_json_set(template, "spec", inner);
    base_json_set(object, "template", template);
    return object;
}

static const char *path_of(struct rp_job *job, const char *name)
{
    return base_arena_printf(&job->arena, "/apis/apps/v1/namespaces/%s/deployments/%s",
                             rp_name_kubernetes(job), name);
}

/* The seed: UID and Name of what was made are part of the stored connector. */
static enum base_status remember(struct rp_job *job, const cJSON *deployment,
                                 struct base_error *err)
{
    cJSON *aks = cJSON_CreateObject();

    base_json_set_text(aks, "uid", base_json_text(deployment, "metadata.uid"));
    base_json_set_text(aks, "name", base_json_text(deployment, "metadata.name"));
    base_json_set_text(aks, "namespace", base_json_text(deployment, "metadata.namespace"));
    base_json_set(job->resource.metadata, "aks", aks);
    return rp_job_remember(job, err);
}

enum rp_outcome rp_deployment_ensure(struct rp_job *job, const struct rp_pod *pod,
                                     struct base_error *err)
{
    const char *name = rp_name_deployment(job, pod->kind);
    cJSON *object = rp_kubernetes_object("apps/v1", "Deployment", name, rp_name_kubernetes(job),
                                         job->resource.id);
    cJSON *found = NULL;

    base_json_set(base_json_at(object, "metadata"), "labels", labels(job, name, false));
    base_json_set(object, "spec", spec(job, pod, name));
    enum rp_outcome outcome =
        rp_kubernetes_ensure(job, KIND, path_of(job, name), object, &found, err);
    if (outcome == RP_STEP_DONE)
        outcome = rp_outcome_of(remember(job, found, err));
    cJSON_Delete(found);
    cJSON_Delete(object);
    return outcome;
}

void rp_env_set(cJSON *environment, const char *name, const char *value)
{
    cJSON *variable = cJSON_CreateObject();

    base_json_set_text(variable, "name", name);
    base_json_set_text(variable, "value", value ? value : "");
    cJSON_AddItemToArray(environment, variable);
}

void rp_env_common(struct rp_job *job, const struct rp_pod_config *config,
                   const struct rp_resource *connector, cJSON *environment)
{
    const char *storage = rp_job_workspace_text(job, "storage.blobEndpoint");
    const cJSON *certificate = base_json_at(connector->metadata, "certificate"), *further;
    const char *authority = base_json_text(certificate, "authority");

    rp_env_set(environment, "EventBatching__FlushTimespan",
               base_arena_printf(&job->arena, "%lld", (long long)config->flush_seconds));
    rp_env_set(environment, "EventBatching__IdleTimespan",
               base_arena_printf(&job->arena, "%lld", (long long)config->idle_seconds));
    rp_env_set(environment, "EventBatching__MaxEvents",
               base_arena_printf(&job->arena, "%lld", (long long)config->max_events));
    rp_env_set(environment, "CheckpointStorage__AuthenticationType", "ManagedIdentity");
    rp_env_set(environment, "CheckpointStorage__BlobStorageContainerUri",
               base_arena_printf(&job->arena, "%s/%s", storage, rp_name_plain(job, connector)));
    rp_env_set(environment, "TemplateStorage__AuthenticationType", "ManagedIdentity");
    rp_env_set(environment, "TemplateStorage__BlobStorageContainerUri",
               base_arena_printf(&job->arena, "%s/template", storage));
    rp_env_set(environment, "NormalizationEventHub__AuthenticationType", "ManagedIdentity");
    rp_env_set(environment, "NormalizationEventHub__EventHubNamespaceFQDN",
               base_json_text(connector->metadata, "eventHubNamespace.host"));
    rp_env_set(environment, "NormalizationEventHub__EventHubName", rp_name_plain(job, connector));
    rp_env_set(environment, "InternalIdentity__ClientId",
               rp_job_workspace_text(job, "internalIdentity.clientId"));
    rp_env_set(environment, "ExternalIdentity__KeyVaultCertificateUri",
               base_json_text(certificate, "secretId"));
    rp_env_set(environment, "ExternalIdentity__ClientId", base_json_text(certificate, "clientId"));
    rp_env_set(environment, "ExternalIdentity__TenantId", base_json_text(certificate, "tenantId"));
    if (authority && *authority)
        rp_env_set(environment, "ExternalIdentity__AuthorityHost", authority);
    cJSON_ArrayForEach(further, config->environment)
        rp_env_set(environment, further->string, further->valuestring);
}

/* --- until the pods run --- */

static const cJSON *condition(const cJSON *deployment, const char *type)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, base_json_at(deployment, "status.conditions"))
    {
        if (base_equal(base_json_text(item, "type"), type))
            return item;
    }
    return NULL;
}

static bool running(const cJSON *deployment)
{
    double wanted = base_json_number(deployment, "spec.replicas", 1);

    return base_json_number(deployment, "status.observedGeneration", 0) >=
               base_json_number(deployment, "metadata.generation", 0) &&
           base_json_number(deployment, "status.updatedReplicas", 0) >= wanted &&
           base_json_number(deployment, "status.availableReplicas", 0) >= wanted;
}

enum rp_outcome rp_deployment_running(struct rp_job *job, struct base_error *err)
{
    const char *kind = job->resource.type == RP_CONNECTOR ? "normalization" : "destination";
    az_kubernetes_t *kubernetes =
        rp_kubernetes_open(job, rp_job_workspace_text(job, "cluster"), err);
    enum rp_outcome outcome = RP_STEP_DONE;
    cJSON *deployment = NULL;

    if (!kubernetes)
        return RP_STEP_FAILED;
    if (az_kubernetes_get(kubernetes, path_of(job, rp_name_deployment(job, kind)), &deployment,
                          err) != BASE_OK) {
        rp_kubernetes_failed(job, err);
        return RP_STEP_FAILED;
    }
    const cJSON *progress = condition(deployment, "Progressing");
    if (base_equal(base_json_text(progress, "reason"), "ProgressDeadlineExceeded")) {
        const char *message = base_json_text(progress, "message");
        base_error_set(err, BASE_INVALID, "DeploymentFailed",
                       "the pods did not start within %lld s: %s",
                       (long long)job->world->config->progress_deadline_s,
                       message ? message : "no reason was given");
        outcome = RP_STEP_FAILED;
    } else if (!running(deployment)) {
        outcome = rp_job_again(job, 0);
    }
    cJSON_Delete(deployment);
    return outcome;
}

/* --- how many pods there are --- */

/* -1: it cannot be known now. */
static int count_pods(struct rp_job *job, az_kubernetes_t *kubernetes, const char *path,
                      struct base_error *err)
{
    char *namespace =
        base_arena_strdup(&job->arena, strstr(path, "/namespaces/") + strlen("/namespaces/"));
    cJSON *list = NULL;

    namespace[strcspn(namespace, "/")] = '\0';
    const char *query =
        base_arena_printf(&job->arena, "/api/v1/namespaces/%s/pods?labelSelector=app%%3D%s",
                          namespace, strrchr(path, '/') + 1);
    if (az_kubernetes_get(kubernetes, query, &list, err) != BASE_OK) {
        rp_kubernetes_failed(job, err);
        return -1;
    }
    int count = cJSON_GetArraySize(base_json_at(list, "items"));
    cJSON_Delete(list);
    return count;
}

enum rp_outcome rp_deployment_alone(struct rp_job *job, struct base_error *err)
{
    const struct rp_config *config = job->world->config;
    bool connector = job->resource.type == RP_CONNECTOR;
    const struct rp_pod_config *pod = connector ? &config->normalization : &config->destination;
    az_kubernetes_t *kubernetes =
        rp_kubernetes_open(job, rp_job_workspace_text(job, "cluster"), err);
    const char *name = rp_name_deployment(job, connector ? "normalization" : "destination");
    int count = kubernetes ? count_pods(job, kubernetes, path_of(job, name), err) : -1;

    if (count < 0)
        return RP_STEP_FAILED;
    return count <= pod->replicas ? RP_STEP_DONE : rp_job_again(job, 0);
}

/* --- taking down: the deployment, then until its pods are gone --- */

/* REMOVING: the deployment is gone; only its pods are waited for. */
enum rp_outcome rp_deployment_remove(struct rp_job *job, struct rp_intent *intent,
                                     struct base_error *err)
{
    if (intent->state != RP_REMOVING) {
        enum rp_outcome outcome = rp_kubernetes_remove(job, intent, err);
        if (outcome != RP_STEP_DONE || !job->kubernetes) /* no cluster, no pods */
            return outcome;
        intent->state = RP_REMOVING;
        if (rp_intent_store(job, intent, err) != BASE_OK)
            return RP_STEP_FAILED;
    }
    az_kubernetes_t *kubernetes =
        rp_kubernetes_open(job, base_json_text(intent->detail, "cluster"), err);
    int count = kubernetes ? count_pods(job, kubernetes, intent->target, err) : -1;
    if (count < 0)
        return RP_STEP_FAILED;
    return count == 0 ? RP_STEP_DONE : rp_job_again(job, 0);
}
