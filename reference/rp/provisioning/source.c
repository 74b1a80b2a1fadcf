/* Decides where checkpoints of the customer's hub lie: a source that was added or changed starts from the beginning (IC-08).
 *
 * The prefix carries a hash of the source and counts the changes, so that going back to an earlier hub starts from its
 * beginning too. What an earlier source left is deleted once its pods are gone: one of them may write until then. */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/provisioning.h"
#include "azure/blob.h"
#include "common/crypto.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static enum base_status forget_checkpoints(struct rp_job *job, const struct az_container *container,
                                           struct base_error *err);
static enum base_status forget_below(const struct az_container *container, const char *prefix,
                                     const char *except, struct base_error *err);

/* "contoso.servicebus.windows.net/telemetry", in lower case. */
static const char *source_of(struct rp_job *job)
{
    const cJSON *source = base_json_at(
        job->resource.desired, "iomtIngestResourceDefinition.connectionDefinition.properties");
    char *text = base_arena_printf(&job->arena, "%s/%s",
                                   base_json_text(source, "fullyQualifiedEventHubNamespace"),
                                   base_json_text(source, "eventHubName"));

    base_lower(text);
    return text;
}

static void hash_source(const char *source, char out[13])
{
    unsigned char digest[32];
    struct base_buf hex = {0};

    base_sha256(source, strlen(source), digest);
    base_hex_encode(&hex, digest, 6);
    memcpy(out, hex.data, 13);
    base_buf_release(&hex);
}

/* The earlier sources whose traces are still there, the last one too. */
static cJSON *former_sources(const cJSON *metadata)
{
    const cJSON *known = base_json_at(metadata, "source.former");
    const char *last = base_json_text(metadata, "source.where");
    cJSON *former = known ? base_json_copy(known) : cJSON_CreateArray();

    if (last)
        cJSON_AddItemToArray(former, cJSON_CreateString(last));
    return former;
}

enum rp_outcome rp_source_ensure(struct rp_job *job, struct base_error *err)
{
    cJSON *metadata = job->resource.metadata;
    int generation = (int)base_json_number(metadata, "source.generation", 0);
    const char *where = source_of(job);
    char hash[13];

    hash_source(where, hash);
    if (base_equal(base_json_text(metadata, "source.hash"), hash))
        return RP_STEP_DONE;
    cJSON *source = cJSON_CreateObject();
    base_json_set_text(source, "hash", hash);
    base_json_set_text(source, "where", where);
    base_json_set(source, "former", former_sources(metadata));
    base_json_set_number(source, "generation", generation + 1);
    base_json_set(source, "prefix",
                  base_json_textf("%s-%s-%d", rp_name_uid(&job->arena, job->resource.uid), hash,
                                  generation + 1));
    base_json_set(metadata, "source", source);
    return rp_outcome_of(rp_job_save(job, err));
}

enum rp_outcome rp_source_forget(struct rp_job *job, struct base_error *err)
{
    const cJSON *former = base_json_at(job->resource.metadata, "source.former"), *item;
    const struct az_container container = {
        rp_job_client(job), job->world->credential,
        base_arena_printf(&job->arena, "%s/%s", rp_job_workspace_text(job, "storage.blobEndpoint"),
                          rp_name_plain(job, &job->resource))};
    enum base_status status;

    if (cJSON_GetArraySize(former) == 0)
        return RP_STEP_DONE;
    enum rp_outcome outcome = rp_deployment_alone(job, err);
    if (outcome != RP_STEP_DONE)
        return outcome;
    status = forget_checkpoints(job, &container, err);
    cJSON_ArrayForEach(item, former)
    {
        if (status == BASE_OK && !base_equal(item->valuestring, source_of(job)))
            status = forget_below(
                &container, base_arena_printf(&job->arena, "%s/", item->valuestring), NULL, err);
    }
    if (status != BASE_OK)
        return RP_STEP_FAILED;
    base_json_set(base_json_at(job->resource.metadata, "source"), "former", cJSON_CreateArray());
    return rp_outcome_of(rp_job_save(job, err));
}

/* The pods put the program's name and the prefix before what they keep. */
static enum base_status forget_checkpoints(struct rp_job *job, const struct az_container *container,
                                           struct base_error *err)
{
    const char *own = base_arena_printf(&job->arena, "Normalization/%s/",
                                        base_json_text(job->resource.metadata, "source.prefix"));

    return forget_below(container, "Normalization/", own, err);
}

static enum base_status forget_below(const struct az_container *container, const char *prefix,
                                     const char *except, struct base_error *err)
{
    struct az_blob *blobs = NULL;
    size_t count = 0;
    enum base_status status = az_blob_list(container, prefix, &blobs, &count, err);

    for (size_t i = 0; i < count; i++) {
        bool kept = except && strncmp(blobs[i].name, except, strlen(except)) == 0;
        if (status == BASE_OK && !kept)
            status = az_blob_delete(container, blobs[i].name, err);
        az_blob_release(&blobs[i]);
    }
    free(blobs);
    return status;
}
