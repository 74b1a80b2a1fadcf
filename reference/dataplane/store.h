/* reference/dataplane/store.h: what the engine asks of a FHIR server, as callbacks, and what it does with the answers:
 * identities (facts/iomt-dataplane.md §7) and Observations (§6.6). No I/O of its own. */
#ifndef REFERENCE_DATAPLANE_STORE_H
#define REFERENCE_DATAPLANE_STORE_H

#include "reference/dataplane/observation.h"

struct dp_store {
    void *context;
    /* {type}?identifier={system}|{value} (system NULL: the value alone): *out gets a new array of resources. */
    enum base_status (*search)(void *context, const char *type, const char *system,
                               const char *value, cJSON **out, struct base_error *err);
    /* PUT {resourceType}/{id}; if_version: a versionId that must still hold, or NULL. *out gets what is stored now (may stay
     * NULL). BASE_CONFLICT for 409 and 412. */
    enum base_status (*update)(void *context, const cJSON *resource, const char *if_version,
                               cJSON **out, struct base_error *err);
};

enum dp_identity_mode { DP_IDENTITY_LOOKUP, DP_IDENTITY_CREATE, DP_IDENTITY_LOOKUP_WITH_ENCOUNTER };
/* "Lookup", "Create", "LookupWithEncounter" in any case, also with "ResourceIdentityService" or "R4..." around them as in the
 * original's class names. False for another word. */
BASE_MUST_USE bool dp_identity_mode_parse(const char *word, enum dp_identity_mode *out);

struct dp_identity {
    enum dp_identity_mode mode;
    const char *device_system; /* DefaultDeviceIdentifierSystem; NULL or blank: none */
};

/* Finds (and in Create mode makes) device, patient and encounter of a measurement. Texts of *out live in the arena. Fails with
 * the original's names: "DeviceNotFoundException", "PatientNotFoundException", "EncounterNotFoundException",
 * "PatientIdentityNotDefinedException", "EncounterIdentityNotDefinedException", "PatientDeviceMismatchException",
 * "MultipleResourceFoundException"; or as the store fails. */
BASE_MUST_USE enum base_status dp_identity_resolve(const struct dp_identity *identity,
                                                   const struct dp_store *store,
                                                   const struct dp_measurement *measurement,
                                                   struct base_arena *arena, struct dp_ids *out,
                                                   struct base_error *err);

enum dp_saved { DP_SAVED_CREATED, DP_SAVED_UPDATED, DP_SAVED_NO_OPERATION };
const char *dp_saved_name(enum dp_saved saved); /* "Created", "Updated", "NoOperation" */

/* Finds the group's Observation by its identifier, creates or merges, and stores. A conflict is tried again twice, with a fresh
 * read. */
BASE_MUST_USE enum base_status dp_observation_save(const struct dp_store *store,
                                                   const struct dp_fhir_template *template,
                                                   const struct dp_observation_group *group,
                                                   const struct dp_ids *ids, int64_t issued_ms,
                                                   enum dp_saved *saved, struct base_error *err);

/* Is this failure logged and skipped (true), or must the batch be tried again (false)? `normalizing`: the first stage;
 * `discard`: DiscardMatchAndExtractErrors. §7.3. */
bool dp_error_is_handled(const struct base_error *err, bool normalizing, bool discard);

#endif
