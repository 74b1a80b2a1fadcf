/* reference/pods/checkpoint.h: how far each partition has been read, in blobs under the open-source connector's names
 * (facts/iomt-dataplane.md §9.2). */
#ifndef REFERENCE_PODS_CHECKPOINT_H
#define REFERENCE_PODS_CHECKPOINT_H

#include "reference/pods/pod.h"

struct pod_checkpoint {
    char offset[64]; /* opaque; "" when there is none: read from the beginning */
    int64_t sequence_number, enqueued_ms;
};

/* "<AppType>/<prefix>/checkpoint/<namespace>/<hub>/<partition>". */
void pod_checkpoint_name(const struct pod_settings *settings, const char *namespace,
                         const char *hub, const char *partition, struct base_buf *out);
/* Reads a partition's checkpoint; none is BASE_OK with offset "". */
BASE_MUST_USE enum base_status pod_checkpoint_read(struct pod *pod, const char *name,
                                                   struct pod_checkpoint *out,
                                                   struct base_error *err);
/* Writes it: metadata only, the blob (and its container) made when missing. */
BASE_MUST_USE enum base_status pod_checkpoint_write(struct pod *pod, const char *name,
                                                    const struct pod_checkpoint *checkpoint,
                                                    struct base_error *err);
/* Deletes this pod's checkpoints of other hubs than namespace/hub: the source has changed. *deleted: how many. */
BASE_MUST_USE enum base_status pod_checkpoint_forget_others(struct pod *pod, const char *namespace,
                                                            const char *hub, int *deleted,
                                                            struct base_error *err);

#endif
