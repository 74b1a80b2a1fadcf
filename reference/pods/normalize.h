/* reference/pods/normalize.h: the normalization stage: events -> measurements -> the normalized hub. */
#ifndef REFERENCE_PODS_NORMALIZE_H
#define REFERENCE_PODS_NORMALIZE_H

#include "reference/pods/mapping.h"
#include "reference/pods/stage.h"

struct pod_normalization { /* shared by all partitions */
    struct pod *pod;
    pod_mappings_t *mappings;
    az_eventhub_t *normalized;
};
struct pod_stage pod_normalization_stage(struct pod_normalization *shared);

#endif
