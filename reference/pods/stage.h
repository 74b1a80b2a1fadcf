/* reference/pods/stage.h: what a pod does with a batch of events of one partition. */
#ifndef REFERENCE_PODS_STAGE_H
#define REFERENCE_PODS_STAGE_H

#include "azure/eventhub.h"
#include "reference/pods/pod.h"

struct pod_events { /* borrowed for the call */
    const char *partition;
    const struct az_event *const *items;
    size_t count;
};

/* Each partition has a state of its own, used by its thread only. */
struct pod_stage {
    void *(*open)(void *shared);
    /* BASE_OK: done with the batch for good. Otherwise it is tried again with the same events, so it must be repeatable; *part says
     * what failed. */
    enum base_status (*run)(void *state, const struct pod_events *events, enum pod_part *part,
                            struct base_error *err);
    void (*close)(void *state);
    void (*cancel)(
        void *shared); /* makes calls in flight fail; any thread; NULL: there are none of its own */
    void *shared;
};

/* An event that cannot be used: a line in the log with partition, offset, sequence number and reason, and the counter. `fate`: "skipped",
 * "blocks its partition". */
void pod_poison(struct pod *pod, const char *partition, const struct az_event *event,
                const char *fate, const struct base_error *err);

#endif
