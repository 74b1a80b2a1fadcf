/* reference/pods/save.h: measurements that were read become Observations: groups of one device in order, devices in parallel
 * (facts/iomt-dataplane.md §5.1, §7.3). */
#ifndef REFERENCE_PODS_SAVE_H
#define REFERENCE_PODS_SAVE_H

#include "reference/pods/fhir_store.h"
#include "reference/pods/stage.h"
#include "reference/pods/transform.h"

/* What did not work, in the order of the measurements. */
struct pod_failure {
    const struct az_event *event; /* which the measurement came with */
    /* The same in every try of the batch: the group's place in it (of what could not be read: the event's sequence number) and which
     * failure of it this is. */
    int64_t unit, group, nth;
    bool handled; /* skipped for good */
    struct base_error err;
    struct pod_failure *next;
};
struct pod_failures { /* zero-initialise */
    struct pod_failure *first, *last;
};
void pod_failures_add(struct pod_failures *failures, struct pod_failure *failure);
void pod_failures_release(struct pod_failures *failures);

/* Does this concern the service as a whole (away, throttled, closed to us), not one group? */
bool pod_failure_of_service(enum base_status status);

struct pod_saving {
    struct pod_transformation *shared;
    const struct pod_fhir *fhir;
    const dp_fhir_mapping_t *mapping;
    int64_t unit; /* tells the messages of a batch apart that are grouped by themselves */
    const struct dp_measurements *list;
    const struct az_event *const *sources; /* of each measurement of the list */
};
struct pod_saved {
    size_t groups, through; /* how many there are, and got through */
};
/* Tries all groups and appends what fails. A group that fails does not hold up the others, unless the
 * service as a whole does not work. False: it does not; what was left is not among the failures. Blocks. */
bool pod_save(const struct pod_saving *saving, struct base_arena *arena,
              struct pod_failures *failures, struct pod_saved *saved);

#endif
