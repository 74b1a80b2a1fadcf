/* Decides what a workspace's one internal identity looks like (ID-01). */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"

#define API_VERSION "2024-11-30"

static enum base_status remember(struct rp_job *job, const char *id, const cJSON *found,
                                 struct base_error *err)
{
    const char *client = base_json_text(found, "properties.clientId"),
               *principal = base_json_text(found, "properties.principalId");
    cJSON *identity = cJSON_CreateObject();

    base_json_set_text(identity, "id", id);
    base_json_set_text(identity, "clientId", client);
    base_json_set_text(identity, "principalId", principal);
    base_json_set(job->resource.metadata, "internalIdentity", identity);
    if (!client || !principal)
        return base_error_set(err, BASE_PROTOCOL, NULL,
                              "the identity %s has no clientId or principalId yet", id);
    return rp_job_remember(job, err);
}

enum rp_outcome rp_identity_ensure(struct rp_job *job, struct base_error *err)
{
    cJSON *body = rp_arm_body(base_json_text(job->resource.desired, "location"), job->resource.id),
          *found = NULL;
    const struct rp_arm_want want = {.owner = job->resource.uid,
                                     .kind = "identity",
                                     .slot = "",
                                     .path = rp_name_identity(job),
                                     .api_version = API_VERSION,
                                     .body = body};
    enum rp_outcome outcome = rp_arm_ensure(job, &want, &found, err);

    if (outcome == RP_STEP_DONE)
        outcome = rp_outcome_of(remember(job, want.path, found, err));
    cJSON_Delete(found);
    cJSON_Delete(body);
    return outcome;
}

enum rp_outcome rp_identity_remove(struct rp_job *job, struct rp_intent *intent,
                                   struct base_error *err)
{
    return rp_arm_remove(job, intent, API_VERSION, err);
}
