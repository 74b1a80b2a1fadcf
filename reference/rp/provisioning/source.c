/* Decides where checkpoints of the customer's hub lie: a source that was added or changed starts from the beginning (IC-08).
 *
 * The prefix carries a hash of the source and counts the changes, so that going back to an earlier hub starts from its
 * beginning too. */
#include "reference/rp/gen2/names.h"
#include "reference/rp/provisioning/provisioning.h"
#include "common/crypto.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

static void hash_source(const cJSON *desired, char out[13])
{
    const cJSON *source =
        base_json_at(desired, "iomtIngestResourceDefinition.connectionDefinition.properties");
    char *text = base_asprintf("%s\n%s", base_json_text(source, "fullyQualifiedEventHubNamespace"),
                               base_json_text(source, "eventHubName"));
    unsigned char digest[32];
    struct base_buf hex = {0};

    base_lower(text);
    base_sha256(text, strlen(text), digest);
    base_hex_encode(&hex, digest, 6);
    memcpy(out, hex.data, 13);
    base_buf_release(&hex);
    free(text);
}

enum rp_outcome rp_source_ensure(struct rp_job *job, struct base_error *err)
{
    cJSON *metadata = job->resource.metadata;
    int generation = (int)base_json_number(metadata, "source.generation", 0);
    char hash[13];

    hash_source(job->resource.desired, hash);
    if (base_equal(base_json_text(metadata, "source.hash"), hash))
        return RP_STEP_DONE;
    cJSON *source = cJSON_CreateObject();
    base_json_set_text(source, "hash", hash);
    base_json_set_number(source, "generation", generation + 1);
    base_json_set(source, "prefix",
                  base_json_textf("%s-%s-%d", rp_name_uid(&job->arena, job->resource.uid), hash,
                                  generation + 1));
    base_json_set(metadata, "source", source);
    return rp_outcome_of(rp_job_save(job, err));
}
