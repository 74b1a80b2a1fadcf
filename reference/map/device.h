/* reference/map/device.h: one event through a device mapping, with what a person asks about it.
 *
 * Which template made which measurement, where the event stopped, and the JSON lines of it. Results live in the caller's
 * arena. Looks into loaded mappings (device_template.h), as explaining them needs. */
#ifndef REFERENCE_MAP_DEVICE_H
#define REFERENCE_MAP_DEVICE_H

#include "reference/dataplane/device_template.h"

struct map_fault {         /* stage NULL: none */
    const char *stage;     /* "parse", "normalize" */
    const char *exception; /* the original's name */
    const char *pipeline;  /* what the consumer sees; NULL: the same */
    const char *message;   /* without its place */
    int line, position;    /* in the mapping; 0 when unknown */
};

struct map_event {                   /* one event after its way through the mapping */
    const struct dp_token *envelope; /* NULL when the body could not be read */
    struct dp_measurements list;     /* in the order of the templates */
    size_t *made;                    /* measurements by template */
    size_t reached;                  /* templates that were tried, the failing one included */
    struct map_fault fault;
};

/* Runs one line of an events file. BASE_OK also when the event has a fault. Fails only when the line is no event: code
 * MAP_WRONG_INPUT, "<column>: ..." (see envelope.h). */
BASE_MUST_USE enum base_status map_event_run(const dp_device_mapping_t *mapping, const char *line,
                                             size_t len, bool body_only, struct base_arena *arena,
                                             struct map_event *out, struct base_error *err);
/* {"event":n,"measurements":[...],"error":{...}} without the end of the line; `explain` adds why templates made nothing, when
 * the event has no measurement. */
void map_event_json(const dp_device_mapping_t *mapping, const struct map_event *event, size_t index,
                    bool explain, struct base_arena *arena, struct base_buf *out);

/* {"error":{"stage":"load",...}} of a mapping that does not load. */
void map_load_json(const struct dp_mapping_errors *errors, struct base_buf *out);
/* Where an error of a mapping is (0: unknown), also when only its sentence says so; returns the sentence without the place, in the
 * arena. */
const char *map_error_place(const struct dp_mapping_error *error, struct base_arena *arena,
                            int *line, int *position);
/* The exception that the original ends with: "ValidationException", or what it throws without reporting. */
const char *map_load_exception(const struct dp_mapping_errors *errors);

#endif
