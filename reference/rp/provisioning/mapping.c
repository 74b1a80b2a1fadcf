/* Decides where a mapping lies for the pods: a blob of its own in the workspace's template container. */
#include "azure/blob.h"
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/arm_resource.h"
#include "reference/rp/provisioning/mapping.h"
#include "reference/rp/provisioning/provisioning.h"
#include "common/crypto.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define KIND "mapping"
#define HASH "sha256" /* metadata of the blob */

const char *rp_mapping_blob(struct rp_job *job)
{
    return base_arena_printf(&job->arena, "%s/%s", rp_name_uid(&job->arena, job->resource.uid),
                             job->resource.type == RP_CONNECTOR ? "devicecontent.json"
                                                                : "fhirmapping.json");
}

static struct az_container container_of(const struct rp_job *job, const char *url)
{
    return (struct az_container){
        .az = rp_job_client(job), .credential = job->world->credential, .url = url};
}

static void hash_text(const char *text, struct base_buf *hex)
{
    unsigned char digest[32];

    base_sha256(text, strlen(text), digest);
    base_hex_encode(hex, digest, sizeof digest);
}

static enum base_status write_unless_same(const struct az_container *container, const char *name,
                                          const char *text, struct base_error *err)
{
    struct base_error looked = {0};
    struct base_headers metadata = {0};
    struct base_buf hash = {0};
    struct az_blob blob = {0};

    hash_text(text, &hash);
    enum base_status status = az_blob_properties(container, name, &blob, &looked);
    bool same = status == BASE_OK && base_equal(base_headers_get(&blob.metadata, HASH), hash.data);
    if (status != BASE_OK && status != BASE_NOT_FOUND) {
        *err = looked;
    } else if (same) {
        status = BASE_OK;
    } else {
        base_headers_add(&metadata, HASH, hash.data);
        const struct az_blob_write write = {.name = name,
                                            .body = text,
                                            .body_len = strlen(text),
                                            .content_type = "application/json",
                                            .metadata = &metadata};
        status = az_blob_put(container, &write, NULL, err);
    }
    az_blob_release(&blob);
    base_headers_release(&metadata);
    base_buf_release(&hash);
    return status;
}

static enum rp_outcome ensure(struct rp_job *job, const char *member, struct base_error *err)
{
    const char *url = base_arena_printf(&job->arena, "%s/template",
                                        rp_job_workspace_text(job, "storage.blobEndpoint"));
    const char *name = rp_mapping_blob(job);
    const struct az_container container = container_of(job, url);
    cJSON *detail = cJSON_CreateObject();

    base_json_set_text(detail, "container", url);
    if (rp_plan(job, job->resource.uid, KIND, "", name, detail, err) != BASE_OK)
        return RP_STEP_FAILED;
    char *text = base_json_print(base_json_at(job->resource.desired, member));
    enum base_status status = write_unless_same(&container, name, text, err);
    free(text);
    if (status == BASE_OK)
        status = rp_made(job, job->resource.uid, KIND, "", err);
    return rp_outcome_of(status);
}

enum rp_outcome rp_device_mapping_ensure(struct rp_job *job, struct base_error *err)
{
    return ensure(job, "deviceMapping.content", err);
}

enum rp_outcome rp_fhir_mapping_ensure(struct rp_job *job, struct base_error *err)
{
    return ensure(job, "fhirMapping.content", err);
}

enum rp_outcome rp_mapping_remove(struct rp_job *job, struct rp_intent *intent,
                                  struct base_error *err)
{
    const struct az_container container =
        container_of(job, base_json_text(intent->detail, "container"));

    return rp_outcome_of(az_blob_delete(&container, intent->target, err));
}
