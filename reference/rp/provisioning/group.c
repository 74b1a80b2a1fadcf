/* Decides what a workspace's resource group in the internal subscription looks like. */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"

#define API_VERSION "2021-04-01"
#define KIND "group"

enum rp_outcome rp_group_ensure(struct rp_job *job, struct base_error *err)
{
    cJSON *body = rp_arm_body(base_json_text(job->resource.desired, "location"), job->resource.id);
    const struct rp_arm_want want = {.owner = job->resource.uid,
                                     .kind = KIND,
                                     .slot = "",
                                     .path = rp_name_group(job),
                                     .api_version = API_VERSION,
                                     .body = body};
    enum rp_outcome outcome = rp_arm_ensure(job, &want, NULL, err);

    cJSON_Delete(body);
    return outcome;
}

enum rp_outcome rp_group_remove(struct rp_job *job, struct rp_intent *intent,
                                struct base_error *err)
{
    return rp_arm_remove(job, intent, API_VERSION, err);
}
