/* Decides what a workspace's storage account looks like, and which containers are in it (WS-01, DAT-03). */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/provisioning.h"

#include <stdlib.h>
#include <string.h>

#define API_VERSION "2022-09-01"

static cJSON *account_body(const struct rp_job *job)
{
    cJSON *body = rp_arm_body(base_json_text(job->resource.desired, "location"), job->resource.id);
    cJSON *sku = cJSON_CreateObject(), *properties = cJSON_CreateObject();

    base_json_set_text(sku, "name", "Standard_LRS");
    base_json_set(body, "sku", sku);
    base_json_set_text(body, "kind", "StorageV2");
    base_json_set_bool(properties, "supportsHttpsTrafficOnly", true);
    base_json_set_bool(properties, "allowBlobPublicAccess", false);
    base_json_set_text(properties, "minimumTlsVersion", "TLS1_2");
    base_json_set(body, "properties", properties);
    return body;
}

static enum base_status remember(struct rp_job *job, const char *id, const cJSON *account,
                                 struct base_error *err)
{
    const char *endpoint = base_json_text(account, "properties.primaryEndpoints.blob");
    cJSON *storage = cJSON_CreateObject();
    char *url = endpoint ? base_strdup(endpoint)
                         : base_asprintf("https://%s.blob.core.windows.net", strrchr(id, '/') + 1);
    size_t len = strlen(url);

    while (len && url[len - 1] == '/')
        url[--len] = '\0';
    base_json_set_text(storage, "id", id);
    base_json_set_text(storage, "blobEndpoint", url);
    base_json_set(job->resource.metadata, "storage", storage);
    free(url);
    return rp_job_remember(job, err);
}

enum rp_outcome rp_storage_ensure(struct rp_job *job, struct base_error *err)
{
    cJSON *body = account_body(job), *account = NULL;
    const struct rp_arm_want want = {.owner = job->resource.uid,
                                     .kind = "storage",
                                     .slot = "",
                                     .path = rp_name_storage(job),
                                     .api_version = API_VERSION,
                                     .body = body};
    enum rp_outcome outcome = rp_arm_ensure(job, &want, &account, err);

    if (outcome == RP_STEP_DONE)
        outcome = rp_outcome_of(remember(job, want.path, account, err));
    cJSON_Delete(account);
    cJSON_Delete(body);
    return outcome;
}

enum rp_outcome rp_storage_remove(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err)
{
    return rp_arm_remove(job, intent, API_VERSION, err);
}

static enum rp_outcome ensure_container(struct rp_job *job, const char *name,
                                        struct base_error *err)
{
    cJSON *body = cJSON_CreateObject();
    const struct rp_arm_want want = {
        .owner = job->resource.uid,
        .kind = "container",
        .slot = name,
        .path = base_arena_printf(&job->arena, "%s/blobServices/default/containers/%s",
                                  rp_name_storage(job), name),
        .api_version = API_VERSION,
        .body = body};

    base_json_set(body, "properties", cJSON_CreateObject());
    enum rp_outcome outcome = rp_arm_ensure(job, &want, NULL, err);
    cJSON_Delete(body);
    return outcome;
}

enum rp_outcome rp_template_container_ensure(struct rp_job *job, struct base_error *err)
{
    return ensure_container(job, "template", err);
}

/* One for each connector: blob ownership knows hub and consumer group only, so two connectors on one hub that shared a container
 * would share out its partitions, and each would miss events. */
enum rp_outcome rp_checkpoint_container_ensure(struct rp_job *job, struct base_error *err)
{
    return ensure_container(job, rp_name_plain(job, &job->resource), err);
}

enum rp_outcome rp_container_remove(struct rp_job *job, struct rp_intent *intent,
                                    struct base_error *err)
{
    return rp_arm_remove(job, intent, API_VERSION, err);
}
