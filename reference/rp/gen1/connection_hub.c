/* Decides what a connection's hub looks like, and that its key may send and nothing else. */
#include "reference/rp/gen1/connection_hub.h"
#include "reference/rp/gen1/names.h"
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"

#define KIND "eventhub" /* intents; the rule is another slot of it */
#define RULE "devices"

const char *rp_gen1_hub(struct rp_job *job)
{
    const char *namespace = base_json_text(job->connector.metadata, "eventHubNamespace.id");

    if (!namespace)
        BUG("the connector's metadata has no Event Hub namespace");
    return base_arena_printf(&job->arena, "%s/eventhubs/%s", namespace,
                             rp_name_plain(job, &job->resource));
}

static enum rp_outcome ensure(struct rp_job *job, const char *slot, const char *path,
                              cJSON *properties, struct base_error *err)
{
    cJSON *body = cJSON_CreateObject();
    const struct rp_arm_want want = {.owner = job->resource.uid,
                                     .kind = KIND,
                                     .slot = slot,
                                     .path = path,
                                     .api_version = RP_EVENT_HUBS_API_VERSION,
                                     .body = body};

    base_json_set(body, "properties", properties);
    enum rp_outcome outcome = rp_arm_ensure(job, &want, NULL, err);
    cJSON_Delete(body);
    return outcome;
}

enum rp_outcome rp_gen1_hub_ensure(struct rp_job *job, struct base_error *err)
{
    const struct rp_config *config = job->world->config;
    cJSON *properties = cJSON_CreateObject();

    base_json_set_number(properties, "partitionCount", (double)config->normalized_partitions);
    base_json_set_number(properties, "messageRetentionInDays",
                         (double)config->normalized_retention_days);
    base_json_set_text(properties, "userMetadata", job->resource.id); /* hubs have no tags */
    return ensure(job, "", rp_gen1_hub(job), properties, err);
}

enum rp_outcome rp_gen1_rule_ensure(struct rp_job *job, struct base_error *err)
{
    const char *path =
        base_arena_printf(&job->arena, "%s/authorizationRules/" RULE, rp_gen1_hub(job));
    cJSON *properties = cJSON_CreateObject();

    cJSON_AddItemToArray(cJSON_AddArrayToObject(properties, "rights"), cJSON_CreateString("Send"));
    enum rp_outcome outcome = ensure(job, "rule", path, properties, err);
    if (outcome != RP_STEP_DONE)
        return outcome;
    base_json_set_text(job->resource.metadata, "rule", path);
    return rp_outcome_of(rp_job_save(job, err));
}
