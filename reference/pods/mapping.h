/* reference/pods/mapping.h: the pod's mapping, read from its blob and read again when it changes. Thread-safe. */
#ifndef REFERENCE_PODS_MAPPING_H
#define REFERENCE_PODS_MAPPING_H

#include "reference/dataplane/device_mapping.h"
#include "reference/dataplane/fhir_mapping.h"
#include "reference/pods/pod.h"

struct pod_mapping {             /* one version; immutable */
    dp_device_mapping_t *device; /* normalization */
    dp_fhir_mapping_t *fhir;     /* destination */
    char etag[64];
    int users;
};
typedef struct pod_mappings pod_mappings_t;

pod_mappings_t *pod_mappings_new(struct pod *pod) BASE_MUST_USE;
void pod_mappings_free(pod_mappings_t *mappings);
/* The mapping as it is now (asked for at most once a second of the clock, and always after a failure). Give it back with
 * pod_mappings_release. Fails as az_blob_get, or BASE_INVALID "ValidationException" with all errors in the log. Blocks. */
BASE_MUST_USE enum base_status
pod_mappings_acquire(pod_mappings_t *mappings, struct pod_mapping **out, struct base_error *err);
void pod_mappings_release(pod_mappings_t *mappings, struct pod_mapping *mapping); /* NULL is fine */
/* A batch failed with this mapping: look again at once. */
void pod_mappings_doubt(pod_mappings_t *mappings);

#endif
