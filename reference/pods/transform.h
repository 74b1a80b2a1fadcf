/* reference/pods/transform.h: the destination stage: normalized measurements -> identities -> Observations. */
#ifndef REFERENCE_PODS_TRANSFORM_H
#define REFERENCE_PODS_TRANSFORM_H

#include "reference/pods/identity_cache.h"
#include "reference/pods/mapping.h"
#include "reference/pods/pool.h"
#include "reference/pods/stage.h"

struct pod_transformation { /* shared by all partitions */
    struct pod *pod;
    pod_mappings_t *mappings;
    pod_cache_t *identities;   /* pod_identity_cache_new */
    pod_cache_t *observations; /* pod_observation_cache_new */
    pod_pool_t *pool;          /* helps with the devices of a batch */
};
#define POD_HELPERS 10 /* threads of the pool that a pod needs */

struct pod_stage pod_transformation_stage(struct pod_transformation *shared);

#endif
