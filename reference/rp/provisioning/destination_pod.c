/* Decides what a destination's pod is told. */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/deployment.h"
#include "reference/rp/provisioning/mapping.h"
#include "reference/rp/provisioning/provisioning.h"

enum rp_outcome rp_destination_pod_ensure(struct rp_job *job, struct base_error *err)
{
    const struct rp_pod_config *config = &job->world->config->destination;
    const cJSON *desired = job->resource.desired;
    cJSON *environment = cJSON_CreateArray();
    const struct rp_pod pod = {.kind = "destination", .config = config, .environment = environment};

    rp_env_set(environment, "NormalizationEventHub__EventHubConsumerGroup",
               rp_name_plain(job, &job->resource));
    rp_env_set(environment, "Checkpoint__BlobPrefix", rp_name_uid(&job->arena, job->resource.uid));
    rp_env_set(environment, "Template__FhirMapping", rp_mapping_blob(job));
    rp_env_set(environment, "FhirService__Url", base_json_text(desired, "fhirService.url"));
    rp_env_set(environment, "ResourceIdentity__ResourceIdentityServiceType",
               base_json_text(desired, "resourceIdentityResolutionType"));
    rp_env_common(job, config, &job->connector, environment);
    enum rp_outcome outcome = rp_deployment_ensure(job, &pod, err);
    cJSON_Delete(environment);
    return outcome;
}
