/* reference/dataplane/observation.h: the Observation of a group, made anew or merged into the one that is there
 * (facts/iomt-dataplane.md §6.3-6.5). Pure; resources are cJSON trees. */
#ifndef REFERENCE_DATAPLANE_OBSERVATION_H
#define REFERENCE_DATAPLANE_OBSERVATION_H

#include "common/json.h"
#include "reference/dataplane/group.h"

#define DP_CONNECTOR_SYSTEM "https://azure.microsoft.com/en-us/services/iomt-fhir-connector/"
#define DP_CELLS_MAX 1000000 /* of one SampledData; a day at 100 ms fits */

struct dp_ids { /* ids of resources on the FHIR server, without type */
    const char *patient, *device;
    const char *encounter; /* NULL: none */
};

/* "<patient>.<device>.<type>.<segment>", in the arena. */
const char *dp_observation_identifier(struct base_arena *arena, const struct dp_ids *ids,
                                      const struct dp_observation_group *group);
/* Lower-case hex SHA-256 of "<system>_<value>"; system NULL: "". */
void dp_resource_id(const char *system, const char *value, char out[65]);

/* A new Observation; cJSON_Delete it. NULL on failure: err->code is the original exception
 * ("InvalidQuantityFhirValueException", "InvalidOperationException", "ArgumentNullException",
 * "NullReferenceException", "NotSupportedException"). */
BASE_MUST_USE cJSON *dp_observation_create(const struct dp_fhir_template *template,
                                           const struct dp_observation_group *group,
                                           const struct dp_ids *ids, int64_t issued_ms,
                                           struct base_error *err);
/* The existing Observation with the group merged in: *out is NULL when nothing changes, else status is "amended".
 * Numbers of `existing` may be cJSON raw values (their spelling then survives). */
BASE_MUST_USE enum base_status dp_observation_merge(const struct dp_fhir_template *template,
                                                    const struct dp_observation_group *group,
                                                    const cJSON *existing, cJSON **out,
                                                    struct base_error *err);

#endif
