/* reference/pods/fhir_store.h: the FHIR service as the engine asks it (dataplane/store.h), with the Observations that were saved in the
 * last hour at hand (facts/iomt-dataplane.md §6.6). Numbers of what is read stay as they were written. */
#ifndef REFERENCE_PODS_FHIR_STORE_H
#define REFERENCE_PODS_FHIR_STORE_H

#include "azure/fhir.h"
#include "reference/pods/cache.h"
#include "reference/pods/pod.h"

/* For an hour of the clock each, at most `entries` and 16 MiB. */
pod_cache_t *pod_observation_cache_new(const struct base_clock *clock,
                                       size_t entries) BASE_MUST_USE;

struct pod_fhir { /* of one batch; its lanes share it, and do not change it */
    struct pod *pod;
    const char *partition; /* for metrics */
    struct az_fhir service;
    pod_cache_t *observations;
};
struct pod_fhir_lane { /* of one thread */
    const struct pod_fhir *fhir;
    char *identifier; /* of the Observation that was asked for last */
};
/* Borrows the lane, which is the store's context. A conflict is counted; what is in the way of a write is read anew by the next search. */
struct dp_store pod_fhir_store(struct pod_fhir_lane *lane);
/* The Observation asked for last was as it should be: it is kept for another hour. */
void pod_fhir_unchanged(const struct pod_fhir_lane *lane);
void pod_fhir_lane_release(struct pod_fhir_lane *lane);

#endif
