/* reference/dataplane/measurement.h: one normalized measurement, and its message (facts/iomt-dataplane.md §4). Pure. */
#ifndef REFERENCE_DATAPLANE_MEASUREMENT_H
#define REFERENCE_DATAPLANE_MEASUREMENT_H

#include "common/mem.h"
#include "reference/dataplane/date.h"

struct dp_property {
    const char *name, *value;
};

struct dp_measurement { /* texts belong to the arena it was made in */
    const char *type, *device_id;
    const char *patient_id, *encounter_id, *correlation_id; /* NULL: none */
    struct dp_date occurrence;
    bool has_ingestion;
    struct dp_date ingestion; /* the event's enqueued time */
    struct dp_property *properties;
    size_t property_count;
};

struct dp_measurements { /* zero-initialise; grows in the arena it is filled from */
    struct dp_measurement *items;
    size_t count, capacity;
};
struct dp_measurement *dp_measurements_add(struct base_arena *arena, struct dp_measurements *list);
/* Appends a copy with texts of its own, for measurements whose arena goes first. */
void dp_measurements_keep(struct base_arena *arena, struct dp_measurements *list,
                          const struct dp_measurement *from);
/* Room for `count` in all, when it is known beforehand: arrays that were outgrown stay in the arena. */
void dp_measurements_reserve(struct base_arena *arena, struct dp_measurements *list, size_t count);

/* Appends the message: one JSON object, members in the original's order, nulls written, times with Z. */
void dp_measurement_write(struct base_buf *out, const struct dp_measurement *measurement);
/* Reads a message: one measurement, or (group) a JSON array of them; appends to `list`. BASE_INVALID with code
 * "MeasurementProcessingException" or "MeasurementGroupProcessingException". */
BASE_MUST_USE enum base_status dp_measurement_read(struct base_arena *arena, const void *body,
                                                   size_t len, bool group,
                                                   struct dp_measurements *list,
                                                   struct base_error *err);

/* "0" to "255": the partition key of a device's measurements. Equal for ids that differ in case only. */
void dp_partition_key(const char *device_id, char out[4]);

#endif
