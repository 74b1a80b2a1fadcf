/* reference/pods/identity_cache.h: device, patient and encounter ids that were resolved before (facts/iomt-dataplane.md §7.1).
 *
 * Kept for two hours of the clock since the last use, at most 5000; failures are not kept. The key is the device id alone, as in the
 * original (docs/decisions/0005): a device that is linked anew keeps its patient until it has been idle for two hours, and its first
 * encounter is linked to all its later measurements. Thread-safe. */
#ifndef REFERENCE_PODS_IDENTITY_CACHE_H
#define REFERENCE_PODS_IDENTITY_CACHE_H

#include "reference/dataplane/store.h"
#include "reference/pods/cache.h"

pod_cache_t *pod_identity_cache_new(const struct base_clock *clock) BASE_MUST_USE;
/* Copies the ids into the arena. False when there are none (or not any more). */
BASE_MUST_USE bool pod_identity_cache_get(pod_cache_t *cache,
                                          const struct dp_measurement *measurement,
                                          struct base_arena *arena, struct dp_ids *out);
void pod_identity_cache_put(pod_cache_t *cache, const struct dp_measurement *measurement,
                            const struct dp_ids *ids);

#endif
