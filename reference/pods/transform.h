/* reference/pods/transform.h: the destination stage: normalized measurements -> identities -> Observations. */
#ifndef REFERENCE_PODS_TRANSFORM_H
#define REFERENCE_PODS_TRANSFORM_H

#include "reference/pods/identity_cache.h"
#include "reference/pods/mapping.h"
#include "reference/pods/stage.h"

struct pod_transformation { /* shared by all partitions */
    struct pod *pod;
    pod_mappings_t *mappings;
    pod_identity_cache_t *identities;
};
struct pod_stage pod_transformation_stage(struct pod_transformation *shared);

#endif
