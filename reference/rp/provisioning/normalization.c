/* Decides what a connector's normalization pod is told. */
#include "reference/rp/provisioning/deployment.h"
#include "reference/rp/provisioning/mapping.h"
#include "reference/rp/provisioning/provisioning.h"

enum rp_outcome rp_normalization_ensure(struct rp_job *job, struct base_error *err)
{
    const struct rp_pod_config *config = &job->world->config->normalization;
    const cJSON *source = base_json_at(
        job->resource.desired, "iomtIngestResourceDefinition.connectionDefinition.properties");
    cJSON *environment = cJSON_CreateArray();
    const struct rp_pod pod = {
        .kind = "normalization", .config = config, .environment = environment};

    rp_env_set(environment, "InputEventHub__AuthenticationType", "ManagedIdentity");
    rp_env_set(environment, "InputEventHub__EventHubNamespaceFQDN",
               base_json_text(source, "fullyQualifiedEventHubNamespace"));
    rp_env_set(environment, "InputEventHub__EventHubName", base_json_text(source, "eventHubName"));
    rp_env_set(environment, "InputEventHub__EventHubConsumerGroup",
               base_json_text(source, "consumerGroup"));
    rp_env_set(environment, "Checkpoint__BlobPrefix",
               base_json_text(job->resource.metadata, "source.prefix"));
    rp_env_set(environment, "Template__DeviceContent", rp_mapping_blob(job));
    rp_env_common(job, config, &job->resource, environment);
    enum rp_outcome outcome = rp_deployment_ensure(job, &pod, err);
    cJSON_Delete(environment);
    return outcome;
}
