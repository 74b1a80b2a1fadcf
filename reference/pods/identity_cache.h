/* reference/pods/identity_cache.h: device, patient and encounter ids that were resolved before (facts/iomt-dataplane.md §7.1).
 *
 * Kept for two hours of the clock since the last use, at most 5000; failures are not kept. The key is the device id and the encounter id
 * of the message: the original leaves the encounter out, and so links the first one to all later measurements of the device. Thread-safe. */
#ifndef REFERENCE_PODS_IDENTITY_CACHE_H
#define REFERENCE_PODS_IDENTITY_CACHE_H

#include "common/clock.h"
#include "reference/dataplane/store.h"

typedef struct pod_identity_cache pod_identity_cache_t;

pod_identity_cache_t *pod_identity_cache_new(const struct base_clock *clock) BASE_MUST_USE;
void pod_identity_cache_free(pod_identity_cache_t *cache);
/* Copies the ids into the arena. False when there are none (or not any more). */
bool pod_identity_cache_get(pod_identity_cache_t *cache, const struct dp_measurement *measurement,
                            struct base_arena *arena, struct dp_ids *out);
void pod_identity_cache_put(pod_identity_cache_t *cache, const struct dp_measurement *measurement,
                            const struct dp_ids *ids);

#endif
