/* reference/map/check.h: what does not fit between a device mapping and a FHIR mapping (facts/iomt-dataplane.md §8.3). */
#ifndef REFERENCE_MAP_CHECK_H
#define REFERENCE_MAP_CHECK_H

#include "reference/dataplane/device_template.h"
#include "reference/dataplane/fhir_mapping.h"

struct map_warnings { /* zero-initialise; texts live in the arena that map_cross_check was given */
    const char **items;
    size_t count;
    size_t unmeasured; /* events without measurement and fault; the caller counts */
};

/* A type name without a FHIR template; a value that its FHIR template does not use. Each said once. */
void map_cross_check(const dp_device_mapping_t *device, const dp_fhir_mapping_t *fhir,
                     struct base_arena *arena, struct map_warnings *out);

#endif
