/* Decides what a connector's event hub for normalized data looks like (IC-04). */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"

#define API_VERSION "2024-01-01"

enum rp_outcome rp_hub_ensure(struct rp_job *job, struct base_error *err)
{
    const struct rp_config *config = job->world->config;
    cJSON *body = cJSON_CreateObject(), *properties = cJSON_CreateObject();

    base_json_set_number(properties, "partitionCount", (double)config->normalized_partitions);
    base_json_set_number(properties, "messageRetentionInDays",
                         (double)config->normalized_retention_days);
    base_json_set_text(properties, "userMetadata", job->resource.id); /* hubs have no tags */
    base_json_set(body, "properties", properties);
    const struct rp_arm_want want = {.owner = job->resource.uid,
                                     .kind = "eventhub",
                                     .slot = "",
                                     .path = rp_name_hub(job, &job->resource),
                                     .api_version = API_VERSION,
                                     .body = body};
    enum rp_outcome outcome = rp_arm_ensure(job, &want, NULL, err);
    cJSON_Delete(body);
    return outcome;
}

enum rp_outcome rp_hub_remove(struct rp_job *job, struct rp_intent *intent, struct base_error *err)
{
    return rp_arm_remove(job, intent, API_VERSION, err);
}
