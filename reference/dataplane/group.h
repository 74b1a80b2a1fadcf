/* reference/dataplane/group.h: from a batch of measurements to what each Observation is made of
 * (facts/iomt-dataplane.md §5). Pure; everything lives in the caller's arena. */
#ifndef REFERENCE_DATAPLANE_GROUP_H
#define REFERENCE_DATAPLANE_GROUP_H

#include "reference/dataplane/fhir_mapping.h"
#include "reference/dataplane/measurement.h"

struct dp_group { /* measurements of one device, type, patient, encounter and correlation */
    const struct dp_measurement *first; /* gives the group its ids and type */
    const struct dp_measurement **items;
    size_t count, capacity;
    size_t *origins; /* of each item: its place in the batch that was grouped */
};
struct dp_groups {
    struct dp_group *items;
    size_t count;
};
/* Groups in order of first appearance. Of measurements at the same instant the one ingested last stays (of equals, the first). */
void dp_group_measurements(struct base_arena *arena, const struct dp_measurements *batch,
                           struct dp_groups *out);

struct dp_sample {
    int64_t ticks;
    const char *text;
};
struct dp_series { /* one property's values, by time */
    const char *name;
    struct dp_sample *samples;
    size_t count, capacity;
};
struct dp_observation_group {
    int64_t start, end;  /* ticks, both inclusive */
    const char *type;    /* as the measurement spells it */
    const char *segment; /* last part of the Observation's identifier */
    struct dp_series *series;
    size_t series_count;
};
struct dp_observation_groups {
    struct dp_observation_group *items;
    size_t count;
};
/* Splits a group by the template's period. Fails with code "CorrelationIdNotDefinedException", or "FhirDataMappingException"
 * (period not supported). */
BASE_MUST_USE enum base_status dp_group_by_period(struct base_arena *arena,
                                                  const struct dp_group *group,
                                                  const struct dp_fhir_template *template,
                                                  struct dp_observation_groups *out,
                                                  struct base_error *err);
/* The series of a property, exact name; NULL when the group has none. */
const struct dp_series *dp_series_find(const struct dp_observation_group *group, const char *name);

#endif
