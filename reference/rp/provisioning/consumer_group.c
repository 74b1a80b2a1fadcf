/* Decides that each destination has a consumer group of its own on the connector's hub (DST-03). */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"

#define API_VERSION "2024-01-01"

enum rp_outcome rp_consumer_group_ensure(struct rp_job *job, struct base_error *err)
{
    cJSON *body = cJSON_CreateObject(), *properties = cJSON_CreateObject();

    base_json_set_text(properties, "userMetadata", job->resource.id);
    base_json_set(body, "properties", properties);
    const struct rp_arm_want want = {.owner = job->resource.uid,
                                     .kind = "consumergroup",
                                     .slot = "",
                                     .path = base_arena_printf(&job->arena, "%s/consumergroups/%s",
                                                               rp_name_hub(job, &job->connector),
                                                               rp_name_plain(job, &job->resource)),
                                     .api_version = API_VERSION,
                                     .body = body};
    enum rp_outcome outcome = rp_arm_ensure(job, &want, NULL, err);
    cJSON_Delete(body);
    return outcome;
}

enum rp_outcome rp_consumer_group_remove(struct rp_job *job, struct rp_intent *intent,
                                         struct base_error *err)
{
    return rp_arm_remove(job, intent, API_VERSION, err);
}
