/* reference/map/batch.h: measurements through a FHIR mapping into a store, as one batch of the connector. */
#ifndef REFERENCE_MAP_BATCH_H
#define REFERENCE_MAP_BATCH_H

#include "reference/dataplane/token.h"
#include "reference/map/check.h"
#include "reference/map/store.h"

struct
    map_ids { /* resolved identities; patient NULL: stand-ins are made of the measurement's own ids */
    const char *patient, *device, *encounter;
};

struct map_failure {
    const char *exception, *inner, *message; /* inner NULL: none */
    const char *type, *device_id;            /* of the group of measurements */
    bool handled;                            /* by default: logged and skipped */
};

struct map_batch { /* zero-initialise; release after use */
    struct base_arena arena;
    struct dp_measurements list;
    struct map_store store;
    enum dp_saved *saved;
    size_t saved_count, saved_capacity;
    struct map_failure *failures;
    size_t failure_count, failure_capacity;
};

void map_batch_release(struct map_batch *batch);
/* Copies a measurement into the batch. */
void map_batch_add(struct map_batch *batch, const struct dp_measurement *measurement);
/* Reads measurements: a JSON array of them, or one after the other. BASE_INVALID with a sentence that names `path`. */
BASE_MUST_USE enum base_status map_batch_read(struct map_batch *batch, const char *path,
                                              struct base_error *err);
/* {"Patient":"p1","Device":"d1","Encounter":"e1"}; Encounter may be absent. */
BASE_MUST_USE enum base_status map_ids_parse(struct base_arena *arena, const char *text,
                                             struct map_ids *out, struct base_error *err);
/* One Observation, or an array of them; numbers keep their spelling. */
BASE_MUST_USE enum base_status map_batch_existing(struct map_batch *batch, const char *path,
                                                  struct base_error *err);

/* Groups the measurements and brings each group to the store. Failures of groups are in `failures`. */
void map_batch_run(struct map_batch *batch, const dp_fhir_mapping_t *mapping,
                   const struct map_ids *ids);

/* {"operations":[...],"observations":[...],"error":{...}}: the operations in order, the store as it is at the end, the first
 * failure (all of them in "errors" when there are several). `issued` of Observations made here is left out, as it would be
 * the time of day. `warnings` NULL: no such member. */
void map_batch_json(const struct map_batch *batch, const struct map_warnings *warnings,
                    struct base_buf *out);
/* Each Observation as a table. */
void map_batch_text(const struct map_batch *batch, struct base_buf *out);

#endif
